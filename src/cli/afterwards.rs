//! The verbs for a project that something was installed into.

use std::path::PathBuf;

use clap::Args;

use super::{Merging, Mode, ProjectArgs};

/// `upgrade`
#[derive(Debug, Args)]
pub struct Upgrade {
    /// The package to bring up to date
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// Go on after conflicts were resolved; the next run does so by itself
    #[arg(long = "continue", conflicts_with = "abort", help_heading = "Plan")]
    pub goes_on: bool,
    /// Take the last run back, because of its conflicts
    #[arg(long, conflicts_with_all = ["dry_run", "diff", "check"], help_heading = "Plan")]
    pub abort: bool,
    /// Take only the news for these paths; the next run offers the others again. `*` and `?` stay
    /// in a folder, `**` goes through any number, `src/web/` is all below
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["abort", "goes_on"])]
    #[arg(help_heading = "Plan")]
    pub only: Vec<String>,
    /// Take all but the news for these paths
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["abort", "goes_on"])]
    #[arg(help_heading = "Plan")]
    pub skip: Vec<String>,
    /// Take only what closes a hole
    #[arg(long, conflicts_with_all = ["abort", "goes_on", "only", "skip"])]
    #[arg(help_heading = "Plan")]
    pub only_security: bool,
    /// Never ask
    #[arg(long, short, help_heading = "Plan")]
    pub yes: bool,
    /// What to do with the plan.
    #[command(flatten)]
    pub mode: Mode,
    /// What to do with conflicts.
    #[command(flatten)]
    pub merging: Merging,
}

/// `status`
#[derive(Debug, Args)]
pub struct Status {
    /// Exit 3 if an installation would change anything
    #[arg(long)]
    pub check: bool,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}

/// `restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The file
    #[arg(value_name = "PATH")]
    pub file: PathBuf,
    /// Never ask; brings back what you deleted, and refuses where an edit would be lost
    #[arg(long, short)]
    pub yes: bool,
    /// With --yes: overwrite your edits, too
    #[arg(long, requires = "yes")]
    pub overwrite: bool,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}

/// `mv`
#[derive(Debug, Args)]
pub struct Mv {
    /// Where it was written
    #[arg(value_name = "OLD")]
    pub from: PathBuf,
    /// Where it goes, or is already: a path, or a folder that there is
    #[arg(value_name = "NEW")]
    pub to: PathBuf,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}

/// `forget`
#[derive(Debug, Args)]
pub struct Forget {
    /// The file
    #[arg(value_name = "PATH")]
    pub file: PathBuf,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}

/// `uninstall`
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show what would go and write nothing
    #[arg(long, conflicts_with = "diff")]
    pub dry_run: bool,
    /// Print what would happen as a patch for `git apply` and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Also take out the migrations that are as they were written: for a database that never ran
    /// them
    #[arg(long)]
    pub migrations: bool,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}

/// `recover`
#[derive(Debug, Args)]
pub struct Recover {
    /// Finish the run that was stopped, rather than undo it
    #[arg(long)]
    pub forward: bool,
    /// Which project.
    #[command(flatten)]
    pub place: ProjectArgs,
}
