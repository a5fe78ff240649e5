//! Every template against its file, by the table in [`crate::merge`]; and what is recorded of it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Proposal};
use crate::{
    edit::env_file,
    manifest::{FileRecord, State, base_path, next_base_path},
    merge::{self, Base, Sides, Verdict, Word},
    project::SIDECAR,
    sum,
};

/// The one template whose keys are put into a file that somebody else wrote.
const ENV_EXAMPLE: &str = ".env.example";

/// One template and everything that is known about it.
pub(super) struct Case<'a> {
    pub id: &'a str,
    pub path: String,
    pub record: Option<FileRecord>,
    pub base: Base<'a>,
    pub mine: Option<&'a [u8]>,
    pub theirs: Option<&'a [u8]>,
    /// Whether there are news that wait for another run.
    pub is_held: bool,
}

impl<'a> Proposal<'a> {
    /// Decides about every template that is wanted or was written before.
    pub(super) fn files(&mut self) -> Result<()> {
        self.refuse_misses()?;
        let recorded: Vec<String> = self.before.files.keys().cloned().collect();
        let wanted = self.plan.files.keys().cloned();
        for id in recorded.into_iter().chain(wanted).collect::<BTreeSet<_>>() {
            self.file(&id);
        }
        Ok(self.refuse_clashes()?)
    }

    fn file(&mut self, id: &str) {
        let case = self.case(id);
        let Some(case) = self.held(case) else {
            return;
        };
        let verdict = merge::decide(
            &case.path,
            Sides {
                base: case.base,
                mine: case.mine,
                theirs: case.theirs,
            },
        );
        let verdict = keys_only(&case, verdict);
        self.forget_pending(&case);
        let verdict = self.in_this_manner(&case, verdict);
        self.lay(&case, &verdict);
        self.remember(&case, verdict.word);
    }

    /// What waited for markers to go has arrived; unless it conflicts again, nothing waits.
    fn forget_pending(&mut self, case: &Case<'_>) {
        if self.before.pending.contains_key(case.id) {
            self.draft.delete(&next_base_path(case.id));
        }
    }

