//! Every template against its file, by the table in [`crate::merge`].

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Note, Proposal, Step, places::Place};
use crate::{
    manifest::{FileRecord, State, base_path, next_base_path},
    merge::{self, Base, Sides, Verdict, Word, same},
    project::open_merge,
    sum::Sum,
};

/// What was written and what would be, in the owner's formatting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Styled<'a> {
    base: &'a [u8],
    theirs: Option<&'a [u8]>,
}

/// One template and everything that is known about it.
pub(super) struct Case<'a> {
    pub id: &'a str,
    pub place: Place,
    pub record: Option<FileRecord>,
    pub base: Base<'a>,
    pub mine: Option<&'a [u8]>,
    pub theirs: Option<&'a [u8]>,
    /// Both of ours in the owner's formatting.
    pub styled: Option<Styled<'a>>,
    /// Whether there are news that wait for another run.
    pub is_held: bool,
}

impl Case<'_> {
    /// Where the file will be.
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// What is compared: in the owner's formatting, where their file is nearer to that.
    pub fn sides(&self) -> Sides<'_> {
        let (base, theirs) = match (self.base, self.styled) {
            (Base::Known(_), Some(styled)) => (Base::Known(styled.base), styled.theirs),
            (base, _) => (base, self.theirs),
        };
        Sides {
            base,
            mine: self.mine,
            theirs,
        }
    }

    fn decide(&self) -> Verdict {
        merge::decide(self.path(), self.sides())
    }
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
        self.tell_unjudged();
        self.tell_bases();
        Ok(self.refuse_clashes()?)
    }

    fn file(&mut self, id: &str) {
        let case = self.case(id);
        if self.is_forgotten(&case) || self.is_not_judged(&case) {
            return;
        }
        let tree = &self.project.tree;
        if tree.is_blocked(&case.place.found) || tree.is_blocked(case.path()) {
            return self.block(&case, None);
        }
        let Some(case) = self.held(case) else {
            return;
        };
        let case = self.out_of_the_way(case);
        let verdict = self.by_policy(&case, case.decide());
        let verdict = self.chosen(&case, verdict);
        if let Some(line) = open_merge_of(&case, &verdict) {
            return self.block(&case, Some(line));
        }
        self.forget_pending(&case);
        let verdict = self.perhaps_moved(&case, verdict);
        let verdict = self.in_this_manner(&case, verdict);
        self.changes.remaining.extend(case.place.doubt.clone());
        let was_open = self.before.pending.contains_key(case.id);
        self.changes.settled += usize::from(was_open && verdict.word != Word::Marked);
        self.notice_loss(&case, verdict.word);
        self.lay(&case, &verdict);
        self.remember(&case, verdict.word);
    }

    /// Leaves a file alone that cannot be written, or not be merged; what was recorded stays.
    fn block(&mut self, case: &Case<'_>, line: Option<usize>) {
        let path = case.place.found.clone();
        let record = case.record.clone();
        let base = record.as_ref().and_then(|record| record.base);
        let is_news = case.theirs.map(Sum::of) != base;
        let templates = self.age(case).filter(|_| is_news);
        let record = record.map(|record| FileRecord {
            templates,
            ..record
        });
        let pending = self.before.pending.get(case.id).cloned();
        let id = self.stored_as(case.id).to_owned();
        let pending = pending.map(|record| (id.clone(), record));
        self.manifest
            .files
            .extend(record.map(|record| (id, record)));
        self.manifest.pending.extend(pending);
        self.changes.files.push(FileChange {
            path: path.clone(),
            from: None,
            word: Word::Blocked,
            is_news,
        });
        if is_news {
            self.changes.remaining.push(Step::Unblock { path, line });
        }
    }

    /// What its owner has taken over is not looked at; that it was is remembered.
    fn is_forgotten(&mut self, case: &Case<'_>) -> bool {
        let record = case.record.clone();
        let forgotten = record.filter(|record| record.state == State::Forgotten);
        let is_forgotten = forgotten.is_some();
        if let Some(record) = forgotten {
            self.keep_record(case, record);
        }
        is_forgotten
    }

    /// Keeps a record and its base as they are, under the name that the template has now.
    fn keep_record(&mut self, case: &Case<'_>, record: FileRecord) {
        let (old, new) = (base_path(self.stored_as(case.id)), base_path(case.id));
        let stored = self.draft.found(&old).filter(|_| old != new);
        if let Some(base) = stored {
            self.draft.write(&new, &base.bytes);
            self.draft.delete(&old);
        }
        self.manifest.files.insert(case.id.into(), record);
    }

    /// What is missing for another reason than that its owner has deleted it, or may be, is not
    /// looked at, and stays recorded as it is: a sparse checkout leaves it out, git cannot tell whether
    /// it hides it, or it has stayed where the package was before.
    fn is_not_judged(&mut self, case: &Case<'_>) -> bool {
        let path = &case.place.found;
        let is_open = case.mine.is_none() && !self.choices.contains_key(path);
        let Some(record) = case.record.clone().filter(|_| is_open) else {
            return false;
        };
        let ignored = &self.project.ignored;
        let was_there = matches!(record.state, State::Here | State::Sidecar | State::Orphan);
        let left_behind = self.project.left_behind(path);
        if let Some(place) = left_behind.filter(|_| was_there) {
            self.left_behind.push((path.clone(), place.into()));
        } else if was_there && ignored.doubt().is_some() {
            self.unjudged.push(path.clone());
        } else if !ignored.is_left_out(path) {
            return false;
        }
        let is_news = case.theirs.map(Sum::of) != record.base;
        let templates = self.age(case).filter(|_| record.base.is_some() && is_news);
        let record = FileRecord {
            templates,
            ..record
        };
        self.keep_record(case, record);
        true
    }

    /// Says what was not looked at, and why.
    fn tell_unjudged(&mut self) {
        let files = std::mem::take(&mut self.unjudged);
        if let Some(why) = self.project.ignored.doubt().filter(|_| !files.is_empty()) {
            let why = why.clone();
            self.changes.notes.push(Note::NotJudged { why, files });
        }
        let files = std::mem::take(&mut self.left_behind);
        if !files.is_empty() {
            self.changes.notes.push(Note::LeftBehind { files });
        }
    }

    /// Returns whether a file is missing in a clone, though nobody has deleted it.
    pub(super) fn is_unkept(&self, path: &str) -> bool {
        let ignored = &self.project.ignored;
        ignored.rule(path).is_some() || ignored.is_left_out(path)
    }

    /// What somebody has decided about a file that is in the way.
    fn chosen(&self, case: &Case<'_>, verdict: Verdict) -> Verdict {
        let choice = self.choices.get(case.path());
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
        let (plan, tree) = (self.plan, &self.project.tree);
        let record = self.before.files.get(id).cloned();
        let theirs = plan.files.get(id);
        let place = self.place(id, record.as_ref(), theirs);
        let theirs = theirs.map(|theirs| theirs.bytes.as_slice());
        let mine = tree.bytes(&place.found);
        let was_there = record
            .as_ref()
            .is_some_and(|record| record.state == State::Here);
        // It is written as if for the first time: a clone does not have it.
        let is_absent = mine.is_none() && was_there && self.is_unkept(&place.found);
        let base = if is_absent {
            Base::None
        } else {
            Base::of(self.stored_as(id), &place.found, theirs, self.project)
        };
        Case {
            id,
            mine,
            styled: mine.and_then(|mine| self.styled(base, mine, theirs)),
            place,
            record,
            base,
            theirs,
            is_held: false,
        }
    }

    /// Both of ours in the owner's formatting, if the owner's file is nearer to that.
    fn styled<'t>(
        &self,
        base: Base<'t>,
        mine: &[u8],
        theirs: Option<&'t [u8]>,
    ) -> Option<Styled<'t>>
    where
        'a: 't,
    {
        let Base::Known(base) = base else {
            return None;
        };
        let restyled = &self.plan.restyled;
        let (styled, is_news) = (
            restyled.get(base)?,
            theirs.is_none_or(|theirs| !same(base, theirs)),
        );
        let is_nearer = is_news && merge::likeness(mine, styled) > merge::likeness(mine, base);
        is_nearer.then(|| Styled {
            base: styled,
            theirs: theirs.map(|theirs| restyled.get(theirs).unwrap_or(theirs)),
        })
    }

    /// Where somebody else's file stands at the new path of a template, the file at the old one is
    /// left to its owner, and the new one is ours to bring in beside theirs.
    fn out_of_the_way<'id>(&mut self, case: Case<'id>) -> Case<'id>
    where
        'a: 'id,
    {
        let tree = &self.project.tree;
        if !case.place.is_renamed() || tree.get(case.path()).is_none() {
            return case;
        }
        let (old, new) = (case.place.found.clone(), case.place.path.clone());
        let left = Case {
            place: Place::at(&old),
            theirs: None,
            styled: None,
            ..case
        };
        let verdict = left.decide();
        self.lay(&left, &verdict);
        self.tell(&left, verdict.word, true);
        Case {
            place: Place::at(&new),
            record: None,
            base: Base::None,
            mine: tree.bytes(&new),
            theirs: case.theirs,
            ..left
        }
    }

    /// What waited for markers to go has arrived; unless it conflicts again, nothing waits.
    fn forget_pending(&mut self, case: &Case<'_>) {
        if self.before.pending.contains_key(case.id) {
            let path = next_base_path(self.stored_as(case.id));
            self.draft.delete(&path);
        }
    }

    fn lay(&mut self, case: &Case<'_>, verdict: &Verdict) {
        let Place { found, path, .. } = &case.place;
        let moves = case.mine.filter(|_| case.place.is_renamed());
        if let Some(bytes) = verdict.write.as_deref().or(moves) {
            self.draft.write_from(found, path, bytes);
        }
        if verdict.word == Word::Removed || case.place.is_renamed() {
            self.draft.delete(found);
        }
        self.lay_beside(case, verdict.word);
    }

    /// Notes down what becomes of a file, and of its path.
    pub(super) fn tell(&mut self, case: &Case<'_>, word: Word, is_news: bool) {
        let path = case.path().to_owned();
        let ways = case.place.ways.iter().cloned();
        let ways = ways.map(|(word, from, to)| FileChange {
            path: to,
            from: Some(from),
            word,
            is_news: true,
        });
        self.changes.files.extend(ways);
        self.changes.files.push(FileChange {
            path,
            from: None,
            word,
            is_news,
        });
    }
}

/// The line at which a merge is open in a file into which something would be merged.
fn open_merge_of(case: &Case<'_>, verdict: &Verdict) -> Option<usize> {
    let is_merged = matches!(verdict.word, Word::Merged | Word::Conflict);
    open_merge(case.mine.filter(|_| is_merged && case.record.is_some())?)
}
