//! From SQLite to PostgreSQL: the project is as if it had begun there, and the old migrations are kept
//! aside.

use std::collections::BTreeMap;

use crate::support::{Project, second, sigra};
use cargo_sigra::{
    answers::Wishes,
    cli::Mode,
    feature::Database,
    manifest::{Manifest, PATH},
    refusal::Exit,
    world::World,
};

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

/// Everything but what tells of the past: migrations, bases, and secrets that are made by chance.
fn comparable(project: &Project) -> BTreeMap<String, String> {
    let files = project.tree().into_iter();
    let files = files.filter(|(path, _)| {
        let is_past = ["migrations/", ".sigra/base/"];
        !is_past.iter().any(|folder| path.starts_with(folder))
            && ![PATH, ".env", ".gitignore"].contains(&path.as_str())
    });
    files
        .map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

/// What a project has that comes from SQLite: the way to bring its rows.
const ITS_OWN: [&str; 3] = [
    "src/commands/copy_database.rs",
    "src/commands/copy_database/table.rs",
    "src/tests/copying.rs",
];
const JOINTS: [&str; 4] = [
    "Cargo.lock",
    "Cargo.toml",
    "src/commands.rs",
    "src/tests.rs",
];

/// A real project that was on SQLite.
fn really_moved() -> Project {
    let project = Project::fresh();
    for words in [&[][..], &["--database", "postgres"]] {
        install(&project, words);
    }
    project
}

fn install(project: &Project, words: &[&str]) {
    let words = [&["install", "--yes", "-q", "--jwt"], words].concat();
    let said = sigra(&project.root, &words);
    assert_eq!(said.exit, 0, "{}", said.err);
}

#[test]
fn the_real_project_is_as_if_it_had_begun_there_and_can_bring_its_rows() {
    let fresh = Project::fresh();
    install(&fresh, &["--database", "postgres"]);
    let (fresh, mut moved) = (comparable(&fresh), comparable(&really_moved()));
    for path in ITS_OWN {
        assert!(moved.remove(path).is_some(), "{path}");
    }
    assert!(fresh.keys().eq(moved.keys()));
    for (path, text) in fresh {
        let found = &moved[&path];
        if JOINTS.contains(&path.as_str()) {
            let diff = similar::TextDiff::from_lines(text.as_str(), found);
            let mut changes = diff.iter_all_changes();
            let is_gone = changes.any(|change| change.tag() == similar::ChangeTag::Delete);
            assert!(
                !is_gone && *found != text,
                "{path}\n{}",
                diff.unified_diff()
            );
        } else {
            assert!(text == *found, "{path}");
        }
    }
}

#[test]
fn what_brings_the_rows_stays_until_its_owner_deletes_it() {
    let project = really_moved();
    let before = project.tree();
    install(&project, &[]);
    assert_eq!(project.tree(), before);
    ITS_OWN.iter().for_each(|path| project.remove(path));
    install(&project, &[]);
    assert!(ITS_OWN.iter().all(|path| !project.exists(path)));
}

#[test]
fn a_cargo_feature_of_that_name_is_its_owners() {
    let project = Project::fresh();
    install(&project, &[]);
    let own = "\n[features]\ncopy-database = []\n";
    let manifest = project.read("Cargo.toml") + own;
    project.write("Cargo.toml", &manifest);
    install(&project, &["--database", "postgres"]);
    assert!(project.read("Cargo.toml").ends_with(own));
}

#[test]
fn uninstalling_takes_the_way_to_bring_rows_out_too() {
    let project = Project::fresh();
    let before = project.read("Cargo.toml");
    for words in [&[][..], &["--database", "postgres"]] {
        install(&project, words);
    }
    let words = ["uninstall", "--yes", "-q", "--migrations"];
    let said = sigra(&project.root, &words);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert_eq!(project.read("Cargo.toml"), before);
    assert!(!project.exists("src/commands"));
}

#[test]
fn that_the_rows_stay_is_told_and_how_to_bring_them() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let said = sigra(
        &project.root,
        &["install", "--yes", "--database", "postgres"],
    );
    assert!(
        said.err.contains(
            "PostgreSQL starts empty: people and what they have done stay in SQLite until you copy them: \
             `cargo run --features copy-database -- copy-database FILE`"
        ),
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
