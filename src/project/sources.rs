//! The code of a package, wherever cargo looks for it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item};
use walkdir::WalkDir;

/// The folders in which cargo finds programs, tests, examples and benchmarks.
const FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];
/// The parts of a manifest that may name a file somewhere else.
const TARGETS: [&str; 5] = ["lib", "bin", "test", "example", "bench"];
/// The build script, where the manifest names no other.
const BUILD: &str = "build.rs";

/// The paths of all Rust files, sorted, with what is in them. What cannot be read is left out.
pub fn all(root: &Path, manifest: &DocumentMut) -> Vec<(String, String)> {
    let named = named(manifest);
    let beside = named.iter().filter_map(|path| folder(path));
    let places = FOLDERS.into_iter().chain(beside);
    let places = places.chain(named.iter().map(String::as_str));
    let entries = places.flat_map(|place| WalkDir::new(root.join(place)));
    let files = entries
        .flatten()
        .filter(|entry| entry.file_type().is_file());
    let sources = files.filter_map(|entry| source(root, entry.into_path()));
    let sources: BTreeMap<_, _> = sources.collect();
    sources.into_iter().collect()
}

fn source(root: &Path, file: PathBuf) -> Option<(String, String)> {
    let path = file.strip_prefix(root).ok()?.to_str()?;
    let path = path.replace('\\', "/");
    let text = path.ends_with(".rs").then(|| fs::read_to_string(&file));
    Some((path, text?.ok()?))
}

/// The files that a manifest names, and the build script.
fn named(manifest: &DocumentMut) -> Vec<String> {
    let build = manifest.get("package").and_then(|it| it.get("build"));
    let build = build.and_then(Item::as_str).unwrap_or(BUILD);
    let targets = TARGETS.into_iter().filter_map(|kind| manifest.get(kind));
    let targets = targets.flat_map(|target| {
        let each = (0..).map_while(|at| target.get(at));
        [target].into_iter().chain(each)
    });
    let paths = targets.filter_map(|target| target.get("path")?.as_str());
    let paths = paths.chain([build]);
    paths
        .map(|path| path.trim_start_matches("./").to_owned())
        .collect()
}

/// The folder of a file, in which its modules are; none where that would be more than the target's.
fn folder(path: &str) -> Option<&str> {
    let (folder, _) = path.rsplit_once('/')?;
    (!folder.is_empty() && !folder.split('/').any(|part| part == "..")).then_some(folder)
}
