//! The change list of a template set: `changes.toml`, read.

use anyhow::{Context, Result, bail};
use semver::Version;
use toml_edit::{DocumentMut, Item, Table};

/// The file at the top of a template set.
pub const CHANGES_FILE: &str = "changes.toml";

/// One thing that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version of the set in which it came.
    pub version: Version,
    /// The ids of the templates that it touches.
    pub templates: Vec<String>,
    /// Whether it closes a hole.
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

/// Reads the list.
pub fn parse(text: &str) -> Result<Vec<Change>> {
    let document: DocumentMut = text.parse()?;
    let Some(list) = document.get("change") else {
        return Ok(Vec::new());
    };
    let list = list.as_array_of_tables().context("change is no list")?;
    list.iter()
        .enumerate()
        .map(|(at, table)| change(table).with_context(|| format!("change {}", at + 1)))
        .collect()
}

fn change(table: &Table) -> Result<Change> {
    let known = ["version", "templates", "security", "says"];
    if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(key)) {
        bail!("key {key} is none that a change may have");
    }
    let text = |key| {
        let text = table.get(key).and_then(Item::as_str);
        text.with_context(|| format!("{key} is no text"))
    };
    let ids = table.get("templates").and_then(Item::as_array);
    let ids = ids.into_iter().flatten();
    let ids: Vec<_> = ids
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    if ids.is_empty() {
        bail!("templates names none");
    }
    Ok(Change {
        version: text("version")?.parse().context("version")?,
        templates: ids,
        is_security: table
            .get("security")
            .and_then(Item::as_bool)
            .unwrap_or_default(),
        says: text("says")?.into(),
    })
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
            ("0.2.0", "two", "change 1: version"),
            ("[\"app\"]", "[]", "change 1: templates names none"),
            (
                "says = ",
                "tells = ",
                "change 1: key tells is none that a change may have",
            ),
            ("says = \"safer\"", "", "change 1: says is no text"),
        ] {
            let error = parse(&TEXT.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").starts_with(why), "{error:#}");
        }
    }
}
