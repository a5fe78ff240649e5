//! Where the files are now that the templates have in one folder.
//!
//! A folder has moved where all of its files that are still there are in one other folder, and are
//! at least two, or are where its parent folder has moved to. Where some have stayed, and at least as
//! many as have gone, the folder is still in use. Anything else is unknown.

use std::collections::BTreeMap;

use super::Proposal;
use crate::manifest::{FileRecord, State};

/// Where a folder of the templates is in the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// Where the templates have it.
    Here,
    /// Its owner has moved it.
    Moved(String),
    /// Its files are in one or several of these.
    Unknown(Vec<String>),
}

impl Proposal<'_> {
    /// Where a folder is now.
    pub(super) fn folder_now(&self, folder: &str) -> Folder {
        let (stayed, moved) = self.neighbours(folder);
        let count: usize = moved.values().sum();
        match (stayed, moved.first_key_value()) {
            (0, None) => self.inherited(folder),
            (stayed, _) if stayed > 0 && stayed >= count => Folder::Here,
            (0, Some((to, _))) if moved.len() == 1 => {
                let to = Folder::Moved(to.clone());
                if count > 1 || self.inherited(folder) == to {
                    to
                } else {
                    Folder::Unknown(moved.into_keys().collect())
                }
            }
            _ => Folder::Unknown(moved.into_keys().collect()),
        }
    }

    /// Where a folder is by the one above it.
    fn inherited(&self, path: &str) -> Folder {
        if path.is_empty() {
            return Folder::Here;
        }
        let last = name(path);
        match self.folder_now(folder(path)) {
            Folder::Here => Folder::Here,
            Folder::Moved(to) => Folder::Moved(join(&to, last)),
            Folder::Unknown(all) => {
                let all = all.iter();
                Folder::Unknown(all.map(|to| join(to, last)).collect())
            }
        }
    }

    /// How many files of a folder are still in it, and how many are in which other ones.
    fn neighbours(&self, path: &str) -> (usize, BTreeMap<String, usize>) {
        let (mut stayed, mut moved) = (0, BTreeMap::new());
        for (id, record) in &self.before.files {
            let is_kept = matches!(record.state, State::Here | State::Sidecar);
            let home = self.home(id, record).filter(|_| is_kept);
            if home.is_none_or(|home| folder(home) != path) {
                continue;
            }
            match self.whereabouts(id, record).map(folder) {
                None => {}
                Some(now) if now == path => stayed += 1,
                Some(now) => *moved.entry(now.to_owned()).or_default() += 1,
            }
        }
        (stayed, moved)
    }

    /// Where a file was before its owner moved it.
    fn home<'r>(&'r self, id: &str, record: &'r FileRecord) -> Option<&'r str> {
        match &record.origin {
            // It was made among moved files.
            Some(origin) if *origin == record.path => {
                self.plan.files.get(id).map(|file| file.path.as_str())
            }
            origin => Some(origin.as_ref().unwrap_or(&record.path)),
        }
    }

    /// Where a file is, or may be.
    fn whereabouts<'r>(&'r self, id: &str, record: &'r FileRecord) -> Option<&'r str> {
        let path = self.moved.get(id).unwrap_or(&record.path);
        if self.project.tree.get(path).is_some() {
            return Some(path);
        }
        let mut guesses = self.changes.guesses.iter();
        let guess = guesses.find(|guess| guess.from == *path)?;
        Some(&guess.to)
    }
}

/// The folder of a path; empty for the top of the project.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A name in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.into()
    } else {
        format!("{folder}/{name}")
    }
}
