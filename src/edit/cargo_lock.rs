//! `Cargo.lock`, read as TOML whatever its line ends are, and the tested one with the block of the
//! project's own package put in, as cargo itself would write it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use semver::{Version, VersionReq};
use toml_edit::{Document, Item, Table};

/// The keys at the top of a lock file that say nothing about a choice of the owner's.
const PLAIN: [&str; 2] = ["version", "package"];
/// The format that cargo wrote before the present one. It differs in git sources only.
const FORMER_FORMAT: i64 = 3;

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

/// Where a file stops being a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The line, from 1.
    pub line: usize,
    /// The parser's reason.
    pub why: String,
}

/// A lock file.
#[derive(Clone, Debug)]
pub struct Lock {
    format: Option<i64>,
    packages: Vec<Package>,
    has_more: bool,
}

#[derive(Clone, Debug)]
struct Package {
    name: String,
    version: String,
    /// What tells it from every other package: name, version, source and checksum.
    id: Vec<String>,
    dependencies: BTreeSet<String>,
    /// The byte at which its block starts.
    start: usize,
}

impl Lock {
    /// Reads a lock file of any format.
    pub fn parse(text: &str) -> Result<Self, Damage> {
        let document = Document::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().next().unwrap_or_default();
            Damage::at(text, start, message)
        })?;
        let packages = match document.get("package") {
            None => Vec::new(),
            Some(item) => packages(text, item)?,
        };
        Ok(Self {
            format: document.get("version").and_then(Item::as_integer),
            packages,
            has_more: document.iter().any(|(key, _)| !PLAIN.contains(&key)),
        })
    }

    /// Whether versions were chosen already: there is any package but the project's own, or
    /// anything else that cargo remembers, such as an unused patch.
    #[must_use]
    pub fn is_chosen(&self, root: &str) -> bool {
        self.has_more || self.packages.iter().any(|package| package.name != root)
    }

    /// Whether it has a package of that name.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// Whether it has a package, in a version, that another one has not. The project's own does not
    /// count.
    #[must_use]
    pub fn has_more_than(&self, other: &Self, root: &str) -> bool {
        let others: BTreeSet<_> = other.packages.iter().map(|package| &package.id).collect();
        let mut own = self.packages.iter().filter(|package| package.name != root);
        own.any(|package| !others.contains(&package.id))
    }

    /// The packages of which another one has no version.
    #[must_use]
    pub fn names_not_in(&self, other: &Self) -> Vec<String> {
        let names = self.packages.iter().map(|package| &package.name);
        let names: BTreeSet<_> = names.filter(|name| !other.names(name)).collect();
        names.into_iter().cloned().collect()
    }

    /// Whether it holds nothing that another one does not: the same packages in the same versions,
    /// with no other dependencies. The project's own package does not count.
    #[must_use]
    pub fn is_within(&self, other: &Self, root: &str) -> bool {
        let others = other.packages.iter();
        let others: BTreeMap<_, _> = others.map(|package| (&package.id, package)).collect();
        let mut own = self.packages.iter().filter(|package| package.name != root);
        !self.has_more
            && own.all(|package| {
                let other = others.get(&package.id);
                other.is_some_and(|other| package.dependencies.is_subset(&other.dependencies))
            })
    }

    /// Whether it has a version of that package that satisfies what is asked for.
    #[must_use]
    pub fn holds(&self, name: &str, asked: &str) -> bool {
        self.locked(name, asked).is_ok()
    }

    /// A text in the present format, as the owner's cargo wrote this file.
    #[must_use]
    pub fn in_this_format(&self, text: String) -> String {
        if self.format == Some(FORMER_FORMAT) {
            text.replacen("\nversion = 4\n", "\nversion = 3\n", 1)
        } else {
            text
        }
    }

    /// The name of a dependency as it is written: with its version only where there are several.
    fn locked(&self, name: &str, asked: &str) -> Result<String> {
        let named = self.packages.iter().filter(|package| package.name == name);
        let versions: Vec<_> = named.map(|package| package.version.as_str()).collect();
        let asked = VersionReq::parse(asked)?;
        let fitting = versions.iter().filter_map(|text| {
            let version = Version::parse(text).ok()?;
            asked.matches(&version).then_some((version, *text))
        });
        match fitting.max_by(|(one, _), (other, _)| one.cmp(other)) {
            Some(_) if versions.len() == 1 => Ok(name.into()),
            Some((_, version)) => Ok(format!("{name} {version}")),
            None => Err(anyhow!("the tested Cargo.lock holds no {name} {asked}")),
        }
    }
}

impl Damage {
    /// A file that is not text.
    #[must_use]
    pub fn not_text() -> Self {
        Self {
            line: 1,
            why: "invalid UTF-8".into(),
        }
    }

    fn at(text: &str, start: usize, why: &str) -> Self {
        let before = text.get(..start).unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            why: why.into(),
        }
    }
}

fn packages(text: &str, item: &Item) -> Result<Vec<Package>, Damage> {
    let start = item.span().map_or(0, |span| span.start);
    let Some(tables) = item.as_array_of_tables() else {
        return Err(Damage::at(text, start, "invalid `package`"));
    };
    let read = tables.iter().map(|table| {
        let start = table.span().map_or(start, |span| span.start);
        let package = package(table, start);
        package.ok_or_else(|| Damage::at(text, start, "incomplete package"))
    });
    read.collect()
}

fn package(table: &Table, start: usize) -> Option<Package> {
    let text = |key| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let keys = ["name", "version", "source", "checksum"];
    let dependencies = table.get("dependencies").and_then(Item::as_array);
    // Their versions are written only where there are several.
    let names = dependencies.into_iter().flatten().filter_map(|entry| {
        let name = entry.as_str()?.split(' ').next()?;
        Some(name.to_owned())
    });
    Some(Package {
        name: text("name")?,
        version: text("version")?,
        id: keys.into_iter().filter_map(text).collect(),
        dependencies: names.collect(),
        start,
    })
}

/// The tested lock file with the root's block at its sorted place. A dependency that the lock does
/// not hold is an error.
pub fn with_root(text: &str, root: &Root<'_>) -> Result<String> {
    let lock = Lock::parse(text).map_err(|damage| {
        let Damage { line, why } = damage;
        anyhow!("the tested Cargo.lock:{line} does not parse: {why}")
    })?;
    let block = root_block(&lock, root)?;
    let mut packages = lock.packages.iter();
    let after = packages.find(|package| package.name.as_str() > root.name);
    let (before, after) = text.split_at(after.map_or(text.len(), |package| package.start));
    Ok(if after.is_empty() {
        format!("{}\n\n{block}", before.trim_end())
    } else {
        format!("{before}{block}\n{after}")
    })
}

fn root_block(lock: &Lock, root: &Root<'_>) -> Result<String> {
    let asked = root.dependencies.iter();
    let names = asked.map(|(name, asked)| lock.locked(name, asked));
    let names: BTreeSet<_> = names.collect::<Result<_>>()?;
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
