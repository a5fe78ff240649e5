//! What was typed, or was answered before, and cannot be done.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Exit;
use crate::feature::{Database, Key};

/// Why answers do not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswersRefusal {
    /// Features that are only planned, by their flags.
    NotBuilt { flags: Vec<String> },
    /// A feature that is wanted without another one that it needs.
    Contradiction { feature: String, needed: String },
    /// A feature that was declined, while one that stays needs it.
    StillNeeded { stays: String, needed: String },
    /// A name that the users table cannot have.
    TableName { name: String, why: TableProblem },
    /// A pattern that cannot be understood, and why.
    Pattern { typed: String, why: &'static str },
    /// From PostgreSQL back to SQLite.
    BackToSqlite,
    /// Other keys were typed than those of the tables.
    OtherKeys { written: Key },
    /// Other keys stand in the manifest than those of the tables.
    RecordedKeys { written: Key },
    /// Another name of the users table was typed.
    OtherTable { is: String, wanted: String },
}

/// Why a table cannot have a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableProblem {
    /// It is not written with small letters, digits and `_`.
    NotSnakeCase,
    /// It is longer than PostgreSQL's names of indexes allow.
    TooLong { letters: usize, most: usize },
    /// Names that begin so belong to something else.
    Prefix {
        start: &'static str,
        owner: PrefixOwner,
    },
    /// It is a word of SQL.
    Keyword,
    /// A table or an index of ours has it.
    Taken,
}

/// What names of a beginning belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixOwner {
    /// A database.
    Database(Database),
    /// The queue in which jobs wait.
    JobQueue,
}

impl AnswersRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::BackToSqlite
            | Self::OtherKeys { .. }
            | Self::RecordedKeys { .. }
            | Self::OtherTable { .. } => Exit::Failed,
            _ => Exit::Usage,
        }
    }
}
