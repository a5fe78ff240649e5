//! The code of a package, wherever cargo looks for it.

use std::{fs, path::Path};

use walkdir::WalkDir;

/// The folders in which cargo finds programs, tests, examples and benchmarks.
const FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// The paths of all Rust files, sorted, with what is in them. What cannot be read is left out.
pub fn all(root: &Path) -> Vec<(String, String)> {
    let folders = FOLDERS.iter().map(|folder| root.join(folder));
    let entries = folders.flat_map(|folder| WalkDir::new(folder).sort_by_file_name());
    let files = entries
        .flatten()
        .filter(|entry| entry.file_type().is_file());
    let sources = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(root).ok()?.to_str()?;
        let path = path.replace('\\', "/");
        let text = path
            .ends_with(".rs")
            .then(|| fs::read_to_string(entry.path()));
        Some((path, text?.ok()?))
    });
    sources.collect()
}
