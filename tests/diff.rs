//! `--diff` prints a patch, and `git apply` of that patch is the real run.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

use cargo_sigra::{
    answers::Answers,
    changes::Changes,
    cli::Diff,
    feature::Database,
    manifest::{Manifest, PATH, base_path},
    plan::Plan,
    project::Project as Found,
    review,
    world::World,
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
    review::patch::of_tree(
        &Changes::propose(&found, &plan, world.now, world.random).unwrap(),
        &found,
    )
}

/// Applies the patch to a copy, installs into the original, and compares; but for the secrets,
/// which a patch does not show.
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

/// What was written last time, each file in its place, in a repository.
fn bases(project: &Project) -> Project {
    let bases = Project::empty();
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    for (id, record) in &manifest.files {
        let base = project.root.join(base_path(id));
        bases.write(&record.path, &fs::read_to_string(base).unwrap());
    }
    bases.git(&["init", "-q"]);
    bases
}

/// The patch that the program prints, applied.
fn apply(to: &Project, project: &Project, of: Diff, world: &World) {
    let found = Found::read(&project.root.canonicalize().unwrap(), &world.templates).unwrap();
    let manifest = found.manifest.clone().unwrap();
    let answers = Answers {
        database: Database::Sqlite,
        key: manifest.key,
        table: manifest.table,
        features: Default::default(),
        starter: manifest.starter,
    };
    let plan = Plan::new(&found, &answers, &world.templates).unwrap();
    let changes = Changes::propose(&found, &plan, world.now, world.random).unwrap();
    let patch = match of {
        Diff::Mine => review::patch::of_mine(&found),
        _ => review::patch::of_upstream(&changes, &found, &plan),
    };
    let file = to.root.join(".git/the.patch");
    fs::write(&file, patch).unwrap();
    to.git(&["apply", "--allow-empty", file.to_str().unwrap()]);
}

#[test]
fn of_mine_leads_from_what_was_written_to_what_is_there() {
    let project = Project::installed();
    let ours = project.read("src/app.rs");
    project.write("src/app.rs", &ours.replace("one();", "mine();"));
    project.remove("static/app.css");
    let bases = bases(&project);
    apply(
        &bases,
        &project,
        Diff::Mine,
        &second(&[("base/src/app.rs", "pub fn run() {}\n")]),
    );
    for path in ["src/app.rs", "src/main.rs"] {
        assert_eq!(bases.read(path), project.read(path), "{path}");
    }
    assert!(!bases.exists("static/app.css"));
}

#[test]
fn of_upstream_leads_from_what_was_written_to_what_would_be_written_today() {
    let project = Project::installed();
    project.write("src/app.rs", "pub fn run() {}\n// mine\n");
    let world = second(&[
        ("base/src/app.rs", "pub fn run() {\n    newer();\n}\n"),
        ("base/src/news.rs", "pub fn news() {}\n"),
        ("base/static/app.css", ""),
    ]);
    let bases = bases(&project);
    apply(&bases, &project, Diff::Upstream, &world);
    assert_eq!(
        bases.read("src/app.rs"),
        "pub fn run() {\n    newer();\n}\n"
    );
    assert_eq!(bases.read("src/news.rs"), "pub fn news() {}\n");
    assert!(
        !bases.exists("static/app.css"),
        "a template that is empty now is gone"
    );
}

#[test]
fn of_the_three_each_is_asked_for_by_name() {
    let project = Project::installed();
    let ours = project.read("src/app.rs");
    project.write("src/app.rs", &ours.replace("one();", "mine();"));
    let mine = sigra(&project.root, &["install", "--yes", "--diff=mine"]);
    assert!(mine.out.contains("+    mine();"), "{}", mine.out);
    let before = project.tree();
    let upstream = sigra(&project.root, &["install", "--yes", "--diff=upstream"]);
    assert!(!upstream.out.contains("mine();"), "{}", upstream.out);
    let wrong = sigra(&project.root, &["install", "--yes", "--diff=theirs"]);
    assert_eq!(wrong.exit, 2);
    assert_eq!(project.tree(), before);
}
