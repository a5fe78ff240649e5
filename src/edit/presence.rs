//! Whether what was put into files that are not ours is still there. Its owner may have taken it
//! out, and knows why.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item};

use super::{dependencies::Context, env_file, removal};
use crate::{
    manifest::{DepRecord, EditRecord},
    templates::{Policy, features::Implied},
};

/// What stands before the path of a key in the name of its edit.
const PREFIXES: [&str; 2] = ["rustfmt.", "table."];

/// What one edit has put into a file and is no longer in its text.
#[must_use]
pub fn missing(name: &str, record: &EditRecord, text: &str) -> Vec<String> {
    if record.file.ends_with(".toml") {
        let key = key(name);
        let document: DocumentMut = text.parse().unwrap_or_default();
        return match value_at(document.as_item(), key) {
            Some(_) => Vec::new(),
            None => vec![key.into()],
        };
    }
    if Policy::of(name) == Policy::Keys {
        let keys = env_file::keys(&record.text).filter(|key| !env_file::has(text, key));
        return keys.map(str::to_owned).collect();
    }
    let is_code = record.file.ends_with(".rs");
    let parts: Vec<_> = if is_code {
        vec![record.text.trim()]
    } else {
        record.text.lines().collect()
    };
    let is_there = |part: &&str| {
        if is_code {
            text.contains(part)
        } else {
            text.lines().any(|line| line.trim() == *part)
        }
    };
    let missing = parts.into_iter().filter(|part| !is_there(part));
    missing.map(str::to_owned).collect()
}

/// The path of a key, by the name of its edit.
#[must_use]
pub fn key(name: &str) -> &str {
    let mut prefixes = PREFIXES.iter();
    prefixes
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn value_at<'a>(item: &'a Item, path: &str) -> Option<&'a Item> {
    path.split('.').try_fold(item, |item, key| item.get(key))
}

/// A dependency of ours that is missing in a manifest, or lacks features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDep {
    /// Its name, with the table where that is another than the usual one.
    pub name: String,
    /// The features that are missing; none where all of it is.
    pub features: Vec<String>,
    /// Whether the entry comes from a repository or a folder. It is the owner's own then, and may have
    /// the features by default.
    pub is_elsewhere: bool,
}

impl MissingDep {
    /// `axum (features: macros, ws)`
    #[must_use]
    pub fn shown(&self) -> String {
        let Self { name, features, .. } = self;
        if features.is_empty() {
            return name.clone();
        }
        format!("{name} (features: {})", features.join(", "))
    }
}

/// The dependencies of ours that are missing in a manifest, and the features of those that are there.
#[must_use]
pub fn missing_deps(
    records: &BTreeMap<String, DepRecord>,
    implied: &Implied,
    manifest: &str,
    workspace: &str,
) -> Vec<MissingDep> {
    let parse = |text: &str| text.parse::<DocumentMut>().unwrap_or_default();
    let (manifest, workspace) = (parse(manifest), parse(workspace));
    let context = Context {
        inherited: value_at(workspace.as_item(), "workspace.dependencies"),
        records,
        implied,
    };
    let ours = records.iter();
    let ours = ours.filter(|(_, record)| removal::is_of_something(record));
    let missing = ours.filter_map(|(name, record)| missing_of(name, record, &manifest, context));
    missing.collect()
}

fn missing_of(
    name: &str,
    record: &DepRecord,
    manifest: &DocumentMut,
    context: Context<'_>,
) -> Option<MissingDep> {
    let (table, crate_name) = place(name);
    let missing = |features, is_elsewhere| MissingDep {
        name: name.into(),
        features,
        is_elsewhere,
    };
    let Some(there) = manifest.get(table).and_then(|table| table.get(crate_name)) else {
        return Some(missing(Vec::new(), false));
    };
    let features = context.features(crate_name, there);
    let wanted = record.features_added.iter();
    let gone: Vec<_> = wanted
        .filter(|name| !features.contains(name))
        .cloned()
        .collect();
    (!gone.is_empty()).then(|| missing(gone, context.is_elsewhere(crate_name, there)))
}

/// The table of a recorded dependency, and its name in there.
#[must_use]
pub fn place(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("dependencies", name))
}
