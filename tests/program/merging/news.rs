//! Versions say what they bring, security first, and what closes a hole can be taken alone.

use crate::support::{Project, proposed, second};
use cargo_sigra::{
    manifest::{Manifest, PATH},
    refusal::Exit,
    templates::Templates,
    world::World,
};

const APP: &str = "src/app.rs";
const CSS: &str = "static/app.css";
const CHANGES: &str = r#"
[[change]]
version = "2.0.0"
templates = ["static/app.css"]
says = "a prettier page"

[[change]]
version = "2.0.0"
templates = ["app", "migrations/locks"]
security = true
says = "whoever guesses is locked out"

[[change]]
version = "1.0.0"
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
            "2.0.0 whoever guesses is locked out: src/app.rs, migrations/locks.sql",
            "2.0.0 a prettier page: static/app.css",
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
    assert_eq!(told(&project), ["2.0.0 a prettier page: static/app.css"]);
    project.install(&world()).unwrap();
    assert!(project.read(CSS).contains("red"));
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
    world.templates = crate::support::templates(
        "2.0.0",
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
