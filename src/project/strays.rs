//! Files that nobody knows of, looked for where a file of ours is gone: its owner may have moved it.

use std::{collections::BTreeSet, path::Path};

use walkdir::{DirEntry, WalkDir};

use super::Tree;
use crate::{
    manifest::{FileRecord, Manifest, State},
    paths::CARGO_TOML,
};

/// Folders in which nothing was written by a person.
const SKIPPED: [&str; 2] = ["target", "node_modules"];
/// What is larger was not written by hand, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files of ours that were there and are gone, by template id.
pub fn missing<'a>(
    tree: &'a Tree,
    manifest: &'a Manifest,
) -> impl Iterator<Item = (&'a String, &'a FileRecord)> {
    let was_there = |record: &FileRecord| matches!(record.state, State::Here | State::Sidecar);
    let files = manifest.files.iter();
    files.filter(move |(_, record)| {
        let path = &record.path;
        was_there(record) && tree.get(path).is_none() && !tree.is_blocked(path)
    })
}

/// The files that one of those may be now: of the same kind, anywhere in the package, and not ours.
/// Nothing is looked at where nothing is missing.
pub fn candidates(root: &Path, tree: &Tree, manifest: &Manifest) -> BTreeSet<String> {
    let kinds: BTreeSet<_> = missing(tree, manifest)
        .map(|(_, record)| kind(&record.path))
        .collect();
    if kinds.is_empty() {
        return BTreeSet::new();
    }
    let ours: BTreeSet<_> = manifest
        .files
        .values()
        .map(|record| record.path.as_str())
        .collect();
    let entries = WalkDir::new(root)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || is_inside(entry));
    let files = entries.flatten().filter(|entry| {
        let small = entry.metadata().is_ok_and(|found| found.len() <= LARGEST);
        entry.file_type().is_file() && small
    });
    let paths = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(root).ok()?.to_str()?;
        Some(path.replace('\\', "/"))
    });
    paths
        .filter(|path| kinds.contains(kind(path)) && !ours.contains(path.as_str()))
        .collect()
}

/// What a file is, by the end of its name.
#[must_use]
pub fn kind(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(_, end)| end)
}

/// Whether a person's work may be there: not in folders that are hidden or made by programs, nor in
/// another package.
fn is_inside(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    if !entry.file_type().is_dir() {
        return true;
    }
    let is_skipped = name.starts_with('.') || SKIPPED.contains(&name.as_ref());
    !is_skipped && !entry.path().join(CARGO_TOML).exists()
}
