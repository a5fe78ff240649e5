//! Migrations that no run has recorded and that get in the way of ours, or are ours: two branches
//! that were merged may both have brought them.

use std::collections::BTreeSet;

use super::versions;
use crate::{
    manifest::Manifest,
    paths::MIGRATIONS,
    plan::Plan,
    project::{File, Project},
    sql::{self, Kind, Schema},
};

/// One migration that is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// Where it is.
    pub path: String,
    /// How it is related to ours.
    pub relation: Relation,
}

/// How a migration is related to those that were or would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is byte for byte the one of this id, and the next run records it.
    Same(String),
    /// It is byte for byte one that is recorded at this path.
    Again(String),
    /// It creates this table, and so does the migration that is recorded at this path.
    Table(String, String),
    /// It has the timestamp of the migration that is recorded at this path.
    Timestamp(String),
}

impl Unrecorded {
    /// Returns whether it is the migration of an id, byte for byte.
    pub(super) fn is(&self, id: &str) -> bool {
        matches!(&self.relation, Relation::Same(same) if same == id)
    }

    /// Returns whether the next run records it.
    pub fn is_adopted(&self) -> bool {
        matches!(self.relation, Relation::Same(_))
    }
}

/// Finds them, in the order in which sqlx runs them.
#[must_use]
pub fn unrecorded(project: &Project, manifest: &Manifest, plan: &Plan) -> Vec<Unrecorded> {
    let files = unrecorded_files(project, manifest);
    let mut left = Schema::default();
    let mut adopted: Vec<(&str, &str)> = Vec::new();
    let mut found = Vec::new();
    for (path, file) in &files {
        left.run(&String::from_utf8_lossy(&file.bytes), *path);
    }
    for (path, file) in &files {
        let mut ours = plan.migrations.iter();
        let relation = match ours.find(|one| one.bytes == file.bytes) {
            Some(same) => {
                let known = adopted.iter().find(|(id, _)| *id == same.id);
                let known = known.map(|(_, path)| *path);
                let place = known.or(there(&same.id, project, manifest));
                if place.is_none() {
                    adopted.push((&same.id, path));
                }
                let id = same.id.clone();
                let again = |path: &str| Relation::Again(path.into());
                Some(place.map_or(Relation::Same(id), again))
            }
            None => second_table(path, &file.bytes, &left, (project, manifest, plan))
                .or_else(|| twin(path, manifest)),
        };
        found.extend(relation.map(|relation| Unrecorded {
            path: (*path).into(),
            relation,
        }));
    }
    found
}

/// What sqlx runs and no run of ours has recorded.
fn unrecorded_files<'a>(project: &'a Project, manifest: &Manifest) -> Vec<(&'a str, &'a File)> {
    let records = manifest.migrations.values();
    let recorded: BTreeSet<_> = records.map(|record| record.path.as_str()).collect();
    let files = project.tree.below(MIGRATIONS);
    let files = files.filter(|(path, _)| runs_forward(path) && !recorded.contains(path));
    let mut files: Vec<_> = files
        .filter(|(path, _)| versions::number(path).is_some())
        .collect();
    files.sort_by_key(|(path, _)| versions::number(path));
    files
}

fn runs_forward(path: &str) -> bool {
    versions::is_looked_at(path) && !versions::is_down(path)
}

/// Where the migration of an id is recorded, if it is there.
fn there<'m>(id: &str, project: &Project, manifest: &'m Manifest) -> Option<&'m str> {
    let path = manifest.migrations.get(id)?.path.as_str();
    project.tree.get(path).map(|_| path)
}

/// A table of ours that a migration leaves there. One that it makes anew after it has taken ours away
/// is no second one.
fn second_table(
    path: &str,
    bytes: &[u8],
    left: &Schema<&str>,
    (project, manifest, plan): (&Project, &Manifest, &Plan),
) -> Option<Relation> {
    let text = String::from_utf8_lossy(bytes);
    let created = left.relations.iter();
    let created = created.filter(|one| one.origin == path && one.kind == Kind::Table);
    let created: Vec<_> = created.map(|one| &one.name).collect();
    plan.migrations.iter().find_map(|migration| {
        let place = there(&migration.id, project, manifest)?;
        let tables = sql::tables(&String::from_utf8_lossy(&migration.bytes));
        let is_second =
            |table: &&&String| tables.contains(**table) && !sql::takes_away(&text, table);
        let table = created.iter().find(is_second)?;
        Some(Relation::Table((*table).clone(), place.into()))
    })
}

/// The migration of ours that has the same number.
fn twin(path: &str, manifest: &Manifest) -> Option<Relation> {
    let number = versions::number(path);
    let mut records = manifest.migrations.values();
    let twin = records
        .find(|record| runs_forward(&record.path) && versions::number(&record.path) == number)?;
    Some(Relation::Timestamp(twin.path.clone()))
}
