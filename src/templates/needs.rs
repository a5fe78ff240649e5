//! What a feature needs around its files: `feature.toml`, read.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::features::{self, Implied};
use crate::feature::Features;

/// Dependencies, keys, lines and secrets.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// What the folder brings, in one line. A feature with a flag says it in the list instead.
    pub says: String,
    /// The names of other features that are written with it.
    pub needs: Vec<&'static str>,
    /// Keys for `[package]`, where they are absent.
    pub package: Table,
    /// Dependencies, in groups.
    pub dependencies: Vec<Group>,
    /// Dependencies of the tests.
    pub dev_dependencies: Vec<Dependency>,
    /// Cargo features, where they are absent.
    pub features: Table,
    /// Settings for the profiles, where they are absent.
    pub profile: Table,
    /// Lines of `.gitignore`.
    pub ignore: Vec<String>,
    /// Lines of `.gitattributes`.
    pub attributes: Vec<String>,
    /// Keys of `.env`, each with its number of random bytes.
    pub secrets: Vec<(String, usize)>,
    /// Features of crates that turn on others.
    pub implied: Implied,
    /// Crates of the owner's that bring a native library of ours, each with the versions that bring
    /// the same one.
    pub links: Vec<(String, String)>,
    /// Templates that have another id now: the old one, and the new one.
    pub renamed: BTreeMap<String, String>,
}

/// Dependencies that belong together; the name becomes a comment above them.
#[derive(Clone, Debug)]
pub struct Group {
    /// `web`
    pub name: String,
    /// In the order in which they are written.
    pub crates: Vec<Dependency>,
}

/// One line of a dependency table.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name.
    pub name: String,
    /// The version, or the table with version and features, as it stands in `feature.toml`.
    pub item: Item,
}

impl Needs {
    /// Reads a `feature.toml`; a key that nobody knows is an error, since it would be forgotten in
    /// silence.
    pub fn parse(text: &str, features: Features) -> Result<Self> {
        let document: DocumentMut = text.parse()?;
        let mut needs = Self::default();
        for (key, item) in document.iter() {
            needs
                .take(key, item, features)
                .with_context(|| format!("key {key}"))?;
        }
        Ok(needs)
    }

    fn take(&mut self, key: &str, item: &Item, features: Features) -> Result<()> {
        match key {
            "says" => self.says = item.as_str().context("is not text")?.into(),
            "needs" => self.needs = needed(item, features)?,
            "package" => self.package = table(item)?.clone(),
            "dependencies" => self.dependencies = groups(item)?,
            "dev-dependencies" => self.dev_dependencies = crates(table(item)?),
            "features" => self.features = table(item)?.clone(),
            "profile" => self.profile = table(item)?.clone(),
            "ignore" => self.ignore = lines(item)?,
            "attributes" => self.attributes = lines(item)?,
            "secrets" => self.secrets = table(item)?.iter().map(secret).collect::<Result<_>>()?,
            "implied" => self.implied = Implied::parse(table(item)?)?,
            "links" => self.links = table(item)?.iter().map(link).collect::<Result<_>>()?,
            "renamed" => self.renamed = table(item)?.iter().map(renamed).collect::<Result<_>>()?,
            _ => bail!("is none that a feature.toml may have"),
        }
        Ok(())
    }

    /// Adds what another feature needs.
    pub fn absorb(&mut self, other: &Self) {
        put_in(&mut self.package, &other.package);
        put_in(&mut self.features, &other.features);
        put_in(&mut self.profile, &other.profile);
        let groups = other.dependencies.iter();
        groups.for_each(|group| self.absorb_group(group));
        let known = self.dev_dependencies.iter_mut().collect();
        let new = unite(known, &other.dev_dependencies);
        self.dev_dependencies.extend(new);
        self.ignore.extend(other.ignore.iter().cloned());
        self.attributes.extend(other.attributes.iter().cloned());
        self.secrets.extend(other.secrets.iter().cloned());
        self.implied.absorb(&other.implied);
        self.links.extend(other.links.iter().cloned());
        let renamed = other.renamed.iter();
        self.renamed
            .extend(renamed.map(|(old, new)| (old.clone(), new.clone())));
    }

