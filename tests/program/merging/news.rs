//! Versions say what they bring, security first, and what closes a hole can be taken alone.

use std::{env, ffi::OsString, process::Command};

use crate::support::{self, Project, Said, proposed, second};
use cargo_sigra::{
    cli::Cli,
    commands,
    manifest::{Manifest, PATH},
    refusal::Exit,
    say::Loudness,
    templates::Templates,
    world::World,
};

const APP: &str = "src/app.rs";
const CSS: &str = "static/app.css";
const CHANGES: &str = r#"
[[change]]
version = "0.0.2"
templates = ["static/app.css"]
says = "a prettier page"

[[change]]
version = "0.0.2"
templates = ["app", "migrations/locks"]
security = true
says = "whoever guesses is locked out"

[[change]]
version = "0.0.1"
templates = ["app"]
security = true
says = "long known"
"#;

fn world() -> World {
    second(&[
        ("changes.toml", CHANGES),
        ("base/src/app.rs", "pub fn run() {\n    safer();\n}\n"),
        ("base/static/app.css", "a {\n    color: red;\n}\n"),
        (
            "sqlite/migrations/02_locks.sql",
            "create table locks (id blob);\n",
        ),
    ])
}

/// What is told, in the order in which it is.
fn told(project: &Project) -> Vec<String> {
    let changes = proposed(project, &world());
    let notices = changes.notices.iter();
    notices
        .map(|one| format!("{} {}: {}", one.version, one.says, one.paths.join(", ")))
        .collect()
}

#[test]
fn what_is_new_is_told_security_first() {
    assert_eq!(
        told(&Project::installed()),
        [
            "0.0.2 whoever guesses is locked out: src/app.rs, migrations/locks.sql",
            "0.0.2 a prettier page: static/app.css",
        ]
    );
}

#[test]
fn once_it_is_there_it_is_not_told_again() {
    let project = Project::installed();
    project.install(&world()).unwrap();
    assert_eq!(told(&project), [""; 0]);
}

#[test]
fn in_a_new_project_nothing_is_news() {
    assert_eq!(told(&Project::fresh()), [""; 0]);
}

#[test]
fn of_a_file_that_its_owner_has_deleted_nothing_is_told() {
    let project = Project::installed();
    project.remove(CSS);
    assert_eq!(told(&project).len(), 1);
}

#[test]
fn what_closes_a_hole_can_be_taken_alone() {
    let project = Project::installed();
    let css = project.read(CSS);
    let done = project.typed(&["upgrade", "--yes", "--only-security"], &world());
    assert_eq!(done.unwrap(), Exit::Done);
    assert!(project.read(APP).contains("safer();"));
    assert_eq!(project.read(CSS), css);
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert!(manifest.migrations.contains_key("locks"));
    assert_eq!(told(&project), ["0.0.2 a prettier page: static/app.css"]);
    project.install(&world()).unwrap();
    assert!(project.read(CSS).contains("red"));
}

/// What is told of a held file or migration, once the rest has come.
fn told_after(words: &[&str]) -> Vec<String> {
    let project = Project::installed();
    let all = [&["upgrade", "--yes"], words].concat();
    project.typed(&all, &world()).unwrap();
    told(&project)
}

#[test]
fn news_of_a_new_file_and_of_a_migration_are_told_until_they_are_there() {
    let mut world = world();
    let changes = format!(
        "{CHANGES}\n[[change]]\nversion = \"0.0.2\"\ntemplates = [\"robots\"]\nsays = \"robots are told\"\n"
    );
    world.templates = support::templates(
        "0.0.2",
        &[
            ("changes.toml", &changes),
            ("base/src/app.rs", "pub fn run() {\n    safer();\n}\n"),
            ("base/src/robots.rs", "// robots\n"),
            (
                "sqlite/migrations/02_locks.sql",
                "create table locks (id blob);\n",
            ),
        ],
    );
    let project = Project::installed();
    let words = ["upgrade", "--yes", "--only", "src/app.rs"];
    project.typed(&words, &world).unwrap();
    let notices = proposed(&project, &world).notices;
    let told: Vec<_> = notices.iter().map(|one| one.paths.join(", ")).collect();
    assert_eq!(told, ["migrations/locks.sql", "src/robots.rs"]);
    let held = Manifest::parse(&project.read(PATH)).unwrap().held;
    assert_eq!(held["robots"], "0.0.1");
    assert_eq!(held["migrations/locks"], "0.0.1");
    // Another run that leaves them does not make them younger.
    project.typed(&words, &world).unwrap();
    assert_eq!(proposed(&project, &world).notices, notices);
    project.install(&world).unwrap();
    assert_eq!(proposed(&project, &world).notices, []);
    assert!(
        Manifest::parse(&project.read(PATH))
            .unwrap()
            .held
            .is_empty()
    );
}

#[test]
fn what_is_left_for_another_run_stays_news() {
    assert_eq!(
        told_after(&["--skip", APP]),
        ["0.0.2 whoever guesses is locked out: src/app.rs"]
    );
    assert_eq!(
        told_after(&["--only", CSS]),
        ["0.0.2 whoever guesses is locked out: src/app.rs, migrations/locks.sql"]
    );
}

#[test]
fn a_file_that_was_moved_has_its_news_and_takes_what_closes_a_hole() {
    let project = Project::installed();
    let text = project.read(APP);
    project.remove(APP);
    project.write("src/shop/app.rs", &text);
    let first = "0.0.2 whoever guesses is locked out: src/shop/app.rs, migrations/locks.sql";
    assert_eq!(told(&project)[0], first);
    let done = project.typed(&["upgrade", "--yes", "--only-security"], &world());
    assert_eq!(done.unwrap(), Exit::Done);
    assert!(project.read("src/shop/app.rs").contains("safer();"));
}

