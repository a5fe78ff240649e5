//! Where the file of a template is and where it goes: templates are renamed, and owners move files.

use std::collections::BTreeMap;

use super::{
    Proposal, Step,
    neighbours::{Folder, folder, join, name},
};
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
    /// Where it was before its owner moved it; its own path where it was made among moved files.
    pub origin: Option<String>,
    /// The same as long as it stays where it is.
    origin_if_it_stays: Option<String>,
    /// What happens to its path: the word, the path before and the path after.
    pub ways: Vec<(Word, String, String)>,
    /// What its owner has to look at, where it cannot be told that this is its place.
    pub doubt: Option<Step>,
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

    /// The same without the way that the templates want.
    pub fn stay(self) -> Self {
        let ways = self.ways.into_iter();
        Self {
            origin: self.origin_if_it_stays.clone(),
            origin_if_it_stays: self.origin_if_it_stays,
            ways: ways.filter(|(word, ..)| *word == Word::Moved).collect(),
            ..Self::at(&self.found)
        }
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
        let home = theirs.map(|theirs| theirs.path.as_str());
        match record {
            None => self.place_of_new(home.unwrap_or_default()),
            Some(record) => self.place_of_known(id, record, home),
        }
    }

    /// A new file goes where the files beside it are.
    fn place_of_new(&self, home: &str) -> Place {
        let (path, doubt) = self.beside_its_neighbours(home);
        Place {
            origin: (path != home).then(|| path.clone()),
            doubt,
            ..Place::at(&path)
        }
    }

    /// Where a file belongs that the templates have at a path; with a step where that is unknown.
    pub(super) fn beside_its_neighbours(&self, home: &str) -> (String, Option<Step>) {
        let others = match self.folder_now(folder(home)) {
            Folder::Here => return (home.into(), None),
            Folder::Moved(to) => {
                let path = join(&to, name(home));
                if !self.is_ours_already(&path) {
                    return (path, None);
                }
                vec![path]
            }
            Folder::Unknown(others) => {
                let others = others.iter();
                others.map(|to| join(to, name(home))).collect()
            }
        };
        let path = home.to_owned();
        (home.into(), Some(Step::FindItsPlace { path, others }))
    }

    fn is_ours_already(&self, path: &str) -> bool {
        let mut records = self.before.files.values();
        records.any(|record| record.path == path) || self.moved.values().any(|moved| moved == path)
    }

    fn place_of_known(&self, id: &str, record: &FileRecord, home: Option<&str>) -> Place {
        let before = record.origin.as_ref().unwrap_or(&record.path);
        let wanted = home.unwrap_or(before);
        let moved = self.moved.get(id);
        let found = moved.unwrap_or(&record.path);
        let is_elsewhere = moved.is_some() || record.origin.is_some();
        let origin = (is_elsewhere && found != wanted).then(|| before.clone());
        let ways = moved.map(|to| (Word::Moved, record.path.clone(), to.clone()));
        let place = Place {
            origin: origin.clone(),
            origin_if_it_stays: origin,
            ways: ways.into_iter().collect(),
            ..Place::at(found)
        };
        let is_renamed = if is_elsewhere {
            self.is_renamed_now(id) && before != wanted
        } else {
            found != wanted
        };
        let is_there = self.project.tree.get(found).is_some();
        if !is_there || !is_renamed {
            place
        } else if is_elsewhere {
            self.renamed_elsewhere(place, before, wanted)
        } else {
            let (path, doubt) = self.beside_its_neighbours(wanted);
            renamed(place, path, wanted, before, doubt)
        }
    }

    /// A file that was moved together with those beside it gets its new name there. One that was
    /// moved alone, or has a name that its owner chose, stays, and its owner is told.
    fn renamed_elsewhere(&self, place: Place, before: &str, wanted: &str) -> Place {
        let keeps_name = name(&place.found) == name(before);
        let here = folder(&place.found).to_owned();
        if let Folder::Moved(to) = self.folder_now(folder(wanted)) {
            let is_among = to == here || self.folder_now(folder(before)) == Folder::Moved(here);
            let path = join(&to, name(wanted));
            if keeps_name && is_among && !self.is_ours_already(&path) {
                return renamed(place, path, wanted, before, None);
            }
        }
        let to = if keeps_name {
            join(folder(&place.found), name(wanted))
        } else {
            wanted.to_owned()
        };
        Place {
            doubt: Some(Step::Rename {
                found: place.found.clone(),
                before: before.into(),
                after: wanted.into(),
                to,
            }),
            ..place
        }
    }

    /// Whether the new name of a template arrives with this run.
    fn is_renamed_now(&self, id: &str) -> bool {
        self.renamed.contains_key(id) || self.before.held.contains_key(id)
    }

    /// The id by which a template's base is stored: its name before it was renamed.
    pub(super) fn stored_as<'s>(&'s self, id: &'s str) -> &'s str {
        self.renamed.get(id).map_or(id, String::as_str)
    }
}

fn renamed(mut place: Place, path: String, wanted: &str, was: &str, doubt: Option<Step>) -> Place {
    if path != place.found {
        let way = (Word::Renamed, place.found.clone(), path.clone());
        place.ways.push(way);
    }
    Place {
        origin: (path != wanted).then(|| was.to_owned()),
        path,
        doubt,
        ..place
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
