//! Files that their owner has moved: found again where nothing has to be guessed, asked about or
//! named where something has, and kept up to date at their new place.

use std::fs;

use crate::support::{FILES, Project, first, proposed, second, sigra};
use cargo_sigra::{
    manifest::{FileRecord, Manifest, PATH, State},
    refusal::Exit,
    world::World,
};

const APP: &str = "src/app.rs";
const NEW: &str = "src/shop/start.rs";
const TEXT: &str = "pub fn run() {\n    one();\n    two();\n    three();\n    four();\n}\n";

fn news() -> World {
    second(&[("base/src/app.rs", &TEXT.replace("four", "five"))])
}

fn record(project: &Project) -> FileRecord {
    Manifest::parse(&project.read(PATH)).unwrap().files["app"].clone()
}

/// Moved as an editor does it, with this in it now.
fn moved(text: &str) -> Project {
    let project = Project::installed();
    project.remove(APP);
    project.write(NEW, text);
    project
}

#[test]
fn a_file_that_was_moved_as_it_is_gets_its_news_there() {
    let project = moved(TEXT);
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(project.read(NEW), TEXT.replace("four", "five"));
    assert!(!project.exists(APP));
    let record = record(&project);
    assert_eq!((record.path.as_str(), record.state), (NEW, State::Here));
    assert_eq!(record.origin.as_deref(), Some(APP));
    let before = project.tree();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before, "the second run changes nothing");
}

#[test]
fn afterwards_it_is_merged_like_any_other() {
    let project = moved(TEXT);
    project.install(&first()).unwrap();
    project.write(NEW, &TEXT.replace("one", "mine"));
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    let both = TEXT.replace("one", "mine").replace("four", "five");
    assert_eq!(project.read(NEW), both);
}

#[test]
fn other_line_ends_do_not_make_it_another_file() {
    let project = moved(&TEXT.replace('\n', "\r\n"));
    project.install(&news()).unwrap();
    let text = TEXT.replace("four", "five").replace('\n', "\r\n");
    assert_eq!(project.read(NEW), text);
}

#[test]
fn a_file_that_was_moved_back_is_where_it_belongs() {
    let project = moved(TEXT);
    project.install(&first()).unwrap();
    project.remove(NEW);
    project.write(APP, TEXT);
    project.install(&first()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn of_two_that_are_the_same_it_is_the_one_of_the_same_name() {
    let project = moved(TEXT);
    project.write("src/deep/app.rs", TEXT);
    project.install(&news()).unwrap();
    assert_eq!(record(&project).path, "src/deep/app.rs");
    assert_eq!(project.read(NEW), TEXT);
}

#[test]
fn where_it_cannot_be_told_which_one_it_is_both_stay_as_they_are_and_a_step_asks() {
    let project = moved(TEXT);
    project.write("src/shop/again.rs", TEXT);
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(NEW), TEXT);
    assert_eq!(project.read("src/shop/again.rs"), TEXT);
    assert_eq!(record(&project).state, State::Here);
}

#[test]
fn a_base_that_was_tampered_with_finds_nothing() {
    let project = moved("// something else\n");
    project.write(".sigra/base/app.base", "// something else\n");
    project.install(&first()).unwrap();
    assert_eq!(record(&project).state, State::Deleted);
}

#[test]
fn nothing_is_looked_for_among_what_programs_have_made_or_in_other_packages() {
    for path in [
        "target/app.rs",
        ".old/app.rs",
        "node_modules/app.rs",
        "other/app.rs",
    ] {
        let project = Project::installed();
        project.remove(APP);
        project.write(path, TEXT);
        project.write("other/Cargo.toml", "[package]\nname = \"other\"\n");
        project.install(&first()).unwrap();
        assert_eq!(record(&project).state, State::Deleted, "{path}");
    }
}

#[test]
fn a_file_that_is_only_much_alike_is_named_with_the_command_and_nothing_is_done_to_it() {
    let project = moved(&TEXT.replace("one", "mine"));
    let steps = proposed(&project, &news()).remaining;
    let step = "src/app.rs is gone, and src/shop/start.rs is 83 % alike: if you have moved it there, \
                run `cargo sigra mv src/app.rs src/shop/start.rs` and this again; if you have \
                deleted it, run `cargo sigra forget src/app.rs`";
    assert!(
        steps.iter().any(|said| said.to_string() == step),
        "{steps:?}"
    );
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(NEW), TEXT.replace("one", "mine"));
    assert_eq!(record(&project).state, State::Here);
}

#[test]
fn without_news_it_is_a_note_and_waits_for_an_answer() {
    let project = moved(&TEXT.replace("one", "mine"));
    let notes = proposed(&project, &first()).notes;
    let note = "src/app.rs is gone, and src/shop/start.rs is 83 % alike: if you have moved it there, \
                run `cargo sigra mv src/app.rs src/shop/start.rs`, and it is kept up to date";
    assert!(
        notes.iter().any(|said| said.to_string() == note),
        "{notes:?}"
    );
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
}

