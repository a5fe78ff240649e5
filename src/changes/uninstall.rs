//! The way back: what was written goes, as far as its owner has not made it theirs.

use anyhow::Result;

use super::{
    Changes, Edit, FileChange, Note, Proposal, Step, cargo::inherited, dangling::Dangling,
    draft::Draft, is_owners,
};
use crate::{
    edit::{
        dependencies::Context,
        env_file, lines, presence,
        removal::{self, Outcome, Taken},
    },
    feature::Shape,
    manifest::{self, EditRecord, Found, Manifest},
    merge::{Word, in_the_style_of, same},
    modules,
    paths::{CARGO_LOCK, CARGO_TOML, ENV, LIB, MAIN, MIGRATIONS, OWN},
    plan::Plan,
    project::{Project, shape},
    sum::Sum,
    templates::Policy,
    tracked::{self, TrackedFile},
};

/// The beginning of the names under which tables that were made are recorded.
const TABLE: &str = "table.";

/// Files that were not quite what `cargo new` writes, and the names under which they are recorded.
const FOUND: [(&str, &str); 2] = [("library", LIB), ("program", MAIN)];

/// Returns whether an edit of that name is none, but tells how a file of ours was found.
#[must_use]
pub fn is_what_was_found(name: &str) -> bool {
    FOUND.iter().any(|(known, _)| *known == name)
}

impl Proposal<'_> {
    /// An empty library counts as new, and so does what is formatted otherwise; it is to come back as
    /// it was.
    pub(super) fn remember_stock(&mut self) {
        if self.project.manifest().is_some() {
            return;
        }
        for (name, path) in FOUND {
            let found = self.project.tree.bytes(path);
            let stock = shape::stock(path).unwrap_or_default();
            let Some(found) = found.filter(|found| !same(found, stock.as_bytes())) else {
                continue;
            };
            let text = String::from_utf8_lossy(found);
            let record = EditRecord {
                file: path.into(),
                text: text.trim_start_matches('\u{feff}').into(),
                ..EditRecord::default()
            };
            self.manifest.edits.insert(name.into(), record);
        }
    }
}

/// What the owner has a say in.
#[derive(Clone, Copy)]
pub struct Leaving<'a> {
    /// Whether migrations go that are as they were written.
    pub migrations: bool,
    /// Whether a line of `.gitignore` keeps something out of version control that is there: then it
    /// stays, or the next commit would publish secrets and people.
    pub hides: &'a dyn Fn(&str) -> bool,
}

impl Changes {
    /// Takes out what was written into a project.
    pub fn uninstall(
        project: &Project,
        manifest: &Manifest,
        plan: &Plan,
        leaving: Leaving<'_>,
    ) -> Result<Self> {
        let mut removal = Removal {
            project,
            manifest,
            plan,
            leaving,
            draft: Draft::new(&project.tree),
            changes: Self::default(),
            keeps_migrations: false,
        };
        removal.files();
        removal.tell_dangling();
        removal.migrations();
        for (name, record) in &manifest.edits {
            removal.edit(name, record)?;
        }
        removal.dependencies()?;
        removal.left_out();
        removal.own_folder();
        removal.changes.operations = removal.draft.operations();
        removal.changes.claim_what_is_done();
        Ok(removal.changes)
    }
}

struct Removal<'a> {
    project: &'a Project,
    manifest: &'a Manifest,
    plan: &'a Plan,
    leaving: Leaving<'a>,
    draft: Draft<'a>,
    changes: Changes,
    /// Whether there are migrations that stay.
    keeps_migrations: bool,
}

