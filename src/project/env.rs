//! What git does about `.env`, in which the secrets are. They are written only where git is known
//! to leave the file alone.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{Tree, git};
use crate::templates::Templates;

/// The file with the settings of one machine.
pub(super) const ENV: &str = ".env";
/// What other version control systems have at the top of a repository.
const OTHERS: [&str; 5] = [".hg", ".jj", ".pijul", ".svn", ".fslckout"];

/// What git does about `.env`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EnvFile {
    /// Nobody asked: no secret is missing.
    #[default]
    Complete,
    /// There is no repository.
    NoRepository,
    /// Git leaves it alone.
    Ignored,
    /// Git would add it.
    NotIgnored,
    /// It is under version control: a secret that is put into it would be published.
    Tracked,
    /// Git cannot tell, for this reason.
    Unknown(EnvDoubt),
}

/// Why git cannot tell what it does about `.env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvDoubt {
    /// This variable names another repository.
    Redirected(&'static str),
    /// The file is a link; what that leads to is not known to git.
    Link,
    /// The repository is not one of git; this is at its top.
    OtherSystem(&'static str),
    /// Git cannot be run.
    NoGit,
    /// Git complains, in its own words.
    GitSays(String),
}

/// What git answers to a question.
enum Answer {
    Yes,
    No,
    Unknown(EnvDoubt),
}

impl EnvFile {
    /// Asks git, but only where a secret is missing.
    pub fn look(root: &Path, tree: &Tree, templates: &Templates) -> Self {
        let text = tree.bytes(ENV).map(String::from_utf8_lossy);
        let text = text.unwrap_or_default();
        if templates.secrets().all(|key| sets(&text, key)) {
            return Self::Complete;
        }
        if is_link(root) {
            return Self::Unknown(EnvDoubt::Link);
        }
        if let Some(name) = git::redirection() {
            return Self::Unknown(EnvDoubt::Redirected(name));
        }
        match top(root) {
            Some(".git") => Self::ask(root),
            Some(other) => Self::Unknown(EnvDoubt::OtherSystem(other)),
            // The file may be from a repository that is not visible here, as in a container.
            None if tree.get(ENV).is_some() && !runs() => Self::Unknown(EnvDoubt::NoGit),
            None => Self::NoRepository,
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
        return Answer::Unknown(EnvDoubt::NoGit);
    };
    match output.status.code() {
        Some(0) => Answer::Yes,
        Some(1) => Answer::No,
        _ => Answer::Unknown(EnvDoubt::GitSays(first_line(&output.stderr))),
    }
}

/// `detected dubious ownership in repository at '/shop'`
fn first_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let line = text.lines().next().unwrap_or("git failed");
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

/// What tells that a folder at or above this one is the top of a repository.
fn top(root: &Path) -> Option<&'static str> {
    let mut tops = root.ancestors().filter_map(top_itself);
    tops.next()
}

fn top_itself(folder: &Path) -> Option<&'static str> {
    let mut names = [".git"].into_iter().chain(OTHERS);
    names.find(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

/// Whether there is a git that can be run.
fn runs() -> bool {
    let mut git = Command::new("git");
    let git = git.arg("--version").stdin(Stdio::null());
    git.output().is_ok_and(|output| output.status.success())
}

/// Whether a line sets the key. One that is commented out does not count.
fn sets(text: &str, key: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    lines.any(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}
