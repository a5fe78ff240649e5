//! A feature that is no longer wanted: what it had put around its files goes with them, as far as
//! its owner has left it alone. Its tables stay, with what is in them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{Edit, Note, Proposal, Step, cargo::inherited};
use crate::{
    edit::{
        dependencies::Context,
        presence,
        removal::{self, Taken},
    },
    manifest::DepRecord,
    paths::CARGO_TOML,
    plan::Plan,
    sql,
    templates::Needs,
};

impl Proposal<'_> {
    /// Takes out what only features needed that are no longer wanted.
    pub(super) fn dropped(&mut self) -> Result<()> {
        let Some(former) = &self.plan.former else {
            return Ok(());
        };
        self.drop_dependencies(&former.needs)?;
        self.tell_tables(former);
        Ok(())
    }

    fn drop_dependencies(&mut self, former: &Needs) -> Result<()> {
        if self.project.tree.get(CARGO_TOML).is_none() {
            return Ok(());
        }
        let mut document = self.document(CARGO_TOML)?;
        let workspace = self.document(self.project.profiles_manifest())?;
        let needs = &self.plan.needs;
        let context = Context {
            inherited: inherited(&workspace),
            records: &self.before.deps,
            implied: &needs.implied,
        };
        let written = |table: &str, name: &str| context.written(former, table, name);
        let wanted = |table: &str, name: &str| context.expected(needs, table, name);
        let groups = &former.dependencies;
        let headings: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
        let (kept, gone): (Vec<_>, Vec<_>) = self.before.deps.iter().partition(|(name, _)| {
            let (table, name) = presence::place(name);
            wanted(table, name).is_some()
        });
        for group in groups {
            let names = group.crates.iter().map(|wanted| wanted.name.as_str());
            let is_gone = |name: &str| gone.iter().any(|(gone, _)| *gone == name);
            removal::pass_heading_on(&mut document, &names.collect::<Vec<_>>(), &is_gone);
        }
        let gone: BTreeMap<String, DepRecord> = owned(gone);
        let taken = removal::dependencies(&mut document, &gone, &written, &headings);
        let mut smaller = Vec::new();
        for (name, record) in kept {
            let (table, name_in_table) = presence::place(name);
            let sides = (written(table, name_in_table), wanted(table, name_in_table));
            let text = sides.1.as_ref();
            let text = text.map(|item| removal::spelled_out(name_in_table, item));
            let features = removal::features(&mut document, (table, name_in_table), record, sides);
            let is_smaller = !features.is_empty();
            smaller.extend(is_smaller.then(|| (name.clone(), features, text)));
        }
        self.write_document(CARGO_TOML, &document);
        self.forget_unneeded(&gone);
        self.note_dropped(taken, smaller);
        Ok(())
    }

    /// A crate of the owner's that was found to fit, and is needed no longer.
    fn forget_unneeded(&mut self, gone: &BTreeMap<String, DepRecord>) {
        let unneeded = gone.iter();
        let unneeded = unneeded.filter(|(_, record)| !removal::is_of_something(record));
        for (name, _) in unneeded {
            self.manifest.deps.remove(name);
        }
    }

    fn note_dropped(&mut self, taken: Taken, smaller: Vec<(String, Vec<String>, Option<String>)>) {
        for name in &taken.out {
            self.manifest.deps.remove(name);
        }
        for (name, features, text) in &smaller {
            let record = self.manifest.deps.entry(name.clone()).or_default();
            if record.text.is_some() {
                record.text.clone_from(text);
            }
            record
                .features_added
                .retain(|name| !features.contains(name));
        }
        if !taken.left.is_empty() {
            let (path, left) = (CARGO_TOML.into(), taken.left);
            self.changes.remaining.push(Step::TakeOut { path, left });
        }
        let smaller = smaller.into_iter();
        let features = smaller.map(|(name, features, _)| format!("{name}/{}", features.join("+")));
        let removed: Vec<_> = taken.out.into_iter().chain(features).collect();
        if !removed.is_empty() {
            self.changes.edits.push(Edit {
                path: CARGO_TOML.into(),
                removed,
                ..Edit::default()
            });
        }
    }

    /// People's data is not ours to throw away.
    fn tell_tables(&mut self, former: &Plan) {
        let tables = |plan: &Plan| -> BTreeSet<String> {
            let texts = plan
                .migrations
                .iter()
                .map(|one| String::from_utf8_lossy(&one.bytes));
            texts.flat_map(|text| sql::tables(&text)).collect()
        };
        let now = tables(self.plan);
        let left: Vec<_> = tables(former).difference(&now).cloned().collect();
        if !left.is_empty() {
            self.changes.notes.push(Note::TablesStay { tables: left });
        }
    }
}

fn owned(records: Vec<(&String, &DepRecord)>) -> BTreeMap<String, DepRecord> {
    let owned = records
        .into_iter()
        .map(|(name, record)| (name.clone(), record.clone()));
    owned.collect()
}
