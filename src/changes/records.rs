//! What is recorded of a file: where it is, its base, and what became of it.

use super::{Proposal, files::Case};
use crate::{
    manifest::{FileRecord, State, base_path},
    merge::{Base, Word},
    sum::Sum,
};

impl Proposal<'_> {
    /// Records what became of a file.
    pub(super) fn remember(&mut self, case: &Case<'_>, word: Word) {
        let record = self.record(case, word);
        self.remember_base(case, word, record.as_ref());
        let state =
            |record: Option<&FileRecord>| record.map(|record| record.state).unwrap_or_default();
        let is_news = state(record.as_ref()) != state(case.record.as_ref());
        self.tell(case, word, is_news);
        self.manifest
            .files
            .extend(record.map(|record| (case.id.to_owned(), record)));
    }

    pub(super) fn remember_base(
        &mut self,
        case: &Case<'_>,
        word: Word,
        record: Option<&FileRecord>,
    ) {
        let stored = base_path(self.stored_as(case.id));
        let path = base_path(case.id);
        let is_wanted = record.is_some_and(|record| record.base.is_some()) && stored == path;
        if !is_wanted && self.draft.found(&stored).is_some() {
            self.draft.delete(&stored);
        }
        let known = match case.base {
            Base::Known(base) => Some(base),
            Base::None | Base::Lost => None,
        };
        // One that is not today's render stays as it was, also where it had to be found again.
        let kept = record.and_then(|record| known.filter(|base| is(record, base)));
        let new = case.theirs.filter(|_| record.is_some() && advances(word));
        if let Some(base) = new.or(kept) {
            self.draft.write(&path, base);
        }
    }

    fn record(&self, case: &Case<'_>, word: Word) -> Option<FileRecord> {
        let theirs = case.theirs.map(Sum::of);
        let (state, sidecar) = match word {
            Word::Removed | Word::Forgotten => return None,
            Word::Conflict | Word::Collision => (State::Sidecar, theirs),
            Word::Skipped | Word::SkippedNews => (State::Deleted, None),
            Word::Orphan => (State::Orphan, None),
            _ => (State::Here, None),
        };
        let base = if advances(word) {
            theirs
        } else {
            base_of(case)
        };
        let is_older = base.is_some() && (base != theirs || case.is_held);
        let templates = self.age(case).filter(|_| is_older);
        Some(FileRecord {
            path: case.path().to_owned(),
            base,
            state,
            sidecar,
            origin: case.place.origin.clone(),
            templates,
        })
    }

    /// The template set that produced the base, where that is an older one.
    pub(super) fn age(&self, case: &Case<'_>) -> Option<String> {
        let record = case.record.as_ref()?;
        let set = if self.before.pending.contains_key(case.id) {
            // The base has become that of the last run.
            None
        } else {
            record.templates.clone()
        };
        let set = set.unwrap_or_else(|| self.before.templates.clone());
        Some(set).filter(|set| *set != self.plan.version)
    }
}

/// Whether what would be written today becomes the base.
fn advances(word: Word) -> bool {
    matches!(
        word,
        Word::Created | Word::Identical | Word::Updated | Word::Merged | Word::Yours
    )
}

/// The checksum of the base as it was found; a lost one is not given up.
fn base_of(case: &Case<'_>) -> Option<Sum> {
    match case.base {
        Base::Known(base) => Some(Sum::of(base)),
        Base::None | Base::Lost => case.record.as_ref()?.base,
    }
}

fn is(record: &FileRecord, base: &[u8]) -> bool {
    record.base == Some(Sum::of(base))
}
