//! The journal: what is about to be done, written down before it is done, so that it can be undone
//! by whoever comes next.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::{changes::Operation, sum};

/// Everything that one transaction does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The verb that does it; none where an older program has written this.
    pub verb: Option<String>,
    /// The files, in order; the staged ones are numbered alike.
    pub steps: Vec<Step>,
    /// The folders that have to be made, outermost first.
    pub folders: Vec<String>,
    /// Whether the way back is kept when everything is done.
    pub is_kept: bool,
}

/// What is done to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is in the project.
    pub path: String,
    /// Its checksum before; none where it was not there.
    pub before: Option<String>,
    /// Its checksum afterwards; none where it goes.
    pub after: Option<String>,
}

/// How a file stands to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was before.
    Before,
    /// As it should be afterwards.
    After,
    /// Somebody else changed it since.
    Foreign,
}

impl Journal {
    /// The journal of some operations.
    #[must_use]
    pub fn new(verb: &str, operations: &[Operation], folders: Vec<String>) -> Self {
        let step = |operation: &Operation| Step {
            path: operation.path.clone(),
            before: operation.before.as_ref().map(|file| sum::of(&file.bytes)),
            after: operation.after.as_ref().map(|after| sum::of(&after.bytes)),
        };
        Self {
            verb: Some(verb.to_owned()),
            steps: operations.iter().map(step).collect(),
            folders,
            is_kept: false,
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut document = DocumentMut::new();
        if let Some(verb) = &self.verb {
            document["verb"] = value(verb);
        }
        document["folders"] = value(self.folders.iter().collect::<Array>());
        document["kept"] = value(self.is_kept);
        document["step"] = Item::ArrayOfTables(
            self.steps
                .iter()
                .map(Step::table)
                .collect::<ArrayOfTables>(),
        );
        document.to_string()
    }

    /// Reads a text back.
    pub fn parse(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse().context("the journal does not parse")?;
        let folders = document
            .get("folders")
            .and_then(Item::as_array)
            .into_iter()
            .flatten();
        let steps = document
            .get("step")
            .and_then(Item::as_array_of_tables)
            .into_iter()
            .flatten();
        let verb = document.get("verb").and_then(Item::as_str);
        Ok(Self {
            verb: verb.map(str::to_owned),
            folders: folders
                .filter_map(|folder| folder.as_str().map(str::to_owned))
                .collect(),
            steps: steps.map(Step::read).collect(),
            is_kept: document.get("kept").and_then(Item::as_bool) == Some(true),
        })
    }
}

impl Step {
    /// How the file on disk stands to this step.
    #[must_use]
    pub fn standing(&self, root: &Path) -> Standing {
        let found = fs::read(root.join(&self.path))
            .ok()
            .map(|bytes| sum::of(&bytes));
        match found {
            found if found == self.before => Standing::Before,
            found if found == self.after => Standing::After,
            _ => Standing::Foreign,
        }
    }

    fn table(&self) -> Table {
        let sums = [("before", &self.before), ("after", &self.after)];
        let sums = sums
            .into_iter()
            .filter_map(|(key, sum)| Some((key, value(sum.as_ref()?))));
        [("path", value(&self.path))]
            .into_iter()
            .chain(sums)
            .collect()
    }

    fn read(table: &Table) -> Self {
        let text = |key| table.get(key).and_then(Item::as_str).map(str::to_owned);
        Self {
            path: text("path").unwrap_or_default(),
            before: text("before"),
            after: text("after"),
        }
    }
}
