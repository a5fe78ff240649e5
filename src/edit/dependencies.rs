//! Dependency tables of `Cargo.toml`, by the rules of `cargo add`: features are united, versions
//! are never changed in silence, what is sorted stays sorted.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::{
    elsewhere,
    fit::{self, Existing},
    order::{Order, Places, arrange, lead_of, set_lead},
    removal,
};
use crate::{
    manifest::DepRecord,
    paths::CARGO_TOML,
    refusal::EditRefusal,
    templates::{
        Dependency, Group, Needs,
        features::{self, Implied},
    },
};

/// What is to be done about the dependencies of one table.
#[derive(Clone, Debug, Default)]
pub struct Added {
    /// What is recorded of each crate that was looked at, and whether anything was added for it.
    pub done: Vec<Done>,
    /// The crates that are new in these tables and cannot be added as things are.
    pub refused: Vec<EditRefusal>,
    /// The crates that were there before, and whose entry the owner has changed into one that does
    /// not fit. It stays so.
    pub changed: Vec<EditRefusal>,
}

/// What was done about one dependency.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its name.
    pub name: String,
    /// The key of its record: a crate can stand in several tables.
    pub key: String,
    /// What is recorded of it.
    pub record: DepRecord,
    /// Whether the entry, or a feature of it, was added.
    pub is_edit: bool,
}

/// What has to be known about a project's dependencies besides the table itself.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// `[workspace.dependencies]`
    pub inherited: Option<&'a Item>,
    /// The records of what was added before.
    pub records: &'a BTreeMap<String, DepRecord>,
    /// Which features turn on which others.
    pub implied: &'a Implied,
}

impl<'a> Context<'a> {
    /// What was done before about a crate in a table.
    fn record(self, table: &str, name: &str) -> Option<&'a DepRecord> {
        self.records.get(&key(table, name))
    }

    /// An entry of ours as it was written: as it is recorded, or as it would be written today.
    pub fn written(self, needs: &Needs, table: &str, name: &str) -> Option<Item> {
        let text = self
            .record(table, name)
            .and_then(|record| record.text.as_deref());
        let recorded = text.and_then(|text| removal::read(name, text));
        recorded.or_else(|| self.expected(needs, table, name))
    }

    /// How an entry of ours would be written today.
    pub fn expected(self, needs: &Needs, table: &str, name: &str) -> Option<Item> {
        let groups = needs.dependencies.iter().flat_map(|group| &group.crates);
        let mut wanted: Box<dyn Iterator<Item = &Dependency>> = match table {
            "dependencies" => Box::new(groups),
            _ => Box::new(needs.dev_dependencies.iter()),
        };
        entry(wanted.find(|wanted| wanted.name == name)?, self).ok()
    }

    /// The workspace's entry of that name.
    fn workspace_entry(self, name: &str) -> Option<Existing<'a>> {
        let item = self.inherited?.get(name)?;
        let place = "[workspace.dependencies]";
        Some(Existing { item, place })
    }

    /// The workspace's entry, where this one inherits it.
    fn behind(self, name: &str, there: &Item) -> Option<Existing<'a>> {
        match fit::flag(there, "workspace") {
            Some(true) => self.workspace_entry(name),
            _ => None,
        }
    }

    /// The features of an entry, of the one that it inherits, and all that those turn on.
    pub fn features(self, name: &str, there: &Item) -> Vec<String> {
        let inherited = self.behind(name, there).map(|inherited| inherited.item);
        self.implied.all(name, [Some(there), inherited])
    }

    /// Returns whether an entry, or the one that it inherits, comes from a repository or a folder.
    pub fn is_elsewhere(self, name: &str, there: &Item) -> bool {
        let inherited = self.behind(name, there);
        fit::is_elsewhere(there) || inherited.is_some_and(|entry| fit::is_elsewhere(entry.item))
    }
}

/// The key of the record of a crate in a table.
#[must_use]
pub fn key(table: &str, name: &str) -> String {
    match table {
        "dependencies" => name.into(),
        _ => format!("{table}.{name}"),
    }
}

/// Adds what is missing to a dependency table.
pub fn add(
    document: &mut DocumentMut,
    table: &str,
    groups: &[Group],
    context: Context<'_>,
) -> Result<Added, EditRefusal> {
    let others = elsewhere::all(document, context.inherited);
    let features = document.get("features").cloned();
    let item = document
        .entry(table)
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(there) = item.as_table_like_mut() else {
        let table = table.into();
        return Err(EditRefusal::NoTable { table });
    };
    let is_ours = |name: &str| {
        let record = context.record(table, name);
        record.is_some_and(|record| record.created)
    };
    let order = Order::of(there, groups, is_ours);
    let mut adding = Adding {
        name: table,
        context,
        features: features.as_ref(),
        others: &others,
        added: Added::default(),
        new: Vec::new(),
    };
    for group in groups {
        let mut heading = order.heading(group, there);
        for wanted in &group.crates {
            adding.one(there, group, wanted, &mut heading);
        }
    }
    let (new, is_ours) = (&adding.new, &is_ours);
    arrange(item, order, groups, &Places { new, is_ours });
    Ok(adding.added)
}

/// The crates of a manifest that bring a native library of ours in another version.
#[must_use]
pub fn linked(document: &DocumentMut, needs: &Needs, context: Context<'_>) -> Vec<EditRefusal> {
    let others = elsewhere::all(document, context.inherited);
    elsewhere::refuse_linked(&others, &needs.links)
}

/// One table in the making.
struct Adding<'a> {
    name: &'a str,
    context: Context<'a>,
    features: Option<&'a Item>,
    others: &'a [elsewhere::Entry],
    added: Added,
    new: Vec<String>,
}

