//! Migrations of the owner's own: their versions, their names, and the tables that they leave.
use cargo_sigra::refusal::Exit;

use crate::support::{Project, second, world};
use crate::support::{first, templates};

const TWO: &[(&str, &str)] = &[(
    "sqlite/migrations/02_carts.sql",
    "create table carts (id blob);\ncreate index carts_id on carts (id);\n",
)];

/// Our migrations in a project with these files, after the first installation.
#[track_caller]
fn ours(own: &[&str]) -> Vec<String> {
    let project = Project::fresh();
    for path in own {
        project.write(&format!("migrations/{path}"), "select 1;\n");
    }
    assert_eq!(project.install(&second(TWO)).unwrap(), Exit::Done);
    let before = project.tree();
    assert_eq!(project.install(&second(TWO)).unwrap(), Exit::Done);
    assert!(project.tree() == before, "a second run changed something");
    let names = before
        .keys()
        .filter_map(|path| path.strip_prefix("migrations/"));
    let names = names.filter(|name| !own.contains(name));
    names.map(str::to_owned).collect()
}

#[test]
fn every_migration_of_ours_has_a_version_of_its_own_after_all_others() {
    for (own, wanted) in [
        (
            vec![],
            ["20261224180000_users.sql", "20261224180001_carts.sql"],
        ),
        (
            vec!["0001_a.sql", "0002_b.sql"],
            ["20261224180000_users.sql", "20261224180001_carts.sql"],
        ),
        (
            vec!["20300101000000_x.sql"],
            ["20300101000001_users.sql", "20300101000002_carts.sql"],
        ),
        (
            vec!["20261231235959_x.sql"],
            ["20270101000000_users.sql", "20270101000001_carts.sql"],
        ),
        // No dates, and the last one that there is.
        (
            vec!["99991231235959_x.sql"],
            ["99991231235960_users.sql", "99991231235961_carts.sql"],
        ),
        (
            vec!["20269999999999_x.sql"],
            ["20270000000000_users.sql", "20270000000001_carts.sql"],
        ),
        (
            vec!["100000101000000_x.sql"],
            ["100000101000001_users.sql", "100000101000002_carts.sql"],
        ),
        (
            vec!["-5_x.sql", "notes.sql"],
            ["20261224180000_users.sql", "20261224180001_carts.sql"],
        ),
    ] {
        assert_eq!(ours(&own), wanted, "{own:?}");
    }
}

#[test]
fn beside_migrations_that_can_be_reverted_ours_have_that_form() {
    let own = ["0001_a.up.sql", "0001_a.down.sql"];
    let wanted = ["20261224180000_users.up.sql", "20261224180001_carts.up.sql"];
    assert_eq!(ours(&own), wanted);
    let mixed = ["0001_a.up.sql", "0001_a.down.sql", "0002_b.sql"];
    let wanted = ["20261224180000_users.sql", "20261224180001_carts.sql"];
    assert_eq!(ours(&mixed), wanted);
}

#[track_caller]
fn refused(own: &[(&str, &str)]) -> String {
    let project = Project::fresh();
    for (path, text) in own {
        project.write(&format!("migrations/{path}"), text);
    }
    project.refusal(&second(TWO))
}

#[test]
fn versions_with_which_no_program_is_built_or_starts_are_refused() {
    let twice = [("7_a.sql", ""), ("07_b.sql", "")];
    assert_eq!(
        refused(&twice),
        "migrations/07_b.sql and migrations/7_a.sql have the same version, and sqlx runs only one \
         of them; give one of them another number and run this again"
    );
    for name in [
        "first_a.sql",
        "99999999999999999999_a.sql",
        "1.5_a.sql",
        "_a.sql",
    ] {
        assert_eq!(
            refused(&[(name, "")]),
            format!(
                "sqlx does not read migrations/{name}: its name has to begin with a number and `_`; \
                 rename it, or move it out of migrations, and run this again"
            )
        );
    }
    assert_eq!(
        refused(&[("9223372036854775807_a.sql", "")]),
        "migrations/9223372036854775807_a.sql has the last version that sqlx knows, so no migration \
         can come after it; give it a smaller number and run this again"
    );
}

#[test]
fn what_the_owners_migrations_only_mention_is_in_nobodys_way() {
    for text in [
        "/* create table users */\n",
        "/* a /* nested */ create table users (id int); */\nselect 1;\n",
        "insert into notes values ('-- it''s\ncreate table users (id int);');\n",
        "create function f() returns void as $$ create table users (id int) $$ language sql;\n",
    ] {
        let project = Project::fresh();
        project.write("migrations/0001_a.sql", text);
        assert_eq!(project.install(&first()).unwrap(), Exit::Done, "{text}");
    }
}

#[test]
fn a_table_that_is_there_in_the_end_is_refused_with_the_migration_that_made_it() {
    for (own, wanted) in [
        (
            vec![(
                "1_a.sql",
                "create /* the */ table -- people\n\"users\" (id int);",
            )],
            "migrations/1_a.sql creates a table users already",
        ),
        (
            vec![
                ("2_b.sql", "alter table people rename to users;"),
                ("1_a.sql", "create table people (id int);"),
            ],
            "migrations/2_b.sql creates a table users already",
        ),
        (
            vec![("1_a.sql", "create view users as select 1;")],
            "migrations/1_a.sql creates a view users already",
        ),
        (
            vec![("1_a.sql", "create index carts_id on other (id);")],
            "migrations/1_a.sql creates an index carts_id already",
        ),
    ] {
        let said = refused(&own);
        assert!(said.starts_with(wanted), "{said}");
    }
    let way_out = refused(&[("1_a.sql", "create table users (id int);")]);
    assert!(way_out.ends_with(", or under another name: --table members"));
}

#[test]
fn a_table_that_is_gone_again_is_in_nobodys_way() {
    for own in [
        vec![
            ("10_b.sql", "drop table users;"),
            ("9_a.sql", "create table users (id int);"),
        ],
        vec![
            ("1_a.sql", "create table users (id int);"),
            ("2_b.sql", "alter table users rename to people;"),
        ],
        vec![
            (
                "1_a.up.sql",
                "create table people (id int); drop table users;",
            ),
            (
                "1_a.down.sql",
                "create table users (id int); drop table people;",
            ),
        ],
    ] {
        let project = Project::fresh();
        for (path, text) in &own {
            project.write(&format!("migrations/{path}"), text);
        }
        assert_eq!(project.install(&first()).unwrap(), Exit::Done, "{own:?}");
    }
}

#[test]
fn an_owner_who_breaks_the_rules_later_still_gets_news_without_migrations() {
    let project = Project::installed();
    project.write("migrations/notes_a.sql", "create table users (id int);\n");
    let world = world(templates("2.0.0", &[("base/static/app.css", "b {\n}\n")]));
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(project.read("static/app.css"), "b {\n}\n");
}
