//! The tables of the manifest, one function to read and one to write each.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, value};

use super::{DepRecord, EditRecord, FileRecord, Found, MigrationRecord, PendingRecord, State};

/// How a file was found that something was put into.
const ABSENT: &str = "absent";
const UNENDED: &str = "unended";

impl State {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Deleted, "deleted"),
        (Self::Orphan, "orphan"),
        (Self::Sidecar, "sidecar"),
        (Self::Forgotten, "forgotten"),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, word)| *word == name)
            .map(|(state, _)| *state)
    }

    fn name(self) -> Option<&'static str> {
        Self::NAMES
            .iter()
            .find(|(state, _)| *state == self)
            .map(|(_, word)| *word)
    }
}

pub(super) fn text_at(item: &Item, key: &str) -> String {
    item.get(key)
        .and_then(Item::as_str)
        .unwrap_or_default()
        .into()
}

fn optional_at(item: &Item, key: &str) -> Option<String> {
    item.get(key).and_then(Item::as_str).map(Into::into)
}

pub(super) fn flag_at(item: &Item, key: &str) -> bool {
    item.get(key).and_then(Item::as_bool).unwrap_or_default()
}

pub(super) fn records<R>(
    document: &Item,
    name: &str,
    read: impl Fn(&Item) -> R,
) -> BTreeMap<String, R> {
    let entries = document
        .get(name)
        .and_then(Item::as_table_like)
        .into_iter()
        .flat_map(|table| table.iter());
    entries.map(|(id, item)| (id.into(), read(item))).collect()
}

pub(super) fn file(item: &Item) -> FileRecord {
    FileRecord {
        path: text_at(item, "path"),
        base: optional_at(item, "base"),
        state: item
            .get("state")
            .and_then(Item::as_str)
            .and_then(State::named)
            .unwrap_or_default(),
        sidecar: optional_at(item, "sidecar"),
        origin: optional_at(item, "origin"),
        templates: optional_at(item, "templates"),
    }
}

pub(super) fn migration(item: &Item) -> MigrationRecord {
    MigrationRecord {
        path: text_at(item, "path"),
        sum: text_at(item, "sum"),
    }
}

pub(super) fn edit(item: &Item) -> EditRecord {
    EditRecord {
        file: text_at(item, "file"),
        text: text_at(item, "text"),
        found: match item.get("found").and_then(Item::as_str) {
            Some(ABSENT) => Found::Absent,
            Some(UNENDED) => Found::Unended,
            _ => Found::There,
        },
    }
}

pub(super) fn dep(item: &Item) -> DepRecord {
    let features = item
        .get("features_added")
        .and_then(Item::as_array)
        .into_iter()
        .flatten();
    DepRecord {
        created: flag_at(item, "created"),
        features_added: features
            .filter_map(|name| name.as_str().map(Into::into))
            .collect(),
        text: optional_at(item, "text"),
        group: optional_at(item, "group"),
        was: optional_at(item, "was"),
    }
}

pub(super) fn pending(item: &Item) -> PendingRecord {
    let marker = item.get("marker").and_then(Item::as_integer);
    PendingRecord {
        theirs: text_at(item, "theirs"),
        marker: marker
            .and_then(|marker| marker.try_into().ok())
            .unwrap_or_default(),
    }
}

pub(super) fn tables<R>(
    document: &mut DocumentMut,
    name: &str,
    records: &BTreeMap<String, R>,
    write: impl Fn(&R) -> Table,
) {
    let mut parent = Table::new();
    parent.set_implicit(true);
    parent.extend(
        records
            .iter()
            .map(|(id, record)| (id.as_str(), write(record))),
    );
    document[name] = Item::Table(parent);
}

pub(super) fn table<const N: usize>(entries: [(&str, Item); N]) -> Table {
    entries
        .into_iter()
        .filter(|(_, item)| !item.is_none())
        .collect()
}

fn optional(text: Option<impl Into<toml_edit::Value>>) -> Item {
    text.map_or(Item::None, value)
}

pub(super) fn file_table(record: &FileRecord) -> Table {
    table([
        ("path", value(&record.path)),
        ("base", optional(record.base.as_ref())),
        ("state", optional(record.state.name())),
        ("sidecar", optional(record.sidecar.as_ref())),
        ("origin", optional(record.origin.as_ref())),
        ("templates", optional(record.templates.as_ref())),
    ])
}

pub(super) fn migration_table(record: &MigrationRecord) -> Table {
    table([("path", value(&record.path)), ("sum", value(&record.sum))])
}

pub(super) fn edit_table(record: &EditRecord) -> Table {
    let found = match record.found {
        Found::There => Item::None,
        Found::Absent => value(ABSENT),
        Found::Unended => value(UNENDED),
    };
    table([
        ("file", value(&record.file)),
        ("state", value("applied")),
        ("text", value(&record.text)),
        ("found", found),
    ])
}

pub(super) fn dep_table(record: &DepRecord) -> Table {
    let features: toml_edit::Array = record.features_added.iter().collect();
    let features = if features.is_empty() {
        Item::None
    } else {
        value(features)
    };
    table([
        ("created", value(record.created)),
        ("features_added", features),
        ("text", optional(record.text.as_ref())),
        ("group", optional(record.group.as_ref())),
        ("was", optional(record.was.as_ref())),
    ])
}

pub(super) fn pending_table(record: &PendingRecord) -> Table {
    table([
        ("theirs", value(&record.theirs)),
        (
            "marker",
            value(i64::try_from(record.marker).unwrap_or_default()),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn every_state_is_read_back() {
        for state in [
            State::Here,
            State::Deleted,
            State::Orphan,
            State::Sidecar,
            State::Forgotten,
        ] {
            assert_eq!(
                state.name().and_then(State::named).unwrap_or_default(),
                state
            );
        }
    }
}
