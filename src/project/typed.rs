//! A path as a person types it: from where they are, from the top of the project, or in full.

use std::path::{Component, Path, PathBuf};

/// What the path may mean in the project, the likeliest first; nothing where it leads elsewhere.
#[must_use]
pub fn meanings(root: &Path, typed: &Path) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let places = [here.join(typed), root.join(typed)];
    let mut meanings: Vec<_> = places.iter().filter_map(|path| below(root, path)).collect();
    meanings.dedup();
    meanings
}

fn below(root: &Path, path: &Path) -> Option<String> {
    let real = real(&tidy(path));
    let inside = real.strip_prefix(root).ok()?.to_str()?;
    (!inside.is_empty()).then(|| inside.replace('\\', "/"))
}

/// Without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = tidy.pop(),
            _ => tidy.push(part),
        }
    }
    tidy
}

/// The folders that are there by their real names; the file itself, and folders that are gone, as
/// they were typed.
fn real(path: &Path) -> PathBuf {
    let mut folders = path.ancestors().skip(1);
    let found = folders.find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    match found {
        Some((folder, real)) => real.join(path.strip_prefix(folder).unwrap_or(path)),
        None => path.into(),
    }
}
