//! A file that cannot be kept at another path.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use std::path::PathBuf;

/// Why `mv` moves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveRefusal {
    /// The new path is outside the project.
    Outside { path: PathBuf, root: PathBuf },
    /// Databases know a migration by its name.
    Migration { path: String },
    /// The file was never written.
    NeverWritten { from: String },
    /// It is there already.
    IsThere { from: String },
    /// The file was forgotten.
    IsForgotten { from: String },
    /// The new path is another file of ours.
    IsOurs { to: String },
    /// Both files exist.
    BothThere { from: String, to: String },
    /// Neither file exists.
    NeitherThere { from: String, to: String },
}