impl Adding<'_> {
    fn one(
        &mut self,
        table: &mut dyn TableLike,
        group: &Group,
        wanted: &Dependency,
        heading: &mut Option<String>,
    ) {
        let record = self.context.record(self.name, &wanted.name);
        let Some(there) = table.get(&wanted.name) else {
            // What was ours and is gone was removed by its owner, who knows why.
            if !record.is_some_and(removal::is_of_something) {
                self.insert(table, group, wanted, heading);
            }
            return;
        };
        if let Err(why) = self.check(wanted, there) {
            if record.is_none() {
                return self.added.refused.push(why);
            }
            self.added.changed.push(why);
        }
        let features = self.context.features(&wanted.name, there);
        let known = record.cloned().unwrap_or_default();
        let (record, is_edit) = match unite(table, wanted, &features, &known) {
            Some(record) => (record, true),
            None => (known, false),
        };
        self.done(wanted, record, is_edit);
    }

    fn insert(
        &mut self,
        table: &mut dyn TableLike,
        group: &Group,
        wanted: &Dependency,
        heading: &mut Option<String>,
    ) {
        let name = &wanted.name;
        let beside = elsewhere::refuse(self.others, wanted, self.features);
        let entry = match beside.and_then(|()| entry(wanted, self.context)) {
            Ok(entry) => entry,
            Err(why) => return self.added.refused.push(why),
        };
        let record = DepRecord {
            created: true,
            features_added: features::of(&wanted.item),
            text: Some(removal::spelled_out(name, &entry)),
            group: Some(group.name.clone()).filter(|name| !name.is_empty()),
            was: None,
        };
        table.insert(name, entry);
        if let Some(heading) = heading.take() {
            set_lead(table, name, &heading);
        }
        self.new.push(name.clone());
        self.done(wanted, record, true);
    }

    fn done(&mut self, wanted: &Dependency, record: DepRecord, is_edit: bool) {
        self.added.done.push(Done {
            name: wanted.name.clone(),
            key: key(self.name, &wanted.name),
            record,
            is_edit,
        });
    }

    fn check(&self, wanted: &Dependency, there: &Item) -> Result<(), EditRefusal> {
        let own = Existing {
            item: there,
            place: CARGO_TOML,
        };
        own.refuse_other(wanted, self.features)?;
        let Some(inherited) = self.context.behind(&wanted.name, there) else {
            own.refuse_without_defaults(wanted)?;
            return own.refuse_version(wanted);
        };
        inherited.refuse_other(wanted, None)?;
        inherited.refuse_version(wanted)?;
        match fit::flag(there, "default-features") {
            Some(true) => Ok(()),
            _ => inherited.refuse_without_defaults(wanted),
        }
    }
}

/// The new entry: as it is wanted, or only what the workspace's entry lacks.
fn entry(wanted: &Dependency, context: Context<'_>) -> Result<Item, EditRefusal> {
    let Some(inherited) = context.workspace_entry(&wanted.name) else {
        return Ok(spelled(&wanted.item));
    };
    inherited.refuse_other(wanted, None)?;
    inherited.refuse_version(wanted)?;
    let mut entry = InlineTable::from_iter([("workspace", true)]);
    if fit::lacks_defaults(wanted, inherited.item) {
        entry.insert("default-features", true.into());
    }
    let there = context.implied.all(&wanted.name, [Some(inherited.item)]);
    let missing = features::of(&wanted.item).into_iter();
    let missing: Array = missing.filter(|name| !there.contains(name)).collect();
    if !missing.is_empty() {
        entry.insert("features", missing.into());
    }
    Ok(match entry.len() {
        1 => dotted(entry),
        _ => value(entry),
    })
}

/// `axum.workspace = true`
fn dotted(entry: InlineTable) -> Item {
    let mut table = entry.into_table();
    table.set_dotted(true);
    Item::Table(table)
}

/// Adds the features that are neither there nor were added before.
fn unite(
    table: &mut dyn TableLike,
    wanted: &Dependency,
    there: &[String],
    known: &DepRecord,
) -> Option<DepRecord> {
    let wanted_features = features::of(&wanted.item);
    let is_known = |feature: &&String| known.features_added.contains(*feature);
    let is_missing = |feature: &&String| !there.contains(*feature) && !is_known(feature);
    let missing: Vec<_> = wanted_features.iter().filter(is_missing).cloned().collect();
    if missing.is_empty() {
        return None;
    }
    let lead = lead_of(table, &wanted.name);
    let there = table.get_mut(&wanted.name)?;
    let was = removal::spelled_out(&wanted.name, there);
    features::push(there, &missing);
    if let Some(lead) = lead {
        set_lead(table, &wanted.name, &lead);
    }
    // In the order of the templates, as if they had been added at once.
    let is_ours = |feature: &&String| is_known(feature) || missing.contains(*feature);
    let ours = wanted_features.iter().filter(is_ours);
    let is_left = |feature: &&String| !wanted_features.contains(*feature);
    let left = known.features_added.iter().filter(is_left);
    Some(DepRecord {
        created: known.created,
        features_added: ours.chain(left).cloned().collect(),
        text: known
            .text
            .as_deref()
            .map(|text| grown(&wanted.name, text, &missing)),
        group: known.group.clone(),
        was: known.was.clone().or((!known.created).then_some(was)),
    })
}

/// The text of an entry of ours with more features.
fn grown(name: &str, text: &str, features: &[String]) -> String {
    let Some(mut entry) = removal::read(name, text) else {
        return text.into();
    };
    features::push(&mut entry, features);
    removal::spelled_out(name, &entry)
}

/// The entry in this file's spacing, without the comments it has in ours.
fn spelled(item: &Item) -> Item {
    let mut item = item.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}
