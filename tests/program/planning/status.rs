//! `cargo sigra status`: what became of what was written, looked at anew each time.

use crate::support::{Project, Said, first, second, sigra, status};
use cargo_sigra::{
    apply::{self, Disk, Fault},
    merge::Word,
    refusal::Exit,
    status::{EditStatus, FileState, MigrationState, MigrationStatus},
    world::World,
};

const APP: &str = "src/app.rs";

fn standing(project: &Project, world: &World, path: &str) -> FileState {
    let status = status(project, world);
    let mut files = status.files.iter();
    files.find(|file| file.path == path).unwrap().state
}

#[test]
fn after_an_installation_everything_is_identical() {
    let status = status(&Project::installed(), &first());
    let mut files = status.files.iter();
    assert!(files.all(|file| file.state == FileState::Identical));
    assert!(!status.would_change && status.remaining.is_empty());
    assert!(status.migrations.is_empty() && status.edits.is_empty() && status.deps.is_empty());
}

#[test]
fn other_line_ends_are_identical_still() {
    let project = Project::installed();
    project.write(APP, &project.read(APP).replace('\n', "\r\n"));
    assert_eq!(standing(&project, &first(), APP), FileState::Identical);
}

#[test]
fn an_edit_a_deletion_and_a_dropped_file_have_their_words() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    project.remove("src/main.rs");
    project.write("static/app.css", "b {\n}\n");
    let dropped = second(&[("base/static/app.css", "")]);
    project.install(&dropped).unwrap();
    assert_eq!(standing(&project, &dropped, APP), FileState::Yours);
    assert_eq!(
        standing(&project, &dropped, "src/main.rs"),
        FileState::Deleted
    );
    assert_eq!(
        standing(&project, &dropped, "static/app.css"),
        FileState::Orphan
    );
}

#[test]
fn what_waits_beside_a_file_is_told_until_it_is_gone() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    project.install(&first()).unwrap();
    assert_eq!(standing(&project, &first(), APP), FileState::Waiting);
    assert_eq!(status(&project, &first()).remaining.len(), 1);
    project.remove("src/app.rs.sigra-new");
    assert_eq!(status(&project, &first()).remaining.len(), 0);
}

#[test]
fn a_conflict_to_come_is_news_and_nothing_to_resolve_yet() {
    let project = Project::installed();
    let ours = project.read(APP);
    project.write(APP, &ours.replace("one();", "mine();"));
    let news = second(&[("base/src/app.rs", &ours.replace("one();", "news();"))]);
    let status = status(&project, &news);
    assert_eq!(status.news, [(APP.to_owned(), Some(Word::Marked))]);
    assert!(status.remaining.is_empty(), "{:?}", status.remaining);
}

#[test]
fn without_a_base_it_is_not_claimed_to_be_edited() {
    let project = Project::installed();
    project.write(".sigra/base/app.base", "garbage");
    let newer = second(&[("base/src/app.rs", "// news\n")]);
    assert_eq!(standing(&project, &newer, APP), FileState::Unknown);
    // These templates would write it again as it was.
    assert_eq!(standing(&project, &first(), APP), FileState::Identical);
}

#[test]
fn a_file_at_another_place_than_in_the_templates_is_moved() {
    let project = Project::installed();
    let words = ["mv", APP, "src/other.rs"];
    project.typed(&words, &first()).unwrap();
    let status = status(&project, &first());
    let moved = status.files.iter().find(|file| file.moved_from.is_some());
    assert_eq!(moved.unwrap().path, "src/other.rs");
    assert_eq!(moved.unwrap().moved_from.as_deref(), Some(APP));
}

#[test]
fn a_migration_that_is_gone_or_changed_is_named() {
    let project = Project::installed();
    let path = "migrations/20261123120000_users.sql";
    let is = |state| MigrationStatus {
        path: path.into(),
        state,
    };
    project.write(path, "create table users (id text);\n");
    assert_eq!(
        status(&project, &first()).migrations,
        [is(MigrationState::Changed)]
    );
    project.remove(path);
    assert_eq!(
        status(&project, &first()).migrations,
        [is(MigrationState::Missing)]
    );
}

#[test]
fn a_line_and_a_key_that_were_taken_out_are_named_and_found_again() {
    let project = Project::installed();
    let [ignore, cargo] = [".gitignore", "Cargo.toml"].map(|path| project.read(path));
    project.write(".gitignore", &ignore.replace("*.db\n", ""));
    project.write(
        "Cargo.toml",
        &cargo.replace("rust-version = \"1.85\"\n", ""),
    );
    let missing = |path: &str, missing: &str| EditStatus {
        path: path.into(),
        missing: missing.into(),
    };
    assert_eq!(
        status(&project, &first()).edits,
        [
            missing(".gitignore", "*.db"),
            missing("Cargo.toml", "package.rust-version")
        ]
    );
    project.write(".gitignore", &ignore);
    project.write("Cargo.toml", &cargo);
    assert_eq!(status(&project, &first()).edits, []);
}

