//! Dependency tables of `Cargo.toml`, by the rules of `cargo add`: features are united, versions
//! are never changed in silence, what is sorted stays sorted.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::{
    elsewhere,
    fit::{self, There},
    order::{Order, Places, arrange, lead_of, set_lead},
    removal,
};
use crate::{
    manifest::DepRecord,
    refusal::{EditRefusal, Refusal},
    templates::{Dependency, Group, Needs, features},
};

/// What was done about one dependency.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its name.
    pub name: String,
    /// The key of its record: a crate can stand in several tables.
    pub key: String,
    /// What is recorded of it.
    pub record: DepRecord,
}

/// What is known about a project's dependencies besides the table itself.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// `[workspace.dependencies]`
    pub inherited: Option<&'a Item>,
    /// The records of what was added before.
    pub records: &'a BTreeMap<String, DepRecord>,
}

impl<'a> Known<'a> {
    /// What was done before about a crate in a table.
    fn record(self, table: &str, name: &str) -> Option<&'a DepRecord> {
        self.records.get(&key(table, name))
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
    fn workspace_entry(self, name: &str) -> Option<There<'a>> {
        let item = self.inherited?.get(name)?;
        let place = "[workspace.dependencies]";
        Some(There { item, place })
    }

    /// The workspace's entry, where this one inherits it.
    fn behind(self, wanted: &Dependency, there: &Item) -> Option<There<'a>> {
        match fit::flag(there, "workspace") {
            Some(true) => self.workspace_entry(&wanted.name),
            _ => None,
        }
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

/// Adds what is missing to a dependency table. Refuses everything that cannot work at once.
pub fn add(
    document: &mut DocumentMut,
    table: &str,
    groups: &[Group],
    known: Known<'_>,
) -> Result<Vec<Done>, Refusal> {
    let others = elsewhere::all(document, known.inherited);
    let item = document
        .entry(table)
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(there) = item.as_table_like_mut() else {
        let table = table.into();
        return Err(EditRefusal::NoTable { table }.into());
    };
    let record = |name: &str| known.record(table, name);
    let is_ours = |name: &str| record(name).is_some_and(|record| record.created);
    let order = Order::of(there, groups, is_ours);
    let mut done = Vec::new();
    let mut refused = Vec::new();
    let mut new = Vec::new();
    for group in groups {
        let mut heading = order.heading(group, there);
        for wanted in &group.crates {
            let name = &wanted.name;
            let is_new = !there.contains_key(name);
            let beside = if is_new && record(name).is_none() {
                elsewhere::refuse(&others, wanted)
            } else {
                Ok(())
            };
            let one = beside.and_then(|()| one(there, wanted, known, record(name), &mut heading));
            match one {
                Ok(Some(record)) => {
                    new.extend(is_new.then(|| name.clone()));
                    done.push(Done {
                        name: name.clone(),
                        key: key(table, name),
                        record,
                    });
                }
                Ok(None) => {}
                Err(why) => refused.push(why),
            }
        }
    }
    let (new, is_ours) = (&new, &is_ours);
    arrange(item, order, groups, &Places { new, is_ours });
    if refused.is_empty() {
        return Ok(done);
    }
    Err(Refusal::Several(refused))
}

fn one(
    table: &mut dyn TableLike,
    wanted: &Dependency,
    known: Known<'_>,
    record: Option<&DepRecord>,
    heading: &mut Option<String>,
) -> Result<Option<DepRecord>, Refusal> {
    match (table.get(&wanted.name), record) {
        (None, Some(_)) => Ok(None), // Its owner removed it, and knows why.
        (None, None) => {
            let entry = entry(wanted, known)?;
            Ok(Some(insert(table, wanted, entry, heading.take())))
        }
        (Some(there), _) => {
            refuse_unfit(wanted, there, known)?;
            let there = all_features(wanted, there, known);
            Ok(unite(
                table,
                wanted,
                &there,
                &record.cloned().unwrap_or_default(),
            ))
        }
    }
}

/// The new entry: as it is wanted, or only what the workspace's entry lacks.
fn entry(wanted: &Dependency, known: Known<'_>) -> Result<Item, Refusal> {
    let Some(inherited) = known.workspace_entry(&wanted.name) else {
        return Ok(spelled(&wanted.item));
    };
    inherited.refuse_other(wanted)?;
    inherited.refuse_version(wanted)?;
    let mut entry = InlineTable::from_iter([("workspace", true)]);
    if fit::lacks_defaults(wanted, inherited.item) {
        entry.insert("default-features", true.into());
    }
    let there = features::of(inherited.item);
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

fn insert(
    table: &mut dyn TableLike,
    wanted: &Dependency,
    entry: Item,
    heading: Option<String>,
) -> DepRecord {
    table.insert(&wanted.name, entry);
    if let Some(heading) = heading {
        set_lead(table, &wanted.name, &heading);
    }
    DepRecord {
        created: true,
        features_added: features::of(&wanted.item),
        was: None,
    }
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
        was: known.was.clone().or((!known.created).then_some(was)),
    })
}

fn refuse_unfit(wanted: &Dependency, there: &Item, known: Known<'_>) -> Result<(), Refusal> {
    let own = There {
        item: there,
        place: "Cargo.toml",
    };
    own.refuse_other(wanted)?;
    let Some(inherited) = known.behind(wanted, there) else {
        own.refuse_without_defaults(wanted)?;
        return own.refuse_version(wanted);
    };
    inherited.refuse_other(wanted)?;
    inherited.refuse_version(wanted)?;
    match fit::flag(there, "default-features") {
        Some(true) => Ok(()),
        _ => inherited.refuse_without_defaults(wanted),
    }
}

/// The features of an entry, and of the one that it inherits.
fn all_features(wanted: &Dependency, there: &Item, known: Known<'_>) -> Vec<String> {
    let inherited = known.behind(wanted, there);
    let inherited = inherited.map(|inherited| features::of(inherited.item));
    let own = features::of(there).into_iter();
    own.chain(inherited.unwrap_or_default()).collect()
}

/// The entry in this file's spacing, without the comments it has in ours.
fn spelled(item: &Item) -> Item {
    let mut item = item.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}