impl Removal<'_> {
    fn files(&mut self) {
        let mut kept = Vec::new();
        for file in tracked::files(self.project, self.plan) {
            if let Some(sidecar) = file.sidecar(self.project) {
                self.draft.delete(&sidecar);
            }
            if self.project.tree.is_blocked(&file.path) {
                self.tell(&file.path, Word::Yours);
                kept.push(file.path);
                continue;
            }
            let (Some(_), Some(mine)) = (file.record, file.sides.mine) else {
                continue;
            };
            if is_owners(self.manifest, &file.id) {
                continue;
            }
            match file.base() {
                Some(base) if same(base, mine) => self.take(&file, mine),
                _ => {
                    self.tell(&file.path, Word::Yours);
                    kept.push(file.path);
                }
            }
        }
        if !kept.is_empty() {
            let step = Step::TakeOutUses { files: kept };
            self.changes.remaining.push(step);
        }
    }

    /// Says which of the owner's own files use what goes. Edited templates are named already.
    fn tell_dangling(&mut self) {
        let removed = |file: &&FileChange| file.word == Word::Removed;
        let removed = self.changes.files.iter().filter(removed);
        let gone = removed.filter_map(|file| modules::of(&file.path));
        let is_there = |path: &String| self.draft.bytes(path).is_some();
        let gone = gone.filter(|module| !modules::files(module).iter().any(is_there));
        let dangling = Dangling {
            project: self.project,
            draft: &self.draft,
            files: &self.changes.files,
            gone: gone.collect(),
        };
        let mut files = dangling.uses();
        let ours = &self.changes.files;
        files.retain(|one| ours.iter().all(|file| file.path != one.path));
        if !files.is_empty() {
            self.changes.remaining.push(Step::Adapt { files });
        }
    }

    /// What `cargo new` had written comes back.
    fn take(&mut self, file: &TrackedFile<'_>, mine: &[u8]) {
        let stock = self.stock(&file.path);
        match stock.map(|stock| in_the_style_of(mine, stock.as_bytes())) {
            Some(stock) => {
                self.draft.write(&file.path, &stock);
                self.tell(&file.path, Word::Updated);
            }
            None => {
                self.draft.delete(&file.path);
                self.tell(&file.path, Word::Removed);
            }
        }
    }

    fn stock(&self, path: &str) -> Option<&str> {
        let mut names = FOUND.iter().filter(|(_, file)| *file == path);
        let found = names.find_map(|(name, _)| self.manifest.edits.get(*name));
        let stock = found.map_or(shape::stock(path), |found| Some(found.text.as_str()))?;
        match (self.manifest.starter, path == LIB) {
            (None, _) | (Some(Shape::Bin), true) => None,
            _ => Some(stock),
        }
    }

    fn tell(&mut self, path: &str, word: Word) {
        self.changes.files.push(FileChange {
            path: path.into(),
            from: None,
            word,
            is_news: true,
        });
    }

    fn migrations(&mut self) {
        for record in self.manifest.migrations.values() {
            let Some(found) = self.project.tree.bytes(&record.path) else {
                continue;
            };
            if self.leaving.migrations && Sum::of(found) == record.sum {
                self.draft.delete(&record.path);
                self.tell(&record.path, Word::Removed);
            } else {
                self.tell(&record.path, Word::Yours);
                self.keeps_migrations = true;
            }
        }
        if self.keeps_migrations {
            self.changes.notes.push(Note::MigrationsStay);
        }
    }

    /// What was put into a file that is not ours; its tables come last, when they may be empty.
    fn edit(&mut self, name: &str, record: &EditRecord) -> Result<()> {
        let path = &record.file;
        let is_ours_anyway = name.starts_with(TABLE) || is_what_was_found(name);
        if is_ours_anyway || self.project.tree.get(path).is_none() {
            return Ok(());
        }
        let taken = match Policy::of(name) {
            Policy::Keys => self.env_keys(record)?,
            Policy::Lines => self.rules(record)?,
            Policy::Once => Taken::default(),
            Policy::Merge if path.ends_with(".toml") => self.key(name, record)?,
            Policy::Merge => self.lines(record)?,
        };
        self.note(path, taken);
        Ok(())
    }

    fn key(&mut self, name: &str, record: &EditRecord) -> Result<Taken> {
        let path = &record.file;
        let mut document = self.draft.document(path)?;
        let key = presence::key(name);
        let outcome = removal::key(&mut document, key, &record.text);
        if outcome == Outcome::Taken {
            if record.found == Found::Absent && document.to_string().trim().is_empty() {
                self.draft.delete(path)
            } else {
                self.draft.write_document(path, &document)
            }
        }
        let mut taken = Taken::default();
        taken.count(key, outcome);
        Ok(taken)
    }

    /// The keys that were added to the owner's own file.
    fn env_keys(&mut self, record: &EditRecord) -> Result<Taken> {
        let path = &record.file;
        let text = self.draft.text(path)?.unwrap_or_default();
        let is_unended = record.found == Found::Unended;
        let (text, out, left) = env_file::take_out(&text, &record.text, is_unended);
        self.draft.write(path, text.as_bytes());
        Ok(Taken { out, left })
    }

    /// The lines that were added to the owner's own file.
    fn rules(&mut self, record: &EditRecord) -> Result<Taken> {
        let ours: Vec<_> = record.text.lines().collect();
        self.take_lines(record, &ours)
    }

    fn lines(&mut self, record: &EditRecord) -> Result<Taken> {
        let path = &record.file;
        let ours = record.text.lines();
        let (needed, ours): (Vec<_>, Vec<_>) = ours.partition(|line| self.is_of_migrations(line));
        let (stay, go): (Vec<_>, Vec<_>) = ours
            .into_iter()
            .partition(|line| (self.leaving.hides)(line));
        let taken = self.take_lines(record, &go)?;
        if !needed.is_empty() {
            self.changes.notes.push(Note::AttributesStay {
                path: path.clone(),
                lines: needed.into_iter().map(str::to_owned).collect(),
            });
        }
        if !stay.is_empty() {
            self.changes.notes.push(Note::LinesStay {
                path: path.clone(),
                lines: stay.into_iter().map(str::to_owned).collect(),
            });
        }
        Ok(taken)
    }

    fn take_lines(&mut self, record: &EditRecord, go: &[&str]) -> Result<Taken> {
        let path = &record.file;
        let text = self.draft.text(path)?.unwrap_or_default();
        let (text, out) = lines::take_out(&text, go, record.found == Found::Unended);
        if text.is_empty() && record.found == Found::Absent {
            self.draft.delete(path);
        } else {
            self.draft.write(path, text.as_bytes());
        }
        let left = go.iter().filter(|line| !out.contains(&(**line).to_owned()));
        let is_there = |line: &&&str| text.lines().any(|there| there.trim() == **line);
        let left = left.filter(is_there).map(|line| (*line).to_owned());
        Ok(Taken {
            left: left.collect(),
            out,
        })
    }

    /// Returns whether a line is about migrations that stay.
    fn is_of_migrations(&self, line: &str) -> bool {
        self.keeps_migrations && line.starts_with(MIGRATIONS)
    }

    fn dependencies(&mut self) -> Result<()> {
        if self.project.tree.get(CARGO_TOML).is_none() {
            return Ok(());
        }
        let mut document = self.draft.document(CARGO_TOML)?;
        let workspace = self.draft.document(self.project.profiles_manifest())?;
        let needs = &self.plan.needs;
        let context = Context {
            inherited: inherited(&workspace),
            records: &self.manifest.deps,
            implied: &needs.implied,
        };
        let written = |table: &str, name: &str| context.written(needs, table, name);
        let groups = needs.dependencies.iter();
        let headings: Vec<_> = groups.map(|group| group.name.clone()).collect();
        let taken = removal::dependencies(&mut document, &self.manifest.deps, &written, &headings);
        let tables = self.manifest.edits.keys();
        let tables = tables.filter_map(|name| name.strip_prefix(TABLE));
        tables.for_each(|name| removal::made_table(&mut document, name));
        self.draft.write_document(CARGO_TOML, &document);
        self.changes.deps = taken.out.clone();
        self.note(CARGO_TOML, taken);
        Ok(())
    }

    /// Notes down what leaves a file, and what does not.
    fn note(&mut self, path: &str, taken: Taken) {
        if !taken.left.is_empty() {
            let (path, left) = (path.into(), taken.left);
            self.changes.remaining.push(Step::TakeOut { path, left });
        }
        let mut edits = self.changes.edits.iter_mut();
        match edits.find(|edit| edit.path == path) {
            _ if taken.out.is_empty() => {}
            Some(edit) => edit.removed.extend(taken.out),
            None => self.changes.edits.push(Edit {
                path: path.into(),
                removed: taken.out,
                ..Edit::default()
            }),
        }
    }

    /// What stays because it cannot be told who needs it.
    fn left_out(&mut self) {
        let notes = &mut self.changes.notes;
        if self.project.tree.get(ENV).is_some() {
            notes.push(Note::EnvStays);
        }
        if self.project.tree.get(CARGO_LOCK).is_some() {
            notes.push(Note::LockStays);
        }
    }

    /// Our own records, and the manifest as the last of them.
    fn own_folder(&mut self) {
        let own = self.project.tree.below(OWN).map(|(path, _)| path);
        let own: Vec<_> = own.filter(|path| *path != manifest::PATH).collect();
        own.into_iter()
            .chain([manifest::PATH])
            .for_each(|path| self.draft.delete(path));
    }
}
