//! Files that git does not bring along: those that its rules hide, and those that a sparse checkout
//! leaves out. They are missing in a clone, though nobody has deleted them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::git;

/// Stands for every migration, whose names are chosen when they are written.
const MIGRATION: &str = "migrations/00000000000000_.sql";

/// What git does not bring along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// The hidden files with the rule that hides each: `static/` in .gitignore:3.
    hidden: BTreeMap<String, Rule>,
    /// What a sparse checkout leaves out.
    sparse: BTreeSet<String>,
}

/// A rule by which git ignores files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// `static/`
    pub pattern: String,
    /// `.gitignore:3`
    pub place: String,
}

impl Ignored {
    /// Asks git about these files. Where it cannot tell, nothing is ignored.
    pub fn look<'a>(
        root: &Path,
        paths: impl Iterator<Item = &'a str>,
        missing: impl Iterator<Item = &'a str>,
    ) -> Self {
        let is_repository = |folder: &Path| folder.join(".git").exists();
        if !root.ancestors().any(is_repository) {
            return Self::default();
        }
        Self {
            hidden: hidden(root, paths.chain([MIGRATION])),
            sparse: sparse(root, missing.collect()),
        }
    }

    /// The rule that hides a file.
    #[must_use]
    pub fn rule(&self, path: &str) -> Option<&Rule> {
        let is_migration = path.starts_with("migrations/") && path.ends_with(".sql");
        let path = if is_migration { MIGRATION } else { path };
        self.hidden.get(path)
    }

    /// Whether a sparse checkout leaves a file out.
    #[must_use]
    pub fn is_left_out(&self, path: &str) -> bool {
        self.sparse.contains(path)
    }
}

fn hidden<'a>(root: &Path, paths: impl Iterator<Item = &'a str>) -> BTreeMap<String, Rule> {
    let question: String = paths.map(|path| format!("{path}\0")).collect();
    let Some(mut git) = git::git(root) else {
        return BTreeMap::new();
    };
    git.args(["check-ignore", "--stdin", "-z", "--verbose"]);
    let said = git::answer(&mut git, question.into_bytes()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let parts: Vec<_> = said.split('\0').collect();
    // `<file> <line> <pattern> <path>`; a pattern with `!` brings the path back.
    let hidden = parts
        .chunks_exact(4)
        .filter(|part| !part[2].starts_with('!'));
    let hidden = hidden.map(|part| {
        let rule = Rule {
            pattern: part[2].into(),
            place: format!("{}:{}", part[0], part[1]),
        };
        (part[3].to_owned(), rule)
    });
    hidden.collect()
}

/// Those of the missing files that git keeps and was told not to write.
fn sparse(root: &Path, missing: Vec<&str>) -> BTreeSet<String> {
    if missing.is_empty() {
        return BTreeSet::new();
    }
    let Some(mut git) = git::git(root) else {
        return BTreeSet::new();
    };
    git.args(["ls-files", "-z", "-t", "--"]).args(missing);
    let said = git::says(&mut git).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let left_out = said.split('\0').filter_map(|line| line.strip_prefix("S "));
    left_out.map(str::to_owned).collect()
}
