//! What was put into a `Cargo.toml` or a `rustfmt.toml`, taken out again: only what is as it was
//! written. What its owner has changed, or written a comment about, is theirs.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike};

use super::{
    order::{lead_of, set_lead},
    presence,
};
use crate::{manifest::DepRecord, templates::features};

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is out.
    Taken,
    /// It is no longer as it was written, and stays.
    Left,
    /// It was not there any more.
    Gone,
}

/// The dependencies that were taken out, and those that stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// By the names of their records.
    pub out: Vec<String>,
    /// The same.
    pub left: Vec<String>,
}

impl Taken {
    /// Counts one more.
    pub fn count(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Outcome::Taken => self.out.push(name.into()),
            Outcome::Left => self.left.push(name.into()),
            Outcome::Gone => {}
        }
    }
}

/// Takes out a key that was set to this, and the tables that held nothing else.
pub fn key(document: &mut DocumentMut, path: &str, text: &str) -> Outcome {
    let keys: Vec<_> = path.split('.').collect();
    take(document.as_table_mut(), &keys, text)
}

fn take(table: &mut dyn TableLike, keys: &[&str], text: &str) -> Outcome {
    let [key, rest @ ..] = keys else {
        return Outcome::Gone;
    };
    if rest.is_empty() {
        return take_leaf(table, key, text);
    }
    let inner = table.get_mut(key);
    let outcome = match inner.and_then(Item::as_table_like_mut) {
        Some(inner) => take(inner, rest, text),
        None => Outcome::Gone,
    };
    if outcome == Outcome::Taken {
        fold(table, key);
    }
    outcome
}

fn take_leaf(table: &mut dyn TableLike, key: &str, text: &str) -> Outcome {
    let Some(there) = table.get(key) else {
        return Outcome::Gone;
    };
    if there.to_string().trim() != text.trim() || is_commented(lead_of(table, key).as_deref()) {
        return Outcome::Left;
    }
    table.remove(key);
    Outcome::Taken
}

fn is_commented(lead: Option<&str>) -> bool {
    lead.is_some_and(|lead| lead.contains('#'))
}

/// A table that holds nothing any more goes; one that holds only tables needs no header.
fn fold(parent: &mut dyn TableLike, name: &str) {
    let Some(table) = parent.get_mut(name).and_then(Item::as_table_mut) else {
        return;
    };
    let header = table.decor().prefix().and_then(|prefix| prefix.as_str());
    if is_commented(header) {
        return;
    }
    if table.is_empty() {
        parent.remove(name);
    } else if !table.is_dotted() && table.iter().all(|(_, item)| item.is_table()) {
        table.set_implicit(true);
    }
}

/// Takes out a table that was made, if nothing is in it.
pub fn made_table(document: &mut DocumentMut, name: &str) {
    fold(document.as_table_mut(), name);
}

/// Takes out every dependency that was put in, and every feature that was added to another one.
/// `written` tells how an entry of ours was written, `headings` are the comments above groups.
pub fn dependencies(
    document: &mut DocumentMut,
    records: &BTreeMap<String, DepRecord>,
    written: &dyn Fn(&str, &str) -> Option<Item>,
    headings: &[String],
) -> Taken {
    let mut taken = Taken::default();
    let groups = records.values().filter_map(|record| record.group.clone());
    let headings: Vec<_> = headings.iter().cloned().chain(groups).collect();
    for (name, record) in records {
        let (table, crate_name) = presence::place(name);
        let there = document.get_mut(table).and_then(Item::as_table_like_mut);
        let outcome = match there {
            None => Outcome::Gone,
            Some(table_like) if record.created => {
                let written = written(table, crate_name);
                take_entry(table_like, crate_name, written.as_ref(), &headings)
            }
            Some(table_like) => take_features(table_like, crate_name, record),
        };
        taken.count(name, outcome);
    }
    taken
}

fn take_entry(
    table: &mut dyn TableLike,
    name: &str,
    written: Option<&Item>,
    headings: &[String],
) -> Outcome {
    let Some(there) = table.get(name) else {
        return Outcome::Gone;
    };
    let lead = lead_of(table, name).unwrap_or_default();
    let heading = lead.trim();
    let is_heading = |known: &String| heading.strip_prefix("# ") == Some(known);
    let is_ours = heading.is_empty() || headings.iter().any(is_heading);
    let is_as_written = written.is_some_and(|written| content(written) == content(there));
    if !is_ours || !is_as_written || has_comment_behind(there) {
        return Outcome::Left;
    }
    table.remove(name);
    Outcome::Taken
}

fn has_comment_behind(item: &Item) -> bool {
    let suffix = item.as_value().and_then(|value| value.decor().suffix());
    is_commented(suffix.and_then(|suffix| suffix.as_str()))
}

