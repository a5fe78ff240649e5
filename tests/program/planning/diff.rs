//! `--diff` prints a patch, and `git apply` of that patch is the real run.

use std::{fs, path::Path};

use crate::support::{CARGO_TOML, MAIN, Project, first, second, sigra};
use cargo_sigra::{
    answers::Answers,
    changes::Changes,
    feature::Database,
    manifest::{self, Manifest},
    plan::Plan,
    project::Project as Found,
    review::{self, sides},
    world::World,
};

fn patch(root: &Path, world: &World) -> String {
    let (found, plan) = planned(root, world);
    review::patch(
        &Changes::propose(&found, &plan, world.now, world.random).unwrap(),
        &found,
    )
}

fn planned(root: &Path, world: &World) -> (Found, Plan) {
    let found = Found::read(root, &world.templates).unwrap();
    let answers = Answers {
        database: Database::Sqlite,
        key: cargo_sigra::feature::Key::Uuid,
        table: cargo_sigra::answers::Table::default(),
        features: [("passkeys", Default::default())].into(),
        starter: Some(cargo_sigra::feature::Shape::Bin),
    };
    let plan = Plan::new(&found, &answers, &world.templates).unwrap();
    (found, plan)
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

/// A folder that holds what was written last time, each file where it belongs, after a patch.
fn bases_after(project: &Project, patch: &str) -> Project {
    let bases = Project::empty();
    let recorded = Manifest::parse(&project.read(manifest::PATH)).unwrap();
    for (id, record) in &recorded.files {
        bases.write(&record.path, &project.read(&manifest::base_path(id)));
    }
    bases.git(&["init", "-q"]);
    fs::write(bases.root.join(".git/the.patch"), patch).unwrap();
    bases.git(&["apply", "--allow-empty", ".git/the.patch"]);
    bases
}

/// An owner who has edited, deleted and added, and templates that have news of every kind.
fn both_went_on() -> (Project, World) {
    let project = Project::installed();
    let ours = project.read("src/app.rs");
    project.write("src/app.rs", &ours.replace("one();", "mine();"));
    project.write("src/own.rs", "// not ours\n");
    project.remove("static/app.css");
    let news = [
        ("base/src/app.rs", ours.replace("four();", "five();")),
        ("base/src/new.rs", "// new\n".into()),
        ("starter-bin/src/main.rs", "fn main() {}\n".into()),
    ];
    let news: Vec<_> = news
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    (project, second(&news))
}

#[test]
fn mine_leads_from_what_was_written_to_what_is_there() {
    let (project, world) = both_went_on();
    let (found, plan) = planned(&project.root, &world);
    let bases = bases_after(&project, &sides::mine(&found, &plan));
    for path in ["src/app.rs", "src/main.rs"] {
        assert_eq!(bases.read(path), project.read(path), "{path}");
    }
    assert!(!bases.exists("static/app.css") && !bases.exists("src/new.rs"));
}

#[test]
fn upstream_leads_from_what_was_written_to_what_is_new() {
    let (project, world) = both_went_on();
    let (found, plan) = planned(&project.root, &world);
    let bases = bases_after(&project, &sides::upstream(&found, &plan));
    for (id, theirs) in &plan.files {
        assert_eq!(bases.read(&theirs.path).as_bytes(), theirs.bytes, "{id}");
    }
}

#[test]
fn upstream_takes_away_what_the_templates_have_dropped() {
    let project = Project::installed();
    let world = second(&[("base/static/app.css", "")]);
    let (found, plan) = planned(&project.root, &world);
    let bases = bases_after(&project, &sides::upstream(&found, &plan));
    assert!(!bases.exists("static/app.css") && bases.exists("src/app.rs"));
}

#[test]
fn other_line_ends_are_no_change_of_mine() {
    let project = Project::installed();
    let windows = project.read("src/app.rs").replace('\n', "\r\n");
    project.write("src/app.rs", &windows);
    let (found, plan) = planned(&project.root, &first());
    assert_eq!(sides::mine(&found, &plan), "");
    project.write("src/app.rs", &windows.replace("one();", "mine();"));
    let (found, plan) = planned(&project.root, &first());
    let patch = sides::mine(&found, &plan);
    assert_eq!(patch.matches("\n-").count(), 2, "{patch}");
}

#[test]
fn before_anything_is_installed_nothing_is_mine() {
    let (found, plan) = planned(&Project::fresh().root, &first());
    assert_eq!(sides::mine(&found, &plan), "");
    assert!(sides::upstream(&found, &plan).contains("+++ b/src/app.rs"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn each_of_them_is_typed_behind_an_equals_sign_and_writes_nothing() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes"]);
    let main = project.read("src/main.rs");
    project.write("src/main.rs", &format!("{main}// mine\n"));
    let before = project.tree();
    let said = |flag| sigra(&project.root, &["install", "--yes", flag]).out;
    assert!(said("--diff=mine").contains("\n+// mine\n"));
    assert_eq!(said("--diff=upstream"), "");
    assert_eq!(said("--diff"), "");
    assert_eq!(project.tree(), before);
    assert_eq!(sigra(&project.root, &["install", "--diff=their"]).exit, 2);
}

#[test]
fn colours_are_for_somebody_who_looks() {
    let project = Project::fresh();
    let words = ["install", "--yes", "--diff", "--color", "always"];
    assert!(sigra(&project.root, &words).out.contains("\u{1b}[32m+"));
}
