//! Whether a dependency that is there already can work for us. What cannot is refused, never
//! changed in silence.

use semver::{Version, VersionReq};
use toml_edit::Item;

use crate::{
    refusal::{EditRefusal, Refusal, Unfit},
    templates::Dependency,
};

/// An entry that somebody else wrote, and where it stands.
#[derive(Clone, Copy)]
pub struct There<'a> {
    /// The entry.
    pub item: &'a Item,
    /// How that place is called in a sentence.
    pub place: &'a str,
}

impl There<'_> {
    /// Refuses another package under the name.
    pub fn refuse_package(self, wanted: &Dependency) -> Result<(), Refusal> {
        let package = self.item.get("package").and_then(Item::as_str);
        if package.is_some_and(|package| package != wanted.name) {
            return Err(self.no(wanted, Unfit::OtherPackage));
        }
        Ok(())
    }

    /// The same, and one that may be left out.
    pub fn refuse_other(self, wanted: &Dependency) -> Result<(), Refusal> {
        self.refuse_package(wanted)?;
        match flag(self.item, "optional") {
            Some(true) => Err(self.no(wanted, Unfit::Optional)),
            _ => Ok(()),
        }
    }

    /// Refuses an entry whose default features are switched off, where we need them.
    pub fn refuse_without_defaults(self, wanted: &Dependency) -> Result<(), Refusal> {
        if lacks_defaults(wanted, self.item) {
            return Err(self.no(wanted, Unfit::WithoutDefaults));
        }
        Ok(())
    }

    /// Refuses a version that no release satisfies together with ours.
    pub fn refuse_version(self, wanted: &Dependency) -> Result<(), Refusal> {
        match (version(self.item), version(&wanted.item)) {
            (Some(found), Some(needed)) if !fits(&found, &needed) => {
                Err(self.no(wanted, Unfit::Version { found, needed }))
            }
            _ => Ok(()),
        }
    }

    /// Whether cargo would take the same release for both.
    pub fn is_same_release(self, wanted: &Dependency) -> bool {
        let comes_from = |key| self.item.get(key).is_some();
        let versions = version(self.item).zip(version(&wanted.item));
        let may_be = versions.is_none_or(|(found, needed)| fits(&found, &needed));
        may_be && !comes_from("git") && !comes_from("path")
    }

    fn no(self, wanted: &Dependency, why: Unfit) -> Refusal {
        let (name, place) = (wanted.name.clone(), self.place.into());
        EditRefusal::Dependency { name, place, why }.into()
    }
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

fn version(item: &Item) -> Option<String> {
    item.as_str()
        .or_else(|| item.get("version")?.as_str())
        .map(str::to_owned)
}

/// A key of an entry that is true or false.
pub fn flag(item: &Item, key: &str) -> Option<bool> {
    item.get(key)?.as_bool()
}
