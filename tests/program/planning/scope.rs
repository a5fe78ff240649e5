//! `--only` and `--skip`: what is left out of a run keeps file and base, and comes with the next one.

use crate::support::{FILES, Project, second, sigra};
use cargo_sigra::{
    answers::{Glob, Requested, RunOptions, Scope},
    cli::Mode,
    manifest::{Manifest, PATH},
    refusal::{Exit, Refusal},
    world::World,
};

const APP: &str = "src/app.rs";
const CSS: &str = "static/app.css";

/// News for two files, a new file and a new migration.
fn news() -> World {
    second(&[
        ("base/src/app.rs", "pub fn run() {}\n"),
        ("base/static/app.css", "b {\n}\n"),
        ("base/src/more.rs", "// more\n"),
        (
            "sqlite/migrations/02_more.sql",
            "create table more (id blob);\n",
        ),
        (
            "sqlite/migrations/03_last.sql",
            "create table last (id blob);\n",
        ),
    ])
}

fn scope(only: &[&str], skip: &[&str]) -> Scope {
    let globs = |typed: &[&str]| {
        let globs = typed.iter().map(|typed| Glob::parse(typed).unwrap());
        globs.collect()
    };
    Scope {
        only: globs(only),
        skip: globs(skip),
        only_security: false,
        only_resolved: false,
    }
}

fn run(project: &Project, scope: Scope, world: &World) -> anyhow::Result<Exit> {
    let requested = Requested {
        yes: true,
        options: RunOptions {
            scope,
            ..RunOptions::default()
        },
        ..Requested::default()
    };
    project.install_with(requested, Mode::default(), world)
}

fn manifest(project: &Project) -> Manifest {
    Manifest::parse(&project.read(PATH)).unwrap()
}

fn migrations(project: &Project) -> usize {
    let tree = project.tree();
    tree.keys()
        .filter(|path| path.starts_with("migrations/"))
        .count()
}

#[test]
fn only_what_is_named_advances() {
    let (project, before) = (Project::installed(), Project::installed());
    assert_eq!(
        run(&project, scope(&[CSS], &[]), &news()).unwrap(),
        Exit::Done
    );
    assert_eq!(project.read(CSS), "b {\n}\n");
    assert_eq!(project.read(APP), before.read(APP));
    let base = ".sigra/base/app.base";
    assert_eq!(project.read(base), before.read(base));
    assert!(!project.exists("src/more.rs"));
}

#[test]
fn all_but_what_is_skipped_advances() {
    let (project, before) = (Project::installed(), Project::installed());
    run(&project, scope(&[], &["src/a*.rs"]), &news()).unwrap();
    assert_eq!(project.read(APP), before.read(APP));
    assert_eq!(project.read(CSS), "b {\n}\n");
    assert!(project.exists("src/more.rs"));
}

#[test]
fn what_waits_knows_the_version_of_its_base() {
    let project = Project::installed();
    run(&project, scope(&[CSS], &[]), &news()).unwrap();
    let manifest = manifest(&project);
    assert_eq!(manifest.templates, "0.0.2");
    assert_eq!(manifest.files["app"].templates.as_deref(), Some("0.0.1"));
    assert_eq!(manifest.files[CSS].templates, None);
}

#[test]
fn what_waits_comes_with_the_next_run() {
    let (project, at_once) = (Project::installed(), Project::installed());
    run(&project, scope(&[CSS], &[]), &news()).unwrap();
    project.install(&news()).unwrap();
    at_once.install(&news()).unwrap();
    assert_eq!(project.tree(), at_once.tree());
}

#[test]
fn an_edit_of_what_waits_is_merged_by_its_own_base_later() {
    let project = Project::installed();
    let ours = project.read(APP);
    project.write(APP, &ours.replace("one();", "mine();"));
    let news = ours.replace("four();", "five();");
    let world = second(&[("base/src/app.rs", &news)]);
    run(&project, scope(&[], &[APP]), &world).unwrap();
    assert!(project.read(APP).contains("mine();") && project.read(APP).contains("four();"));
    project.install(&world).unwrap();
    assert!(project.read(APP).contains("mine();") && project.read(APP).contains("five();"));
}

#[test]
fn a_file_that_the_templates_drop_may_wait_too() {
    let project = Project::installed();
    let world = second(&[("base/static/app.css", "")]);
    run(&project, scope(&[], &["static/"]), &world).unwrap();
    assert!(project.exists(CSS));
    project.install(&world).unwrap();
    assert!(!project.exists(CSS));
}

