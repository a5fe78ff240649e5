//! Whether a dependency that is there already can work for us. What cannot is named, never changed
//! in silence.

use semver::{Version, VersionReq};
use toml_edit::Item;

use crate::{
    refusal::{EditRefusal, Unfit},
    templates::Dependency,
};

/// An entry that is there already, and where it stands.
#[derive(Clone, Copy)]
pub struct Existing<'a> {
    /// The entry.
    pub item: &'a Item,
    /// The name of its table in a sentence.
    pub place: &'a str,
}

impl Existing<'_> {
    /// Refuses another package under the name.
    pub fn refuse_package(self, wanted: &Dependency) -> Result<(), EditRefusal> {
        let package = self.item.get("package").and_then(Item::as_str);
        if package.is_some_and(|package| package != wanted.name) {
            return Err(self.no(wanted, Unfit::OtherPackage));
        }
        Ok(())
    }

    /// Refuses the same, and an optional one. `features` is the table of that name.
    pub fn refuse_other(
        self,
        wanted: &Dependency,
        features: Option<&Item>,
    ) -> Result<(), EditRefusal> {
        self.refuse_package(wanted)?;
        if flag(self.item, "optional") == Some(true) {
            let features = needs_optional(features, &wanted.name);
            return Err(self.no(wanted, Unfit::Optional { features }));
        }
        Ok(())
    }

    /// Refuses an entry whose default features are switched off, where we need them.
    pub fn refuse_without_defaults(self, wanted: &Dependency) -> Result<(), EditRefusal> {
        if lacks_defaults(wanted, self.item) {
            return Err(self.no(wanted, Unfit::WithoutDefaults));
        }
        Ok(())
    }

    /// Refuses a version that no release satisfies together with ours.
    pub fn refuse_version(self, wanted: &Dependency) -> Result<(), EditRefusal> {
        match (version(self.item), version(&wanted.item)) {
            (Some(found), Some(needed)) if !fits(&found, &needed) => {
                Err(self.no(wanted, Unfit::Version { found, needed }))
            }
            _ => Ok(()),
        }
    }

    /// Whether cargo would take the same release for both.
    pub fn is_same_release(self, wanted: &Dependency) -> bool {
        let versions = version(self.item).zip(version(&wanted.item));
        let may_be = versions.is_none_or(|(found, needed)| fits(&found, &needed));
        may_be && !is_elsewhere(self.item)
    }

    fn no(self, wanted: &Dependency, why: Unfit) -> EditRefusal {
        let (name, place) = (wanted.name.clone(), self.place.into());
        EditRefusal::Dependency { name, place, why }
    }
}

/// The entries of `[features]` that cargo refuses once a dependency is not optional any more.
fn needs_optional(features: Option<&Item>, name: &str) -> Vec<String> {
    let table = features.and_then(Item::as_table_like);
    let is_defined = table.is_some_and(|table| table.contains_key(name));
    let of = |entry: &str, name| entry.strip_prefix(name).map(str::to_owned);
    entries(features, |entry| {
        of(entry, "dep:").as_deref() == Some(name)
            || of(entry, name).is_some_and(|rest| rest.starts_with("?/"))
            || entry == name && !is_defined
    })
}

/// The entries of `[features]` that use the name of a dependency.
pub fn uses(features: Option<&Item>, name: &str) -> Vec<String> {
    entries(features, |entry| {
        let rest = entry
            .strip_prefix("dep:")
            .unwrap_or(entry)
            .strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    })
}

/// The entries of `[features]` that are meant, such as `"dep:serde" of json`.
fn entries(features: Option<&Item>, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let table = features.and_then(Item::as_table_like);
    let lists = table.into_iter().flat_map(|table| table.iter());
    let all = lists.flat_map(|(feature, list)| {
        let entries = list.as_array().into_iter().flatten();
        let entries = entries.filter_map(|entry| entry.as_str());
        entries.map(move |entry| (feature, entry))
    });
    let meant = all.filter(|(_, entry)| is_meant(entry));
    let meant = meant.map(|(feature, entry)| format!("\"{entry}\" of {feature}"));
    meant.collect()
}

/// Whether an entry comes from a repository or a folder instead of a registry.
pub fn is_elsewhere(item: &Item) -> bool {
    item.get("git").is_some() || item.get("path").is_some()
}

/// Whether an entry has its default features switched off that are needed.
pub fn lacks_defaults(wanted: &Dependency, there: &Item) -> bool {
    let off = |item| flag(item, "default-features") == Some(false);
    off(there) && !off(&wanted.item)
}

/// Whether some release can satisfy both requirements.
fn fits(found: &str, needed: &str) -> bool {
    let meets = |requirement: &str, version: &str| match (
        VersionReq::parse(requirement),
        lowest(version),
    ) {
        (Ok(requirement), Some(version)) => requirement.matches(&version),
        _ => true, // What we cannot read, cargo will judge.
    };
    meets(found, needed) || meets(needed, found)
}

/// Whether the version that a requirement names is in a range. What cannot be read is.
pub fn is_within(found: &str, range: &str) -> bool {
    match (VersionReq::parse(range), lowest(found)) {
        (Ok(range), Some(version)) => range.matches(&version),
        _ => true,
    }
}

/// The version that a requirement names, with what it leaves out as zero.
fn lowest(requirement: &str) -> Option<Version> {
    let bare = requirement
        .trim()
        .trim_start_matches(['^', '=', '~', '>', ' ']);
    let dots = bare.split(['-', '+']).next()?.matches('.').count();
    Version::parse(&format!(
        "{bare}{}",
        ".0".repeat(2_usize.checked_sub(dots)?)
    ))
    .ok()
}

/// The version that an entry asks for.
pub fn version(item: &Item) -> Option<String> {
    item.as_str()
        .or_else(|| item.get("version")?.as_str())
        .map(str::to_owned)
}

/// A key of an entry that is true or false.
pub fn flag(item: &Item, key: &str) -> Option<bool> {
    item.get(key)?.as_bool()
}
