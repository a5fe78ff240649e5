//! Files that wait beside somebody's own, until that somebody has taken what they want of them.

use super::{Proposal, Step, files::Case};
use crate::{merge::Word, project::SIDECAR, sum::Sum};

/// Where ours waits beside a file.
fn beside(path: &str) -> String {
    format!("{path}{SIDECAR}")
}

impl Proposal<'_> {
    /// Lays ours beside theirs where both do not fit together, and takes it away where they do.
    pub(super) fn lay_beside(&mut self, case: &Case<'_>, word: Word) {
        let wanted = case.theirs.filter(|_| word.needs_sidecar());
        let old = beside(&case.place.found);
        if (wanted.is_none() || case.place.is_renamed()) && self.is_ours(case, &old) {
            self.draft.delete(&old);
        }
        let Some(theirs) = wanted else {
            return;
        };
        let path = beside(case.path());
        // Unless something is there that we did not write.
        if self.draft.found(&path).is_none() || self.is_ours(case, &path) {
            self.draft.write(&path, theirs);
        }
        let path = case.path().to_owned();
        self.changes.remaining.push(Step::TakeOver { path });
    }

    /// Whether a file of ours has been waiting beside this one since an earlier run.
    pub(super) fn waits_beside(&self, case: &Case<'_>) -> bool {
        let record = case.record.as_ref();
        let was_laid = record.is_some_and(|record| record.sidecar.is_some());
        was_laid && self.draft.found(&beside(&case.place.found)).is_some()
    }

    fn is_ours(&self, case: &Case<'_>, path: &str) -> bool {
        let record = case.record.as_ref();
        let recorded = record.and_then(|record| record.sidecar);
        let found = self.draft.found(path);
        found.is_some_and(|found| Some(Sum::of(&found.bytes)) == recorded)
    }
}
