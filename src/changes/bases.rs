//! The base of a file: what was written last time, if it can still be told.

use super::{Note, Proposal, files::Case};
use crate::{
    manifest::{FileRecord, base_path, next_base_path},
    merge::{Base, Word, same},
    project::{SIDECAR, shape},
    sum,
};

impl<'a> Proposal<'a> {
    /// What was written last time, or would have been but for a conflict that its owner has settled.
    pub(super) fn base<'t>(
        &self,
        id: &str,
        record: Option<&FileRecord>,
        path: &str,
        theirs: Option<&'t [u8]>,
    ) -> Base<'t>
    where
        'a: 't,
    {
        let Some(record) = record else {
            // What `cargo new` writes is nobody's work; it counts as written by us.
            let mine = self.project.tree.bytes(path);
            let stock = mine.filter(|mine| shape::is_stock(path, mine));
            return stock.map_or(Base::None, Base::Known);
        };
        let settled = self.settled(id, record, path);
        let wanted = settled.as_ref().or(record.base.as_ref());
        match (wanted, self.text_of(id, wanted, theirs)) {
            (_, Some(known)) => Base::Known(known),
            (None, None) => Base::None,
            (Some(_), None) => Base::Lost,
        }
    }

    /// The checksum of what its owner has worked into the file by now: markers are gone, or the file
    /// beside it is.
    fn settled(&self, id: &str, record: &FileRecord, path: &str) -> Option<String> {
        let marked = self.before.pending.get(id);
        let waits = self.project.tree.get(&format!("{path}{SIDECAR}")).is_some();
        let beside = record.sidecar.as_ref().filter(|_| !waits);
        marked.map(|record| &record.theirs).or(beside).cloned()
    }

    /// The text with that checksum: stored, or what would be written today.
    pub(super) fn text_of<'t>(
        &self,
        id: &str,
        wanted: Option<&String>,
        theirs: Option<&'t [u8]>,
    ) -> Option<&'t [u8]>
    where
        'a: 't,
    {
        let id = self.stored_as(id);
        let stored = [base_path(id), next_base_path(id)];
        let stored = stored.iter().flat_map(|path| self.project.stored(path));
        let mut known = stored.chain(theirs);
        known.find(|bytes| Some(&sum::of(bytes)) == wanted)
    }
    /// Notes down a file that would have been merged, if its base were known.
    pub(super) fn notice_loss(&mut self, case: &Case<'_>, word: Word) {
        if case.base == Base::Lost && word.needs_sidecar() {
            self.lost.push(case.path().to_owned());
        }
    }

    /// The bases that were found again, but for those with other line ends, as git writes them.
    fn differently_stored(&self) -> impl Iterator<Item = &String> {
        let project = self.project;
        let found = project.found_again.iter();
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
