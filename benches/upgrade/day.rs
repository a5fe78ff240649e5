//! The day after, twice from the same texts: for cargo-sigra as a project that an older version has left, for copier as a template
//! with two tags and a project of the first.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{older::Older, tree};

pub const SIGRA: &str = env!("CARGO_BIN_EXE_cargo-sigra");
/// How many files have news, and on how many of those their owner has worked.
const NEWS: usize = 100;
const EDITED: usize = 20;
/// How many lines a file has in which the news and the owner are not at the same place.
const LONG: usize = 24;
/// Files that are edited, and have another name now: that one, and the one before.
const RENAMED: [(&str, &str); 3] = [
    ("src/clock.rs", "src/hours.rs"),
    ("src/web/cookies.rs", "src/web/biscuits.rs"),
    ("templates/sudo/new.html", "templates/sudo/again.html"),
];
/// Files that are edited, and that there is no template for any more; each began as the other one.
const REMOVED: [(&str, &str); 3] = [
    ("src/former.rs", "src/limits.rs"),
    ("src/web/former.rs", "src/web/health.rs"),
    ("templates/former.html", "templates/error.html"),
];

/// What happens to a file that its owner has edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Changed,
    Renamed,
    Removed,
}

impl Fate {
    pub const ALL: [Self; 3] = [Self::Changed, Self::Renamed, Self::Removed];

    pub fn says(self) -> &'static str {
        match self {
            Self::Changed => "in files with news",
            Self::Renamed => "in files that are renamed",
            Self::Removed => "in files that are removed",
        }
    }
}

/// What the owner has made of one file.
pub struct Edit {
    pub fate: Fate,
    path: String,
    text: String,
    /// The lines that are theirs, or what is theirs of a line.
    pub lines: Vec<String>,
}

type Files = BTreeMap<String, Vec<u8>>;

/// Two versions, and what was done to the first.
pub struct Day {
    /// The project in the older version, edited and committed.
    pub project: PathBuf,
    pub before: Files,
    pub now: Files,
    pub edits: Vec<Edit>,
}

impl Day {
    pub fn new(folder: &Path) -> Self {
        let project = folder.join("shop");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        run(Command::new(cargo).args(["new", "--quiet", "shop"]), folder);
        run(
            Command::new(SIGRA).args(["install", "--yes", "--quiet"]),
            &project,
        );
        let now = files(&project);
        age(&project);
        let before = files(&project);
        let edits = edits(&before, &now);
        let day = Self {
            project,
            before,
            now,
            edits,
        };
        day.edit(&day.project);
        commit(&day.project);
        day
    }

    /// Does the owner's work in a project of the older version.
    pub fn edit(&self, project: &Path) {
        for edit in &self.edits {
            fs::write(project.join(&edit.path), &edit.text).unwrap();
        }
    }

    /// How many of the owner's lines there are, and how many of them a project still has somewhere.
    pub fn kept(&self, project: &Path, fate: Fate) -> (usize, usize) {
        let texts = tree(project).into_iter();
        let texts =
            texts.filter(|(path, _)| !path.starts_with(".sigra/") && !path.starts_with(".git/"));
        let texts: Vec<_> = texts
            .map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
            .collect();
        let edits = self.edits.iter().filter(|edit| edit.fate == fate);
        let lines: Vec<_> = edits.flat_map(|edit| &edit.lines).collect();
        let is_kept = |line: &&&String| texts.iter().any(|text| text.contains(line.as_str()));
        (lines.iter().filter(is_kept).count(), lines.len())
    }

    /// How many files have news.
    pub fn news(&self) -> usize {
        let paths = self.before.keys().chain(self.now.keys());
        let paths: std::collections::BTreeSet<_> = paths.collect();
        let changed = paths
            .iter()
            .filter(|path| self.before.get(**path) != self.now.get(**path));
        changed.count()
    }
}

/// What a version writes: neither our own records, nor the secrets.
fn files(project: &Path) -> Files {
    let files = tree(project).into_iter();
    files
        .filter(|(path, _)| {
            !path.starts_with(".sigra/") && !path.starts_with("migrations/") && path != ".env"
        })
        .collect()
}

/// Makes the project one of an older version.
fn age(project: &Path) {
    let mut older = Older::of(project);
    let paths = older.paths().into_iter();
    let paths: Vec<_> = paths.filter(|path| kind(path).is_some()).collect();
    let renamed = RENAMED.map(|(path, _)| path.to_owned());
    let others = paths.iter().filter(|path| !renamed.contains(path));
    for path in others
        .take(NEWS - RENAMED.len() - REMOVED.len())
        .chain(&renamed)
    {
        let text = fs::read_to_string(project.join(path)).unwrap();
        older.wrote(path, &aged(path, &text));
    }
    for (path, like) in REMOVED {
        let text = fs::read_to_string(project.join(like)).unwrap();
        older.had_too(path, &text);
    }
    for (path, then) in RENAMED {
        older.had_at(path, then);
    }
    older.was_left_by("0.0.1");
}