    /// A crate that is there already, in whatever group, stays there.
    fn absorb_group(&mut self, group: &Group) {
        let groups = self.dependencies.iter_mut();
        let new = unite(
            groups.flat_map(|known| &mut known.crates).collect(),
            &group.crates,
        );
        let mut groups = self.dependencies.iter_mut();
        match groups.find(|known| known.name == group.name) {
            Some(known) => known.crates.extend(new),
            None if new.is_empty() => {}
            None => self.dependencies.push(Group {
                name: group.name.clone(),
                crates: new,
            }),
        }
    }
}

/// Gives the crates that are known the features that they lack, and returns those that are not.
fn unite(mut known: Vec<&mut Dependency>, wanted: &[Dependency]) -> Vec<Dependency> {
    let mut new = Vec::new();
    for wanted in wanted {
        match known.iter_mut().find(|known| known.name == wanted.name) {
            Some(known) => known.take_features(wanted),
            None => new.push(wanted.clone()),
        }
    }
    new
}

/// Puts the keys of one table into another one.
fn put_in(table: &mut Table, keys: &Table) {
    for (key, item) in keys {
        let there = table.get_mut(key).and_then(Item::as_table_mut);
        match (there, item.as_table()) {
            (Some(there), Some(inner)) => put_in(there, inner),
            _ => _ = table.insert(key, item.clone()),
        }
    }
}

impl Dependency {
    fn take_features(&mut self, other: &Self) {
        let there = features::of(&self.item);
        let mut missing = features::of(&other.item);
        missing.retain(|feature| !there.contains(feature));
        if !missing.is_empty() {
            features::push(&mut self.item, &missing);
        }
    }
}

fn needed(item: &Item, features: Features) -> Result<Vec<&'static str>> {
    let names = item.as_array().context("is not a list of names")?;
    names
        .iter()
        .map(|name| {
            let feature = name.as_str().and_then(|name| features.named(name));
            feature
                .filter(|feature| feature.can_be_needed())
                .map(|feature| feature.name)
                .with_context(|| format!("{name} is no feature that another one may need"))
        })
        .collect()
}

fn table(item: &Item) -> Result<&Table> {
    item.as_table().context("is not a table")
}

fn groups(item: &Item) -> Result<Vec<Group>> {
    let tables = item
        .as_array_of_tables()
        .context("is not a list of tables ([[dependencies]])")?;
    tables.iter().map(group).collect()
}

fn group(table: &Table) -> Result<Group> {
    let name = table
        .get("group")
        .and_then(Item::as_str)
        .context("a group has no name (group = \"…\")")?;
    let mut crates = crates(table);
    crates.retain(|dependency| dependency.name != "group");
    Ok(Group {
        name: name.into(),
        crates,
    })
}

fn crates(table: &dyn TableLike) -> Vec<Dependency> {
    table
        .iter()
        .map(|(name, item)| Dependency {
            name: name.into(),
            item: item.clone(),
        })
        .collect()
}

fn lines(item: &Item) -> Result<Vec<String>> {
    let lines = item
        .get("lines")
        .and_then(Item::as_array)
        .context("has no `lines = […]`")?;
    lines
        .iter()
        .map(|line| {
            line.as_str()
                .map(str::to_owned)
                .context("a line is not text")
        })
        .collect()
}

fn secret((key, item): (&str, &Item)) -> Result<(String, usize)> {
    let bytes = item
        .as_integer()
        .and_then(|bytes| usize::try_from(bytes).ok());
    Ok((
        key.into(),
        bytes.with_context(|| format!("{key} is not a number of bytes"))?,
    ))
}

fn link((name, item): (&str, &Item)) -> Result<(String, String)> {
    let versions = item.as_str().context("is no version")?;
    Ok((name.into(), versions.into()))
}

fn renamed((old, new): (&str, &Item)) -> Result<(String, String)> {
    let new = new
        .as_str()
        .with_context(|| format!("{old} has no new id"))?;
    Ok((old.into(), new.into()))
}
