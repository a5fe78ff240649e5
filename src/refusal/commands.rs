//! A verb that cannot be performed here.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use std::path::PathBuf;

use super::Exit;

/// Why a verb is not performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandRefusal {
    /// `recover` failed.
    Recover { why: String },
    /// `--format json` for a verb that has no document.
    NoDocument { verb: String },
    /// `new`: cargo failed.
    NewFailed { dir: PathBuf },
    /// There is no manifest.
    NoManifest,
    /// A file that was named is outside the project.
    FileOutside { path: PathBuf, root: PathBuf },
    /// A file that is not ours, and the files that may be meant.
    NotOurs { path: String, nearest: Vec<String> },
    /// `forget`: migrations are never touched anyway.
    ForgetMigration { path: String },
    /// `restore`: the file is no longer a template.
    NoTemplate { path: String },
    /// `restore`: the project has files of another version.
    OtherVersion {
        is: String,
        needed: String,
        path: String,
    },
    /// `restore`: the migration is no longer here as it was written.
    NoMigration { path: String },
    /// `restore`: edits would be lost.
    Edited { path: String },
    /// `upgrade --continue`: there are no conflicts.
    NoConflicts,
    /// `upgrade`: nothing was installed.
    NeverInstalled,
    /// `upgrade --abort`: there is no run to take back.
    NothingToAbort,
}

impl CommandRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::FileOutside { .. }
            | Self::NotOurs { .. }
            | Self::ForgetMigration { .. }
            | Self::Edited { .. }
            | Self::NoDocument { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}
