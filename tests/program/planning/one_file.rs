//! `cargo sigra restore` and `forget`: what its owner asks for about one file.

use crate::support::{CARGO_TOML, Project, first, second, sigra};
use cargo_sigra::{
    apply::{Disk, Fault},
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    world::World,
};

const APP: &str = "src/app.rs";
const USERS: &str = "migrations/20261123120000_users.sql";

fn state(project: &Project) -> State {
    Manifest::parse(&project.read(PATH)).unwrap().files["app"].state
}

/// After the owner has deleted a file, and an installation has seen that.
fn without_app() -> Project {
    let project = Project::installed();
    project.remove(APP);
    project.install(&first()).unwrap();
    project
}

fn edited() -> Project {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    project
}

#[test]
fn a_deleted_file_comes_back_and_everything_is_as_it_was() {
    let project = without_app();
    assert_eq!(state(&project), State::Deleted);
    let done = project.typed(&["restore", APP], &first());
    assert_eq!(done.unwrap(), Exit::Done);
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn a_deleted_file_comes_back_before_any_run_has_seen_that_it_is_gone() {
    let project = Project::installed();
    project.remove(APP);
    project.typed(&["restore", "--yes", APP], &first()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn an_edited_file_is_overwritten_only_where_both_flags_say_so() {
    let project = edited();
    assert_eq!(
        project.typed_refusal(&["restore", "--yes", APP], &first()),
        (
            "src/app.rs has changes of yours, which would be lost; look at them with `cargo sigra install --diff=mine`, then give --yes --overwrite".into(),
            Exit::Usage
        )
    );
    project
        .typed(&["restore", "--yes", "--overwrite", APP], &first())
        .unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn overwriting_without_yes_is_refused() {
    let said = sigra(&edited().root, &["restore", "--overwrite", APP]);
    assert_eq!(said.exit, 2, "{}", said.err);
}

#[test]
fn an_edited_file_is_not_overwritten_where_nobody_can_be_asked() {
    let (why, exit) = edited().typed_refusal(&["restore", APP], &first());
    assert!(why.contains("nobody can be asked here"), "{why}");
    assert_eq!(exit, Exit::Usage);
}

#[test]
fn other_line_ends_are_no_edit_and_stay() {
    let project = Project::installed();
    let windows = project.read(APP).replace('\n', "\r\n");
    project.write(APP, &windows);
    project.typed(&["restore", "--yes", APP], &first()).unwrap();
    assert_eq!(project.read(APP), windows);
}

#[test]
fn a_file_that_is_as_it_should_be_is_left_alone() {
    let project = Project::installed();
    let before = project.tree();
    assert_eq!(
        project.typed(&["restore", APP], &first()).unwrap(),
        Exit::Done
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn what_waits_beside_a_file_goes_with_its_restoration() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    project.install(&first()).unwrap();
    assert!(project.exists("src/app.rs.sigra-new"));
    project
        .typed(&["restore", "--yes", "--overwrite", APP], &first())
        .unwrap();
    assert!(!project.exists("src/app.rs.sigra-new"));
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn a_file_comes_back_in_the_version_of_the_others() {
    let newer = second(&[("base/src/app.rs", "// news\n")]);
    let project = without_app();
    project.typed(&["restore", APP], &newer).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
    // One whose news wait comes back without them.
    let words = ["upgrade", "--yes", "--skip", APP];
    project.typed(&words, &newer).unwrap();
    let before = project.tree();
    project.remove(APP);
    project.typed(&["restore", APP], &newer).unwrap();
    assert_eq!(project.tree(), before);
}

/// The second version, in which `app` is `start`.
fn renamed() -> World {
    let mut files = crate::support::FILES.iter();
    let (path, text) = files
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    let text = format!("{text}[renamed]\napp = \"start\"\n");
    let app = first_text();
    second(&[
        (path, &text),
        ("base/src/app.rs", ""),
        ("base/src/start.rs", &app),
    ])
}

fn first_text() -> String {
    Project::installed().read(APP)
}

#[test]
fn a_file_that_the_templates_have_renamed_comes_back() {
    let project = without_app();
    project.typed(&["restore", APP], &renamed()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
    let words = ["upgrade", "--yes", "--skip", "src/start.rs"];
    project.typed(&words, &renamed()).unwrap();
    project.remove(APP);
    project.typed(&["restore", APP], &renamed()).unwrap();
    assert_eq!(project.read(APP), first_text());
}

#[test]
fn a_file_that_was_moved_and_comes_back_stays_there() {
    let project = Project::installed();
    project
        .typed(&["mv", APP, "src/other.rs"], &first())
        .unwrap();
    let before = project.tree();
    project.remove("src/other.rs");
    project
        .typed(&["restore", "src/other.rs"], &first())
        .unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn an_untouched_file_that_was_forgotten_comes_back_without_a_question() {
    for world in [second(&[("base/src/app.rs", "// news\n")]), renamed()] {
        let project = Project::installed();
        project.typed(&["forget", APP], &first()).unwrap();
        project.install(&world).unwrap();
        project.typed(&["restore", "--yes", APP], &world).unwrap();
    }
}

#[test]
fn a_file_that_the_templates_dropped_does_not_come_back() {
    let project = edited();
    let dropped = second(&[("base/src/app.rs", "")]);
    project.install(&dropped).unwrap();
    let (why, _) = project.typed_refusal(&["restore", APP], &dropped);
    assert!(why.contains("is no longer part of the templates"), "{why}");
}

#[test]
fn a_migration_comes_back_as_it_was_written() {
    let project = Project::installed();
    project.remove(USERS);
    project.typed(&["restore", USERS], &first()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
    project.write(USERS, "-- mine\n");
    let (why, _) = project.typed_refusal(&["restore", "--yes", USERS], &first());
    assert!(why.contains("has changes of yours"), "{why}");
}

#[test]
fn a_migration_does_not_come_back_with_another_text() {
    let project = Project::installed();
    project.remove(USERS);
    let news = second(&[(
        "sqlite/migrations/01_users.sql",
        "create table users (id text);\n",
    )]);
    let (why, _) = project.typed_refusal(&["restore", USERS], &news);
    assert!(why.contains("bring it back from version control"), "{why}");
}

#[test]
fn restoring_is_all_or_nothing() {
    let whole = first();
    let after = Project::installed().tree();
    without_app().typed(&["restore", APP], &whole).unwrap();
    for at in 0..whole.disk.operations() {
        let project = without_app();
        let before = project.tree();
        let world = World {
            disk: Disk::with(Fault::Full(at)),
            ..first()
        };
        let done = project.typed(&["restore", APP], &world);
        let expected = if done.is_ok() { &after } else { &before };
        assert_eq!(&project.tree(), expected);
    }
}

#[test]
fn a_forgotten_file_is_never_touched_nor_offered_again() {
    for own in [Some("// mine\n"), None] {
        let project = Project::installed();
        match own {
            Some(text) => project.write(APP, text),
            None => project.remove(APP),
        }
        assert_eq!(
            project.typed(&["forget", APP], &first()).unwrap(),
            Exit::Done
        );
        assert_eq!(state(&project), State::Forgotten);
        let done = project.install(&second(&[("base/src/app.rs", "// news\n")]));
        assert_eq!(done.unwrap(), Exit::Done);
        assert_eq!(
            project.exists(APP).then(|| project.read(APP)).as_deref(),
            own
        );
        assert!(!project.exists("src/app.rs.sigra-new"));
        assert_eq!(state(&project), State::Forgotten);
    }
}

#[test]
fn forgetting_a_collision_ends_it() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Remaining);
    project.typed(&["forget", APP], &first()).unwrap();
    assert!(!project.exists("src/app.rs.sigra-new"));
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), "// mine\n");
}

#[test]
fn a_file_that_was_forgotten_can_be_taken_back() {
    let project = Project::installed();
    project.typed(&["forget", APP], &first()).unwrap();
    project.typed(&["restore", "--yes", APP], &first()).unwrap();
    assert_eq!(project.tree(), Project::installed().tree());
}

#[test]
fn forgetting_twice_changes_nothing() {
    let project = Project::installed();
    project.typed(&["forget", APP], &first()).unwrap();
    let before = project.tree();
    project.typed(&["forget", APP], &first()).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn a_migration_is_not_forgotten() {
    let (why, exit) = Project::installed().typed_refusal(&["forget", USERS], &first());
    assert!(why.contains("is a migration"), "{why}");
    assert_eq!(exit, Exit::Usage);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_path_is_understood_however_it_is_typed() {
    let shop = Project::fresh();
    sigra(&shop.root, &["install", "--yes", "-q"]);
    let full = shop.root.join(APP);
    for (folder, path) in [
        ("", "src/app.rs"),
        ("", "./src/app.rs"),
        ("", "src/../src/web/../app.rs"),
        ("src", "app.rs"),
        ("src/web", "../app.rs"),
        ("src/web", "src/app.rs"),
        ("src", full.to_str().unwrap()),
    ] {
        shop.remove(APP);
        let said = sigra(&shop.root.join(folder), &["restore", path]);
        assert_eq!(said.exit, 0, "{folder} {path}: {}", said.err);
        assert!(shop.exists(APP), "{folder} {path}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_through_a_link_to_the_project_is_understood() {
    let shop = without_app();
    let elsewhere = Project::empty();
    let link = elsewhere.root.join("link");
    std::os::unix::fs::symlink(&shop.root, &link).unwrap();
    let path = link.join("static/app.css");
    let done = shop.typed(&["forget", path.to_str().unwrap()], &first());
    assert_eq!(done.unwrap(), Exit::Done);
}

#[test]
fn a_path_that_nobody_knows_is_answered_with_the_nearest() {
    let project = Project::installed();
    let refusal = |path| project.typed_refusal(&["restore", path], &first());
    let (why, exit) = refusal("src/ap.rs");
    assert!(
        why.starts_with("src/ap.rs was not written by cargo sigra; did you mean src/app.rs or"),
        "{why}"
    );
    assert_eq!(exit, Exit::Usage);
    assert_eq!(
        refusal("css/app.css").0,
        "css/app.css was not written by cargo sigra; did you mean static/app.css?"
    );
    assert_eq!(
        refusal("zzz").0,
        "zzz was not written by cargo sigra; `cargo sigra status -v` lists those that are"
    );
}

#[test]
fn a_path_outside_of_the_project_is_refused() {
    let (why, exit) = Project::installed().typed_refusal(&["restore", "/etc/hosts"], &first());
    assert!(
        why.starts_with("/etc/hosts is not in this project;"),
        "{why}"
    );
    assert_eq!(exit, Exit::Usage);
}

#[test]
fn nothing_is_done_while_a_run_is_unfinished() {
    let project = Project::installed();
    project.write(".sigra/txn/1/journal", "");
    let (why, exit) = project.typed_refusal(&["restore", APP], &first());
    assert!(why.contains("`cargo sigra recover` goes back"), "{why}");
    assert_eq!(exit, Exit::Unfinished);
}

#[test]
fn json_names_the_file() {
    let shop = Project::fresh();
    sigra(&shop.root, &["install", "--yes", "-q"]);
    shop.remove(APP);
    for (verb, action) in [("restore", "created"), ("forget", "forgotten")] {
        let said = sigra(&shop.root, &[verb, APP, "-q", "--format", "json"]);
        let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(document["command"], verb);
        assert_eq!(document["files"][0]["path"], APP);
        assert_eq!(document["files"][0]["action"], action);
        assert_eq!(document["exit"], 0);
    }
}

#[test]
fn in_another_package_below_no_verb_acts_on_the_one_above() {
    let project = Project::installed();
    project.write("tools/other/Cargo.toml", CARGO_TOML);
    project.write("tools/other/src/app.rs", "// another\n");
    let before = project.tree();
    let other = project.root.join("tools/other");
    for words in [
        &["forget", "src/app.rs"][..],
        &["restore", "--yes", "src/app.rs"],
        &["mv", "src/app.rs", "src/moved.rs"],
        &["uninstall", "--yes"],
        &["status"],
    ] {
        for folder in [other.clone(), other.join("src")] {
            let said = sigra(&folder, words);
            assert_eq!(said.exit, 1, "{words:?}: {}", said.err);
            let sentence = "error: cargo sigra has written nothing into .";
            assert!(said.err.starts_with(sentence), "{words:?}: {}", said.err);
        }
    }
    assert_eq!(project.tree(), before);
}
