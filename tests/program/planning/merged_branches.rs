//! Two branches that were merged: migrations that the manifest of only one of them has recorded.

use crate::support::{Project, no_features, second};
use cargo_sigra::{
    changes::{Relation, Unrecorded, unrecorded},
    manifest::{Manifest, PATH},
    plan::Plan,
    project::Project as Found,
    refusal::Exit,
    world::World,
};

const TOKENS: &str = "create table tokens (id blob);\n";
const OTHER: &str = "migrations/20270101000000_tokens.sql";

/// A version with one more migration.
fn news() -> World {
    second(&[("sqlite/migrations/02_tokens.sql", TOKENS)])
}

fn recorded(project: &Project) -> String {
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    manifest.migrations["tokens"].path.clone()
}

fn found(project: &Project) -> Vec<(String, Relation)> {
    let world = news();
    let found = Found::read(&project.root, &world.templates).unwrap();
    let plan = Plan::new(&found, &no_features(), &world.templates).unwrap();
    let all = unrecorded(&found, found.manifest().unwrap(), &plan);
    all.into_iter()
        .map(|Unrecorded { path, relation }| (path, relation))
        .collect()
}

fn check(project: &Project) -> Exit {
    project.typed(&["status", "--check"], &news()).unwrap()
}

/// A project that has the migration, with another file beside it.
fn with(path: &str, text: &str) -> Project {
    let project = Project::installed();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(check(&project), Exit::Done);
    project.write(path, text);
    project
}

#[test]
fn the_same_migration_twice_is_found_and_left_to_the_owner() {
    let project = with(OTHER, TOKENS);
    let again = Relation::Again(recorded(&project));
    assert_eq!(found(&project), [(OTHER.to_owned(), again)]);
    assert_eq!(check(&project), Exit::Changes);
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(OTHER), TOKENS);
    project.remove(OTHER);
    assert_eq!(check(&project), Exit::Done);
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
}

#[test]
fn a_second_table_of_ours_is_found() {
    let project = with(OTHER, "CREATE TABLE tokens (id text);\n");
    let table = Relation::Table("tokens".into(), recorded(&project));
    assert_eq!(found(&project), [(OTHER.to_owned(), table)]);
    assert_eq!(check(&project), Exit::Changes);
}

#[test]
fn a_migration_of_the_owners_is_not_named() {
    for text in [
        "create table baskets (id text);\n",
        "create index more on tokens (id);\n",
        "alter table tokens rename to old;\ncreate table tokens (id text);\n",
        "drop table tokens;\ncreate table tokens (id text);\n",
    ] {
        let project = with("migrations/20270101000000_baskets.sql", text);
        assert_eq!(found(&project), [], "{text}");
        assert_eq!(check(&project), Exit::Done, "{text}");
    }
}

#[test]
fn a_second_migration_of_the_same_timestamp_is_found() {
    let project = with("migrations/1_other.sql", "");
    let path = recorded(&project);
    let (stamp, _) = path.split_once("_tokens").unwrap();
    let twin = format!("{stamp}_baskets.sql");
    project.write(&twin, "create table baskets (id text);\n");
    assert_eq!(found(&project), [(twin, Relation::Timestamp(path))]);
    assert_eq!(check(&project), Exit::Changes);
}

#[test]
fn a_migration_that_is_here_byte_for_byte_is_adopted() {
    let project = Project::installed();
    project.write(OTHER, TOKENS);
    let same = Relation::Same("tokens".into());
    assert_eq!(found(&project), [(OTHER.to_owned(), same)]);
    assert_eq!(check(&project), Exit::Changes);
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(recorded(&project), OTHER);
    let files = project.tree().into_keys();
    let files = files.filter(|path| path.ends_with("_tokens.sql"));
    assert_eq!(files.collect::<Vec<_>>(), [OTHER]);
    assert_eq!(check(&project), Exit::Done);
}

#[test]
fn a_recorded_migration_that_is_here_under_another_name_is_recorded_there() {
    let project = with(OTHER, TOKENS);
    project.remove(&recorded(&project));
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(recorded(&project), OTHER);
    assert_eq!(check(&project), Exit::Done);
}
