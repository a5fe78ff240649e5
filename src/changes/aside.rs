//! The migrations of a database that the project has no more. All of them, its owner's too, go to a
//! folder of that database's name, where sqlx does not look and `copy-database` finds them. Each of
//! the owner's gets a successor, to be written for the new database; until it is, it fails.

use std::collections::BTreeMap;

use super::{
    FileChange, Note, Proposal, Step,
    migrations::Stamps,
    versions::{self, numbered},
};
use crate::{
    feature::Database,
    manifest::{Manifest, MigrationRecord},
    merge::Word,
    paths::MIGRATIONS,
    project::Project,
    refusal::{ChangesRefusal, Refusal},
};

/// The owner's migrations for a database that the project has no more.
pub(super) struct Aside {
    old: Database,
    /// Where each has been put, in the order in which sqlx runs them.
    own: Vec<(i64, String)>,
}

impl Proposal<'_> {
    /// Puts what was written for another database aside, as it is. `None` where there is no other.
    pub(super) fn set_aside(&mut self) -> Result<Option<Aside>, Refusal> {
        let now = self.plan.answers.database;
        let Some(old) = self.former_database() else {
            return Ok(None);
        };
        let own = own_migrations(self.project, &self.before);
        let folder = format!("migrations/{}", old.name());
        for (id, record) in std::mem::take(&mut self.before.migrations) {
            let (id, record) = if id.contains('/') {
                (id, record)
            } else {
                let path = self.put_into(&folder, &record.path)?;
                let id = format!("{}/{id}", old.name());
                (id, MigrationRecord { path, ..record })
            };
            self.before.migrations.insert(id, record);
        }
        self.manifest.migrations = self.before.migrations.clone();
        let own = own
            .into_iter()
            .map(|(number, path)| Ok((number, self.put_into(&folder, &path)?)));
        let own = own.collect::<Result<_, Refusal>>()?;
        self.changes.notes.push(Note::StartsEmpty { old, new: now });
        Ok(Some(Aside { old, own }))
    }

    /// Returns whether this run brings the tables of another database.
    pub(super) fn changes_database(&self) -> bool {
        self.former_database().is_some()
    }

    fn former_database(&self) -> Option<Database> {
        let now = self.plan.answers.database;
        self.before.written.database.filter(|old| *old != now)
    }

    /// Moves a file into a folder, unless another one is there, and returns its new path.
    fn put_into(&mut self, folder: &str, from: &str) -> Result<String, Refusal> {
        let name = from.rsplit('/').next().unwrap_or_default();
        let path = format!("{folder}/{name}");
        let Some(found) = self.draft.found(from) else {
            return Ok(path);
        };
        let there = self.draft.found(&path);
        if there.is_some_and(|there| there.bytes != found.bytes) {
            return Err(ChangesRefusal::Taken {
                from: from.into(),
                path,
            }
            .into());
        }
        self.draft.write_from(from, &path, &found.bytes);
        self.draft.delete(from);
        self.changes.files.push(FileChange {
            path: path.clone(),
            from: Some(from.into()),
            word: Word::Moved,
            is_news: true,
        });
        Ok(path)
    }

    /// Writes a migration for each of the owner's, after all of ours: theirs may need our tables.
    pub(super) fn write_stubs(&mut self, aside: &Aside, stamps: &mut Stamps) {
        let new = self.plan.answers.database;
        let mut numbers = BTreeMap::new();
        for (number, path) in &aside.own {
            // Both halves of one that can be reverted have one number.
            let number = *numbers.entry(number).or_insert_with(|| stamps.next());
            let Some((_, rest)) = numbered(path) else {
                continue;
            };
            let text = self.draft.bytes(path).map(String::from_utf8_lossy);
            let text = stub(path, &text.unwrap_or_default(), aside.old, new);
            let path = format!("migrations/{number}_{rest}");
            self.draft.write(&path, text.as_bytes());
            self.changes.files.push(FileChange {
                path,
                from: None,
                word: Word::Created,
                is_news: true,
            });
        }
    }

    /// Says which migrations are still to be written.
    pub(super) fn tell_unwritten(&mut self) {
        let database = self.plan.answers.database;
        let created = self.changes.files.iter().map(|file| file.path.as_str());
        let found = self.project.tree.below(MIGRATIONS).map(|(path, _)| path);
        let paths: Vec<_> = created.chain(found).collect();
        let is_open = |path: &&str| {
            let text = self.draft.bytes(path).map(String::from_utf8_lossy);
            versions::is_looked_at(path) && text.is_some_and(|text| is_unwritten(&text, database))
        };
        let mut open: Vec<_> = paths.into_iter().filter(is_open).collect();
        open.sort_unstable();
        open.dedup();
        let files: Vec<_> = open.into_iter().map(str::to_owned).collect();
        if !files.is_empty() {
            let step = Step::WriteMigrations { files, database };
            self.changes.remaining.push(step);
        }
    }
}

/// Every migration that sqlx runs and we have not written, in sqlx's order.
fn own_migrations(project: &Project, manifest: &Manifest) -> Vec<(i64, String)> {
    let is_ours = |path: &str| {
        let mut records = manifest.migrations.values();
        records.any(|record| record.path == path)
    };
    let files = project.tree.below(MIGRATIONS).map(|(path, _)| path);
    let own = files.filter(|path| versions::is_looked_at(path) && !is_ours(path));
    let mut own: Vec<_> = own
        .filter_map(|path| Some((numbered(path)?.0, path.to_owned())))
        .collect();
    own.sort();
    own
}

/// Fails in both databases, and the error says why. PostgreSQL reads 63 letters of a name.
fn failing(database: Database) -> String {
    format!(
        "select * from \"write this migration for {}\";",
        database.title()
    )
}

fn is_unwritten(text: &str, database: Database) -> bool {
    let failing = failing(database);
    text.lines().any(|line| line.trim() == failing)
}

fn stub(path: &str, text: &str, old: Database, new: Database) -> String {
    let failing = failing(new);
    let (old, new) = (old.title(), new.title());
    // For PostgreSQL a carriage return ends a comment, too.
    let lines = text.lines().map(|line| line.replace('\r', " "));
    let lines = lines.map(|line| format!("-- {line}").trim_end().to_owned() + "\n");
    let text: String = lines.collect();
    format!(
        "-- What {path} is for {old}, for {new}. Write it here, and delete the next line: until then\n\
         -- it makes this migration fail.\n\
         {failing}\n\n\
         -- For {old} it was:\n--\n{text}"
    )
}