#[test]
fn a_file_that_is_something_else_is_not_named() {
    let project =
        moved("pub fn other() {\n    nothing();\n    of();\n    the();\n    kind();\n}\n");
    assert_eq!(proposed(&project, &news()).guesses, []);
}

#[test]
fn once_it_was_named_its_news_are_merged() {
    let project = moved(&TEXT.replace("one", "mine"));
    project.install(&first()).unwrap();
    let done = project.typed(&["mv", APP, NEW], &first());
    assert_eq!(done.unwrap(), Exit::Done);
    assert_eq!(record(&project).state, State::Here);
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    let both = TEXT.replace("one", "mine").replace("four", "five");
    assert_eq!(project.read(NEW), both);
}

#[test]
fn mv_moves_what_is_still_there_and_what_waits_beside_it() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    project
        .typed(&["install", "--yes", "--on-conflict", "sidecar"], &news())
        .unwrap();
    assert!(project.exists("src/app.rs.sigra-new"));
    fs::create_dir(project.root.join("src/shop")).unwrap();
    project.typed(&["mv", APP, "src/shop"], &news()).unwrap();
    assert_eq!(project.read("src/shop/app.rs"), "// mine\n");
    assert!(project.exists("src/shop/app.rs.sigra-new"));
    assert!(!project.exists(APP) && !project.exists("src/app.rs.sigra-new"));
    let before = project.tree();
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.tree(), before);
}

#[test]
fn mv_there_and_back_leaves_everything_as_it_was() {
    let project = Project::installed();
    project.typed(&["mv", APP, NEW], &first()).unwrap();
    assert_eq!(project.read(NEW), TEXT);
    assert!(!project.exists(APP));
    project.typed(&["mv", NEW, APP], &first()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn a_move_that_would_lose_something_or_mean_nothing_is_refused() {
    let project = Project::installed();
    project.write("src/mine.rs", "// mine\n");
    let users = "migrations/20261123120000_users.sql";
    for (from, to, why) in [
        (
            APP,
            "src/mine.rs",
            "src/app.rs and src/mine.rs are both there; remove one of them, then run this again",
        ),
        (
            APP,
            "src/main.rs",
            "src/main.rs is another file of ours; choose another path",
        ),
        (APP, APP, "src/app.rs is there already"),
        (
            APP,
            "../elsewhere.rs",
            "../elsewhere.rs is not in this project; name a path in ",
        ),
        (
            users,
            "migrations/x.sql",
            "migrations/20261123120000_users.sql is a migration: databases know it by its name, and it stays where it is",
        ),
        (
            "src/mine.rs",
            NEW,
            "src/mine.rs was not written by cargo sigra; ",
        ),
    ] {
        let (said, exit) = project.typed_refusal(&["mv", from, to], &first());
        assert!(said.starts_with(why), "{said}");
        assert_eq!(exit, Exit::Usage);
    }
    project.remove(APP);
    let (said, _) = project.typed_refusal(&["mv", APP, NEW], &first());
    assert_eq!(
        said,
        "neither src/app.rs nor src/shop/start.rs is there; bring one of them back first"
    );
}

#[test]
fn a_file_that_its_owner_moved_stays_there_when_the_templates_rename_it() {
    let project = moved(TEXT);
    project.install(&first()).unwrap();
    let (_, toml) = FILES
        .iter()
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    let toml = format!("{toml}[renamed]\napp = \"web/start\"\n");
    let world = second(&[
        ("base/feature.toml", &toml),
        ("base/src/app.rs", ""),
        ("base/src/web/start.rs", &TEXT.replace("four", "five")),
    ]);
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert_eq!(project.read(NEW), TEXT.replace("four", "five"));
    assert!(!project.exists("src/web/start.rs"));
}

#[test]
fn a_folder_that_was_moved_is_found_file_by_file() {
    let project = Project::fresh();
    let set = [
        ("base/src/web/one.rs", "// one\n"),
        ("base/src/web/two.rs", "// two\n"),
    ];
    project.install(&second(&set)).unwrap();
    fs::rename(project.root.join("src/web"), project.root.join("src/pages")).unwrap();
    let set = [
        ("base/src/web/one.rs", "// one!\n"),
        ("base/src/web/two.rs", "// two!\n"),
    ];
    project.install(&second(&set)).unwrap();
    assert_eq!(project.read("src/pages/one.rs"), "// one!\n");
    assert_eq!(project.read("src/pages/two.rs"), "// two!\n");
    assert!(!project.exists("src/web"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn mv_says_what_it_did_and_tells_it_as_json() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let said = sigra(
        &project.root,
        &["mv", "src/brand.rs", "src/web/brand.rs", "--format", "json"],
    );
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(
        said.err.contains("Moved src/brand.rs to src/web/brand.rs"),
        "{}",
        said.err
    );
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document["command"], "mv");
    assert_eq!(document["files"][0]["from"], "src/brand.rs");
    let status = sigra(&project.root, &["status"]);
    assert!(status.err.contains("src/web/brand.rs"), "{}", status.err);
}