#[test]
fn migrations_come_all_or_none() {
    let project = Project::installed();
    run(&project, scope(&[], &["migrations/more.sql"]), &news()).unwrap();
    assert_eq!(migrations(&project), 1);
    project.install(&news()).unwrap();
    assert_eq!(migrations(&project), 3);
}

#[test]
fn a_conflict_that_waits_does_not_conflict() {
    let project = Project::installed();
    project.write(APP, "pub fn run() {\n    mine();\n}\n");
    let exit = run(&project, scope(&[], &[APP]), &news()).unwrap();
    assert_eq!(exit, Exit::Done);
}

#[test]
fn going_on_after_a_conflict_takes_nothing_else() {
    let project = Project::installed();
    project.write(APP, "pub fn run() {\n    mine();\n}\n");
    assert_eq!(
        run(&project, scope(&[APP], &[]), &news()).unwrap(),
        Exit::Remaining
    );
    project.write(APP, "pub fn run() {}\n");
    let going_on = Scope {
        only_resolved: true,
        ..Scope::default()
    };
    assert_eq!(run(&project, going_on, &news()).unwrap(), Exit::Done);
    let manifest = manifest(&project);
    assert!(manifest.pending.is_empty());
    assert_eq!(manifest.files["app"].templates, None);
    assert_eq!(project.read(CSS), "a {\n}\n");
    assert_eq!(migrations(&project), 1);
    project.install(&news()).unwrap();
    assert_eq!(project.read(CSS), "b {\n}\n");
}

/// News for two files, a crate and a line to ignore.
fn news_with_a_crate() -> World {
    let mut files = FILES.iter();
    let (path, feature) = files
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    let feature = feature.replace("\"*.db\"", "\"*.db\", \"*.log\"");
    let feature = format!("{feature}[[dependencies]]\ngroup = \"data\"\nargon2 = \"0.5\"\n");
    second(&[
        (path, &feature),
        ("base/src/app.rs", "pub fn run() {}\n"),
        ("base/static/app.css", "b {\n}\n"),
    ])
}

fn notes(project: &Project, scope: Scope, world: &World) -> Vec<String> {
    let read = cargo_sigra::project::Project::read(&project.root, &world.templates).unwrap();
    let mut plan =
        cargo_sigra::plan::Plan::new(&read, &crate::support::no_features(), &world.templates)
            .unwrap();
    plan.options.scope = scope;
    let changes =
        cargo_sigra::changes::Changes::propose(&read, &plan, world.now, world.random).unwrap();
    changes.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn crates_and_lines_come_along_whole_and_that_is_said() {
    let project = Project::installed();
    let told =
        "all that is new for .gitignore, Cargo.toml comes with it: what is taken may need that";
    let told_for = |scope, world: &World| notes(&project, scope, world);
    let all = told_for(scope(&[CSS], &[]), &news_with_a_crate());
    assert!(all.iter().any(|note| note == told), "{all:?}");
    let is_said = |notes: Vec<String>| notes.iter().any(|note| note.contains("comes with it"));
    assert!(!is_said(told_for(Scope::default(), &news_with_a_crate())));
    assert!(!is_said(told_for(scope(&[CSS], &[]), &news())));
    run(&project, scope(&[CSS], &[]), &news_with_a_crate()).unwrap();
    assert!(project.read("Cargo.toml").contains("argon2 = \"0.5\""));
    assert!(project.read(".gitignore").contains("*.log"));
}

#[test]
fn a_pattern_that_means_nothing_is_a_typing_error() {
    let project = Project::installed();
    let before = project.tree();
    let error = run(&project, scope(&["src/wbe/**"], &[]), &news()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "src/wbe/** means no file of the templates; see their paths with `cargo sigra upgrade --dry-run --verbose`"
    );
    assert_eq!(error.downcast_ref::<Refusal>().unwrap().exit(), Exit::Usage);
    assert_eq!(project.tree(), before);
}

#[test]
fn both_can_be_given_more_than_once() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let words = [
        "upgrade", "--yes", "--only", "src/", "--only", "docs/", "--skip", "*.md",
    ];
    let said = sigra(&project.root, &words);
    assert_eq!(
        (said.exit, said.err.contains("nothing to change")),
        (0, true),
        "{}",
        said.err
    );
}
