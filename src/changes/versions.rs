//! Versions of migrations: the numbers before the first `_` of their names. sqlx runs them in the order
//! of these numbers, whatever they count.

use std::collections::BTreeMap;

use crate::{
    paths::MIGRATIONS,
    refusal::{ChangesRefusal, VersionProblem},
};

const UP: &str = ".up.sql";
const DOWN: &str = ".down.sql";
/// As many versions have to be free after the newest one.
const ROOM: i64 = 1000;

/// How the name of a new migration ends: sqlx has no simple ones beside those that can be reverted.
pub(super) fn ending<'p>(paths: impl Iterator<Item = &'p str>) -> &'static str {
    let paths: Vec<_> = paths.filter(|path| number(path).is_some()).collect();
    let is_reversible = |path: &&str| path.ends_with(UP) || path.ends_with(DOWN);
    if !paths.is_empty() && paths.iter().all(is_reversible) {
        UP
    } else {
        ".sql"
    }
}

/// Returns whether a migration only takes back what another one does.
pub(super) fn is_down(path: &str) -> bool {
    path.ends_with(DOWN)
}

/// Refuses names that sqlx does not read, and two migrations of one version: no program with these
/// is built, or starts.
pub(super) fn refuse_unreadable<'p>(
    paths: impl Iterator<Item = &'p str>,
) -> Result<(), ChangesRefusal> {
    let mut known = BTreeMap::new();
    for path in paths.filter(|path| parts(path).is_some()) {
        let Some(number) = number(path) else {
            return Err(refused(VersionProblem::None { path: path.into() }));
        };
        if number > i64::MAX - ROOM {
            return Err(refused(VersionProblem::Last { path: path.into() }));
        }
        if let Some(other) = known.insert((number, is_down(path)), path) {
            return Err(refused(VersionProblem::Twice {
                paths: [other.into(), path.into()],
            }));
        }
    }
    Ok(())
}

fn refused(why: VersionProblem) -> ChangesRefusal {
    ChangesRefusal::Version(why)
}

/// Returns whether sqlx looks at a path: it does not look into the folders of `migrations/`.
pub(super) fn is_looked_at(path: &str) -> bool {
    path.strip_prefix(MIGRATIONS)
        .is_some_and(|name| !name.contains('/'))
}

/// The version as it is read by sqlx; none where there is none, or no number that it can be.
pub(super) fn number(path: &str) -> Option<i64> {
    Some(numbered(path)?.0)
}

/// The version and the rest of the name: `2_orders.up.sql` is 2 and `orders.up.sql`.
pub(super) fn numbered(path: &str) -> Option<(i64, &str)> {
    let (version, rest) = parts(path)?;
    Some((version.parse().ok()?, rest))
}

/// What stands before the first `_`, and after it. A file without one is no migration.
fn parts(path: &str) -> Option<(&str, &str)> {
    let name = path.rsplit('/').next()?;
    name.split_once('_')
        .filter(|(_, rest)| rest.ends_with(".sql"))
}
