//! From SQLite to PostgreSQL: the project is as if it had begun there, and the old migrations are kept
//! aside.

use std::collections::BTreeMap;

use crate::support::{Project, second, sigra};
use cargo_sigra::{
    answers::Requested,
    cli::Mode,
    feature::Database,
    manifest::{Manifest, PATH},
    refusal::Exit,
    world::World,
};

const OLD: &str = "migrations/20261123120000_users.sql";
const ASIDE: &str = "migrations/sqlite/20261123120000_users.sql";

fn moved_in(project: &Project, world: &World) -> Exit {
    let requested = Requested {
        database: Some(Database::Postgres),
        yes: true,
        ..Requested::default()
    };
    project
        .install_with(requested, Mode::default(), world)
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

const OWN: [(&str, &str); 4] = [
    (
        "migrations/1_rooms.sql",
        "create table rooms (id integer);\n",
    ),
    (
        "migrations/20261201000000_orders.up.sql",
        "create table orders (\n\n  id blob\r, user_id references users (id)\r\n);\n",
    ),
    (
        "migrations/20261201000000_orders.down.sql",
        "drop table orders;\n",
    ),
    (
        "migrations/20261301_names.sql",
        "alter table users add name text;\n",
    ),
];

/// A project with migrations of its owner's, before ours and after.
fn with_own() -> Project {
    let project = Project::installed();
    OWN.iter()
        .for_each(|(path, text)| project.write(path, text));
    project
}

/// What sqlx runs, by its own rule: the files of the folder, by their numbers.
fn in_order(project: &Project, folder: &str) -> Vec<(i64, String)> {
    let files = project.tree().into_keys();
    let names = files.filter_map(|path| path.strip_prefix(folder).map(str::to_owned));
    let numbered = names.filter_map(|name| {
        let (number, rest) = name.split_once('_')?;
        Some((number.parse().ok()?, rest.to_owned())).filter(|_| !name.contains('/'))
    });
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort();
    numbered
}

fn names(files: &[(i64, String)]) -> Vec<&str> {
    files.iter().map(|(_, name)| name.as_str()).collect()
}

#[test]
fn migrations_of_the_owners_come_after_ours_in_their_order() {
    let project = with_own();
    let aside = in_order(&project, "migrations/");
    assert_eq!(moved_in(&project, &second(&[])), Exit::Remaining);
    let found = in_order(&project, "migrations/");
    assert_eq!(
        names(&found),
        [
            "users.sql",
            "rooms.sql",
            "names.sql",
            "orders.down.sql",
            "orders.up.sql"
        ]
    );
    assert_eq!(found[3].0, found[4].0, "both halves of one migration");
    let mut numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 4);
    // What a database has run is there as it was, for whoever copies its rows.
    assert_eq!(in_order(&project, "migrations/sqlite/"), aside);
    for (path, text) in OWN {
        let path = path.replacen('/', "/sqlite/", 1);
        assert_eq!(project.read(&path), text);
    }
}

#[test]
fn a_migration_that_is_still_to_be_written_fails_and_holds_the_old_one_as_a_comment() {
    let project = with_own();
    moved_in(&project, &second(&[]));
    let files = project.tree().into_keys();
    let mut files =
        files.filter(|path| path.ends_with("orders.up.sql") && !path.contains("sqlite"));
    let text = project.read(&files.next().unwrap());
    assert_eq!(
        text,
        "-- What migrations/sqlite/20261201000000_orders.up.sql is for SQLite, for PostgreSQL. Write it here, and delete the next line: until then
-- it makes this migration fail.
select * from \"write this migration for PostgreSQL\";

-- For SQLite it was:
--
-- create table orders (
--
--   id blob , user_id references users (id)
-- );
"
    );
}

#[test]
fn what_is_still_to_be_written_is_told_until_it_is() {
    let project = Project::installed();
    project.write(OWN[0].0, OWN[0].1);
    let told = "write migrations/20261224180001_rooms.sql for PostgreSQL: it holds what it was, and fails until you do";
    let world = second(&[]);
    assert_eq!(moved_in(&project, &world), Exit::Remaining);
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    let status = sigra(&project.root, &["status"]);
    assert!(status.err.contains(told), "{}", status.err);
    project.write(
        "migrations/20261224180001_rooms.sql",
        "create table rooms (id bigint);\n",
    );
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
}

#[test]
fn a_later_migration_of_ours_comes_after_those_that_are_to_be_written() {
    let project = with_own();
    moved_in(&project, &second(&[]));
    let more = (
        "postgres/migrations/02_more.sql",
        "create table more (id uuid);\n",
    );
    project.install(&second(&[more])).unwrap();
    let found = in_order(&project, "migrations/");
    assert_eq!(names(&found).last(), Some(&"more.sql"));
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    let ours: Vec<_> = manifest.migrations.keys().map(String::as_str).collect();
    assert_eq!(ours, ["more", "sqlite/users", "users"]);
}

#[test]
fn where_another_file_is_in_the_way_nothing_is_moved() {
    let project = with_own();
    let there = "migrations/sqlite/1_rooms.sql";
    project.write(there, "-- another\n");
    let requested = Requested {
        database: Some(Database::Postgres),
        yes: true,
        ..Requested::default()
    };
    let before = project.tree();
    let error = project.install_with(requested, Mode::default(), &second(&[]));
    assert_eq!(
        error.unwrap_err().to_string(),
        "migrations/1_rooms.sql has to go to migrations/sqlite/1_rooms.sql, where another file is; give that one another name"
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn what_sqlx_cannot_read_is_refused_also_where_other_migrations_would_wait() {
    let project = Project::installed();
    project.write("migrations/notes_1.sql", "-- mine\n");
    let manifest = project.read(PATH);
    let manifest = manifest.replace("database = \"sqlite\"", "database = \"postgres\"");
    project.write(PATH, &manifest);
    let world = second(&[("base/src/app.rs", "pub fn run() {}\n")]);
    for scope in [&["--skip", "migrations/*"][..], &[]] {
        let words = [&["upgrade", "--yes"], scope].concat();
        let (said, _) = project.typed_refusal(&words, &world);
        assert!(
            said.starts_with("sqlx does not read migrations/notes_1.sql: "),
            "{said}"
        );
    }
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
        let requested = Requested {
            database: Some(Database::Postgres),
            yes: true,
            ..Requested::default()
        };
        _ = project.install_with(requested, Mode::default(), &world);
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
#[ignore = "long: stage cli runs it"]
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
#[ignore = "long: stage cli runs it"]
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
#[ignore = "long: stage cli runs it"]
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
#[ignore = "long: stage cli runs it"]
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
            "PostgreSQL starts empty: users and their data stay in SQLite until you copy them: \
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
