//! The change list of a template set: `changes.toml`, read.

use anyhow::{Result, bail};
use semver::Version;
use serde::Deserialize;

use crate::records;

/// The file at the top of a template set.
pub const CHANGES_FILE: &str = "changes.toml";

/// One thing that is new.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The version of the set in which it came.
    pub version: Version,
    /// The ids of the templates that it touches.
    pub templates: Vec<String>,
    /// Whether it closes a hole.
    #[serde(rename = "security", default)]
    pub is_security: bool,
    /// What it is, in one sentence.
    pub says: String,
}

impl Change {
    /// Whether somebody whose file is of that version does not have it yet. Of a version that cannot
    /// be read, that is unknown, and it is told.
    #[must_use]
    pub fn is_new_for(&self, version: &str) -> bool {
        Version::parse(version).map_or(true, |version| version < self.version)
    }
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    change: Vec<Change>,
}

/// Reads the list.
pub fn parse(text: &str) -> Result<Vec<Change>> {
    let Changes { change } = records::read(text)?;
    match change.iter().position(|change| change.templates.is_empty()) {
        None => Ok(change),
        Some(at) => bail!("change {}: templates names none", at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[change]]\nversion = \"0.2.0\"\ntemplates = [\"app\"]\nsecurity = true\nsays = \"safer\"\n";

    #[test]
    fn a_change_is_new_for_whoever_has_an_older_version() {
        let [change] = &parse(TEXT).unwrap()[..] else {
            panic!("not one change");
        };
        assert!(change.is_security);
        assert!(change.is_new_for("0.1.9") && change.is_new_for("unreadable"));
        assert!(!change.is_new_for("0.2.0") && !change.is_new_for("0.10.0"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, why) in [
            ("0.2.0", "two", "line 2: unexpected character"),
            ("[\"app\"]", "[]", "change 1: templates names none"),
            (
                "says = ",
                "tells = ",
                "line 5: unknown field `tells`, expected one of",
            ),
            ("says = \"safer\"", "", "line 1: missing field `says`"),
        ] {
            let error = parse(&TEXT.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").starts_with(why), "{error:#}");
        }
    }
}
