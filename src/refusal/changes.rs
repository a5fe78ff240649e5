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
    /// A migration whose name begins with no number that sqlx reads.
    NoVersion { path: String },
    /// Two migrations with the same number.
    SameVersion { paths: [String; 2] },
    /// A migration with the greatest number that there is.
    LastVersion { path: String },
    /// A file of ours and the owner's for the same module.
    ModuleTwice { ours: String, owners: String },
    /// A file of ours and the owner's whose paths differ only in small and capital letters.
    OnlyCase { ours: String, owners: String },
    /// A file where a folder of ours would go.
    FileForFolder { path: String },
    /// Files with conflicts, where `--on-conflict fail` was given.
    Conflicts { files: Vec<String> },
    /// The package has the name of a crate that it needs.
    OwnName { name: String },
    /// A pattern that matches no template.
    NoMatch { pattern: String },
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
