//! Whether a dependency that is there already can work for us. What cannot is refused, never
//! changed in silence.

use semver::{Version, VersionReq};
use toml_edit::Item;

use crate::{refusal::Refusal, templates::Dependency};

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
        match package.is_some_and(|package| package != wanted.name) {
            true => self.no(
                wanted,
                "is another package under that name; rename that entry and run this again",
            ),
            false => Ok(()),
        }
    }

    /// The same, and one that may be left out.
    pub fn refuse_other(self, wanted: &Dependency) -> Result<(), Refusal> {
        self.refuse_package(wanted)?;
        match flag(self.item, "optional") {
            Some(true) => self.no(
                wanted,
                "is optional, and accounts always need it; \
                 remove `optional = true` and run this again",
            ),
            _ => Ok(()),
        }
    }

    /// Refuses an entry whose default features are switched off, where we need them.
    pub fn refuse_without_defaults(self, wanted: &Dependency) -> Result<(), Refusal> {
        match lacks_defaults(wanted, self.item) {
            true => self.no(
                wanted,
                "has `default-features = false`, and accounts need them; \
                 remove that and run this again",
            ),
            false => Ok(()),
        }
    }

    /// Refuses a version that no release satisfies together with ours.
    pub fn refuse_version(self, wanted: &Dependency) -> Result<(), Refusal> {
        match (version(self.item), version(&wanted.item)) {
            (Some(found), Some(needed)) if !fits(&found, &needed) => self.no(
                wanted,
                &format!(
                    "is \"{found}\", which cannot work; change it to \"{needed}\" and run this again"
                ),
            ),
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

    fn no(self, wanted: &Dependency, what: &str) -> Result<(), Refusal> {
        let name = &wanted.name;
        Err(Refusal::failed(format!("{name} in {} {what}", self.place)))
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
