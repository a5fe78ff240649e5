//! Every template against its file, by the table in [`crate::merge`]; and what is recorded of it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Proposal};
use crate::{
    edit::env_file,
    manifest::{FileRecord, State, base_path},
    merge::{self, Base, Sides, Verdict, Word},
    project::{SIDECAR, shape},
    sum,
};

/// The one template whose keys are put into a file that somebody else wrote.
const ENV_EXAMPLE: &str = ".env.example";

/// One template and everything that is known about it.
struct Case<'a> {
    id: &'a str,
    path: String,
    record: Option<FileRecord>,
    base: Base<'a>,
    mine: Option<&'a [u8]>,
    theirs: Option<&'a [u8]>,
}

impl<'a> Proposal<'a> {
    /// Decides about every template that is wanted or was written before.
    pub(super) fn files(&mut self) -> Result<()> {
        let recorded: Vec<String> = self.before.files.keys().cloned().collect();
        let wanted = self.plan.files.keys().cloned();
        for id in recorded.into_iter().chain(wanted).collect::<BTreeSet<_>>() {
            self.file(&id)?;
        }
        Ok(())
    }

    fn file(&mut self, id: &str) -> Result<()> {
        let case = self.case(id);
        if self.is_forgotten(&case) {
            return Ok(());
        }
        let verdict = merge::decide(
            &case.path,
            Sides {
                base: case.base,
                mine: case.mine,
                theirs: case.theirs,
            },
        );
        let verdict = self.chosen(&case, keys_only(&case, verdict));
        self.lay(&case, &verdict);
        self.remember(&case, verdict.word);
        Ok(())
    }

    /// What its owner has taken over is not looked at; that it was is remembered.
    fn is_forgotten(&mut self, case: &Case<'_>) -> bool {
        let record = case.record.clone();
        let forgotten = record.filter(|record| record.state == State::Forgotten);
        let is_forgotten = forgotten.is_some();
        let record = forgotten.map(|record| (case.id.to_owned(), record));
        self.manifest.files.extend(record);
        is_forgotten
    }

    /// What somebody has decided about a file that is in the way.
    fn chosen(&self, case: &Case<'_>, verdict: Verdict) -> Verdict {
        let choice = self.choices.get(&case.path);
        let chosen = match (verdict.word, choice, case.mine, case.theirs) {
            (Word::Collision, Some(choice), Some(mine), Some(theirs)) => {
                choice.verdict(mine, theirs)
            }
            _ => None,
        };
        chosen.unwrap_or(verdict)
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
        }
    }

    /// What was written last time, if it can still be told.
    fn base<'t>(
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
        let waits = self.project.tree.get(&format!("{path}{SIDECAR}")).is_some();
        let is = |bytes: &&[u8], wanted: &Option<String>| Some(sum::of(bytes)) == *wanted;
        if let Some(theirs) = theirs
            .filter(|theirs| !waits && record.sidecar.is_some() && is(theirs, &record.sidecar))
        {
            // Its owner took what they wanted of it, and deleted the rest.
            return Base::Known(theirs);
        }
        let stored = self.project.tree.bytes(&base_path(id));
        let known = stored
            .into_iter()
            .chain(theirs)
            .find(|bytes| is(bytes, &record.base));
        match (known, &record.base) {
            (Some(known), _) => Base::Known(known),
            (None, None) => Base::None,
            (None, Some(_)) => Base::Lost,
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

    fn sidecar_is_ours(&self, case: &Case<'_>) -> bool {
        let recorded = case
            .record
            .as_ref()
            .and_then(|record| record.sidecar.as_ref());
        let found = self.draft.found(&format!("{}{SIDECAR}", case.path));
        found.is_some_and(|found| Some(&sum::of(&found.bytes)) == recorded)
    }

    fn remember(&mut self, case: &Case<'_>, word: Word) {
        let record = record(case, word);
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
            _ => {}
        }
    }
}

/// Whether what would be written today becomes the base.
fn advances(word: Word) -> bool {
    matches!(
        word,
        Word::Created | Word::Identical | Word::Updated | Word::Merged | Word::Yours
    )
}

fn record(case: &Case<'_>, word: Word) -> Option<FileRecord> {
    let before = case.record.clone().unwrap_or_default();
    let theirs = case.theirs.map(sum::of);
    let (base, state, sidecar) = match word {
        Word::Removed | Word::Forgotten => return None,
        Word::Conflict | Word::Collision => (before.base, State::Sidecar, theirs),
        Word::Skipped | Word::SkippedNews => (before.base, State::Deleted, None),
        Word::Orphan => (before.base, State::Orphan, None),
        _ => (theirs, State::Here, None),
    };
    Some(FileRecord {
        path: case.path.clone(),
        base,
        state,
        sidecar,
    })
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
