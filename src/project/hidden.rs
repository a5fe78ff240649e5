//! What a line of `.gitignore` keeps out of version control.

use std::{fs, path::Path};

/// Whether there is something that the line hides, by the patterns that our own lines have: a name,
/// or the end of one. Only the top of the project counts; that is where such files are.
#[must_use]
pub fn hides(root: &Path, line: &str) -> bool {
    let name = line.trim().trim_matches('/');
    let Some(end) = name.strip_prefix('*') else {
        return !name.is_empty() && root.join(name).exists();
    };
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().ends_with(end))
}