#[test]
fn a_change_of_a_template_that_was_renamed_since_is_told() {
    let (_, toml) = support::FILES
        .iter()
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    let toml = format!("{toml}[renamed]\napp = \"web/start\"\n");
    let world = second(&[
        ("changes.toml", CHANGES),
        ("base/feature.toml", &toml),
        ("base/src/app.rs", ""),
        ("base/src/web/start.rs", "pub fn run() {}\n"),
    ]);
    let notices = proposed(&Project::installed(), &world).notices;
    assert!(notices[0].is_security);
    assert_eq!(notices[0].paths, [APP]);
}

/// What a run says to a person: said by another process, since this one cannot read what it prints itself.
fn spoken(project: &Project, words: &str) -> String {
    let (_, speaker) = concat!(module_path!(), "::speaks")
        .split_once("::")
        .unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", speaker, "--ignored", "--nocapture"]);
    command.env("SIGRA_TEST_ROOT", &project.root);
    Said::of(command.env("SIGRA_TEST_WORDS", words)).err
}

#[test]
#[ignore = "no test by itself: the others have it speak"]
fn speaks() {
    let (Some(root), Ok(words)) = (env::var_os("SIGRA_TEST_ROOT"), env::var("SIGRA_TEST_WORDS"))
    else {
        return;
    };
    let mut world = world();
    world.voice.loudness = Loudness::Normal;
    let words = ["cargo-sigra"].into_iter().chain(words.split(' '));
    let words = words.map(OsString::from).chain(["--path".into(), root]);
    let cli = Cli::from_cargo_or_shell(words, cargo_sigra::feature::FEATURES).unwrap();
    commands::run(&cli, &world).unwrap();
}

const LOCKED_OUT: &str = "    Security 0.0.2: whoever guesses is locked out";

#[test]
fn the_real_run_says_what_it_brings_and_what_it_leaves() {
    let project = Project::installed();
    let said = spoken(&project, "upgrade --dry-run");
    let brings = format!("{LOCKED_OUT} (src/app.rs, migrations/locks.sql)\n");
    assert!(said.contains(&brings), "{said}");
    let said = spoken(&project, "upgrade --yes --skip src/app.rs");
    let leaves =
        format!("{LOCKED_OUT} (migrations/locks.sql; left for the next run: src/app.rs)\n");
    assert!(said.contains(&leaves), "{said}");
    assert!(
        said.contains("        News 0.0.2: a prettier page"),
        "{said}"
    );
    let said = spoken(&project, "upgrade --yes");
    let brings = format!("{LOCKED_OUT} (src/app.rs)\n");
    assert!(said.contains(&brings), "{said}");
}

#[test]
fn status_says_what_was_left_out() {
    let project = Project::installed();
    spoken(&project, "upgrade --yes --only static/");
    let said = spoken(&project, "status");
    let version = "Version 0.0.2, but for 2 templates that were left out of the last run\n";
    assert!(said.contains(version), "{said}");
    assert!(said.contains(LOCKED_OUT), "{said}");
    spoken(&project, "upgrade --yes");
    let said = spoken(&project, "status");
    assert!(
        said.contains("Version 0.0.2, which is this program's\n"),
        "{said}"
    );
    assert!(!said.contains(LOCKED_OUT), "{said}");
}

#[test]
fn the_rest_is_as_if_nothing_had_come_and_comes_the_next_time() {
    let (twice, once) = (Project::installed(), Project::installed());
    twice
        .typed(&["upgrade", "--yes", "--only-security"], &world())
        .unwrap();
    twice.install(&world()).unwrap();
    once.install(&world()).unwrap();
    assert_eq!(twice.tree(), once.tree());
}

#[test]
fn a_migration_that_closes_no_hole_waits() {
    let project = Project::installed();
    let changes = CHANGES.replace(", \"migrations/locks\"", "");
    let mut world = world();
    world.templates = support::templates(
        "0.0.2",
        &[
            ("changes.toml", &changes),
            (
                "sqlite/migrations/02_locks.sql",
                "create table locks (id blob);\n",
            ),
        ],
    );
    project
        .typed(&["upgrade", "--yes", "--only-security"], &world)
        .unwrap();
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert!(!manifest.migrations.contains_key("locks"));
}

#[test]
fn an_edit_stays_beside_what_closes_a_hole() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    let done = project.typed(&["upgrade", "--yes", "--only-security"], &world());
    assert_eq!(done.unwrap(), Exit::Remaining);
    let text = project.read(APP);
    assert!(
        text.contains("// mine\n") && text.contains("    safer();\n"),
        "{text}"
    );
}

#[test]
fn the_list_that_comes_along_names_what_there_is() {
    let set = Templates::embedded().unwrap();
    let paths: Vec<_> = set.paths().collect();
    let is_there = |id: &str| match id.strip_prefix("migrations/") {
        Some(name) => paths.iter().any(|path| path.contains(&format!("_{name}."))),
        None => paths
            .iter()
            .any(|path| cargo_sigra::templates::id(path) == id),
    };
    for change in &set.changes {
        for id in &change.templates {
            assert!(is_there(id), "changes.toml: {id} is no template");
        }
        assert!(
            change.version.to_string() <= set.version,
            "changes.toml: {}",
            change.says
        );
    }
}
