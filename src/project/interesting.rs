//! The paths at which a run looks.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};

use super::{ALWAYS, SIDECAR};
use crate::{
    feature::Database,
    manifest::{self, Manifest},
    paths::MIGRATIONS,
    templates::Templates,
};

/// Every path that this run may want to know or write.
pub(super) fn interesting(
    root: &Path,
    templates: &Templates,
    manifest: Option<&Manifest>,
) -> Result<BTreeSet<String>> {
    let mut paths: BTreeSet<String> = ALWAYS.iter().map(|path| (*path).to_owned()).collect();
    let recorded = manifest
        .into_iter()
        .flat_map(|manifest| manifest.files.values().map(|record| record.path.as_str()));
    let moved = manifest.map(|manifest| beside_moved_files(templates, manifest));
    let moved = moved.unwrap_or_default();
    for path in templates
        .paths()
        .chain(recorded)
        .chain(moved.iter().map(String::as_str))
        .filter(|path| !path.starts_with(MIGRATIONS))
    {
        paths.extend([path.to_owned(), format!("{path}{SIDECAR}")]);
    }
    for (id, migration) in manifest
        .into_iter()
        .flat_map(|manifest| &manifest.migrations)
    {
        paths.extend([manifest::base_path(id), migration.path.clone()]);
    }
    let manifest = manifest.into_iter();
    let bases = manifest.clone().flat_map(|manifest| manifest.files.keys());
    paths.extend(bases.map(|id| manifest::base_path(id)));
    let next = manifest.flat_map(|manifest| manifest.pending.keys());
    paths.extend(next.map(|id| manifest::next_base_path(id)));
    for path in migrations(root)? {
        paths.extend(Database::ALL.map(|database| aside(&path, database)));
        paths.insert(path);
    }
    Ok(paths)
}

/// Where a migration goes once the project has another database.
fn aside(path: &str, database: Database) -> String {
    path.replacen('/', &format!("/{}/", database.name()), 1)
}

/// Where templates would go in the folders to which the owner has moved files.
fn beside_moved_files(templates: &Templates, manifest: &Manifest) -> BTreeSet<String> {
    let folder = |path: &str| Some(format!("{}/", path.rsplit_once('/')?.0));
    let moves = manifest.files.values().filter_map(|record| {
        let origin = record.origin.as_ref()?;
        Some((folder(origin)?, folder(&record.path).unwrap_or_default()))
    });
    let moves: BTreeSet<_> = moves.collect();
    let moved = moves.iter().flat_map(|(from, to)| {
        let below = templates.paths();
        let below = below.filter_map(move |path| path.strip_prefix(from.as_str()));
        below.map(move |rest| format!("{to}{rest}"))
    });
    moved.collect()
}

fn migrations(root: &Path) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(root.join("migrations")) else {
        return Ok(Vec::new());
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Result<Vec<_>> = names
        .filter(|name: &Result<String>| name.as_ref().map_or(true, |name| name.ends_with(".sql")))
        .collect();
    Ok(names
        .context("cannot list migrations/")?
        .into_iter()
        .map(|name| format!("migrations/{name}"))
        .collect())
}
