//! `--diff` prints a patch, and `git apply` of that patch is the real run.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

use cargo_sigra::{
    answers::Answers, changes::Changes, feature::Database, plan::Plan, project::Project as Found,
    review, world::World,
};
use support::{CARGO_TOML, MAIN, Project, first, second, sigra};

fn patch(root: &Path, world: &World) -> String {
    let found = Found::read(root, &world.templates).unwrap();
    let answers = Answers {
        database: Database::Sqlite,
        key: cargo_sigra::feature::Key::Uuid,
        table: cargo_sigra::answers::Table::default(),
        features: Default::default(),
        starter: Some(cargo_sigra::feature::Shape::Bin),
    };
    let plan = Plan::new(&found, &answers, &world.templates).unwrap();
    review::patch(
        &Changes::propose(&found, &plan, world.now, world.random).unwrap(),
        &found,
    )
}

/// Applies the patch to a copy, installs into the original, and compares; but for the secrets,
/// which a patch does not show, and the way back from conflicts, which no git ever sees.
fn assert_same(project: &Project, member: &str, world: &World) {
    let copy = project.copy();
    copy.git(&["init", "-q"]);
    let root = project.root.join(member).canonicalize().unwrap();
    let file = copy.root.join(".git/the.patch");
    fs::write(&file, patch(&root, world)).unwrap();
    copy.git(&["apply", file.to_str().unwrap()]);

    let mut member = Project::empty();
    member.root = root;
    member.install(world).unwrap();
    let without_secrets = |project: &Project| {
        let mut tree = project.tree();
        tree.retain(|path, _| path != ".env" && !path.ends_with("/.env"));
        tree.retain(|path, _| !path.contains(".sigra/txn/"));
        tree
    };
    assert_eq!(without_secrets(&copy), without_secrets(project));
}

#[test]
fn of_a_first_installation() {
    assert_same(&Project::fresh(), ".", &first());
}

#[test]
fn of_news_an_edit_a_conflict_and_a_removal() {
    let project = Project::installed();
    let ours = project.read("src/app.rs");
    project.write("src/app.rs", &ours.replace("one();", "mine();"));
    let news = [
        ("base/src/app.rs", ours.replace("one();", "news();")),
        ("base/src/new.rs", "// new\n".into()),
        ("base/static/app.css", String::new()),
        ("starter-bin/src/main.rs", "fn main() {}\n".into()),
    ];
    let news: Vec<_> = news
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    assert_same(&project, ".", &second(&news));
}

#[test]
fn of_files_with_windows_line_ends() {
    let project = Project::fresh();
    project.write("src/main.rs", &MAIN.replace('\n', "\r\n"));
    project.write(".gitignore", "/target\r\n");
    assert_same(&project, ".", &first());
}

#[test]
fn of_a_file_without_a_last_line_end() {
    let project = Project::fresh();
    project.write(".gitignore", "/target");
    assert_same(&project, ".", &first());
}

#[test]
fn of_a_script() {
    assert_same(
        &Project::fresh(),
        ".",
        &second(&[("base/bin/start", "#!/bin/sh\n")]),
    );
}

#[test]
fn of_a_member_in_the_folder_of_its_workspace() {
    let workspace = Project::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"our crates/shop\"]\n",
    );
    workspace.write("our crates/shop/Cargo.toml", CARGO_TOML);
    workspace.write("our crates/shop/src/main.rs", MAIN);
    let feature =
        "says = \"people\"\n[profile.dev]\ndebug = 1\n[dev-dependencies]\ntempfile = \"3\"\n";
    assert_same(
        &workspace,
        "our crates/shop",
        &second(&[("base/feature.toml", feature)]),
    );
}

#[test]
fn shows_where_secrets_are_made_and_not_what_they_are() {
    let patch = patch(&Project::fresh().root, &first());
    assert!(patch.contains("+KEY=<generated>\n"), "{patch}");
    assert!(!patch.contains("AAEC"), "{patch}");
}

#[test]
fn does_not_show_secrets_that_were_there() {
    let project = Project::fresh();
    project.write(".env", "MINE=secret\n");
    let patch = patch(&project.root, &first());
    assert!(
        !patch.contains("MINE") && !patch.contains("secret"),
        "{patch}"
    );
}

#[test]
fn of_nothing_is_nothing() {
    assert_eq!(patch(&Project::installed().root, &first()), "");
}

#[test]
fn goes_to_stdout_alone() {
    let project = Project::fresh();
    let said = sigra(&project.root, &["install", "--yes", "--diff"]);
    assert!(said.out.starts_with("diff --git a/"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'));
}
