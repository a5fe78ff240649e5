//! Where the file of a template is and where it goes: templates are renamed, and owners move files.

use std::collections::BTreeMap;

use super::Proposal;
use crate::{
    manifest::{FileRecord, Manifest},
    merge::Word,
    plan::{Plan, Rendered},
};

/// Where a file is, and where it goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Where it is now.
    pub found: String,
    /// Where it will be.
    pub path: String,
    /// Where the templates have it, where its owner has moved it elsewhere.
    pub origin: Option<String>,
    /// What happened to its path, and what that was before.
    pub way: Option<(Word, String)>,
}

impl Place {
    /// Where it stays.
    pub fn at(path: &str) -> Self {
        Self {
            found: path.into(),
            path: path.into(),
            ..Self::default()
        }
    }

    /// Whether it is on its way from one path to another.
    pub fn is_renamed(&self) -> bool {
        self.found != self.path
    }
}

impl Proposal<'_> {
    /// The place of a template's file.
    pub(super) fn place(
        &self,
        id: &str,
        record: Option<&FileRecord>,
        theirs: Option<&Rendered>,
    ) -> Place {
        let theirs = theirs.map(|theirs| theirs.path.as_str());
        let Some(record) = record else {
            return Place::at(theirs.unwrap_or_default());
        };
        let home = record.origin.as_ref().unwrap_or(&record.path);
        let wanted = theirs.unwrap_or(home);
        let elsewhere = |path: &str| Some(wanted.to_owned()).filter(|wanted| wanted != path);
        if let Some(path) = self.moved.get(id) {
            return Place {
                origin: elsewhere(path),
                way: Some((Word::Moved, record.path.clone())),
                ..Place::at(path)
            };
        }
        let is_there = self.project.tree.get(&record.path).is_some();
        if record.origin.is_some() {
            return Place {
                origin: elsewhere(&record.path),
                ..Place::at(&record.path)
            };
        }
        if wanted == record.path || !is_there {
            Place::at(&record.path)
        } else {
            Place {
                found: record.path.clone(),
                path: wanted.into(),
                origin: None,
                way: Some((Word::Renamed, record.path.clone())),
            }
        }
    }

    /// The id by which a template's base is stored: its name before it was renamed.
    pub(super) fn stored_as<'s>(&'s self, id: &'s str) -> &'s str {
        self.renamed.get(id).map_or(id, String::as_str)
    }
}

/// Gives the records of renamed templates their new names, and tells the old one of each.
pub(super) fn rename(before: &mut Manifest, plan: &Plan) -> BTreeMap<String, String> {
    let renames = &plan.needs.renamed;
    let new_name = |old: &String| {
        let names = std::iter::successors(renames.get(old), |name| renames.get(*name));
        let mut names = names.take(renames.len());
        names.find(|name| plan.files.contains_key(*name)).cloned()
    };
    let gone = before
        .files
        .keys()
        .filter(|id| !plan.files.contains_key(*id));
    let renamed = gone.filter_map(|old| Some((new_name(old)?, old.clone())));
    let renamed = renamed.filter(|(new, _)| !before.files.contains_key(new));
    let renamed: BTreeMap<_, _> = renamed.collect();
    for (new, old) in &renamed {
        if let Some(record) = before.files.remove(old) {
            before.files.insert(new.clone(), record);
        }
        if let Some(record) = before.pending.remove(old) {
            before.pending.insert(new.clone(), record);
        }
        if let Some(version) = before.held.remove(old) {
            before.held.insert(new.clone(), version);
        }
    }
    renamed
}
