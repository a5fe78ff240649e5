//! Projects compared, but for the times at which they got what.

use std::collections::BTreeMap;

use super::Project;

/// The files, with neither years nor what follows from them: how often a migration had to wait for
/// the second after the one before.
pub fn timeless(project: &Project) -> BTreeMap<String, String> {
    let files = project.tree().into_iter();
    files
        .map(|(path, bytes)| {
            (
                without_times(&path),
                String::from_utf8_lossy(&bytes).into_owned(),
            )
        })
        .map(|(path, text)| match path.as_str() {
            ".sigra/manifest.toml" => (path, without_times(&text)),
            _ => (path, text),
        })
        .collect()
}

/// `migrations/20260101000001_users.sql` is `migrations/_users.sql`.
fn without_times(text: &str) -> String {
    let parts = text.split("migrations/");
    let bare: Vec<_> = parts
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect();
    bare.join("migrations/")
}

/// Both have the same files with the same text.
#[track_caller]
pub fn assert_same(one: &Project, other: &Project) {
    let (one, other) = (timeless(one), timeless(other));
    let is_in_one = |path: &&String| one.contains_key(*path) != other.contains_key(*path);
    let alone: Vec<_> = one.keys().chain(other.keys()).filter(is_in_one).collect();
    assert!(alone.is_empty(), "only one of them has {alone:?}");
    for (path, text) in &one {
        assert_alike(path, text, &other[path]);
    }
}

/// The same text, or what is different.
#[track_caller]
pub fn assert_alike(path: &str, one: &str, other: &str) {
    let diff = similar::TextDiff::from_lines(one, other);
    assert!(
        one == other,
        "{path}:\n{}",
        diff.unified_diff().context_radius(2)
    );
}
