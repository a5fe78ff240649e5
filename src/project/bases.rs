//! What was written last time, where it can be told: as it is stored, or was before somebody's
//! `sed` or line ends went over it.

use std::{collections::BTreeMap, path::Path};

use super::{Project, Tree, git};
use crate::{
    manifest::{Manifest, base_path, next_base_path},
    paths::OWN_FOLDER,
    sum::Sum,
};

/// Bases that are not stored as they were written, and were found again; by their paths.
pub(super) fn found_again(
    root: &Path,
    tree: &Tree,
    manifest: &Manifest,
) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for (path, wanted) in recorded(manifest) {
        let stored = tree.bytes(&path);
        if stored.is_some_and(|stored| Sum::of(stored) == wanted) {
            continue;
        }
        match stored
            .map(with_plain_ends)
            .filter(|plain| Sum::of(plain) == wanted)
        {
            Some(plain) => _ = found.insert(path, plain),
            None => missing.push((path, wanted)),
        }
    }
    if !missing.is_empty() {
        let mut history = git::history(root, &format!("{OWN_FOLDER}/base"));
        let from_history = missing.into_iter().filter_map(|(path, wanted)| {
            let mut versions = history.remove(&path)?.into_iter();
            let version = versions.find(|version| Sum::of(version) == wanted)?;
            Some((path, version))
        });
        found.extend(from_history);
    }
    found
}

/// Where everything is stored that was written, and its checksum.
fn recorded(manifest: &Manifest) -> impl Iterator<Item = (String, Sum)> {
    let bases = manifest.files.iter();
    let bases = bases.filter_map(|(id, record)| Some((base_path(id), record.base?)));
    let next = manifest.pending.iter();
    bases.chain(next.map(|(id, record)| (next_base_path(id), record.theirs)))
}

fn with_plain_ends(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.replace("\r\n", "\n").into_bytes()
}

impl Project {
    /// What is known to have been stored at a path: as it is, or found again.
    pub fn stored(&self, path: &str) -> impl Iterator<Item = &[u8]> {
        let again = self
            .installed()
            .and_then(|installed| installed.found_again.get(path));
        let again = again.map(Vec::as_slice);
        self.tree.bytes(path).into_iter().chain(again)
    }
}
