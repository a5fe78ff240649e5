//! Changes that cannot be made.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Exit;

/// Why nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangesRefusal {
    /// A file that the editor would reformat.
    Format { path: String },
    /// A migration that creates a table, or something else of that name, which ours would create again.
    Table {
        path: String,
        kind: &'static str,
        table: String,
        is_users_table: bool,
    },
    /// A migration that has to go where another file is.
    Taken { from: String, path: String },
    /// Versions of migrations with which no program is built, or starts.
    Version(VersionProblem),
    /// Something in the way of a new file.
    Blocked(Blocked),
    /// Files with conflicts, where `--on-conflict fail` was given.
    Conflicts { files: Vec<String> },
    /// The package has the name of a crate that it needs.
    OwnName { name: String },
    /// A pattern that matches no template.
    NoMatch { pattern: String },
}

/// What is wrong with the version of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionProblem {
    /// The name begins with no number that sqlx reads.
    None { path: String },
    /// Two migrations have the same number.
    Twice { paths: [String; 2] },
    /// It is the greatest number that there is.
    Last { path: String },
}

/// What is in the way of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// The owner's file for the same module.
    Module { ours: String, owners: String },
    /// The owner's file, whose path differs only in small and capital letters.
    Case { ours: String, owners: String },
    /// A file where a folder would go.
    Folder { path: String },
}

impl ChangesRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoMatch { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}
