//! Bases that are not as they were written: what that means for this run.

use super::{Note, Proposal, files::Case};
use crate::merge::{Base, Word, same};

impl Proposal<'_> {
    /// Notes down a file that would have been merged, if its base were known.
    pub(super) fn notice_loss(&mut self, case: &Case<'_>, word: Word) {
        if case.base == Base::Lost && word.needs_sidecar() {
            self.lost.push(case.path().to_owned());
        }
    }

    /// The bases that were found again, but for those with other line ends, as git writes them.
    fn differently_stored(&self) -> impl Iterator<Item = &String> {
        let project = self.project;
        let installed = project.installed().into_iter();
        let found = installed.flat_map(|installed| &installed.found_again);
        let differently = found.filter(|(path, bytes)| {
            let stored = project.tree.bytes(path);
            !stored.is_some_and(|stored| same(stored, bytes))
        });
        differently.map(|(path, _)| path)
    }

    /// Tells what was wrong in `.sigra/base`, and what that means.
    pub(super) fn tell_bases(&mut self) {
        let again: Vec<_> = self.differently_stored().cloned().collect();
        if !again.is_empty() {
            self.changes.notes.push(Note::BasesFound { files: again });
        }
        if !self.lost.is_empty() {
            let files = self.lost.clone();
            self.changes.notes.push(Note::BasesLost { files });
        }
    }
}