    fn case<'id>(&self, id: &'id str) -> Case<'id>
    where
        'a: 'id,
    {
        let plan = self.plan;
        let tree = &self.project.tree;
        let record = self.before.files.get(id).cloned();
        let theirs = plan.files.get(id);
        let path = record
            .as_ref()
            .map(|record| &record.path)
            .or(theirs.map(|theirs| &theirs.path))
            .cloned()
            .unwrap_or_default();
        let theirs = theirs.map(|theirs| theirs.bytes.as_slice());
        let mine = tree.bytes(&path);
        let base = self.base(id, record.as_ref(), &path, theirs);
        Case {
            id,
            path,
            record,
            base,
            mine,
            theirs,
            is_held: false,
        }
    }

    fn lay(&mut self, case: &Case<'_>, verdict: &Verdict) {
        if let Some(bytes) = &verdict.write {
            self.draft.write(&case.path, bytes);
        }
        if verdict.word == Word::Removed {
            self.draft.delete(&case.path);
        }
        if let (true, Some(theirs)) = (verdict.word.needs_sidecar(), case.theirs) {
            self.lay_sidecar(case, theirs);
        } else if self.sidecar_is_ours(case) {
            self.draft.delete(&format!("{}{SIDECAR}", case.path));
        }
    }

    /// Puts ours beside theirs, unless something is there that we did not write.
    fn lay_sidecar(&mut self, case: &Case<'_>, theirs: &[u8]) {
        let path = format!("{}{SIDECAR}", case.path);
        if self.draft.found(&path).is_none() || self.sidecar_is_ours(case) {
            self.draft.write(&path, theirs);
        }
        self.changes.remaining.push(format!(
            "take what you want of {path} into {}, then delete it",
            case.path
        ));
    }

    /// Whether a file of ours has been waiting beside this one since an earlier run.
    pub(super) fn sidecar_waits(&self, case: &Case<'_>) -> bool {
        let record = case.record.as_ref();
        let was_laid = record.is_some_and(|record| record.sidecar.is_some());
        was_laid
            && self
                .draft
                .found(&format!("{}{SIDECAR}", case.path))
                .is_some()
    }

    fn sidecar_is_ours(&self, case: &Case<'_>) -> bool {
        let recorded = case
            .record
            .as_ref()
            .and_then(|record| record.sidecar.as_ref());
        let found = self.draft.found(&format!("{}{SIDECAR}", case.path));
        found.is_some_and(|found| Some(&sum::of(&found.bytes)) == recorded)
    }

    fn remember(&mut self, case: &Case<'_>, word: Word) {
        let record = self.record(case, word);
        self.remember_base(case, word, record.as_ref());
        let state =
            |record: Option<&FileRecord>| record.map(|record| record.state).unwrap_or_default();
        let is_news = state(record.as_ref()) != state(case.record.as_ref());
        self.changes.files.push(FileChange {
            path: case.path.clone(),
            word,
            is_news,
        });
        self.manifest
            .files
            .extend(record.map(|record| (case.id.to_owned(), record)));
    }

    fn remember_base(&mut self, case: &Case<'_>, word: Word, record: Option<&FileRecord>) {
        let path = base_path(case.id);
        match (record, case.theirs) {
            (None, _) if self.draft.found(&path).is_some() => self.draft.delete(&path),
            (Some(_), Some(theirs)) if advances(word) => self.draft.write(&path, theirs),
            (Some(record), _) => self.keep_base(case, record),
            _ => {}
        }
    }

    /// A base that is not today's render is stored as it was, also where it had to be found again.
    fn keep_base(&mut self, case: &Case<'_>, record: &FileRecord) {
        if let Base::Known(base) = case.base
            && record.base.as_ref() == Some(&sum::of(base))
        {
            self.draft.write(&base_path(case.id), base);
        }
    }

    fn record(&self, case: &Case<'_>, word: Word) -> Option<FileRecord> {
        let theirs = case.theirs.map(sum::of);
        let (state, sidecar) = match word {
            Word::Removed | Word::Forgotten => return None,
            Word::Conflict | Word::Collision => (State::Sidecar, theirs.clone()),
            Word::Skipped | Word::SkippedNews => (State::Deleted, None),
            Word::Orphan => (State::Orphan, None),
            _ => (State::Here, None),
        };
        let base = match advances(word) {
            true => theirs.clone(),
            false => self.base_of(case),
        };
        let is_older = base.is_some() && (base != theirs || case.is_held);
        let templates = self.age(case).filter(|_| is_older);
        Some(FileRecord {
            path: case.path.clone(),
            base,
            state,
            sidecar,
            templates,
        })
    }

    /// The checksum of the base as it was found; a lost one is not given up.
    fn base_of(&self, case: &Case<'_>) -> Option<String> {
        match case.base {
            Base::Known(base) => Some(sum::of(base)),
            Base::None | Base::Lost => case.record.as_ref()?.base.clone(),
        }
    }

    /// The template set that produced the base, where that is an older one.
    fn age(&self, case: &Case<'_>) -> Option<String> {
        let record = case.record.as_ref()?;
        let set = match self.before.pending.contains_key(case.id) {
            true => None, // The base has become that of the last run.
            false => record.templates.clone(),
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

/// Somebody else's `.env.example` gets the keys that it lacks; that is not a collision.
fn keys_only(case: &Case<'_>, verdict: Verdict) -> Verdict {
    let texts = case
        .mine
        .zip(case.theirs)
        .map(|(mine, theirs)| (std::str::from_utf8(mine), std::str::from_utf8(theirs)));
    match texts {
        Some((Ok(mine), Ok(theirs)))
            if case.id == ENV_EXAMPLE && verdict.word == Word::Collision =>
        {
            let text = env_file::append(mine, &env_file::missing_lines(mine, theirs));
            Verdict {
                word: Word::Merged,
                write: Some(text.into_bytes()),
            }
        }
        _ => verdict,
    }
}
