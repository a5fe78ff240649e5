//! A manifest that git or somebody has merged badly: it parses, and yet it is none.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, TomlError};

use super::State;
use crate::refusal::{Damage, Refusal};

/// The kinds of records, and what none of them can be without.
const RECORDS: [(&str, &[&str]); 5] = [
    ("file", &["path"]),
    ("migration", &["path", "sum"]),
    ("edit", &["file"]),
    ("dep", &[]),
    ("pending", &["theirs"]),
];

/// Refuses a text that is no TOML, with its line.
pub(super) fn unreadable(text: &str, why: &TomlError) -> Refusal {
    let start = why.span().map_or(0, |span| span.start);
    let line = text[..start.min(text.len())].matches('\n').count() + 1;
    let why = why.message().lines().collect::<Vec<_>>().join(", ");
    Damage::Line { line, why }.into()
}

/// Refuses records that are none.
pub(super) fn refuse(document: &Item) -> Result<(), Refusal> {
    let schema = document.get("schema").and_then(Item::as_integer);
    if schema.is_none_or(|schema| schema < 1) {
        return Err(Damage::NoSchema.into());
    }
    for (kind, needed) in RECORDS {
        for (id, record) in records(document, kind)? {
            let lacks = |key: &&&str| text(record, key).is_none_or(str::is_empty);
            if let Some(key) = needed.iter().find(lacks) {
                let (kind, id, key) = (kind.into(), id.into(), (*key).into());
                return Err(Damage::Key { kind, id, key }.into());
            }
        }
    }
    refuse_files(records(document, "file")?)
}

type Record<'a> = (&'a str, &'a dyn TableLike);

fn records<'a>(document: &'a Item, kind: &str) -> Result<Vec<Record<'a>>, Refusal> {
    let Some(item) = document.get(kind) else {
        return Ok(Vec::new());
    };
    let Some(table) = item.as_table_like() else {
        return Err(Damage::Kind { kind: kind.into() }.into());
    };
    let record = |(id, item): (&'a str, &'a Item)| match item.as_table_like() {
        Some(record) => Ok((id, record)),
        None => {
            let (kind, id) = (kind.into(), id.into());
            Err(Damage::Record { kind, id }.into())
        }
    };
    table.iter().map(record).collect()
}

fn text<'a>(record: &'a dyn TableLike, key: &str) -> Option<&'a str> {
    record.get(key)?.as_str()
}

/// Two templates cannot be the same file, and what became of one has to be known.
fn refuse_files(records: Vec<Record<'_>>) -> Result<(), Refusal> {
    let mut here = BTreeMap::new();
    for (id, record) in records {
        let state = record.get("state").map(|state| state.as_str());
        match (state, state.flatten().and_then(State::named)) {
            (Some(_), Some(_)) => continue,
            (Some(_), None) => {
                return Err(Damage::State { id: id.into() }.into());
            }
            (None, _) => {}
        }
        let path = text(record, "path").unwrap_or_default();
        if let Some(other) = here.insert(path, id) {
            let (id, other, path) = (id.into(), other.into(), path.into());
            return Err(Damage::Twice { id, other, path }.into());
        }
    }
    Ok(())
}
