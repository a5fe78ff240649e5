//! What git does about `.env`, in which the secrets are. They are written only where git is known
//! to leave the file alone.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    Above, Tree,
    git::{self, GitDoubt, History, first_line},
};
use crate::{edit::env_file, paths::ENV, templates::Templates};

/// What git does about `.env`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EnvFile {
    /// Nobody asked: no secret is missing.
    #[default]
    Complete,
    /// The package has been moved, and this file has stayed where it was.
    Above(String),
    /// There is no repository.
    NoRepository,
    /// Git leaves it alone.
    Ignored,
    /// Git would add it.
    NotIgnored,
    /// It is under version control: a secret that is put into it would be published.
    Tracked,
    /// Git cannot tell, for this reason.
    Unknown(GitDoubt),
}

/// What git answers to a question.
enum Answer {
    Yes,
    No,
    Unknown(GitDoubt),
}

impl EnvFile {
    /// Asks git, but only where a secret is missing. `above` is where the package stood before it was
    /// moved.
    pub fn look(root: &Path, tree: &Tree, templates: &Templates, above: &Above) -> Self {
        let text = tree.bytes(ENV).map(String::from_utf8_lossy);
        let has_all = |text: &str| {
            let mut secrets = templates.secrets();
            secrets.all(|key| env_file::keys(text).any(|there| there == key))
        };
        if has_all(&text.unwrap_or_default()) {
            return Self::Complete;
        }
        if let Some(path) = above.file_with(ENV, has_all) {
            return Self::Above(path);
        }
        if is_link(root) {
            return Self::Unknown(GitDoubt::Link);
        }
        match History::of(root) {
            History::Git => Self::ask(root),
            History::Unknown(why) => Self::Unknown(why),
            // The file may be from a repository that is not visible here, as in a container.
            History::None if tree.get(ENV).is_some() && !runs() => Self::Unknown(GitDoubt::NoGit),
            History::None => Self::NoRepository,
        }
    }

    fn ask(root: &Path) -> Self {
        let is_tracked = ["ls-files", "--error-unmatch", "--", ENV];
        let is_ignored = ["check-ignore", "--quiet", "--", ENV];
        match (answer(root, &is_tracked), answer(root, &is_ignored)) {
            (Answer::Yes, _) => Self::Tracked,
            (Answer::Unknown(why), _) | (_, Answer::Unknown(why)) => Self::Unknown(why),
            (Answer::No, Answer::Yes) => Self::Ignored,
            (Answer::No, Answer::No) => Self::NotIgnored,
        }
    }
}

/// Whether `.env` is a link. Nothing is written through it; the keys that are behind it count.
pub(super) fn is_link(root: &Path) -> bool {
    fs::symlink_metadata(root.join(ENV)).is_ok_and(|found| found.is_symlink())
}

/// Reads what `.env` leads to.
pub(super) fn load_link(tree: &mut Tree, root: &Path) {
    if let Ok(bytes) = fs::read(root.join(ENV)) {
        tree.insert(ENV, &bytes, 0);
    }
}

fn answer(root: &Path, question: &[&str]) -> Answer {
    let git = git::git(root);
    let Some(Ok(output)) = git.map(|mut git| git.args(question).output()) else {
        return Answer::Unknown(GitDoubt::NoGit);
    };
    match output.status.code() {
        Some(0) => Answer::Yes,
        Some(1) => Answer::No,
        _ => Answer::Unknown(GitDoubt::GitSays(first_line(&output.stderr))),
    }
}

/// Returns whether there is a git that can be run.
fn runs() -> bool {
    let mut git = Command::new("git");
    let git = git.arg("--version").stdin(Stdio::null());
    git.output().is_ok_and(|output| output.status.success())
}
