//! What the owner has to do by hand, as values. The sentences stand in `review::steps`.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::{Guess, Unrecorded};
use crate::{feature::Database, project::GitDoubt, refusal::EditRefusal};

/// One thing that remains to be done by hand.
///
/// To add one: a variant that carries paths, names and lines, and its sentence in
/// `review/steps.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Update cargo-sigra: the project has newer templates.
    UpdateProgram,
    /// Resolve the conflict that begins at a line.
    Resolve { path: String, line: usize },
    /// Take over what is wanted from the file that waits beside this one.
    TakeOver { path: String },
    /// Take `.env` out of version control, so that secrets can be written into it.
    UntrackEnv { secrets: Vec<String> },
    /// Have git ignore `.env`, so that secrets can be written into it.
    IgnoreEnv { secrets: Vec<String> },
    /// Take out what brings `.env` back after a line of `.gitignore` has hidden it.
    KeepEnvIgnored { secrets: Vec<String> },
    /// Make git tell whether it keeps `.env`.
    AskAboutEnv { why: GitDoubt, secrets: Vec<String> },
    /// Make a dependency fit that newer templates need.
    Fit(EditRefusal),
    /// Take out what is no longer needed of a file that has changed since.
    TakeOut { path: String, left: Vec<String> },
    /// Take out what edited files still use of those that are gone.
    TakeOutUses { files: Vec<String> },
    /// Replace what is no plain file, or resolve the merge that is open at a line.
    Unblock { path: String, line: Option<usize> },
    /// Decide between two migrations.
    SecondMigration(Unrecorded),
    /// Say whether a file with news has been moved or deleted.
    FindMoved(Guess),
    /// Say whether a file belongs where the files beside it have been moved to.
    FindItsPlace { path: String, others: Vec<String> },
    /// Give a file that was moved the new name that its template has.
    Rename {
        found: String,
        /// The path that the templates had it at, and the one that they have it at.
        before: String,
        after: String,
        to: String,
    },
    /// Bring a declared module and its file together.
    FindModule {
        declared: String,
        name: String,
        /// Where the declaration looks for it.
        file: String,
        other: String,
        /// Where it is instead.
        ours: Option<String>,
        /// Whether it waits for another run.
        is_held: bool,
    },
    /// Adapt or delete files that need modules which go.
    Adapt { files: Vec<Use> },
    /// Write migrations for another database.
    WriteMigrations {
        files: Vec<String>,
        database: Database,
    },
    /// Bring back a migration that is missing and cannot be written again.
    BringBack { path: String },
    /// Make one of the two files of a module.
    TwoFiles { one: String, other: String },
}

impl Step {
    /// Returns whether every run, and `status`, tells it until it is done.
    #[must_use]
    pub fn stays_until_done(&self) -> bool {
        matches!(
            self,
            Self::UntrackEnv { .. }
                | Self::IgnoreEnv { .. }
                | Self::KeepEnvIgnored { .. }
                | Self::AskAboutEnv { .. }
                | Self::Fit(_)
                | Self::WriteMigrations { .. }
                | Self::BringBack { .. }
                | Self::TwoFiles { .. }
                | Self::Adapt { .. }
        )
    }
}

/// A file that needs a module which goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The file.
    pub path: String,
    /// The line that names the module, counted from 1; none where the file is a part of it.
    pub line: Option<usize>,
    /// The module, or what is named of it: `web::api`.
    pub module: String,
}
