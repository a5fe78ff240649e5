//! News that this run leaves for another one: their files and bases stay, so that nothing is lost.

use std::collections::BTreeSet;

use super::{Note, Proposal, files::Case};
use crate::{
    manifest::{FileRecord, State},
    merge::{Base, Word},
    paths::ENV,
    refusal::{ChangesRefusal, Refusal},
    sum::Sum,
};

impl Proposal<'_> {
    /// Refuses a pattern that means nothing that there is.
    pub(super) fn refuse_misses(&self) -> Result<(), Refusal> {
        let planned = self.plan.files.values().map(|file| file.path.as_str());
        let recorded = self.before.files.values().map(|file| file.path.as_str());
        let migrations = self
            .before
            .migrations
            .values()
            .map(|file| file.path.as_str());
        let new = self
            .plan
            .migrations
            .iter()
            .map(|migration| format!("migrations/{}.sql", migration.id));
        let new: Vec<_> = new.collect();
        let new = new.iter().map(String::as_str);
        let paths = planned.chain(recorded).chain(migrations).chain(new);
        match self.plan.options.scope.misses(paths) {
            None => Ok(()),
            Some(glob) => {
                let pattern = glob.typed.clone();
                Err(ChangesRefusal::NoMatch { pattern }.into())
            }
        }
    }

    /// A case whose news wait, as if there were none. None where it cannot be told what news are:
    /// then the file is not looked at.
    pub(super) fn held<'c>(&mut self, mut case: Case<'c>) -> Option<Case<'c>> {
        if !self.is_held(&case) || is_an_orphan(&case) {
            return Some(case);
        }
        if self.waits_beside(&case) {
            self.leave(&case);
            return None;
        }
        let Base::Known(base) = case.base else {
            let record = case
                .record
                .take()
                .map(|record| (case.id.to_owned(), record));
            let is_new = record.is_none();
            self.manifest.files.extend(record);
            let held = (case.id.to_owned(), case.place.path);
            self.held.extend(is_new.then_some(held));
            return None;
        };
        if case.record.is_none() {
            self.held.push((case.id.to_owned(), case.place.path));
            return None;
        }
        let is_news = case.theirs.map(Sum::of) != Some(Sum::of(base));
        case.is_held = is_news || case.place.is_renamed();
        if case.is_held {
            let held = (case.id.to_owned(), case.place.path.clone());
            self.held.push(held);
            case.theirs = Some(base);
            case.styled = None;
        }
        if case.place.is_renamed() {
            case.place = case.place.stay();
        }
        Some(case)
    }

    /// Keeps what is recorded of a file beside which ours waits: only its owner can settle that.
    fn leave(&mut self, case: &Case<'_>) {
        let Some(record) = case.record.clone() else {
            return;
        };
        let templates = self.age(case).filter(|_| record.base.is_some());
        let record = FileRecord {
            templates,
            ..record
        };
        self.remember_base(case, Word::Conflict, Some(&record));
        self.manifest.files.insert(case.id.into(), record);
    }

    fn is_held(&self, case: &Case<'_>) -> bool {
        let scope = &self.plan.options.scope;
        if scope.only_resolved {
            !self.before.pending.contains_key(case.id)
        } else if scope.only_security {
            !self.closes_a_hole(case.id)
        } else {
            !scope.takes(case.path())
        }
    }

    /// Returns whether new migrations wait: all or none do, since one may need another.
    pub(super) fn migrations_are_held(&self) -> bool {
        let scope = &self.plan.options.scope;
        let is_new = |id: &str| !self.before.migrations.contains_key(id);
        if scope.only_security {
            let new = self.plan.migrations.iter().map(|one| &one.id);
            let mut new = new.filter(|id| is_new(id));
            return !new.any(|id| self.closes_a_hole(&format!("migrations/{id}")));
        }
        let new = self
            .plan
            .migrations
            .iter()
            .filter(|migration| is_new(&migration.id));
        let mut paths = new.map(|migration| format!("migrations/{}.sql", migration.id));
        scope.only_resolved || paths.any(|path| !scope.takes(&path))
    }

    /// Leaves a new migration for another run.
    pub(super) fn hold_migration(&mut self, id: &str) {
        let held = (format!("migrations/{id}"), format!("migrations/{id}.sql"));
        self.held.push(held);
    }

    /// The version that the project has of a template, where its record does not say.
    pub(super) fn version_of(&self, id: &str) -> &str {
        let held = self.before.held.get(id);
        held.unwrap_or(&self.before.templates)
    }

    /// Records what waits. The manifest's version becomes this program's, so it has to be told of
    /// each template that it does not have that yet.
    pub(super) fn remember_held(&mut self) {
        let held = self.held.iter().map(|(id, _)| id.clone());
        let held = held.map(|id| {
            let version = self.version_of(&id).to_owned();
            (id, version)
        });
        self.manifest.held = held.collect();
    }

    /// Says what waits, unless that is what was asked for.
    pub(super) fn tell_held(&mut self) {
        if self.held.is_empty() || self.plan.options.scope.only_resolved {
            return;
        }
        let files = self.held.iter().map(|(_, path)| path.clone()).collect();
        self.changes.notes.push(Note::Held { files });
    }

    /// Says what comes whole although something waits: what is taken may need its crates and lines.
    pub(super) fn tell_what_comes_along(&mut self) {
        if self.held.is_empty() || self.plan.options.scope.only_resolved {
            return;
        }
        let edits = self.changes.edits.iter().filter(|edit| edit.path != ENV);
        let files: BTreeSet<_> = edits.map(|edit| edit.path.clone()).collect();
        let files: Vec<_> = files.into_iter().collect();
        if !files.is_empty() {
            self.changes.notes.push(Note::ComesAlong { files });
        }
    }
}

/// Whether the file became its owner's in an earlier run: nothing is new about it, so nothing waits.
fn is_an_orphan(case: &Case<'_>) -> bool {
    let record = case.record.as_ref();
    case.theirs.is_none() && record.is_some_and(|record| record.state == State::Orphan)
}
