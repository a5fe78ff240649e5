//! `Cargo.toml`: what the features need, put in as `cargo add` would.

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Table};

use super::{Edit, Note, Proposal, Step};
use crate::{
    edit::{
        cargo_toml,
        dependencies::{self, Added, Context},
        presence,
        removal::{self, Outcome},
    },
    manifest::EditRecord,
    paths::CARGO_TOML,
    refusal::{ChangesRefusal, Refusal},
    templates::{Dependency, Group},
};

/// The beginning of the names under which settings of the profiles are recorded.
const PROFILE: &str = "profile.";

impl Proposal<'_> {
    /// Dependencies, keys, profiles and the tested versions.
    pub(super) fn cargo(&mut self) -> Result<()> {
        let needs = &self.plan.needs;
        self.refuse_own_name()?;
        self.dependencies()?;
        self.keys(CARGO_TOML, "package", &needs.package)?;
        self.keys(CARGO_TOML, "features", &needs.features)?;
        self.move_profiles()?;
        self.keys(self.project.profiles_manifest(), "profile", &needs.profile)?;
        self.lock()
    }

    /// A package cannot depend on one of its own name.
    fn refuse_own_name(&self) -> Result<(), Refusal> {
        let name = &self.project.package.name;
        let mut needed = self.needed();
        if needed.any(|needed| needed.name.replace('-', "_") == name.replace('-', "_")) {
            return Err(ChangesRefusal::OwnName { name: name.clone() }.into());
        }
        Ok(())
    }

    /// Every crate that is needed, by the program or by its tests.
    fn needed(&self) -> impl Iterator<Item = &Dependency> {
        let needs = &self.plan.needs;
        let crates = needs.dependencies.iter().flat_map(|group| &group.crates);
        crates.chain(&needs.dev_dependencies)
    }

    pub(super) fn document(&self, path: &str) -> Result<DocumentMut> {
        self.draft.document(path)
    }

    pub(super) fn write_document(&mut self, path: &str, document: &DocumentMut) {
        self.draft.write_document(path, document);
    }

    fn dependencies(&mut self) -> Result<()> {
        let mut document = self.document(CARGO_TOML)?;
        let workspace = self.document(self.project.profiles_manifest())?;
        let needs = &self.plan.needs;
        // Without what was dropped just now.
        let records = self.manifest.deps.clone();
        let context = Context {
            inherited: inherited(&workspace),
            records: &records,
            implied: &needs.implied,
        };
        let dev = Group {
            name: String::new(),
            crates: needs.dev_dependencies.clone(),
        };
        let (mut all, mut made) = (Added::default(), Vec::new());
        for (table, groups) in [
            ("dependencies", &needs.dependencies),
            ("dev-dependencies", &vec![dev]),
        ] {
            if groups.iter().any(|group| !group.crates.is_empty()) {
                made.extend((!has_header(&document, table)).then_some(table));
                let added = dependencies::add(&mut document, table, groups, context)?;
                all.done.extend(added.done);
                all.refused.extend(added.refused);
                all.changed.extend(added.changed);
            }
        }
        if self.is_first_or_grows() {
            all.refused
                .extend(dependencies::linked(&document, needs, context));
        }
        self.judge(&mut all)?;
        self.write_dependencies(&document, all, made);
        self.tell_lacking(&document, &workspace);
        self.tell_folders(&document);
        Ok(())
    }

    /// Whether the versions fit is a question of the first installation and of a feature that comes
    /// with this run. Later the owner, or a bot of theirs, knows better: then it is said, and what
    /// newer templates need and cannot get is left to do by hand.
    fn judge(&mut self, added: &mut Added) -> Result<(), Refusal> {
        let refused = std::mem::take(&mut added.refused);
        if !refused.is_empty() && self.is_first_or_grows() {
            let refused = refused.into_iter().map(Refusal::Edit);
            return Err(Refusal::Several(refused.collect()));
        }
        let steps = refused.into_iter().map(Step::Fit);
        self.changes.remaining.extend(steps);
        let changed = std::mem::take(&mut added.changed);
        let notes = changed.into_iter().map(Note::Unfit);
        self.changes.notes.extend(notes);
        Ok(())
    }

    /// Names the features that a dependency from a repository or a folder does not name any more.
    fn tell_lacking(&mut self, manifest: &DocumentMut, workspace: &DocumentMut) {
        let (manifest, workspace) = (manifest.to_string(), workspace.to_string());
        let implied = &self.plan.needs.implied;
        let missing = presence::missing_deps(&self.manifest.deps, implied, &manifest, &workspace);
        let missing = missing.into_iter().filter(|missing| missing.is_elsewhere);
        let notes = missing.map(|missing| Note::LacksFeatures {
            name: missing.name,
            features: missing.features,
        });
        self.changes.notes.extend(notes);
    }

    /// Names the dependencies in folders, which the Dockerfile does not copy before it builds them.
    fn tell_folders(&mut self, manifest: &DocumentMut) {
        let is_new = self.project.manifest().is_none();
        if is_new && self.project.workspace.is_none() {
            let folders = cargo_toml::folders(manifest);
            let note = (!folders.is_empty()).then_some(Note::DependsOnFolders { folders });
            self.changes.notes.extend(note);
        }
    }

    /// Whether this is the first installation, or brings a feature or a database that was not there.
    fn is_first_or_grows(&self) -> bool {
        let (former, answers) = (&self.before.written, &self.plan.answers);
        self.project.manifest().is_none()
            || answers
                .features
                .keys()
                .any(|name| !former.features.contains(*name))
            || former.database != Some(answers.database)
    }

    fn write_dependencies(&mut self, document: &DocumentMut, all: Added, made: Vec<&str>) {
        let edits = all.done.iter().filter(|done| done.is_edit);
        self.changes.deps = edits.map(|done| done.name.clone()).collect();
        let records = all.done.into_iter().map(|done| (done.key, done.record));
        self.manifest.deps.extend(records);
        if !self.changes.deps.is_empty() {
            self.write_document(CARGO_TOML, document);
            self.note(CARGO_TOML, self.changes.deps.clone());
            let made = made.into_iter().filter(|table| has_header(document, table));
            self.manifest.edits.extend(made.map(made_table));
        }
    }

    /// Takes our profiles out of a manifest in which cargo does not honour them any more, because the
    /// package has moved into a workspace or out of it. What the owner has changed there is named.
    fn move_profiles(&mut self) -> Result<()> {
        let now = self.project.profiles_manifest();
        let edits = self.before.edits.clone().into_iter();
        let moved = edits.filter(|(key, record)| key.starts_with(PROFILE) && record.file != now);
        let moved: Vec<_> = moved.collect();
        if !moved.is_empty() {
            self.tell_what_stays();
        }
        for (key, record) in moved {
            let is_here = self.project.tree.get(&record.file).is_some();
            if is_here && self.take_profile(&key, &record)? {
                continue;
            }
            // It is put into the other manifest, as if it were new.
            self.before.edits.remove(&key);
            self.manifest.edits.remove(&key);
        }
        Ok(())
    }

    /// Names the files that only a package which stands alone gets, where this one is a member now.
    fn tell_what_stays(&mut self) {
        let files = self
            .plan
            .alone
            .iter()
            .filter(|path| self.project.tree.get(path).is_some());
        let files: Vec<_> = files.cloned().collect();
        if self.project.workspace.is_some() && !files.is_empty() {
            self.changes.notes.push(Note::MovedIn { files });
        }
    }

    /// Takes out one key. Returns whether it is to stay out of the other manifest: its owner has
    /// removed it, or has set it to something else.
    fn take_profile(&mut self, key: &str, record: &EditRecord) -> Result<bool> {
        let mut document = self.document(&record.file)?;
        match removal::key(&mut document, key, &record.text) {
            Outcome::Taken => {
                self.write_document(&record.file, &document);
                self.note_removed(&record.file, key);
                return Ok(false);
            }
            Outcome::Left => self.changes.notes.push(Note::ProfileStays {
                key: key.into(),
                path: record.file.clone(),
                place: self.project.profiles_manifest().into(),
            }),
            Outcome::Gone => {}
        }
        Ok(true)
    }

    /// Keys of a manifest, where they are absent.
    fn keys(&mut self, path: &str, top: &str, wanted: &Table) -> Result<()> {
        let mut document = self.document(path)?;
        let known = |key: &str| self.before.edits.contains_key(key);
        let put = cargo_toml::fill(&mut document, top, wanted, &known);
        if put.is_empty() {
            return Ok(());
        }
        self.write_document(path, &document);
        self.note(path, put.iter().map(|put| put.key.clone()).collect());
        let record = |text| EditRecord {
            file: path.into(),
            text,
            ..EditRecord::default()
        };
        let records = put.into_iter().map(|put| (put.key, record(put.value)));
        self.manifest.edits.extend(records);
        Ok(())
    }

    /// Notes down what leaves a file.
    fn note_removed(&mut self, path: &str, what: &str) {
        let mut edits = self.changes.edits.iter_mut();
        match edits.find(|edit| edit.path == path && edit.added.is_empty()) {
            Some(edit) => edit.removed.push(what.into()),
            None => self.changes.edits.push(Edit {
                path: path.into(),
                removed: vec![what.into()],
                ..Edit::default()
            }),
        }
    }

    /// Notes down what a file gets.
    pub(super) fn note(&mut self, path: &str, added: Vec<String>) {
        self.changes.edits.push(Edit {
            path: path.into(),
            added,
            ..Edit::default()
        });
    }
}

/// Returns whether a table has a line of its own, and not only tables below it.
fn has_header(document: &DocumentMut, table: &str) -> bool {
    let has = |table: &Table| !table.is_implicit() || table.iter().any(|(_, item)| item.is_value());
    let there = document.get(table);
    there.is_some_and(|there| there.as_table().is_none_or(has))
}

/// What is recorded of a table that was made, so that it goes again with the last of its entries.
fn made_table(table: &str) -> (String, EditRecord) {
    let record = EditRecord {
        file: CARGO_TOML.into(),
        text: format!("[{table}]"),
        ..EditRecord::default()
    };
    (format!("table.{table}"), record)
}

/// `[workspace.dependencies]`
pub(super) fn inherited(workspace: &DocumentMut) -> Option<&Item> {
    workspace.get("workspace")?.get("dependencies")
}
