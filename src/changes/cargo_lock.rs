//! `Cargo.lock`: the tested versions, where the project has chosen none of its own.

use anyhow::Result;
use toml_edit::Item;

use super::{Edit, Note, Proposal};
use crate::{
    edit::{
        cargo_lock::{self, Damage, Lock},
        dependencies, removal,
    },
    manifest::DepRecord,
    merge,
    paths::{CARGO_LOCK, CARGO_TOML},
    refusal::ProjectRefusal,
};

impl Proposal<'_> {
    /// Writes the tested versions. A lock file in which anything was chosen otherwise stays as it is.
    pub(super) fn lock(&mut self) -> Result<()> {
        let Some(tested) = self.plan.lock.as_ref() else {
            return Ok(());
        };
        let found = match self.found_lock() {
            Ok(found) => found,
            Err(damage) => return self.tell_damage(damage),
        };
        let name = self.project.package.name.as_str();
        if found.is_chosen(name) && !self.is_news() {
            return Ok(());
        }
        // A package that shares its name with a locked crate would have to be told apart
        // everywhere; cargo does that.
        let lock = parsed(tested)?;
        let is_unclear = lock.names(name);
        let former = self.plan.former.as_ref();
        let former = former.and_then(|former| former.lock.as_ref());
        let former = former.map(|lock| parsed(lock)).transpose()?;
        let mut tested_locks = [Some(&lock), former.as_ref()].into_iter().flatten();
        let is_tested = tested_locks.any(|tested| found.is_within(tested, name));
        if self.project.workspace.is_some() || is_unclear || !is_tested {
            self.note_own_versions();
            return Ok(());
        }
        let root = cargo_lock::Root {
            name,
            version: &self.project.package.version,
            dependencies: self.asked_versions(&lock)?,
        };
        let text = found.in_this_format(cargo_lock::with_root(tested, &root)?);
        let written = parsed(&text)?;
        let is_news = written.has_more_than(&found, name);
        let tested = is_news.then(|| "the tested versions".to_owned());
        let edit = Edit {
            path: CARGO_LOCK.into(),
            added: tested.into_iter().collect(),
            removed: found.names_not_in(&written),
        };
        self.write_lock(&text, edit);
        Ok(())
    }

    /// The lock file as it is; an absent one holds nothing.
    fn found_lock(&self) -> Result<Lock, Damage> {
        let bytes = self.draft.bytes(CARGO_LOCK).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| Damage::not_text())?;
        Lock::parse(text)
    }

    /// What cargo cannot read either is never written over. A first installation would not build.
    fn tell_damage(&mut self, damage: Damage) -> Result<()> {
        let Damage { line, why } = damage;
        if self.project.manifest().is_none() {
            let path = CARGO_LOCK.into();
            return Err(ProjectRefusal::NotToml { path, line, why }.into());
        }
        self.changes.notes.push(Note::LockDamaged { line, why });
        Ok(())
    }

    /// Returns whether crates come or go in this run.
    fn is_news(&self) -> bool {
        let is_dropped = |edit: &Edit| edit.path == CARGO_TOML && !edit.removed.is_empty();
        !self.changes.deps.is_empty() || self.changes.edits.iter().any(is_dropped)
    }

    fn write_lock(&mut self, text: &str, edit: Edit) {
        let found = self.draft.bytes(CARGO_LOCK).unwrap_or_default();
        let text = merge::in_the_style_of(found, text.as_bytes());
        if found != text {
            self.draft.write(CARGO_LOCK, &text);
            self.changes.edits.push(edit);
        }
    }

    fn note_own_versions(&mut self) {
        if self.changes.deps.is_empty() {
            return;
        }
        let is_workspace = self.project.workspace.is_some();
        self.changes.notes.push(Note::OwnVersions { is_workspace });
    }

    /// The dependencies of the finished manifest. The owner's own and what they have changed of ours may be missing from
    /// the tested versions, and are then left to cargo; those that we have put in may not.
    fn asked_versions(&self, lock: &Lock) -> Result<Vec<(String, String)>> {
        let document = self.document(CARGO_TOML)?;
        let mut all = Vec::new();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = document.get(table).and_then(Item::as_table_like);
            for (name, item) in entries.into_iter().flat_map(|entries| entries.iter()) {
                let record = self.manifest.deps.get(&dependencies::key(table, name));
                let is_ours = record.is_some_and(|record| is_as_written(record, name, item));
                let (name, version) = asked(name, item);
                if is_ours || lock.holds(&name, &version) {
                    all.push((name, version));
                }
            }
        }
        Ok(all)
    }
}

fn parsed(tested: &str) -> Result<Lock> {
    Lock::parse(tested).map_err(|damage| {
        let Damage { line, why } = damage;
        anyhow::anyhow!("the tested Cargo.lock:{line} does not parse: {why}")
    })
}

/// Returns whether an entry of ours asks for the version that was written.
fn is_as_written(record: &DepRecord, name: &str, item: &Item) -> bool {
    let text = record.text.as_deref().unwrap_or_default();
    let written = removal::read(name, text).map(|written| asked(name, &written));
    record.created && written == Some(asked(name, item))
}

/// The real name and the version requirement of a dependency.
fn asked(name: &str, item: &Item) -> (String, String) {
    let text = |key| item.get(key).and_then(Item::as_str);
    let version = item.as_str().or_else(|| text("version")).unwrap_or("*");
    (text("package").unwrap_or(name).into(), version.into())
}
