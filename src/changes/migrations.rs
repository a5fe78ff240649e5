//! Migrations: written once, under a timestamp that is chosen once, and never touched again. sqlx
//! hashes their text.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Proposal};
use crate::{
    manifest::MigrationRecord, merge::Word, moment::Moment, plan::Migration, refusal::Refusal, sql,
    sum,
};

impl Proposal<'_> {
    /// Writes the migrations that were never written.
    pub(super) fn migrations(&mut self) -> Result<()> {
        self.refuse_second_table()?;
        let are_held = self.migrations_are_held();
        for migration in &self.plan.migrations {
            match self.before.migrations.get(&migration.id).cloned() {
                Some(record) => self.written_before(&record),
                None if are_held => self.held.push(format!("migrations/{}.sql", migration.id)),
                None => self.write_migration(migration),
            }
        }
        Ok(())
    }

    fn written_before(&mut self, record: &MigrationRecord) {
        let word = match self.draft.bytes(&record.path).map(sum::of) {
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
            sum: sum::of(&migration.bytes),
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
        let newest = found.chain(recorded).filter_map(moment).max();
        newest
            .map_or(self.now, |newest| newest.next().max(self.now))
            .stamp()
    }

    /// A project that already has a table of ours must not get a second one.
    fn refuse_second_table(&self) -> Result<(), Refusal> {
        let is_ours = |path: &str| {
            let mut records = self.before.migrations.values();
            records.any(|record| record.path == path)
        };
        let is_new = |migration: &&Migration| !self.before.migrations.contains_key(&migration.id);
        let new = self.plan.migrations.iter().filter(is_new);
        let wanted: BTreeSet<_> = new
            .flat_map(|migration| sql::tables(&String::from_utf8_lossy(&migration.bytes)))
            .collect();
        let files = self.project.tree.below("migrations/");
        for (path, file) in files.filter(|(path, _)| !is_ours(path)) {
            let there = sql::tables(&String::from_utf8_lossy(&file.bytes));
            if let Some(table) = there.iter().find(|table| wanted.contains(*table)) {
                return Err(Refusal::failed(format!(
                    "{path} creates a table {table} already; \
                     this version installs only where there is none{}",
                    self.way_out(table)
                )));
            }
        }
        Ok(())
    }

    /// The users table can have another name, the other tables cannot.
    fn way_out(&self, table: &str) -> &'static str {
        match table == self.plan.answers.table.name() {
            true => ", or under another name: --table members",
            false => "",
        }
    }
}

fn moment(path: &str) -> Option<Moment> {
    let name = path.rsplit('/').next()?;
    Moment::parse(name.split_once('_')?.0)
}
