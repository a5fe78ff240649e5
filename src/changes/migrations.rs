//! Migrations: written once, under a timestamp that is chosen once, and never touched again. sqlx
//! hashes their text.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Note, Proposal, Step, Unrecorded, unrecorded::unrecorded};
use crate::{
    feature::Database,
    manifest::MigrationRecord,
    merge::Word,
    plan::Migration,
    refusal::{ChangesRefusal, Refusal},
    sql,
    sum::Sum,
    timestamp::Timestamp,
};

impl Proposal<'_> {
    /// Writes the migrations that were never written.
    pub(super) fn migrations(&mut self) -> Result<()> {
        let found = unrecorded(self.project, &self.before, self.plan);
        self.refuse_second_table(&found)?;
        self.set_aside();
        let are_held = self.migrations_are_held();
        for migration in &self.plan.migrations {
            let same = found.iter().find(|one| one.is(&migration.id));
            match (self.before.migrations.get(&migration.id).cloned(), same) {
                (_, Some(found)) => self.adopt(migration, &found.path),
                (Some(record), None) => self.written_before(&record),
                (None, None) if are_held => self.hold_migration(&migration.id),
                (None, None) => self.write_migration(migration),
            }
        }
        let second = found.into_iter().filter(|one| !one.is_adopted());
        let steps = second.map(Step::SecondMigration);
        self.changes.remaining.extend(steps);
        Ok(())
    }

    /// Records a migration that is here already, byte for byte.
    fn adopt(&mut self, migration: &Migration, path: &str) {
        let record = MigrationRecord {
            path: path.into(),
            sum: Sum::of(&migration.bytes),
        };
        self.written_before(&record);
        self.manifest
            .migrations
            .insert(migration.id.clone(), record);
        let path = path.into();
        self.changes.notes.push(Note::Adopted { path });
    }

    /// Another database has other migrations: those that were written go to a folder of their own,
    /// where nobody runs them, with their text as it is.
    fn set_aside(&mut self) {
        let now = self.plan.answers.database;
        let Some(old) = self.before.written.database.filter(|old| *old != now) else {
            return;
        };
        let folder = format!("migrations/{}", old.name());
        for (id, record) in std::mem::take(&mut self.before.migrations) {
            let name = record.path.rsplit('/').next().unwrap_or_default();
            let path = format!("{folder}/{name}");
            if let Some(found) = self.draft.found(&record.path).filter(|_| !id.contains('/')) {
                self.draft.write_from(&record.path, &path, &found.bytes);
                self.draft.delete(&record.path);
                self.changes.files.push(FileChange {
                    path: path.clone(),
                    from: Some(record.path),
                    word: Word::Moved,
                    is_news: true,
                });
            }
            let record = MigrationRecord { path, ..record };
            let id = if id.contains('/') {
                id
            } else {
                format!("{}/{id}", old.name())
            };
            self.before.migrations.insert(id, record);
        }
        self.manifest.migrations = self.before.migrations.clone();
        self.tell_move(old, &folder);
    }

    fn tell_move(&mut self, old: Database, folder: &str) {
        let new = self.plan.answers.database;
        self.changes.notes.push(Note::StartsEmpty { old, new });
        let is_ours = |path: &str| {
            self.project.manifest().iter().any(|manifest| {
                manifest
                    .migrations
                    .values()
                    .any(|record| record.path == path)
            })
        };
        let files = self.project.tree.below("migrations/").map(|(path, _)| path);
        let own = files.filter(|path| !is_ours(path)).map(str::to_owned);
        let own: Vec<_> = own.collect();
        if !own.is_empty() {
            self.changes.remaining.push(Step::RewriteMigrations {
                files: own,
                old,
                new,
                folder: folder.into(),
            });
        }
    }

    fn written_before(&mut self, record: &MigrationRecord) {
        let word = match self.draft.bytes(&record.path).map(Sum::of) {
            None => Word::Skipped,
            Some(found) if found == record.sum => Word::Identical,
            Some(_) => Word::Yours,
        };
        self.changes.files.push(FileChange {
            path: record.path.clone(),
            from: None,
            word,
            is_news: false,
        });
    }

    fn write_migration(&mut self, migration: &Migration) {
        let path = format!("migrations/{}_{}.sql", self.next_stamp(), migration.id);
        self.draft.write(&path, &migration.bytes);
        let record = MigrationRecord {
            path: path.clone(),
            sum: Sum::of(&migration.bytes),
        };
        self.manifest
            .migrations
            .insert(migration.id.clone(), record);
        self.changes.files.push(FileChange {
            path,
            from: None,
            word: Word::Created,
            is_news: true,
        });
    }

    /// Now, or the second after the newest migration that there is: sqlx runs them in the order of
    /// their names.
    fn next_stamp(&self) -> String {
        let found = self.project.tree.below("migrations/").map(|(path, _)| path);
        let recorded = self
            .manifest
            .migrations
            .values()
            .map(|record| record.path.as_str());
        let newest = found.chain(recorded).filter_map(timestamp).max();
        newest
            .map_or(self.now, |newest| newest.next().max(self.now))
            .stamp()
    }

    /// A project that already has a table of ours must not get a second one.
    fn refuse_second_table(&self, found: &[Unrecorded]) -> Result<(), Refusal> {
        let is_adopted = |path: &str| found.iter().any(|one| one.is_adopted() && one.path == path);
        let is_ours = |path: &str| {
            let mut records = self.before.migrations.values();
            records.any(|record| record.path == path)
        };
        let is_new = |migration: &&Migration| {
            let is_adopted = found.iter().any(|one| one.is(&migration.id));
            !self.before.migrations.contains_key(&migration.id) && !is_adopted
        };
        let new = self.plan.migrations.iter().filter(is_new);
        let wanted: BTreeSet<_> = new
            .flat_map(|migration| sql::tables(&String::from_utf8_lossy(&migration.bytes)))
            .collect();
        let files = self.project.tree.below("migrations/");
        for (path, file) in files.filter(|(path, _)| !is_ours(path) && !is_adopted(path)) {
            let there = sql::tables(&String::from_utf8_lossy(&file.bytes));
            if let Some(table) = there.iter().find(|table| wanted.contains(*table)) {
                return Err(ChangesRefusal::Table {
                    path: path.into(),
                    table: table.clone(),
                    // It can have another name, the other tables cannot.
                    is_users_table: table == self.plan.answers.table.name(),
                }
                .into());
            }
        }
        Ok(())
    }
}

fn timestamp(path: &str) -> Option<Timestamp> {
    let name = path.rsplit('/').next()?;
    Timestamp::parse(name.split_once('_')?.0)
}
