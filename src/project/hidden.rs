//! What a line of `.gitignore` keeps out of version control.

use std::path::Path;

use walkdir::WalkDir;

/// Folders in which nothing of the owner's is: what is built and what is fetched.
const OTHERS: [&str; 3] = [".git", "target", "node_modules"];

/// Whether there is something that the line hides, by the patterns that our own lines have: a name,
/// or the end of one, in any folder, as git reads them; with a slash in front only at the top.
#[must_use]
pub fn hides(root: &Path, line: &str) -> bool {
    let name = line.trim().trim_end_matches('/');
    if let Some(name) = name.strip_prefix('/') {
        return root.join(name).exists();
    }
    let is_meant = |found: &str| match name.strip_prefix('*') {
        Some(end) => found.ends_with(end),
        None => found == name,
    };
    let below = WalkDir::new(root).min_depth(1).into_iter();
    let below = below.filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        !(entry.file_type().is_dir() && OTHERS.contains(&&*name))
    });
    !name.is_empty()
        && below
            .flatten()
            .any(|entry| is_meant(&entry.file_name().to_string_lossy()))
}