/// What is at the end of a line that is another one now.
const AGED: &str = "// As it was.";

/// The text without its first line, with another one in the middle of its first statement, and with a last one that goes.
fn aged(path: &str, text: &str) -> String {
    let (_, rest) = text.split_once('\n').unwrap();
    let (open, close) = kind(path).unwrap();
    let mut lines: Vec<_> = rest.trim().lines().map(str::to_owned).collect();
    if path.ends_with(".rs") {
        let statement = lines.iter_mut().find(|line| is_statement(line));
        statement
            .into_iter()
            .for_each(|line| *line = format!("{line} {AGED}"));
    }
    lines.push(format!("{open}The older version says this.{close}\n"));
    lines.join("\n")
}

fn is_statement(line: &str) -> bool {
    line.starts_with("    ") && line.ends_with([';', '>'])
}

/// How a comment begins and ends in the files that are worked on.
fn kind(path: &str) -> Option<(&'static str, &'static str)> {
    match Path::new(path).extension()?.to_str()? {
        "rs" => Some(("// ", "")),
        "html" => Some(("<!-- ", " -->")),
        _ => None,
    }
}

fn edits(before: &Files, now: &Files) -> Vec<Edit> {
    let elsewhere: Vec<_> = RENAMED
        .iter()
        .chain(&REMOVED)
        .map(|(path, other)| [*path, *other])
        .collect();
    let is_changed = |path: &&String| {
        kind(path).is_some()
            && !elsewhere.iter().flatten().any(|other| other == path)
            && before.get(*path) != now.get(*path)
            && before[*path].iter().filter(|byte| **byte == b'\n').count() >= LONG
    };
    let changed: Vec<_> = before.keys().filter(is_changed).collect();
    let step = changed.len() / EDITED;
    let changed = changed.into_iter().step_by(step).take(EDITED);
    let changed = changed.map(|path| (Fate::Changed, path.clone()));
    let renamed = RENAMED
        .iter()
        .map(|(_, then)| (Fate::Renamed, (*then).to_owned()));
    let removed = REMOVED
        .iter()
        .map(|(path, _)| (Fate::Removed, (*path).to_owned()));
    let all = changed.chain(renamed).chain(removed).enumerate();
    all.map(|(number, (fate, path))| {
        let text = String::from_utf8(before[&path].clone()).unwrap();
        edit(number, fate, path, &text)
    })
    .collect()
}

/// Some lines more in the middle of a file, and one line there changed.
fn edit(number: usize, fate: Fate, path: String, text: &str) -> Edit {
    let (added, comment) = if path.ends_with(".rs") {
        (function(number), format!(" // mine: {number}."))
    } else {
        (paragraph(number), format!("<!-- mine: {number}. -->"))
    };
    let lines: Vec<_> = text.lines().collect();
    let middle = lines.len() / 2;
    let is_end_of_item = |at: &usize| lines[*at] == "}";
    let after = (middle..lines.len() - 2).find(is_end_of_item);
    let before = || (0..middle).rev().find(is_end_of_item);
    let at = after.or_else(before).unwrap_or(middle);
    // What stands side by side is one change to every merge.
    let aged = lines.iter().position(|line| line.ends_with(AGED));
    let is_near = |at: &usize| aged.is_some_and(|aged| at.abs_diff(aged) < 3);
    let changed = (middle / 2..at).find(|at| is_statement(lines[*at]) && !is_near(at));
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text += line;
        if Some(number) == changed {
            text += &comment;
        }
        text += "\n";
        if number == at {
            text += &added;
        }
    }
    let theirs = added.lines().map(str::trim).filter(|line| line.len() > 1);
    let theirs = theirs
        .map(str::to_owned)
        .chain(changed.map(|_| comment.trim().to_owned()));
    Edit {
        fate,
        path,
        lines: theirs.collect(),
        text,
    }
}

fn function(number: usize) -> String {
    format!(
        "\n/// Mine: {number}.\npub fn mine_{number}() -> u32 {{\n    let of_mine_{number} = {number};\n    of_mine_{number} + 1\n}}\n"
    )
}

fn paragraph(number: usize) -> String {
    format!(
        "<section id=\"mine-{number}\">\n  <p>Mine: {number}.</p>\n</section> <!-- of mine {number} -->\n"
    )
}

/// Commits everything that is in a folder.
pub fn commit(folder: &Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet"]);
    }
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "mine"]);
}

pub fn git(folder: &Path, words: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    run(Command::new("git").args(who).args(words), folder);
}

/// Runs something that has to succeed.
pub fn run(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// A copy of a folder in another one that is not there yet, and a disk that has nothing else to write.
pub fn copy(from: &Path, to: &Path) {
    let mut cp = Command::new("cp");
    run(cp.args(["-R", "-p"]).args([from, to]), Path::new("/"));
    run(&mut Command::new("sync"), Path::new("/"));
}