/// Takes out of an entry that stays the features that it needs no longer, and names them. `sides` are
/// the entry as we would have written it before, and as we would today.
pub fn features(
    document: &mut DocumentMut,
    (table, name): (&str, &str),
    record: &DepRecord,
    sides: (Option<Item>, Option<Item>),
) -> Vec<String> {
    let (Some(before), Some(after)) = sides else {
        return Vec::new();
    };
    let needed = features::of(&after);
    let unneeded = features::of(&before).into_iter();
    let unneeded: Vec<_> = unneeded.filter(|name| !needed.contains(name)).collect();
    let there = document
        .get_mut(table)
        .and_then(|table| table.get_mut(name));
    let Some(there) = there.filter(|_| !unneeded.is_empty()) else {
        return Vec::new();
    };
    if record.created && content(there) == content(&before) {
        replace(there, after);
        return unneeded;
    }
    let is_ours = |name: &String| !record.created && record.features_added.contains(name);
    let ours: Vec<_> = unneeded.into_iter().filter(is_ours).collect();
    let array = there.get_mut("features").and_then(Item::as_array_mut);
    let record = DepRecord {
        features_added: ours.clone(),
        ..DepRecord::default()
    };
    match array.map(|array| take_names(array, &record)) {
        Some(Outcome::Taken) => ours,
        _ => Vec::new(),
    }
}

/// The new entry in the place of the old one, with the space around it.
fn replace(there: &mut Item, mut new: Item) {
    if let (Some(new), Some(old)) = (new.as_value_mut(), there.as_value()) {
        *new.decor_mut() = old.decor().clone();
    }
    *there = new;
}

/// Where the entry that carries its group's heading goes, the next one of the group carries it.
pub fn pass_heading_on(document: &mut DocumentMut, group: &[&str], is_gone: &dyn Fn(&str) -> bool) {
    let table = document.get_mut("dependencies");
    let Some(table) = table.and_then(Item::as_table_like_mut) else {
        return;
    };
    let there: Vec<_> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let mut members = there.iter().filter(|name| group.contains(&name.as_str()));
    let Some(first) = members.next().filter(|name| is_gone(name)) else {
        return;
    };
    let lead = lead_of(table, first).filter(|lead| is_commented(Some(lead)));
    let next = members.find(|name| !is_gone(name));
    if let (Some(lead), Some(next)) = (lead, next)
        && !is_commented(lead_of(table, next).as_deref())
    {
        set_lead(table, next, &lead);
    }
}

/// What an entry says, however it is spelled: its keys and its features.
fn content(item: &Item) -> (BTreeMap<String, String>, Vec<String>) {
    let mut names = features::of(item);
    names.sort();
    if let Some(version) = item.as_str() {
        return ([("version".into(), version.into())].into(), names);
    }
    let table = item.as_table_like().into_iter();
    let keys = table.flat_map(|table| table.iter());
    let keys = keys.filter(|(key, _)| *key != "features");
    let plain = |item: &Item| {
        let text = item.as_str().map(str::to_owned);
        text.unwrap_or_else(|| item.to_string().trim().into())
    };
    let keys = keys.map(|(key, item)| (key.to_owned(), plain(item)));
    (keys.collect(), names)
}

/// The entry as it was, where only our features were added to it; else without our features.
fn take_features(table: &mut dyn TableLike, name: &str, record: &DepRecord) -> Outcome {
    let Some(there) = table.get_mut(name) else {
        return Outcome::Gone;
    };
    let was = record.was.as_deref().and_then(|was| read(name, was));
    if let Some(was) = was {
        let mut again = was.clone();
        features::push(&mut again, &record.features_added);
        if spelled_out(name, &again) == spelled_out(name, there) {
            put_back(there, was);
            return Outcome::Taken;
        }
    }
    let array = there.get_mut("features").and_then(Item::as_array_mut);
    array.map_or(Outcome::Gone, |array| take_names(array, record))
}

fn take_names(array: &mut Array, record: &DepRecord) -> Outcome {
    let before = array.len();
    let start = array.iter().next().map(|first| first.decor().clone());
    array.retain(|value| {
        let is_ours = |name: &str| record.features_added.iter().any(|ours| ours == name);
        !value.as_str().is_some_and(is_ours)
    });
    if let (Some(start), Some(first)) = (start, array.iter_mut().next()) {
        *first.decor_mut() = start;
    }
    if array.len() == before {
        Outcome::Gone
    } else {
        Outcome::Taken
    }
}

fn put_back(there: &mut Item, mut was: Item) {
    if let (Some(table), Some(before)) = (was.as_table_mut(), there.as_table()) {
        table.set_position(before.position());
    }
    *there = was;
}

/// Whether a record says that anything was put in.
#[must_use]
pub fn is_of_something(record: &DepRecord) -> bool {
    record.created || !record.features_added.is_empty()
}

/// An entry as a text of its own, such as `axum = "0.8"`.
#[must_use]
pub fn spelled_out(name: &str, item: &Item) -> String {
    let mut table = Table::new();
    table.insert(name, item.clone());
    DocumentMut::from(table).to_string()
}

/// The entry of that text.
#[must_use]
pub fn read(name: &str, text: &str) -> Option<Item> {
    let document: DocumentMut = text.parse().ok()?;
    document.get(name).cloned()
}
