//! What stands under another name or in another table, and cannot stand beside an entry of ours: cargo
//! knows each release by one name only, and the compiler knows one crate by each name.

use toml_edit::{Array, DocumentMut, InlineTable, Item, TableLike, Value};

use super::fit::{self, Existing};
use crate::{
    paths::CARGO_TOML,
    refusal::EditRefusal,
    templates::{Dependency, features},
};

/// The tables of dependencies, at the top and below each target.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", BUILD];
/// What is in there is compiled apart.
const BUILD: &str = "build-dependencies";

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    name: String,
    /// What it says; of an inherited one, what the workspace says.
    item: Item,
    /// The name of its table in a sentence.
    place: String,
}

/// Every entry of a manifest.
pub fn all(document: &DocumentMut, inherited: Option<&Item>) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut read = |parent: &dyn TableLike, above: &str| {
        for table in TABLES {
            let entries = parent.get(table).and_then(Item::as_table_like);
            let place = match (above, table) {
                ("", "dependencies") => CARGO_TOML.into(),
                _ => format!("[{above}{table}]"),
            };
            let entries = entries.into_iter().flat_map(|entries| entries.iter());
            all.extend(entries.map(|(name, item)| Entry::new(name, item, &place, inherited)));
        }
    };
    read(document.as_table(), "");
    let targets = document.get("target").and_then(Item::as_table_like);
    for (target, item) in targets.into_iter().flat_map(|targets| targets.iter()) {
        if let Some(below) = item.as_table_like() {
            read(below, &format!("target.'{target}'."));
        }
    }
    all
}

/// Refuses what an entry that is to be made cannot stand beside.
pub fn refuse(
    others: &[Entry],
    wanted: &Dependency,
    features: Option<&Item>,
) -> Result<(), EditRefusal> {
    let mut others = others.iter();
    others.try_for_each(|other| other.refuse(wanted, features))
}

/// Refuses crates that bring a native library of ours in another version: cargo links each only
/// once. `links` has their names, each with the versions that bring the same one.
pub fn refuse_linked(others: &[Entry], links: &[(String, String)]) -> Vec<EditRefusal> {
    let found = others.iter().filter_map(|other| {
        let package = other.item.get("package").and_then(Item::as_str);
        let package = package.unwrap_or(&other.name);
        let (name, versions) = links.iter().find(|(name, _)| name == package)?;
        let found = fit::version(&other.item)?;
        (!fit::is_within(&found, versions)).then(|| EditRefusal::Linked {
            name: name.clone(),
            place: other.place.clone(),
            found,
            versions: versions.clone(),
        })
    });
    found.collect()
}

impl Entry {
    fn new(name: &str, item: &Item, place: &str, inherited: Option<&Item>) -> Self {
        let behind = inherited.filter(|_| fit::flag(item, "workspace") == Some(true));
        let behind = behind.and_then(|inherited| inherited.get(name));
        Self {
            name: name.into(),
            item: behind.unwrap_or(item).clone(),
            place: place.into(),
        }
    }

    fn refuse(&self, wanted: &Dependency, features: Option<&Item>) -> Result<(), EditRefusal> {
        let Self { name, place, item } = self;
        let there = Existing { item, place };
        if *name == wanted.name {
            if place.contains(BUILD) {
                return Ok(());
            }
            there.refuse_package(wanted)?;
            return there.refuse_version(wanted);
        }
        let package = item.get("package").and_then(Item::as_str);
        if package == Some(&wanted.name) && there.is_same_release(wanted) {
            return Err(self.refuse_name(wanted, features));
        }
        Ok(())
    }

    /// The entry is to be called what it is.
    fn refuse_name(&self, wanted: &Dependency, features: Option<&Item>) -> EditRefusal {
        EditRefusal::OtherName {
            name: self.name.clone(),
            place: self.place.clone(),
            package: wanted.name.clone(),
            line: renamed(wanted, &self.item),
            features: fit::uses(features, &self.name),
        }
    }
}

/// The entry as it is written without another name, on one line; without what accounts cannot do
/// with, too.
fn renamed(wanted: &Dependency, item: &Item) -> String {
    let lacks_defaults = fit::lacks_defaults(wanted, item);
    let is_left = |key: &str| match key {
        "package" | "optional" => false,
        "default-features" => !lacks_defaults,
        _ => true,
    };
    let keys = item.as_table_like().into_iter().flat_map(TableLike::iter);
    let keys = keys.filter(|(key, _)| is_left(key));
    let values = keys.filter_map(|(key, item)| Some((key, item.as_value()?)));
    let values = values.map(|(key, value)| match key {
        "features" => (key, Array::from_iter(features::of(item)).into()),
        _ => (key, value.clone()),
    });
    let mut entry = InlineTable::from_iter(values);
    entry.fmt();
    let entry = match (entry.len(), entry.get("version")) {
        (1, Some(version)) => version.clone().decorated("", ""),
        _ => Value::from(entry),
    };
    format!("{} = {entry}", wanted.name)
}
