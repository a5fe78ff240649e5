//! What git knows about a project. Where there is no git, or no repository, it knows nothing, and
//! nothing depends on it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::{Project, Tree};
use crate::templates::Templates;

/// What git does about `.env`, as far as somebody may want to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// It is under version control: a secret that is put into it would be published.
    pub is_kept: bool,
    /// Something other than our own lines keeps it out.
    pub is_ignored: bool,
}

impl EnvFile {
    /// Asks git, but only where a secret is missing; `is_new` projects get lines of their own.
    pub fn look(root: &Path, tree: &Tree, templates: &Templates, is_new: bool) -> Self {
        let found = tree.bytes(ENV).map(String::from_utf8_lossy);
        let has = |key: &str| found.as_ref().is_some_and(|text| text.contains(key));
        if templates.secrets().all(has) {
            return Self::default();
        }
        Self {
            is_kept: found.is_some() && keeps(root, ENV),
            is_ignored: !is_new && ignores(root, ENV),
        }
    }
}

const ENV: &str = ".env";

/// How many files that git keeps have changes that were not committed. New files do not count: they
/// cannot be mixed up with ours.
#[must_use]
pub fn uncommitted(project: &Project) -> usize {
    let mut git = git(&project.root);
    git.args(["status", "--porcelain", "--untracked-files=no", "--", "."]);
    git.args(project.workspace.as_ref().map(|above| &above.manifest));
    let output = git.output().ok().filter(|output| output.status.success());
    output.map_or(0, |output| {
        String::from_utf8_lossy(&output.stdout).lines().count()
    })
}

/// Whether git leaves a file alone, whichever `.gitignore` or setting says so.
fn ignores(root: &Path, path: &str) -> bool {
    succeeds(git(root).args(["check-ignore", "--quiet", path]))
}

fn keeps(root: &Path, path: &str) -> bool {
    succeeds(git(root).args(["ls-files", "--error-unmatch", path]))
}

fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder).stdin(Stdio::null());
    git
}

fn succeeds(git: &mut Command) -> bool {
    git.output().is_ok_and(|output| output.status.success())
}
