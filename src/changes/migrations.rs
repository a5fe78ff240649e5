//! Migrations: written once, under a timestamp that is chosen once, and never touched again. sqlx
//! hashes their text.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{FileChange, Note, Proposal, Step, Unrecorded, unrecorded::unrecorded, versions};
use crate::{
    manifest::MigrationRecord,
    merge::Word,
    paths::MIGRATIONS,
    plan::Migration,
    refusal::{ChangesRefusal, Refusal},
    sql::{self, Schema},
    sum::Sum,
    timestamp::Timestamp,
};

impl Proposal<'_> {
    /// Writes the migrations that were never written.
    pub(super) fn migrations(&mut self) -> Result<()> {
        let found = unrecorded(self.project, &self.before, self.plan);
        // The tables of another database come whole: nothing runs without them.
        let are_held = !self.changes_database() && self.migrations_are_held();
        let are_written = self.changes_database() || self.new_migrations().next().is_some();
        if !are_held && are_written {
            versions::refuse_unreadable(self.migrations_there())?;
            self.refuse_second_table(&found)?;
        }
        let mut stamps = self.stamps();
        let aside = self.set_aside()?;
        for migration in &self.plan.migrations {
            let same = found.iter().find(|one| one.is(&migration.id));
            match (self.before.migrations.get(&migration.id).cloned(), same) {
                (_, Some(found)) => self.adopt(migration, &found.path),
                (Some(record), None) => self.written_before(migration, &record),
                (None, None) if are_held => self.hold_migration(&migration.id),
                (None, None) => self.write_migration(migration, &mut stamps),
            }
        }
        if let Some(aside) = aside {
            self.write_stubs(&aside, &mut stamps);
        }
        self.tell_unwritten();
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
        self.written_before(migration, &record);
        self.manifest
            .migrations
            .insert(migration.id.clone(), record);
        let path = path.into();
        self.changes.notes.push(Note::Adopted { path });
    }

    fn written_before(&mut self, migration: &Migration, record: &MigrationRecord) {
        let word = match self.draft.bytes(&record.path).map(Sum::of) {
            None => self.bring_back(migration, record),
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

    /// Writes a missing migration as it was: a database that ran it does not start without it. Nothing
    /// else is as good, but for one of the owner's that makes the same tables.
    fn bring_back(&mut self, migration: &Migration, record: &MigrationRecord) -> Word {
        let path = record.path.clone();
        let is_taken = self.plan.options.scope.takes(&path);
        if self.project.ignored.is_left_out(&path) || !is_taken {
            return Word::Skipped;
        }
        if let Some(by) = self.replacement(migration) {
            self.changes.notes.push(Note::Replaced { path, by });
            return Word::Skipped;
        }
        if !migration.is(record.sum) {
            self.changes.remaining.push(Step::BringBack { path });
            return Word::Skipped;
        }
        self.draft.write(&path, &migration.bytes);
        Word::Created
    }

    /// The migration of the owner's that makes a table which this one makes.
    fn replacement(&self, migration: &Migration) -> Option<String> {
        let wanted = sql::tables(&String::from_utf8_lossy(&migration.bytes));
        let there = self.relations_of_others(&BTreeSet::new()).relations;
        let mut there = there.into_iter();
        let found = there.find(|relation| wanted.contains(&relation.name))?;
        Some(found.origin.into())
    }

    /// What the migrations leave that are neither recorded nor among those which are adopted.
    fn relations_of_others(&self, adopted: &BTreeSet<&str>) -> Schema<&str> {
        let ours = self.before.migrations.values();
        let ours: BTreeSet<_> = ours.map(|record| record.path.as_str()).collect();
        let is_ours = |path: &str| ours.contains(path) || adopted.contains(path);
        let files = self.project.tree.below(MIGRATIONS);
        let theirs = files.filter(|(path, _)| !is_ours(path) && !versions::is_down(path));
        let mut theirs: Vec<_> = theirs.collect();
        theirs.sort_by_key(|(path, _)| versions::number(path));
        let mut there = Schema::default();
        for (path, file) in theirs {
            there.run(&String::from_utf8_lossy(&file.bytes), path);
        }
        there
    }

    fn write_migration(&mut self, migration: &Migration, stamps: &mut Stamps) {
        let ending = versions::ending(self.migrations_there());
        let path = format!("{MIGRATIONS}{}_{}{ending}", stamps.next(), migration.id);
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

    /// Numbers after those of every migration that there is or was.
    fn stamps(&self) -> Stamps {
        let found = self.project.tree.below(MIGRATIONS).map(|(path, _)| path);
        let records = self.manifest.migrations.values();
        let recorded = records.map(|record| record.path.as_str());
        let numbers = found.chain(recorded).filter_map(versions::number);
        Stamps {
            last: numbers.max(),
            now: self.now,
        }
    }

    /// The migrations that sqlx runs today; not those that are kept aside in folders of their own.
    fn migrations_there(&self) -> impl Iterator<Item = &str> {
        let paths = self.project.tree.below(MIGRATIONS).map(|(path, _)| path);
        paths.filter(|path| versions::is_looked_at(path))
    }

    fn new_migrations(&self) -> impl Iterator<Item = &Migration> {
        let planned = self.plan.migrations.iter();
        planned.filter(|migration| !self.before.migrations.contains_key(&migration.id))
    }

    /// A project that already has a table of ours must not get a second one. What its migrations drop
    /// again, or call otherwise, is not there.
    fn refuse_second_table(&self, found: &[Unrecorded]) -> Result<(), Refusal> {
        let adopted = found.iter().filter(|one| one.is_adopted());
        let adopted = adopted.map(|one| one.path.as_str()).collect();
        let there = self.relations_of_others(&adopted);
        let is_adopted = |id: &str| found.iter().any(|one| one.is(id));
        let new = self.new_migrations().filter(|one| !is_adopted(&one.id));
        let wanted: BTreeSet<_> = new
            .flat_map(|migration| sql::relations(&String::from_utf8_lossy(&migration.bytes)))
            .collect();
        let relations = there.relations.into_iter();
        let mut second = relations.filter(|relation| wanted.contains(&relation.name));
        second.next().map_or(Ok(()), |second| {
            Err(ChangesRefusal::Table {
                path: second.origin.into(),
                kind: second.kind.name(),
                // It can have another name, the other tables cannot.
                is_users_table: second.name == self.plan.answers.table.name(),
                table: second.name,
            }
            .into())
        })
    }
}

/// The numbers of new migrations.
pub(super) struct Stamps {
    last: Option<i64>,
    now: Timestamp,
}

impl Stamps {
    /// Now, or the second after the newest migration: sqlx runs them in the order of their numbers.
    pub(super) fn next(&mut self) -> i64 {
        let number = |timestamp: Timestamp| timestamp.stamp().parse().unwrap_or_default();
        let after = |last: i64| {
            let next = Timestamp::parse(&last.to_string()).map_or(0, |last| number(last.next()));
            next.max(last.saturating_add(1))
        };
        let next = self.last.map_or(0, after).max(number(self.now));
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::{Stamps, Timestamp};

    fn stamps(last: Option<i64>) -> [i64; 3] {
        let now = Timestamp::parse("20261123120000").unwrap();
        let mut stamps = Stamps { last, now };
        [stamps.next(), stamps.next(), stamps.next()]
    }

    #[test]
    fn numbers_rise_whatever_is_there() {
        for last in [
            0,
            3,
            20_261_123_115_959,
            20_261_123_120_000,
            99_991_231_235_959,
            99_999_999_999_999,
        ] {
            let [one, two, three] = stamps(Some(last));
            assert!(last < one && one < two && two < three, "{last}");
        }
        assert_eq!(stamps(None)[1], 20_261_123_120_001);
    }
}
