//! What the owner has to do by hand, as values. The sentences stand in `review::steps`.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use crate::{feature::Database, project::EnvDoubt};

/// One thing that remains to be done by hand.
///
/// To add one: a variant that carries paths, names and lines, and its sentence in
/// `review/steps.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
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
    AskAboutEnv { why: EnvDoubt, secrets: Vec<String> },
    /// Take out what is no longer needed of a file that has changed since.
    TakeOut { path: String, left: Vec<String> },
    /// Take out what edited files still use of those that are gone.
    TakeOutUses { files: Vec<String> },
    /// Write migrations for another database.
    WriteMigrations {
        files: Vec<String>,
        database: Database,
    },
}

impl Step {
    /// Whether secrets wait for it.
    #[must_use]
    pub fn is_for_secrets(&self) -> bool {
        matches!(
            self,
            Self::UntrackEnv { .. }
                | Self::IgnoreEnv { .. }
                | Self::KeepEnvIgnored { .. }
                | Self::AskAboutEnv { .. }
        )
    }
}
