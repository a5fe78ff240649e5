//! The features in an entry of a dependency table: read, and added to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use toml_edit::{Array, InlineTable, Item, Table, Value, value};

/// Before a feature that is the first to have a line of its own.
const INDENTED: &str = "\n    ";

/// The features that an entry names.
#[must_use]
pub fn of(item: &Item) -> Vec<String> {
    let features = item
        .get("features")
        .and_then(Item::as_array)
        .into_iter()
        .flatten();
    features
        .filter_map(|feature| feature.as_str().map(str::to_owned))
        .collect()
}

/// Which features of a crate turn on which others: `full` of tokio, and its like. Only cargo knows
/// all of them, from the network; these are the ones that people write.
#[derive(Clone, Debug, Default)]
pub struct Implied(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Implied {
    /// Reads the table: crates, and in each the features with what they turn on.
    pub fn parse(table: &Table) -> Result<Self> {
        let mut all = Self::default();
        for (name, item) in table {
            let features = item.as_table_like().context("is not a table")?;
            for (feature, item) in features.iter() {
                let list = item
                    .as_array()
                    .with_context(|| format!("{feature} is no list"))?;
                let names = list.iter().filter_map(Value::as_str).map(str::to_owned);
                let known = all.0.entry(name.to_owned()).or_default();
                known.insert(feature.to_owned(), names.collect());
            }
        }
        Ok(all)
    }

    /// Adds what another feature's folder says.
    pub fn absorb(&mut self, other: &Self) {
        for (name, features) in &other.0 {
            self.0
                .entry(name.clone())
                .or_default()
                .extend(features.clone());
        }
    }

    /// The names of the crates, and of the features that they turn on.
    pub fn crates(&self) -> impl Iterator<Item = (&str, BTreeSet<&str>)> {
        self.0.iter().map(|(name, features)| {
            let turned_on = features.values().flatten().map(String::as_str);
            (name.as_str(), turned_on.collect())
        })
    }

    /// The features that the entries of a crate name, and all that those turn on; `default` too, where
    /// no entry switches it off.
    #[must_use]
    pub fn all<const N: usize>(&self, name: &str, entries: [Option<&Item>; N]) -> Vec<String> {
        let entries = entries.into_iter().flatten();
        let mut open: Vec<String> = entries.clone().flat_map(of).collect();
        let is_off =
            |item: &Item| item.get("default-features").and_then(Item::as_bool) == Some(false);
        if !entries.clone().any(is_off) {
            open.push("default".into());
        }
        let known = self.0.get(name);
        let mut all = Vec::new();
        while let Some(feature) = open.pop() {
            if all.contains(&feature) {
                continue;
            }
            let more = known.and_then(|known| known.get(&feature));
            open.extend(more.into_iter().flatten().cloned());
            all.push(feature);
        }
        all
    }
}

/// Adds features to an entry, in its own format.
pub fn push(item: &mut Item, missing: &[String]) {
    make_room(item);
    let Some(table) = item.as_table_like_mut() else {
        return;
    };
    let is_new = !table.contains_key("features");
    let features = table
        .entry("features")
        .or_insert_with(|| value(Array::new()));
    if let Some(features) = features.as_array_mut() {
        missing.iter().for_each(|feature| put(features, feature));
    }
    if let (true, Some(table)) = (is_new, item.as_inline_table_mut()) {
        move_last_space(table);
    }
}

/// `"1"` becomes `{ version = "1" }`, and `axum.workspace = true` becomes `axum = { … }`; a comment
/// behind it stays. Other dotted keys get one more of their kind.
fn make_room(item: &mut Item) {
    if let Some(version) = item.as_str().map(str::to_owned) {
        let mut table = Value::from(InlineTable::from_iter([("version", version)]));
        if let Some(there) = item.as_value() {
            *table.decor_mut() = there.decor().clone();
        }
        *item = Item::Value(table);
    } else if let Some(inherited) = inherited_alone(item) {
        let mut table = Value::from(InlineTable::from_iter([("workspace", true)]));
        table.decor_mut().set_prefix(" ");
        if let Some(behind) = inherited.decor().suffix() {
            table.decor_mut().set_suffix(behind.clone());
        }
        *item = Item::Value(table);
    }
}

/// What stands behind the equals sign of `axum.workspace = true`.
fn inherited_alone(item: &Item) -> Option<Value> {
    let dotted = item.as_table().filter(|table| table.is_dotted())?;
    let inherited = dotted.get("workspace")?.as_value()?;
    (dotted.len() == 1).then(|| inherited.clone())
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

/// A sorted list stays sorted, and one that has a feature per line goes on so.
fn put(features: &mut Array, feature: &str) {
    let names: Vec<_> = features.iter().filter_map(Value::as_str).collect();
    let at = if names.is_sorted() && names.len() == features.len() {
        names.partition_point(|name| *name < feature)
    } else {
        features.len()
    };
    let comment = take_comment(features, at);
    let start = features.iter().find_map(line_start);
    let start = start.or_else(|| comment.is_some().then(|| INDENTED.into()));
    if let Some(start) = start {
        let mut feature = Value::from(feature);
        let comment = comment.unwrap_or_default();
        feature.decor_mut().set_prefix(comment + &start);
        return features.insert_formatted(at, feature);
    }
    features.insert(at, feature);
    if at == 0 {
        swap_spaces(features);
    }
}

/// The comment behind the feature before that place, on its line: it is to stay there. TOML counts
/// it to what follows.
fn take_comment(features: &mut Array, at: usize) -> Option<String> {
    let text = match features.get(at) {
        Some(next) => next.decor().prefix()?.as_str()?,
        None => features.trailing().as_str()?,
    };
    let (comment, rest) = text.split_at(text.find('\n')?);
    let (comment, rest) = (comment.to_owned(), rest.to_owned());
    if !comment.contains('#') {
        return None;
    }
    match features.get_mut(at) {
        Some(next) => next.decor_mut().set_prefix(rest),
        None => features.set_trailing(rest),
    }
    Some(comment)
}

/// What stood before the first feature stands before the new one.
fn swap_spaces(features: &mut Array) {
    let mut decors = features.iter_mut().map(Value::decor_mut);
    if let (Some(first), Some(second)) = (decors.next(), decors.next()) {
        std::mem::swap(first, second);
    }
}

/// The line end and the indentation before a feature that has a line of its own.
fn line_start(feature: &Value) -> Option<String> {
    let prefix = feature.decor().prefix()?.as_str()?;
    Some(prefix[prefix.rfind('\n')?..].to_owned())
}
