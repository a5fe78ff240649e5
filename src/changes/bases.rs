//! Bases that are not as they were written: what that means for this run.

use super::{Note, Proposal, files::Case};
use crate::merge::{Base, Word};

impl Proposal<'_> {
    /// Notes down a file that would have been merged, if its base were known.
    pub(super) fn notice_loss(&mut self, case: &Case<'_>, word: Word) {
        if case.base == Base::Lost && word.needs_sidecar() {
            self.lost.push(case.path().to_owned());
        }
    }

    /// Tells what was wrong in `.sigra/base`, and what that means.
    pub(super) fn tell_bases(&mut self) {
        let installed = self.project.installed().into_iter();
        let again = installed.flat_map(|installed| installed.found_again.keys());
        let again: Vec<_> = again.cloned().collect();
        if !again.is_empty() {
            self.changes.notes.push(Note::BasesFound { files: again });
        }
        if !self.lost.is_empty() {
            let files = self.lost.clone();
            self.changes.notes.push(Note::BasesLost { files });
        }
    }
}
