//! What git knows about a project. Where there is no git, or no repository, it knows nothing, and
//! nothing depends on it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use super::Project;

/// What other version control systems have at the top of a repository.
const OTHERS: [&str; 5] = [".hg", ".jj", ".pijul", ".svn", ".fslckout"];

/// Variables that name a repository other than the one that the folder is in.
const REDIRECTIONS: [&str; 4] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
];

/// How many files that git keeps have changes that were not committed. New files do not count: they
/// cannot be mixed up with ours.
#[must_use]
pub fn uncommitted(project: &Project) -> usize {
    let Some(mut git) = git(&project.root) else {
        return 0;
    };
    git.args(["status", "--porcelain", "--untracked-files=no", "--", "."]);
    git.args(project.workspace.as_ref().map(|above| &above.manifest));
    let output = git.output().ok().filter(|output| output.status.success());
    output.map_or(0, |output| {
        String::from_utf8_lossy(&output.stdout).lines().count()
    })
}

/// Every content that the files of a folder have had in the history, by their paths. Nothing is
/// fetched for that: what a clone has left out is not known.
pub(super) fn history(root: &Path, folder: &str) -> BTreeMap<String, Vec<Vec<u8>>> {
    let Some(mut log) = git(root) else {
        return BTreeMap::new();
    };
    log.args(["-c", "core.quotePath=false", "log", "--all", "--format="]);
    log.args([
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--relative",
        "--",
        folder,
    ]);
    let Some(log) = says(&mut log) else {
        return BTreeMap::new();
    };
    let log = String::from_utf8_lossy(&log);
    let versions: Vec<_> = log.lines().flat_map(versions).collect();
    let names: Vec<_> = versions.iter().map(|(_, name)| *name).collect();
    let mut history: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ((path, _), content) in versions.iter().zip(contents(root, &names)) {
        let known = history.entry((*path).to_owned()).or_default();
        known.extend(content);
    }
    history
}

/// The file of a line of the log, with the names of its content before and after:
/// `:100644 100644 <name> <name> M\t<path>`.
fn versions(line: &str) -> Vec<(&str, &str)> {
    let Some((words, path)) = line.split_once('\t') else {
        return Vec::new();
    };
    let names = words.split(' ').skip(2).take(2);
    let names = names.filter(|name| name.contains(|letter| letter != '0'));
    names.map(|name| (path, name)).collect()
}

/// The contents of that name, in that order; none for those that are not here.
fn contents(root: &Path, names: &[&str]) -> Vec<Option<Vec<u8>>> {
    let names = names.join("\n") + "\n";
    let said = git(root).and_then(|mut git| {
        git.args(["cat-file", "--batch"]);
        answer(&mut git, names.into_bytes())
    });
    let said = said.unwrap_or_default();
    let mut rest = said.as_slice();
    let mut contents = Vec::new();
    // `<name> blob <size>`, the content and a line end; or `<name> missing`.
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        let size = String::from_utf8_lossy(line);
        let size = size.rsplit(' ').next().and_then(|size| size.parse().ok());
        let content = size.and_then(|size: usize| after.get(1..=size));
        rest = &after[1 + content.map_or(0, |content| content.len() + 1)..];
        contents.push(content.map(<[u8]>::to_vec));
    }
    contents
}

/// Why git cannot tell something about a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitDoubt {
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

/// What keeps the history of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// Nothing that can be seen from here.
    None,
    /// Git, which can be asked.
    Git,
    /// Something that cannot be asked.
    Unknown(GitDoubt),
}

impl History {
    /// Looks at the variables of git, and for the top of a repository.
    pub(super) fn of(root: &Path) -> Self {
        match (redirection(), top(root)) {
            (Some(name), _) => Self::Unknown(GitDoubt::Redirected(name)),
            (None, Some((_, ".git"))) => Self::Git,
            (None, Some((_, other))) => Self::Unknown(GitDoubt::OtherSystem(other)),
            (None, None) => Self::None,
        }
    }
}

/// The top of the repository that a folder is in, and the name that tells so.
pub(super) fn top(root: &Path) -> Option<(&Path, &'static str)> {
    let mut folders = root.ancestors();
    folders.find_map(|folder| Some((folder, top_itself(folder)?)))
}

fn top_itself(folder: &Path) -> Option<&'static str> {
    let mut names = [".git"].into_iter().chain(OTHERS);
    names.find(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

/// Returns whether a sparse checkout leaves a file out that git keeps.
pub(super) fn leaves_out(root: &Path, path: &str) -> bool {
    let git = git(root).filter(|_| History::of(root) == History::Git);
    let said = git.and_then(|mut git| says(git.args(["ls-files", "-z", "-t", "--", path])));
    said.is_some_and(|said| said.starts_with(b"S "))
}

/// Returns what git prints. Exit code 1 is an answer, too: `check-ignore` has it for "none of them".
pub(super) fn told(root: &Path, words: &[&str], question: Vec<u8>) -> Result<Vec<u8>, GitDoubt> {
    let mut git = git(root).ok_or(GitDoubt::NoGit)?;
    let git = git.args(words).stdin(Stdio::piped());
    let git = git.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut git = git.map_err(|_| GitDoubt::NoGit)?;
    let ear = git.stdin.take();
    // Where git fails at once, it does not listen to the end.
    let asking = thread::spawn(move || ear.map(|mut ear| ear.write_all(&question)));
    let output = git.wait_with_output().map_err(|_| GitDoubt::NoGit)?;
    _ = asking.join();
    match output.status.code() {
        Some(0 | 1) => Ok(output.stdout),
        _ => Err(GitDoubt::GitSays(first_line(&output.stderr))),
    }
}

/// `detected dubious ownership in repository at '/shop'`
pub(super) fn first_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let line = text.lines().next().unwrap_or("git failed");
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

/// What git answers to that.
pub(super) fn answer(git: &mut Command, question: Vec<u8>) -> Option<Vec<u8>> {
    let git = git.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut git = git.stderr(Stdio::null()).spawn().ok()?;
    let mut ear = git.stdin.take()?;
    let asking = thread::spawn(move || ear.write_all(&question).is_ok());
    let output = git.wait_with_output().ok()?;
    let is_asked = asking.join().is_ok_and(|is_asked| is_asked);
    (output.status.success() && is_asked).then_some(output.stdout)
}

/// What git says.
pub(super) fn says(git: &mut Command) -> Option<Vec<u8>> {
    let output = git.output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The variable that makes git answer about another repository than that of the folder.
pub(super) fn redirection() -> Option<&'static str> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    REDIRECTIONS.into_iter().find(|name| is_set(name))
}

/// A git that works in that folder and fetches nothing. `None` where it would answer about another
/// repository.
pub(super) fn git(folder: &Path) -> Option<Command> {
    if redirection().is_some() {
        return None;
    }
    let mut git = Command::new("git");
    git.current_dir(folder).stdin(Stdio::null());
    // A clone that has left something out would ask for it far away.
    git.args(["-c", "protocol.allow=never"]);
    git.env("GIT_NO_LAZY_FETCH", "1");
    Some(git)
}
