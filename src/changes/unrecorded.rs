//! Migrations that no run has recorded and that get in the way of ours, or are ours: two branches
//! that were merged may both have brought them.

use super::versions;
use crate::{
    manifest::{Manifest, MigrationRecord},
    plan::{Migration, Plan},
    project::Project,
    sql,
};

/// The folder that sqlx reads.
const FOLDER: &str = "migrations/";

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
    let ours: Vec<_> = plan.migrations.iter().collect();
    let mut adopted: Vec<(&str, &str)> = Vec::new();
    let mut found = Vec::new();
    let is_recorded = |path: &str| {
        let mut records = manifest.migrations.values();
        records.any(|record| record.path == path)
    };
    let files = project.tree.below(FOLDER);
    for (path, file) in files.filter(|(path, _)| is_in_folder(path) && !is_recorded(path)) {
        let same = ours.iter().find(|one| one.bytes == file.bytes);
        let relation = match same {
            Some(migration) => {
                let known = adopted.iter().find(|(id, _)| *id == migration.id);
                let known = known.map(|(_, path)| *path);
                let place = known.or(there(&migration.id, project, manifest));
                if place.is_none() {
                    adopted.push((&migration.id, path));
                }
                Some(place.map_or(Relation::Same(migration.id.clone()), |path| {
                    Relation::Again(path.into())
                }))
            }
            None => clash(path, &file.bytes, &ours, project, manifest),
        };
        found.extend(relation.map(|relation| Unrecorded {
            path: path.into(),
            relation,
        }));
    }
    found
}

fn is_in_folder(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER);
    name.is_some_and(|name| !name.contains('/')) && !versions::is_down(path)
}

/// Where the migration of an id is recorded, if it is there.
fn there<'m>(id: &str, project: &Project, manifest: &'m Manifest) -> Option<&'m str> {
    let path = manifest.migrations.get(id)?.path.as_str();
    project.tree.get(path).map(|_| path)
}

fn clash(
    path: &str,
    bytes: &[u8],
    ours: &[&Migration],
    project: &Project,
    manifest: &Manifest,
) -> Option<Relation> {
    let text = String::from_utf8_lossy(bytes);
    let created = sql::tables(&text);
    // A table that is made anew in the same file is no second one.
    let is_rebuilt = |table: &str| sql::takes_away(&text, table);
    let with_table = ours.iter().find_map(|migration| {
        let place = there(&migration.id, project, manifest)?;
        let tables = sql::tables(&String::from_utf8_lossy(&migration.bytes));
        let is_second = |table: &&String| tables.contains(*table) && !is_rebuilt(table);
        let table = created.iter().find(is_second)?;
        Some(Relation::Table(table.clone(), place.into()))
    });
    with_table.or_else(|| {
        let mut records = manifest.migrations.values();
        let twin = records.find(|record| has_same_stamp(record, path))?;
        Some(Relation::Timestamp(twin.path.clone()))
    })
}

fn has_same_stamp(record: &MigrationRecord, path: &str) -> bool {
    is_in_folder(&record.path) && stamp(&record.path) == stamp(path)
}

/// What sqlx knows a migration by.
fn stamp(path: &str) -> Option<&str> {
    let name = path.strip_prefix(FOLDER)?;
    name.split_once('_').map(|(stamp, _)| stamp)
}
