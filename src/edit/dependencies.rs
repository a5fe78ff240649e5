//! Dependency tables of `Cargo.toml`, by the rules of `cargo add`: features are united, versions
//! are never changed in silence, what is sorted stays sorted.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::fit::{self, There};
use crate::{
    manifest::DepRecord,
    refusal::Refusal,
    templates::{Dependency, Group},
};

/// What was done about one dependency.
pub type Done = (String, DepRecord);

/// What is known about a project's dependencies besides the table itself.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// `[workspace.dependencies]`
    pub inherited: Option<&'a Item>,
    /// The records of what was added before.
    pub records: &'a BTreeMap<String, DepRecord>,
}

impl<'a> Known<'a> {
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

/// Adds what is missing to a dependency table. Refuses everything that cannot work at once.
pub fn add(
    document: &mut DocumentMut,
    table: &str,
    groups: &[Group],
    known: Known<'_>,
) -> Result<Vec<Done>, Refusal> {
    let there = document
        .entry(table)
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(there) = there.as_table_like_mut() else {
        return Err(Refusal::failed(format!(
            "[{table}] in Cargo.toml is not a table; correct it and run this again"
        )));
    };
    let order = Order::of(there);
    let mut done = Vec::new();
    let mut refused = Vec::new();
    for group in groups {
        let mut heading = order.heading(group, there.is_empty());
        for wanted in &group.crates {
            match one(there, wanted, known, &mut heading) {
                Ok(record) => done.extend(record.map(|record| (wanted.name.clone(), record))),
                Err(why) => refused.push(why.to_string()),
            }
        }
    }
    if order == Order::Sorted {
        there.sort_values();
    }
    match refused.is_empty() {
        true => Ok(done),
        false => Err(Refusal::failed(refused.join("\n  and "))),
    }
}

/// How a table was found.
#[derive(PartialEq, Eq)]
enum Order {
    Empty,
    Sorted,
    Free,
}

impl Order {
    fn of(table: &dyn TableLike) -> Self {
        let names: Vec<_> = table.iter().map(|(name, _)| name).collect();
        match (names.is_empty(), names.is_sorted()) {
            (true, _) => Self::Empty,
            (_, true) => Self::Sorted,
            _ => Self::Free,
        }
    }

    /// In a table that was empty, groups are told apart by a comment above their first crate.
    fn heading(&self, group: &Group, is_first: bool) -> Option<String> {
        let gap = if is_first { "" } else { "\n" };
        let has_one = *self == Self::Empty && !group.name.is_empty();
        has_one.then(|| format!("{gap}# {}\n", group.name))
    }
}

fn one(
    table: &mut dyn TableLike,
    wanted: &Dependency,
    known: Known<'_>,
    heading: &mut Option<String>,
) -> Result<Option<DepRecord>, Refusal> {
    let record = known.records.get(&wanted.name);
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
    let there = features(inherited.item);
    let missing = features(&wanted.item).into_iter();
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
        head(table, &wanted.name, &heading);
    }
    DepRecord {
        created: true,
        features_added: features(&wanted.item),
    }
}

/// Puts a comment above an entry. Of `axum.workspace = true` it is the last part that carries it.
fn head(table: &mut dyn TableLike, name: &str, heading: &str) {
    let inner = table.get_mut(name).and_then(Item::as_table_mut);
    let key = match inner.filter(|inner| inner.is_dotted()) {
        Some(inner) => inner.key_mut("workspace"),
        None => table.key_mut(name),
    };
    if let Some(mut key) = key {
        key.leaf_decor_mut().set_prefix(heading);
    }
}

/// Adds the features that are neither there nor were added before.
fn unite(
    table: &mut dyn TableLike,
    wanted: &Dependency,
    there: &[String],
    known: &DepRecord,
) -> Option<DepRecord> {
    let missing: Vec<_> = features(&wanted.item)
        .into_iter()
        .filter(|feature| !there.contains(feature) && !known.features_added.contains(feature))
        .collect();
    if missing.is_empty() {
        return None;
    }
    push_features(table.get_mut(&wanted.name)?, &missing);
    let features_added = known
        .features_added
        .iter()
        .cloned()
        .chain(missing)
        .collect();
    Some(DepRecord {
        created: known.created,
        features_added,
    })
}

fn push_features(item: &mut Item, missing: &[String]) {
    make_room(item);
    let Some(table) = item.as_table_like_mut() else {
        return;
    };
    let is_new = !table.contains_key("features");
    let features = table
        .entry("features")
        .or_insert_with(|| value(Array::new()));
    if let Some(features) = features.as_array_mut() {
        missing
            .iter()
            .for_each(|feature| push_like_the_last(features, feature));
    }
    if let (true, Some(table)) = (is_new, item.as_inline_table_mut()) {
        move_last_space(table);
    }
}

/// `"1"` becomes `{ version = "1" }`, and `axum.workspace = true` becomes `axum = { … }`; a comment
/// behind it stays.
fn make_room(item: &mut Item) {
    if let Some(version) = item.as_str().map(str::to_owned) {
        let mut table = Value::from(InlineTable::from_iter([("version", version)]));
        if let Some(there) = item.as_value() {
            *table.decor_mut() = there.decor().clone();
        }
        *item = Item::Value(table);
    } else if let Some(dotted) = item.as_table().filter(|table| table.is_dotted()) {
        *item = value(dotted.clone().into_inline_table());
    }
}

/// In `{ git = "…" }` the space before the brace belongs to the last entry; it moves to the new
/// one.
fn move_last_space(table: &mut InlineTable) {
    let mut values: Vec<_> = table.iter_mut().map(|(_, value)| value).collect();
    if let [.., before, last] = values.as_mut_slice()
        && let Some(space) = before.decor().suffix().cloned()
    {
        before.decor_mut().set_suffix("");
        last.decor_mut().set_suffix(space);
    }
}

/// In a list that has one feature per line, the new one gets a line of its own.
fn push_like_the_last(features: &mut Array, feature: &str) {
    let decor = features.iter().last().map(|last| last.decor().clone());
    match decor.filter(|decor| {
        decor
            .prefix()
            .and_then(|prefix| prefix.as_str())
            .is_some_and(|prefix| prefix.contains('\n'))
    }) {
        Some(decor) => {
            let mut feature = Value::from(feature);
            *feature.decor_mut() = decor;
            features.push_formatted(feature);
        }
        None => features.push(feature),
    }
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
    let inherited = inherited.map(|inherited| features(inherited.item));
    let own = features(there).into_iter();
    own.chain(inherited.unwrap_or_default()).collect()
}

fn features(item: &Item) -> Vec<String> {
    let features = item
        .get("features")
        .and_then(Item::as_array)
        .into_iter()
        .flatten();
    features
        .filter_map(|feature| feature.as_str().map(str::to_owned))
        .collect()
}

/// The entry in this file's spacing, without the comments it has in ours.
fn spelled(item: &Item) -> Item {
    let mut item = item.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}
