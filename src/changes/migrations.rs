//! Migrations: written once, under a timestamp that is chosen once, and never touched again. sqlx
//! hashes their text.

use anyhow::Result;

use super::{FileChange, Proposal};
use crate::{
    manifest::MigrationRecord, merge::Word, moment::Moment, plan::Migration, refusal::Refusal, sum,
};

impl Proposal<'_> {
    /// Writes the migrations that were never written.
    pub(super) fn migrations(&mut self) -> Result<()> {
        self.refuse_second_table()?;
        for migration in &self.plan.migrations {
            match self.before.migrations.get(&migration.id).cloned() {
                Some(record) => self.written_before(&record),
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

    /// A project that already has a users table must not get a second one.
    fn refuse_second_table(&self) -> Result<(), Refusal> {
        let table = self.plan.answers.table.name();
        let ours = |path: &str| {
            self.before
                .migrations
                .values()
                .any(|record| record.path == path)
        };
        let mut foreign = self
            .project
            .tree
            .below("migrations/")
            .filter(|(path, _)| !ours(path));
        match foreign.find(|(_, file)| creates_table(&String::from_utf8_lossy(&file.bytes), table))
        {
            None => Ok(()),
            Some((path, _)) => Err(Refusal::failed(format!(
                "{path} creates a table {table} already; \
             this version installs only where there is none"
            ))),
        }
    }
}

fn moment(path: &str) -> Option<Moment> {
    let name = path.rsplit('/').next()?;
    Moment::parse(name.split_once('_')?.0)
}

fn creates_table(sql: &str, table: &str) -> bool {
    let words: Vec<_> = sql
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    words
        .windows(3)
        .any(|three| three == ["create", "table", table])
        || words
            .windows(6)
            .any(|six| six == ["create", "table", "if", "not", "exists", table])
}
