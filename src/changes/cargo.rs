//! `Cargo.toml` and `Cargo.lock`: what the features need, put in as `cargo add` would.

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Table};

use super::{Edit, Note, Proposal};
use crate::{
    edit::{
        cargo_lock, cargo_toml,
        dependencies::{self, Known},
    },
    manifest::EditRecord,
    merge,
    refusal::{ChangesRefusal, Refusal},
    templates::{Dependency, Group},
};

const CARGO_TOML: &str = "Cargo.toml";
const CARGO_LOCK: &str = "Cargo.lock";

impl Proposal<'_> {
    /// Dependencies, keys, profiles and the tested versions.
    pub(super) fn cargo(&mut self) -> Result<()> {
        let needs = &self.plan.needs;
        self.refuse_own_name()?;
        self.dependencies()?;
        self.keys(CARGO_TOML, "package", &needs.package)?;
        self.keys(CARGO_TOML, "features", &needs.features)?;
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
        let inherited = workspace
            .get("workspace")
            .and_then(|table| table.get("dependencies"));
        let known = Known {
            inherited,
            records: &self.before.deps,
        };
        let needs = &self.plan.needs;
        let dev = Group {
            name: String::new(),
            crates: needs.dev_dependencies.clone(),
        };
        let (mut done, mut made) = (Vec::new(), Vec::new());
        for (table, groups) in [
            ("dependencies", &needs.dependencies),
            ("dev-dependencies", &vec![dev]),
        ] {
            if groups.iter().any(|group| !group.crates.is_empty()) {
                made.extend((!has_header(&document, table)).then_some(table));
                done.extend(dependencies::add(&mut document, table, groups, known)?);
            }
        }
        if !done.is_empty() {
            self.write_document(CARGO_TOML, &document);
            self.changes.deps = done.iter().map(|done| done.name.clone()).collect();
            self.note(CARGO_TOML, self.changes.deps.clone());
            let records = done.into_iter().map(|done| (done.key, done.record));
            self.manifest.deps.extend(records);
            made.retain(|table| has_header(&document, table));
            self.manifest.edits.extend(made.into_iter().map(made_table));
        }
        Ok(())
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

    /// The tested versions, where the project has chosen none of its own.
    fn lock(&mut self) -> Result<()> {
        let package = &self.project.package;
        let Some(lock) = self.plan.lock.as_ref() else {
            return Ok(());
        };
        let style = self.draft.text(CARGO_LOCK)?.unwrap_or_default();
        // Git may have given it other line ends.
        let found = style.replace("\r\n", "\n");
        let is_chosen = cargo_lock::packages(&found).any(|name| name != package.name);
        let is_dropped = |edit: &Edit| edit.path == CARGO_TOML && !edit.removed.is_empty();
        let is_news = !self.changes.deps.is_empty() || self.changes.edits.iter().any(is_dropped);
        if is_chosen && !is_news {
            return Ok(());
        }
        // A package that shares its name with a locked crate would have to be told apart
        // everywhere; cargo does that.
        let is_unclear = cargo_lock::packages(lock).any(|name| name == package.name);
        let former = self.plan.former.as_ref();
        let former = former.and_then(|former| former.lock.as_ref());
        let tested = [Some(lock), former].into_iter().flatten();
        let is_within = |lock: &String| cargo_lock::is_within(&found, lock, &package.name);
        let is_tested = tested.into_iter().any(is_within);
        if self.project.workspace.is_some() || is_unclear || !is_tested {
            self.note_own_versions();
            return Ok(());
        }
        let root = cargo_lock::Root {
            name: &package.name,
            version: &package.version,
            dependencies: self.asked_versions(lock)?,
        };
        let text = cargo_lock::with_root(lock, &root)?;
        let text = merge::in_the_style_of(style.as_bytes(), text.as_bytes());
        self.draft.write(CARGO_LOCK, &text);
        self.note(CARGO_LOCK, vec!["the tested versions".into()]);
        Ok(())
    }

    fn note_own_versions(&mut self) {
        if self.changes.deps.is_empty() {
            return;
        }
        let is_workspace = self.project.workspace.is_some();
        self.changes.notes.push(Note::OwnVersions { is_workspace });
    }

    /// The dependencies of the finished manifest. The owner's own may be missing from the tested
    /// versions, and are then left to cargo; those that we have put in may not.
    fn asked_versions(&self, lock: &str) -> Result<Vec<(String, String)>> {
        let document = self.document(CARGO_TOML)?;
        let mut all = Vec::new();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = document.get(table).and_then(Item::as_table_like);
            for (name, item) in entries.into_iter().flat_map(|entries| entries.iter()) {
                let record = self.manifest.deps.get(&dependencies::key(table, name));
                let is_ours = record.is_some_and(|record| record.created);
                let (name, version) = asked(name, item);
                if is_ours || cargo_lock::holds(lock, &name, &version) {
                    all.push((name, version));
                }
            }
        }
        Ok(all)
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

/// Whether a table has a line of its own, and not only tables below it.
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

/// The real name and the version requirement of a dependency.
fn asked(name: &str, item: &Item) -> (String, String) {
    let text = |key| item.get(key).and_then(Item::as_str);
    let version = item.as_str().or_else(|| text("version")).unwrap_or("*");
    (text("package").unwrap_or(name).into(), version.into())
}
