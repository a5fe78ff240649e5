//! Dependency tables of `Cargo.toml`, by the rules of `cargo add`: features are united, versions
//! are never changed in silence, what is sorted stays sorted.

use std::collections::BTreeMap;

use anyhow::Result;
use semver::{Version, VersionReq};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

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

/// Adds what is missing to a dependency table.
pub fn add(
    document: &mut DocumentMut,
    table: &str,
    groups: &[Group],
    known: Known<'_>,
) -> Result<Vec<Done>> {
    let there = document
        .entry(table)
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(there) = there.as_table_like_mut() else {
        return Err(Refusal::failed(format!(
            "[{table}] in Cargo.toml is not a table; correct it and run this again"
        ))
        .into());
    };
    let order = Order::of(there);
    let mut done = Vec::new();
    for group in groups {
        let mut heading = order.heading(group, there.is_empty());
        for wanted in &group.crates {
            let record = one(there, wanted, known, &mut heading)?;
            done.extend(record.map(|record| (wanted.name.clone(), record)));
        }
    }
    if order == Order::Sorted {
        there.sort_values();
    }
    Ok(done)
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
) -> Result<Option<DepRecord>> {
    let record = known.records.get(&wanted.name);
    match (table.get(&wanted.name), record) {
        (None, Some(_)) => Ok(None), // Its owner removed it, and knows why.
        (None, None) => Ok(Some(insert(table, wanted, heading.take()))),
        (Some(there), _) => {
            refuse_unfit(wanted, there, known.inherited)?;
            let there = features(there);
            Ok(unite(
                table,
                wanted,
                &there,
                &record.cloned().unwrap_or_default(),
            ))
        }
    }
}

fn insert(table: &mut dyn TableLike, wanted: &Dependency, heading: Option<String>) -> DepRecord {
    table.insert(&wanted.name, spelled(&wanted.item));
    if let (Some(heading), Some(mut key)) = (heading, table.key_mut(&wanted.name)) {
        key.leaf_decor_mut().set_prefix(heading);
    }
    DepRecord {
        created: true,
        features_added: features(&wanted.item),
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

fn refuse_unfit(
    wanted: &Dependency,
    there: &Item,
    inherited: Option<&Item>,
) -> Result<(), Refusal> {
    let name = &wanted.name;
    let no = |what: String| Err(Refusal::failed(format!("{name} in Cargo.toml {what}")));
    if there.get("package").is_some() {
        return no(
            "is another package under that name; rename that entry and run this again".into(),
        );
    }
    if flag(there, "optional") == Some(true) {
        return no(
            "is optional, and accounts always need it; remove `optional = true` and run this again"
                .into(),
        );
    }
    if flag(there, "default-features") == Some(false)
        && flag(&wanted.item, "default-features") != Some(false)
    {
        return no("has `default-features = false`, and accounts need them; \
             remove that and run this again"
            .into());
    }
    let from_workspace = || inherited.and_then(|table| version(table.get(name)?));
    let found = if flag(there, "workspace") == Some(true) {
        from_workspace()
    } else {
        version(there)
    };
    match (found, version(&wanted.item)) {
        (Some(found), Some(needed)) if !fits(&found, &needed) => no(format!(
            "is \"{found}\", which cannot work; change it to \"{needed}\" and run this again"
        )),
        _ => Ok(()),
    }
}

/// Whether some release can satisfy both requirements.
fn fits(found: &str, needed: &str) -> bool {
    let meets = |requirement: &str, version: &str| match (
        VersionReq::parse(requirement),
        lowest(version),
    ) {
        (Ok(requirement), Some(version)) => requirement.matches(&version),
        _ => true, // What we cannot read, cargo will judge.
    };
    meets(found, needed) || meets(needed, found)
}

/// The version that a requirement names, with what it leaves out as zero.
fn lowest(requirement: &str) -> Option<Version> {
    let bare = requirement
        .trim()
        .trim_start_matches(['^', '=', '~', '>', ' ']);
    let dots = bare.split(['-', '+']).next()?.matches('.').count();
    Version::parse(&format!(
        "{bare}{}",
        ".0".repeat(2_usize.checked_sub(dots)?)
    ))
    .ok()
}

fn version(item: &Item) -> Option<String> {
    item.as_str()
        .or_else(|| item.get("version")?.as_str())
        .map(str::to_owned)
}

fn flag(item: &Item, key: &str) -> Option<bool> {
    item.get(key)?.as_bool()
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
