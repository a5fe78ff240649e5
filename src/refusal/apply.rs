//! Another run that is at work, or was stopped in the middle.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Exit;
use crate::timestamp::Timestamp;

/// Why nothing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyRefusal {
    /// Another run is writing.
    AtWork,
    /// An earlier run was stopped when so many of its files were written.
    Stopped {
        verb: Option<String>,
        begun: Option<Timestamp>,
        done: usize,
        of: usize,
    },
    /// An earlier run was stopped, and its journal cannot be read.
    Journal { why: String },
    /// Files that changed since a run was stopped which should be finished.
    ChangedSince { files: Vec<String> },
    /// What a stopped run had put aside for these files is gone, so it cannot be finished.
    CannotFinish { lost: Vec<String> },
    /// The same, so it cannot be undone.
    CannotUndo { lost: Vec<String> },
    /// Writing failed, and the project is as it was.
    RolledBack { why: String },
    /// Writing failed, and these files changed meanwhile and stay.
    RolledBackBut { why: String, files: Vec<String> },
    /// Writing failed, and so did going back.
    NotRolledBack { why: String, also: String },
    /// Something else in a place of our own.
    InTheWay { path: &'static str },
    /// A folder that cannot be written into.
    NotWritable { path: String },
    /// A path on another mount than the package.
    OtherMount { path: String },
    /// A file that was changed while this ran.
    ChangedMeanwhile { path: String },
}

impl ApplyRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::ChangedMeanwhile { .. }
            | Self::RolledBack { .. }
            | Self::RolledBackBut { .. }
            | Self::NotRolledBack { .. }
            | Self::InTheWay { .. }
            | Self::NotWritable { .. }
            | Self::OtherMount { .. } => Exit::Failed,
            _ => Exit::Unfinished,
        }
    }
}
