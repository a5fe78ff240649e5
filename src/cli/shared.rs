//! What several verbs have in common: where, whether to write, and how to speak.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::{
    answers::OnConflict,
    say::{self, Format, Loudness, Voice, When},
};

/// Which project.
#[derive(Clone, Debug, Args)]
pub struct ProjectArgs {
    /// The package, or a folder in it
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
}

/// What to do with the plan; at most one.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Plan")]
#[group(multiple = false)]
pub struct Mode {
    /// Show what would happen and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print a patch and write nothing. --diff: what would happen, for `git apply`;
    /// --diff=upstream: what the templates have changed since they were written here, whatever you
    /// did; --diff=mine: what you have changed since
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true)]
    #[arg(
        default_missing_value = "tree",
        hide_possible_values = true,
        value_name = "WHOSE"
    )]
    pub diff: Option<Diff>,
    /// Write nothing; exit 3 if anything would change
    #[arg(long)]
    pub check: bool,
}

impl Mode {
    /// Whether this run only looks.
    #[must_use]
    pub fn looks_only(self) -> bool {
        self.dry_run || self.diff.is_some() || self.check
    }
}

/// What to do where an edit and news do not fit together.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Plan")]
pub struct Merging {
    /// Where your edit and a newer version touch the same lines: markers (both, in your file), mine,
    /// theirs, sidecar (the newer file beside yours) or fail (write nothing)
    #[arg(long, value_enum, value_name = "WAY", default_value_t = OnConflict::Markers)]
    #[arg(hide_possible_values = true)]
    pub on_conflict: OnConflict,
}

/// Whose changes a patch shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Diff {
    /// What would happen to the project.
    Tree,
    /// From what was written last time to what would be written today.
    Upstream,
    /// From what was written last time to what is there.
    Mine,
}

/// How to speak.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Say nothing but errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Name also the files below .sigra/ and those that stay as they are
    #[arg(long, short, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    #[arg(hide_possible_values = true)]
    pub color: When,
    /// How to tell what happened: human (sentences on stderr) or json (one document on stdout)
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    #[arg(hide_possible_values = true, value_name = "FORMAT")]
    pub format: Format,
}

impl Output {
    /// What that means.
    #[must_use]
    pub fn voice(self) -> Voice {
        say::use_colors(self.color);
        let loudness = match (self.quiet, self.verbose) {
            (true, _) => Loudness::Quiet,
            (_, true) => Loudness::Verbose,
            _ => Loudness::Normal,
        };
        Voice::new(loudness, self.format)
    }
}
