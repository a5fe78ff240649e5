//! What the versions since the project's own have to say about the files that it has.

use super::Proposal;
use crate::{manifest::FileRecord, paths::MIGRATIONS, templates::Change};

/// Something that is new for this project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The version in which it came.
    pub version: String,
    /// Whether it closes a hole.
    pub is_security: bool,
    /// What it is.
    pub says: String,
    /// The files that it is about.
    pub paths: Vec<String>,
    /// Those of them that this run leaves for another one.
    pub held: Vec<String>,
}

impl Proposal<'_> {
    /// Tells what is new, security first, then in the order of versions.
    pub(super) fn tell_news(&mut self) {
        let changes = self.plan.changes.iter();
        let mut news: Vec<_> = changes
            .map(|change| (change, self.news_of(change)))
            .filter(|(_, paths)| !paths.is_empty())
            .collect();
        news.sort_by_key(|(change, _)| (!change.is_security, change.version.clone()));
        let notices = news.into_iter().map(|(change, news)| Notice {
            version: change.version.to_string(),
            is_security: change.is_security,
            says: change.says.clone(),
            held: self.held_of(&news),
            paths: news.into_iter().map(|(_, path)| path).collect(),
        });
        self.changes.notices = notices.collect();
    }

    fn held_of(&self, news: &[(String, String)]) -> Vec<String> {
        let is_held = |id: &String| self.held.iter().any(|(held, _)| held == id);
        let held = news.iter().filter(|(id, _)| is_held(id));
        held.map(|(_, path)| path.clone()).collect()
    }

    /// The templates and files of this project for which that is new. What its owner has deleted has
    /// nothing new.
    fn news_of(&self, change: &Change) -> Vec<(String, String)> {
        let ids = change.templates.iter();
        let news = ids.filter_map(|id| match id.strip_prefix(MIGRATIONS) {
            Some(name) => Some((id.clone(), self.news_of_migration(change, name)?)),
            None => {
                let id = self.name_now(id);
                Some((id.clone(), self.news_of_file(change, id)?))
            }
        });
        news.collect()
    }

    /// The id of a template that has been renamed since the change was written down.
    fn name_now<'i>(&'i self, id: &'i String) -> &'i String {
        let renames = &self.plan.needs.renamed;
        let names = std::iter::successors(Some(id), |name| renames.get(*name));
        let mut names = names.take(renames.len() + 1);
        let is_planned = |name: &&String| self.plan.files.contains_key(*name);
        names.find(is_planned).unwrap_or(id)
    }

    fn news_of_file(&self, change: &Change, id: &str) -> Option<String> {
        let Some(record) = self.before.files.get(id) else {
            // A file that comes with it, into a project that is older.
            let planned = self.plan.files.get(id)?;
            let is_new = self.is_installed() && change.is_new_for(self.version_of(id));
            return is_new.then(|| planned.path.clone());
        };
        let version = record.templates.as_deref();
        let version = version.unwrap_or_else(|| self.version_of(id));
        let path = self.path_now(id, record)?;
        change.is_new_for(version).then(|| path.clone())
    }

    /// Where the file of a template is, or may be; none where its owner has deleted it.
    fn path_now<'r>(&'r self, id: &str, record: &'r FileRecord) -> Option<&'r String> {
        let path = self.moved.get(id).unwrap_or(&record.path);
        let is_there = self.project.tree.get(path).is_some();
        let mut guesses = self.changes.guesses.iter();
        (is_there || guesses.any(|guess| guess.from == *path)).then_some(path)
    }

    fn news_of_migration(&self, change: &Change, id: &str) -> Option<String> {
        let is_planned = self.plan.migrations.iter().any(|one| one.id == id);
        let is_missing = !self.before.migrations.contains_key(id);
        let version = self.version_of(&format!("migrations/{id}"));
        let is_new = self.is_installed() && change.is_new_for(version);
        (is_planned && is_missing && is_new).then(|| format!("migrations/{id}.sql"))
    }

    fn is_installed(&self) -> bool {
        self.project.manifest().is_some()
    }

    /// Whether a hole is closed in a template, by what the file of that id does not have yet.
    pub(super) fn closes_a_hole(&self, id: &str) -> bool {
        let mut changes = self.plan.changes.iter();
        changes.any(|change| {
            let is_meant = |meant: &String| meant == id || self.name_now(meant) == id;
            let is_meant = change.templates.iter().any(is_meant);
            change.is_security && is_meant && !self.news_of(change).is_empty()
        })
    }
}
