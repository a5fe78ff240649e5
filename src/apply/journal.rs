//! The journal: what is about to be done, written down before it is done, so that it can be undone
//! by whoever comes next.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{changes::Operation, records, sum::Sum};

/// Everything that one transaction does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journal {
    /// The verb that does it; none where an older program has written this.
    pub verb: Option<String>,
    /// The folders that have to be made, outermost first.
    pub folders: Vec<String>,
    /// Whether the way back is kept when everything is done.
    #[serde(rename = "kept")]
    pub is_kept: bool,
    /// The files, in order; the staged ones are numbered alike.
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// What is done to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where it is in the project.
    pub path: String,
    /// Its checksum before; none where it was not there.
    pub before: Option<Sum>,
    /// Its checksum afterwards; none where it goes.
    pub after: Option<Sum>,
}

/// How a file stands to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
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
            before: operation.before.as_ref().map(|file| Sum::of(&file.bytes)),
            after: operation.after.as_ref().map(|after| Sum::of(&after.bytes)),
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
        records::text(self)
    }

    /// Reads a text back.
    pub fn parse(text: &str) -> Result<Self> {
        records::read(text).context("the journal does not parse")
    }
}

impl Step {
    /// How the file on disk stands to this step.
    #[must_use]
    pub fn state(&self, root: &Path) -> StepState {
        let found = fs::read(root.join(&self.path))
            .ok()
            .map(|bytes| Sum::of(&bytes));
        match found {
            found if found == self.before => StepState::Before,
            found if found == self.after => StepState::After,
            _ => StepState::Foreign,
        }
    }
}