const DEPS: &str = "says = \"people\"\n[[dependencies]]\ngroup = \"web\"\naxum = \"0.8\"\ntokio = { version = \"1\", features = [\"rt\", \"time\"] }\n[dev-dependencies]\ntempfile = \"3\"\n";

#[test]
fn dependencies_and_features_of_ours_that_are_missing_are_named() {
    let project = Project::fresh();
    let world = second(&[("base/feature.toml", DEPS)]);
    project.install(&world).unwrap();
    assert_eq!(status(&project, &world).deps, Vec::<String>::new());
    let cargo = project.read("Cargo.toml");
    let cargo = cargo.replace("axum = \"0.8\"\n", "");
    let cargo = cargo.replace("\"rt\", \"time\"", "\"rt\"");
    project.write("Cargo.toml", &cargo.replace("tempfile = \"3\"\n", ""));
    assert_eq!(
        status(&project, &world).deps,
        [
            "axum",
            "dev-dependencies.tempfile",
            "tokio (features: time)"
        ]
    );
}

#[test]
fn news_are_named_with_what_would_become_of_them() {
    let project = Project::installed();
    let world = second(&[
        ("base/src/app.rs", "// news\n"),
        ("base/src/new.rs", "// new\n"),
    ]);
    let status = status(&project, &world);
    assert_eq!(
        status.news,
        [
            (APP.to_owned(), Some(Word::Updated)),
            ("src/new.rs".to_owned(), Some(Word::Created))
        ]
    );
    assert!(status.would_change);
    assert_eq!(
        (status.templates.as_str(), status.program.as_str()),
        ("0.0.1", "0.0.2")
    );
}

#[test]
fn what_waits_already_is_no_news() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    project.install(&first()).unwrap();
    assert_eq!(status(&project, &first()).news, []);
}

fn shop() -> Project {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    project
}

fn json(said: &Said) -> serde_json::Value {
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn check_ends_with_3_where_an_installation_would_change_something_and_writes_nothing() {
    let project = shop();
    assert_eq!(sigra(&project.root, &["status", "--check"]).exit, 0);
    project.remove(".gitattributes");
    project.remove(".sigra/.ignore");
    let before = project.tree();
    assert_eq!(sigra(&project.root, &["status", "--check"]).exit, 3);
    assert_eq!(sigra(&project.root, &["status"]).exit, 0);
    assert_eq!(project.tree(), before);
}

#[test]
fn it_can_be_asked_from_a_folder_in_the_project() {
    let said = sigra(&shop().root.join("src/web"), &["status"]);
    assert_eq!(said.exit, 0);
    assert!(
        said.err.ends_with("Finished nothing to do\n"),
        "{}",
        said.err
    );
}

#[test]
fn a_run_that_was_stopped_is_told_with_how_far_it_came() {
    let stopped = |at| {
        let project = Project::installed();
        let world = World {
            disk: Disk::with(Fault::Crash(at)),
            ..second(&[("base/src/app.rs", "// news\n")])
        };
        _ = project.install(&world);
        project
    };
    let mut projects = (0..60).rev().map(stopped);
    let is_stopped = |project: &Project| apply::is_unfinished(&project.root);
    let project = projects.find(is_stopped).unwrap();
    let said = sigra(&project.root, &["status"]);
    assert_eq!(said.exit, 5, "{}", said.err);
    assert_eq!(
        said.err,
        "error: `cargo sigra install` of 2026-12-24 18:00 UTC was stopped when 3 of its 3 files were written; `cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it\n"
    );
}

#[test]
fn json_is_one_document_with_all_of_it() {
    let project = shop();
    project.write("src/main.rs", "// mine\n");
    project.remove("src/app.rs");
    project.remove(".gitattributes");
    let said = sigra(&project.root, &["status", "-q", "--format", "json"]);
    let document = json(&said);
    assert_eq!(
        (&document["schema"], &document["command"], &document["exit"]),
        (&1.into(), &"status".into(), &0.into())
    );
    let files = document["files"].as_array().unwrap();
    let has = |path: &str, action: &str| {
        files
            .iter()
            .any(|file| file["path"] == path && file["action"] == action)
    };
    assert!(has("src/main.rs", "yours") && has(APP, "deleted") && has("src/keys.rs", "identical"));
    assert_eq!(document["edits"][0]["missing"], "migrations/** -text");
    assert_eq!(document["deps"], serde_json::json!([]));
    assert_eq!(document["would_change"], true);
}

#[test]
fn a_module_in_two_files_is_told_until_one_is_gone() {
    let project = Project::installed();
    project.write("src/app/mod.rs", "// mine\n");
    let check = ["status", "--check", "--quiet"];
    assert_eq!(project.typed(&check, &first()).unwrap(), Exit::Done);
    let steps = || -> Vec<_> {
        let remaining = status(&project, &first()).remaining;
        remaining.iter().map(ToString::to_string).collect()
    };
    let step = "src/app.rs and src/app/mod.rs are the same module, which the compiler refuses (E0584): \
                bring what you need into one of them and delete the other";
    assert_eq!(steps(), [step]);
    assert_eq!(project.install(&first()).unwrap(), Exit::Remaining);
    project.remove("src/app/mod.rs");
    assert_eq!(steps(), [""; 0]);
}
