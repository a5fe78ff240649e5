//! What the versions since the project's own have to say about the files that it has.

use super::Proposal;
use crate::templates::Change;

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
        let notices = news.into_iter().map(|(change, paths)| Notice {
            version: change.version.to_string(),
            is_security: change.is_security,
            says: change.says.clone(),
            paths,
        });
        self.changes.notices = notices.collect();
    }

    /// The files of this project for which that is new. What its owner has deleted has nothing new.
    fn news_of(&self, change: &Change) -> Vec<String> {
        let ids = change.templates.iter();
        let paths = ids.filter_map(|id| match id.strip_prefix("migrations/") {
            Some(id) => self.news_of_migration(change, id),
            None => self.news_of_file(change, id),
        });
        paths.collect()
    }

    fn news_of_file(&self, change: &Change, id: &str) -> Option<String> {
        let record = self.before.files.get(id);
        let Some(record) = record else {
            // A file that comes with it, into a project that is older.
            let planned = self.plan.files.get(id)?;
            let is_new = self.is_installed() && change.is_new_for(&self.before.templates);
            return is_new.then(|| planned.path.clone());
        };
        let version = record.templates.as_ref().unwrap_or(&self.before.templates);
        let is_there = self.project.tree.get(&record.path).is_some();
        (is_there && change.is_new_for(version)).then(|| record.path.clone())
    }

    fn news_of_migration(&self, change: &Change, id: &str) -> Option<String> {
        let is_planned = self.plan.migrations.iter().any(|one| one.id == id);
        let is_missing = !self.before.migrations.contains_key(id);
        let is_new = self.is_installed() && change.is_new_for(&self.before.templates);
        (is_planned && is_missing && is_new).then(|| format!("migrations/{id}.sql"))
    }

    fn is_installed(&self) -> bool {
        self.project.manifest.is_some()
    }

    /// Whether a hole is closed in a template, by what the file of that id does not have yet.
    pub(super) fn closes_a_hole(&self, id: &str) -> bool {
        let mut changes = self.plan.changes.iter();
        changes.any(|change| {
            let is_meant = change.templates.iter().any(|meant| meant == id);
            change.is_security && is_meant && !self.news_of(change).is_empty()
        })
    }
}
