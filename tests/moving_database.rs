//! From SQLite to PostgreSQL: the project is as if it had begun there, and the old migrations are kept
//! aside.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use cargo_sigra::{
    answers::Wishes,
    cli::Mode,
    feature::Database,
    manifest::{Manifest, PATH},
    refusal::Exit,
    world::World,
};
use support::{Project, second, sigra};

const OLD: &str = "migrations/20261123120000_users.sql";
const ASIDE: &str = "migrations/sqlite/20261123120000_users.sql";

fn moved_in(project: &Project, world: &World) -> Exit {
    let wishes = Wishes {
        database: Some(Database::Postgres),
        yes: true,
        ..Wishes::default()
    };
    project
        .install_with(wishes, Mode::default(), world)
        .unwrap()
}

#[test]
fn the_migrations_of_the_old_one_are_kept_aside_and_those_of_the_new_one_come() {
    let project = Project::installed();
    let text = project.read(OLD);
    assert_eq!(moved_in(&project, &second(&[])), Exit::Done);
    assert!(!project.exists(OLD));
    assert_eq!(project.read(ASIDE), text);
    assert_eq!(
        project.read("migrations/20261224180000_users.sql"),
        "create table users (id uuid);\n"
    );
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert_eq!(manifest.database, Some(Database::Postgres));
    assert_eq!(manifest.migrations["sqlite/users"].path, ASIDE);
}

#[test]
fn the_next_run_changes_nothing() {
    let project = Project::installed();
    moved_in(&project, &second(&[]));
    let before = project.tree();
    assert_eq!(project.install(&second(&[])).unwrap(), Exit::Done);
    assert_eq!(moved_in(&project, &second(&[])), Exit::Done);
    assert_eq!(project.tree(), before);
}

#[test]
fn migrations_of_the_owners_are_theirs_to_write_anew() {
    let project = Project::installed();
    let own = "migrations/20261201000000_orders.sql";
    project.write(own, "create table orders (id blob);\n");
    assert_eq!(moved_in(&project, &second(&[])), Exit::Remaining);
    assert!(project.exists(own));
    assert!(project.exists(ASIDE));
}

#[test]
fn uninstalling_takes_both_out() {
    let project = Project::installed();
    moved_in(&project, &second(&[]));
    project
        .typed(&["uninstall", "--yes", "--migrations"], &second(&[]))
        .unwrap();
    assert!(!project.exists("migrations"));
}

#[test]
fn a_power_cut_in_the_middle_is_undone() {
    use cargo_sigra::apply::{self, Disk, Fault};
    let before = Project::installed().tree();
    let whole = Project::installed();
    let world = second(&[]);
    moved_in(&whole, &world);
    for at in 0..world.disk.operations() {
        let project = Project::installed();
        let world = World {
            disk: Disk::with(Fault::Crash(at)),
            ..second(&[])
        };
        let wishes = Wishes {
            database: Some(Database::Postgres),
            yes: true,
            ..Wishes::default()
        };
        _ = project.install_with(wishes, Mode::default(), &world);
        apply::go_back(&project.root, &Disk::real()).unwrap();
        let found = project.tree();
        assert!(found == before || found == whole.tree(), "operation {at}");
    }
}

/// Everything but what tells of the past: migrations, and secrets that are made by chance.
fn comparable(project: &Project) -> BTreeMap<String, String> {
    let files = project.tree().into_iter();
    let files = files.filter(|(path, _)| {
        !path.starts_with("migrations/") && ![PATH, ".env", ".gitignore"].contains(&path.as_str())
    });
    files
        .map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

#[test]
fn the_real_project_is_as_if_it_had_begun_there() {
    let (moved, fresh) = (Project::fresh(), Project::fresh());
    let install = |project: &Project, words: &[&str]| {
        let words = [&["install", "--yes", "-q", "--jwt"], words].concat();
        let said = sigra(&project.root, &words);
        assert_eq!(said.exit, 0, "{}", said.err);
    };
    install(&fresh, &["--database", "postgres"]);
    install(&moved, &[]);
    install(&moved, &["--database", "postgres"]);
    let (fresh, moved) = (comparable(&fresh), comparable(&moved));
    assert_eq!(
        fresh.keys().collect::<Vec<_>>(),
        moved.keys().collect::<Vec<_>>()
    );
    for (path, text) in fresh {
        assert_eq!(text, moved[&path], "{path}");
    }
}

#[test]
fn that_the_rows_stay_is_told() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let said = sigra(
        &project.root,
        &["install", "--yes", "--database", "postgres"],
    );
    assert!(
        said.err
            .contains("PostgreSQL starts empty: people and what they have done stay in SQLite"),
        "{}",
        said.err
    );
}

#[test]
fn an_answer_that_was_edited_by_hand_means_the_same() {
    let (typed, edited) = (Project::installed(), Project::installed());
    moved_in(&typed, &second(&[]));
    let manifest = edited.read(PATH);
    edited.write(
        PATH,
        &manifest.replace("database = \"sqlite\"", "database = \"postgres\""),
    );
    edited.install(&second(&[])).unwrap();
    assert_eq!(edited.tree(), typed.tree());
}

#[test]
fn keys_that_were_edited_by_hand_are_refused() {
    let project = Project::installed();
    let manifest = project.read(PATH);
    project.write(
        PATH,
        &manifest.replace("binary_id = true", "binary_id = false"),
    );
    assert_eq!(
        project.refusal(&second(&[])),
        "this project has UUID keys, and installing again cannot change them; put `binary_id = true` back into .sigra/manifest.toml"
    );
}
