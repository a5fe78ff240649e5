//! `--table` and `--no-binary-id`: what may be asked for, what is remembered, and what cannot be changed any more.

use std::path::Path;

use crate::support::{Project, second, sigra};
use cargo_sigra::{
    answers::{Requested, Table},
    cli::Mode,
    feature::Key,
    manifest::{Manifest, PATH},
    refusal::{Exit, Refusal},
    templates::Templates,
};

const USERS: &str = "create table {= users =} (id blob);\n";

fn members() -> Requested {
    Requested {
        table: Some(Table::parse("members").unwrap()),
        key: Some(Key::Integer),
        yes: true,
        ..Requested::default()
    }
}

/// A project whose people are kept in `members`, with integer keys.
fn installed() -> Project {
    let project = Project::fresh();
    let world = second(&[("sqlite/migrations/01_users.sql", USERS)]);
    let exit = project.install_with(members(), Mode::default(), &world);
    assert_eq!(exit.unwrap(), Exit::Done);
    project
}

/// Why these requested are refused after all; the project stays as it was.
fn refusal(project: &Project, requested: &Requested) -> String {
    let before = project.tree();
    let error = project
        .install_with(requested.clone(), Mode::default(), &second(&[]))
        .unwrap_err();
    assert_eq!(project.tree(), before);
    let exit = error
        .downcast_ref::<Refusal>()
        .map(|refusal| refusal.exit());
    assert_eq!(exit, Some(Exit::Failed));
    error.to_string()
}

#[test]
fn the_table_has_the_name_that_was_given() {
    let users = installed().read("migrations/20261224180000_users.sql");
    assert_eq!(users, "create table members (id blob);\n");
}

#[test]
fn both_are_recorded_and_need_no_flag_the_second_time() {
    let project = installed();
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert_eq!(
        (manifest.table.name(), manifest.key),
        ("members", Key::Integer)
    );
    let before = project.tree();
    let world = second(&[("sqlite/migrations/01_users.sql", USERS)]);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    let again = project.install_with(members(), Mode::default(), &world);
    assert_eq!(again.unwrap(), Exit::Done);
    assert_eq!(project.tree(), before);
}

#[test]
fn the_table_cannot_be_renamed_by_installing_again() {
    let requested = Requested {
        table: Some(Table::default()),
        key: None,
        ..members()
    };
    assert_eq!(
        refusal(&installed(), &requested),
        "the users table of this project is members, and installing again cannot rename it; leave --table out, or write a migration with `alter table members rename to users`, put `table = \"users\"` into .sigra/manifest.toml and run this again"
    );
}

#[test]
fn the_keys_cannot_be_changed_by_installing_again() {
    let uuid = Requested {
        key: Some(Key::Uuid),
        ..members()
    };
    assert_eq!(
        refusal(&installed(), &uuid),
        "this project has integer keys, and installing again cannot change them; leave --binary-id out, or start a new project with it"
    );
    let integer = Requested {
        table: None,
        ..members()
    };
    assert_eq!(
        refusal(&Project::installed(), &integer),
        "this project has UUID keys, and installing again cannot change them; leave --no-binary-id out, or start a new project with it"
    );
}

#[test]
fn a_name_that_was_written_into_the_manifest_is_what_its_owner_wants_now() {
    let project = installed();
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace("\"members\"", "\"people\""));
    let more = "create table more (owner blob references {= users =});\n";
    let world = second(&[
        ("sqlite/migrations/01_users.sql", USERS),
        ("sqlite/migrations/02_more.sql", more),
    ]);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    let more = project.read("migrations/20261224180001_more.sql");
    assert_eq!(more, "create table more (owner blob references people);\n");
    let users = project.read("migrations/20261224180000_users.sql");
    assert_eq!(users, "create table members (id blob);\n");
}

#[test]
fn a_bad_name_in_the_manifest_is_refused() {
    let project = installed();
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace("\"members\"", "\"my members\""));
    let sentence = project.refusal(&second(&[]));
    assert!(
        sentence.contains("the users table cannot be named `my members`: "),
        "{sentence}"
    );
}

#[test]
#[ignore = "long: stage cli runs it"]
fn no_name_of_another_table_or_index_of_ours_can_be_taken() {
    let names = Templates::embedded().unwrap().relations();
    assert!(
        names.contains("sessions") && names.contains("tokens"),
        "{names:?}"
    );
    assert!(
        names.iter().any(|name| name.ends_with("_index")),
        "{names:?}"
    );
    assert!(!names.contains("users"), "{names:?}");
    for name in names.iter().filter(|name| name.len() <= 40) {
        let said = sigra(Path::new("."), &["install", "--yes", "--table", name]);
        let sentence = format!(
            "error: the users table cannot be named `{name}`: another table or index of the accounts has that name\n"
        );
        assert_eq!((said.exit, said.err), (2, sentence));
    }
}

#[test]
fn a_bad_name_is_refused_before_anything_is_made() {
    let folder = Project::empty();
    let said = sigra(&folder.root, &["new", "shop", "--yes", "--table", "order"]);
    assert_eq!(said.exit, 2);
    assert!(!folder.exists("shop"));
}

#[test]
fn every_name_of_an_index_fits_into_postgresql() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let longest = "a".repeat(40);
    for (path, bytes) in crate::support::tree(&templates) {
        let sql = String::from_utf8_lossy(&bytes).replace("{= users =}", &longest);
        if path.ends_with(".sql") {
            for name in cargo_sigra::sql::relations(&sql) {
                assert!(name.len() <= 63, "{path}: {name}");
            }
        }
    }
}

#[test]
fn another_table_of_ours_that_is_there_already_is_refused_too() {
    let project = Project::fresh();
    project.write("migrations/1_mine.sql", "create table sessions (id int);");
    let more = (
        "sqlite/migrations/02_sessions.sql",
        "create table sessions (id blob);\n",
    );
    assert_eq!(
        project.refusal(&second(&[more])),
        "migrations/1_mine.sql creates a table sessions already; this version installs only where there is none"
    );
}

#[test]
fn a_table_that_is_there_already_is_fine_under_another_name() {
    let project = Project::fresh();
    project.write("migrations/1_mine.sql", "create table users (id int);");
    let world = second(&[("sqlite/migrations/01_users.sql", USERS)]);
    let exit = project.install_with(members(), Mode::default(), &world);
    assert_eq!(exit.unwrap(), Exit::Done);
}
