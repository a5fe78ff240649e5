//! Files that git does not bring along: those that its rules hide, and those that a sparse checkout
//! leaves out. They are missing in a clone, though nobody has deleted them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    git::{self, GitDoubt, History},
    ignore_files::IgnoreFiles,
};
use crate::paths::MIGRATIONS;

/// Stands for every new migration, whose name is chosen when it is written.
const MIGRATION: &str = "migrations/00000000000000_.sql";

/// What git does not bring along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// The hidden files with the rule that hides each: `static/` in .gitignore:3.
    hidden: BTreeMap<String, Rule>,
    /// The files that were asked about.
    asked: BTreeSet<String>,
    /// What a sparse checkout leaves out.
    sparse: BTreeSet<String>,
    /// Why git could not tell.
    doubt: Option<GitDoubt>,
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
    /// Asks git about these files. Where there is no repository, as in an archive of one, the
    /// `.gitignore` files are read instead.
    pub fn look<'a>(
        root: &Path,
        paths: impl Iterator<Item = &'a str>,
        missing: impl Iterator<Item = &'a str>,
    ) -> Self {
        let asked: BTreeSet<_> = paths.chain([MIGRATION]).map(str::to_owned).collect();
        let answer = match History::of(root) {
            History::Git => hidden(root, &asked)
                .and_then(|hidden| Ok((hidden, sparse(root, missing.collect())?))),
            History::Unknown(why) => Err(why),
            History::None => Ok((by_files(root, &asked), BTreeSet::new())),
        };
        match answer {
            Ok((hidden, sparse)) => Self {
                hidden,
                asked,
                sparse,
                doubt: None,
            },
            Err(why) => Self {
                doubt: Some(why),
                ..Self::default()
            },
        }
    }

    /// The rule that hides a file.
    #[must_use]
    pub fn rule(&self, path: &str) -> Option<&Rule> {
        let is_migration = path.starts_with(MIGRATIONS) && path.ends_with(".sql");
        let is_new = is_migration && !self.asked.contains(path);
        self.hidden.get(if is_new { MIGRATION } else { path })
    }

    /// Returns whether a sparse checkout leaves a file out.
    #[must_use]
    pub fn is_left_out(&self, path: &str) -> bool {
        self.sparse.contains(path)
    }

    /// Why it cannot be told what git hides, where that is so: what is missing then may be hidden.
    #[must_use]
    pub fn doubt(&self) -> Option<&GitDoubt> {
        self.doubt.as_ref()
    }
}

fn hidden(root: &Path, paths: &BTreeSet<String>) -> Result<BTreeMap<String, Rule>, GitDoubt> {
    let question: String = paths.iter().map(|path| format!("{path}\0")).collect();
    let words = ["check-ignore", "--stdin", "-z", "--verbose"];
    let said = git::told(root, &words, question.into_bytes())?;
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
    Ok(hidden.collect())
}

fn by_files(root: &Path, paths: &BTreeSet<String>) -> BTreeMap<String, Rule> {
    let mut files = IgnoreFiles::new(root);
    let hidden = paths
        .iter()
        .filter_map(|path| Some((path.clone(), files.rule(path)?)));
    hidden.collect()
}

/// Those of the missing files that git keeps and was told not to write.
fn sparse(root: &Path, missing: Vec<&str>) -> Result<BTreeSet<String>, GitDoubt> {
    if missing.is_empty() {
        return Ok(BTreeSet::new());
    }
    let words = [&["ls-files", "-z", "-t", "--"][..], &missing].concat();
    let said = git::told(root, &words, Vec::new())?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let left_out = said.split('\0').filter_map(|line| line.strip_prefix("S "));
    Ok(left_out.map(str::to_owned).collect())
}
