//! The tested `Cargo.lock` with the block of the project's own package put in, as cargo itself
//! would write it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use semver::{Version, VersionReq};

/// The project's own package.
#[derive(Clone, Debug)]
pub struct Root<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The packages that it depends on, with the versions it asks for.
    pub dependencies: Vec<(String, String)>,
}

/// The names of the packages in a lock file.
pub fn packages(lock: &str) -> impl Iterator<Item = &str> {
    blocks(lock).filter_map(|block| field(block, "name"))
}

/// The lock file with the root's block at its sorted place. A dependency that the lock does not
/// hold is an error.
pub fn with_root(lock: &str, root: &Root<'_>) -> Result<String> {
    let block = root_block(lock, root)?;
    let after =
        blocks(lock).find(|block| field(block, "name").is_some_and(|name| name > root.name));
    let at = after.map_or(lock.len(), |block| {
        block.as_ptr() as usize - lock.as_ptr() as usize
    });
    let (before, after) = lock.split_at(at);
    Ok(if after.is_empty() {
        format!("{}\n\n{block}", before.trim_end())
    } else {
        format!("{before}{block}\n{after}")
    })
}

/// Whether a lock file holds nothing that another one does not: the same packages in the same
/// versions, with no other dependencies. The project's own package does not count.
#[must_use]
pub fn is_within(lock: &str, other: &str, root: &str) -> bool {
    let others: BTreeMap<_, _> = blocks(other).map(|block| (id(block), block)).collect();
    let mut own = blocks(lock).filter(|block| field(block, "name") != Some(root));
    own.all(|block| {
        let other = others.get(&id(block)).copied().map(dependencies);
        other.is_some_and(|other| dependencies(block).is_subset(&other))
    })
}

/// What tells a package from every other: name, version, and where it comes from.
fn id(block: &str) -> Vec<&str> {
    let keys = ["name", "version", "source", "checksum"];
    keys.iter().filter_map(|key| field(block, key)).collect()
}

/// The names of what a package depends on. Their versions are written only where there are
/// several.
fn dependencies(block: &str) -> BTreeSet<&str> {
    let lines = block.lines().filter_map(|line| line.strip_prefix(" \""));
    let names = lines.filter_map(|line| line.split([' ', '"']).next());
    names.collect()
}

fn root_block(lock: &str, root: &Root<'_>) -> Result<String> {
    let mut names: Vec<_> = root
        .dependencies
        .iter()
        .map(|(name, asked)| locked(lock, name, asked))
        .collect::<Result<_>>()?;
    names.sort();
    names.dedup();
    let list: String = names.iter().map(|name| format!(" \"{name}\",\n")).collect();
    let dependencies = if list.is_empty() {
        String::new()
    } else {
        format!("dependencies = [\n{list}]\n")
    };
    Ok(format!(
        "[[package]]\nname = \"{}\"\nversion = \"{}\"\n{dependencies}",
        root.name, root.version
    ))
}

/// Whether a lock file has a version of that package that satisfies what is asked for.
#[must_use]
pub fn holds(lock: &str, name: &str, asked: &str) -> bool {
    locked(lock, name, asked).is_ok()
}

/// How the lock names a dependency: with its version only where it holds several.
fn locked(lock: &str, name: &str, asked: &str) -> Result<String> {
    let mut versions: Vec<_> = blocks(lock)
        .filter(|block| field(block, "name") == Some(name))
        .filter_map(|block| field(block, "version"))
        .collect();
    let asked = VersionReq::parse(asked)?;
    let only = versions.len() == 1;
    versions.retain(|version| Version::parse(version).is_ok_and(|version| asked.matches(&version)));
    let newest = versions
        .into_iter()
        .max_by_key(|version| Version::parse(version).ok());
    match newest {
        Some(_) if only => Ok(name.into()),
        Some(version) => Ok(format!("{name} {version}")),
        None => Err(anyhow!("the tested Cargo.lock holds no {name} {asked}")),
    }
}

fn blocks(lock: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<_> = lock
        .match_indices("[[package]]\n")
        .map(|(at, _)| at)
        .collect();
    let ends: Vec<_> = starts.iter().skip(1).copied().chain([lock.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| &lock[start..end])
}

fn field<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    let line = block
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
    line.strip_suffix('"')
}
