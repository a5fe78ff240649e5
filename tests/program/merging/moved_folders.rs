//! Folders that their owner has moved: new and renamed templates go where the files beside them are, and where that cannot be
//! known, the owner is told what to do.

use std::fs;

use cargo_sigra::{
    changes::Step,
    manifest::{FileRecord, Manifest, PATH, State},
    refusal::Exit,
    status::FileState,
    world::World,
};

use crate::evolution::owner::{shop, upgrade};
use crate::support::{self, Project, proposed, second, status, world};

const WEB: &str = "pub mod one;\npub mod two;\npub mod unlocking;\n";
const WEB_2: &str = "pub mod one;\npub mod robots;\npub mod two;\npub mod unlocks;\n";
const ONE: &str = "// one\npub fn one() {\n    a();\n    b();\n    c();\n}\n";

fn feature(renamed: &str) -> String {
    let mut files = support::FILES.iter();
    let (_, text) = files
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    format!("{text}[renamed]\n{renamed}")
}

/// The first version, with a folder.
fn first() -> World {
    world(support::templates(
        "0.0.1",
        &[
            ("base/src/web.rs", WEB),
            ("base/src/web/one.rs", ONE),
            ("base/src/web/two.rs", "// two\n"),
            ("base/src/web/unlocking.rs", "// unlocking\n"),
        ],
    ))
}

/// The second one: `robots` is new there, `unlocking` is called `unlocks`, and `one` has news.
fn news() -> World {
    second(&[
        (
            "base/feature.toml",
            &feature("\"web/unlocking\" = \"web/unlocks\"\n"),
        ),
        ("base/src/web.rs", WEB_2),
        ("base/src/web/one.rs", &ONE.replace("c()", "d()")),
        ("base/src/web/two.rs", "// two\n"),
        ("base/src/web/unlocks.rs", "// unlocking\n"),
        ("base/src/web/robots.rs", "// robots\n"),
    ])
}

fn installed() -> Project {
    let project = Project::fresh();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    project
}

fn mv(project: &Project, from: &str, to: &str) {
    let (from, to) = (project.root.join(from), project.root.join(to));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(from, to).unwrap();
}

/// With `src/web` and its joint at `src/ui`.
fn moved() -> Project {
    let project = installed();
    mv(&project, "src/web", "src/ui");
    mv(&project, "src/web.rs", "src/ui.rs");
    project
}

fn record(project: &Project, id: &str) -> FileRecord {
    Manifest::parse(&project.read(PATH)).unwrap().files[id].clone()
}

fn steps(project: &Project) -> Vec<String> {
    let steps = proposed(project, &news()).remaining;
    steps.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_all_is_in_ui(project: &Project) {
    assert_eq!(project.read("src/ui.rs"), WEB_2);
    assert_eq!(project.read("src/ui/robots.rs"), "// robots\n");
    assert_eq!(project.read("src/ui/unlocks.rs"), "// unlocking\n");
    assert!(!project.exists("src/web") && !project.exists("src/web.rs"));
    assert!(!project.exists("src/ui/unlocking.rs"));
}

#[test]
fn new_and_renamed_templates_go_where_their_folder_has_moved() {
    let project = moved();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_all_is_in_ui(&project);
    let unlocks = record(&project, "web/unlocks");
    assert_eq!(unlocks.origin.as_deref(), Some("src/web/unlocking.rs"));
    assert_eq!(record(&project, "web/robots").path, "src/ui/robots.rs");
    let before = project.tree();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before, "the second run changes nothing");
}

#[test]
fn so_they_do_where_an_earlier_run_has_seen_the_move() {
    let project = moved();
    project.install(&first()).unwrap();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_all_is_in_ui(&project);
}

#[test]
fn an_owners_file_in_the_place_of_a_new_one_is_not_touched() {
    let project = moved();
    project.install(&first()).unwrap();
    project.write("src/ui/robots.rs", "// mine\n");
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read("src/ui/robots.rs"), "// mine\n");
    assert_eq!(project.read("src/ui/robots.rs.sigra-new"), "// robots\n");
}

#[test]
fn later_news_reach_them_there_and_a_folder_that_moves_back_is_as_it_was() {
    let project = moved();
    project.install(&news()).unwrap();
    mv(&project, "src/ui", "src/web");
    mv(&project, "src/ui.rs", "src/web.rs");
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    let fresh = installed();
    fresh.install(&news()).unwrap();
    assert_eq!(project.tree(), fresh.tree());
}

#[test]
fn one_file_that_was_moved_alone_says_nothing_about_its_folder() {
    let project = installed();
    mv(&project, "src/web/two.rs", "src/shelf/two.rs");
    project.install(&news()).unwrap();
    assert_eq!(project.read("src/web/robots.rs"), "// robots\n");
    assert_eq!(project.read("src/web/unlocks.rs"), "// unlocking\n");
}

#[test]
fn a_renamed_template_whose_file_was_moved_alone_stays_with_a_step() {
    let project = installed();
    mv(&project, "src/web/unlocking.rs", "src/shelf/unlocking.rs");
    let steps = steps(&project);
    let step = "the templates have renamed src/web/unlocking.rs to src/web/unlocks.rs, and yours \
                stays at src/shelf/unlocking.rs: where the code knows it by its new name, run \
                `cargo sigra mv src/shelf/unlocking.rs src/shelf/unlocks.rs`";
    assert!(steps.iter().any(|said| said == step), "{steps:?}");
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read("src/shelf/unlocking.rs"), "// unlocking\n");
}

#[test]
fn where_the_place_of_a_new_file_is_unknown_both_places_are_named() {
    let project = installed();
    mv(&project, "src/web/one.rs", "src/ui/one.rs");
    mv(&project, "src/web/two.rs", "src/ui/two.rs");
    let steps = steps(&project);
    let step = "the files beside src/web/robots.rs have been moved: if it belongs to them, run \
                `cargo sigra mv src/web/robots.rs src/ui/robots.rs`";
    assert!(steps.iter().any(|said| said == step), "{steps:?}");
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read("src/web/robots.rs"), "// robots\n");
}

#[test]
fn a_declaration_that_finds_no_file_is_a_step() {
    let project = installed();
    // The joint alone: what it declares is looked for below its own name.
    mv(&project, "src/web.rs", "src/ui.rs");
    let steps = steps(&project);
    let step = "src/ui.rs:2 declares `mod robots;`, and neither src/ui/robots.rs nor \
                src/ui/robots/mod.rs is there: run `cargo sigra mv src/web/robots.rs \
                src/ui/robots.rs`";
    assert!(steps.iter().any(|said| said == step), "{steps:?}");
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
}

#[test]
fn a_declaration_whose_file_waits_for_another_run_is_a_step() {
    let project = installed();
    let words = ["upgrade", "--yes", "--only", "src/web.rs"];
    assert_eq!(project.typed(&words, &news()).unwrap(), Exit::Remaining);
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
}

/// Moved with its folder, and edited.
fn moved_and_edited() -> Project {
    let project = moved();
    project.write("src/ui/one.rs", &ONE.replace("a()", "mine()"));
    project
}

#[test]
fn a_file_that_was_moved_and_edited_is_not_taken_for_deleted() {
    let project = moved_and_edited();
    let changes = proposed(&project, &news());
    let is_step =
        |step: &Step| matches!(step, Step::FindMoved(guess) if guess.to == "src/ui/one.rs");
    assert!(
        changes.remaining.iter().any(is_step),
        "{:?}",
        changes.remaining
    );
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    let one = record(&project, "web/one");
    assert_eq!(
        (one.state, one.path.as_str()),
        (State::Here, "src/web/one.rs")
    );
    // Until its owner has said where it is, every run asks again.
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    let words = ["mv", "src/web/one.rs", "src/ui/one.rs"];
    project.typed(&words, &news()).unwrap();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    let both = ONE.replace("a()", "mine()").replace("c()", "d()");
    assert_eq!(project.read("src/ui/one.rs"), both);
    assert_all_is_in_ui(&project);
}

#[test]
fn where_its_folder_has_moved_even_one_that_is_hardly_alike_is_found() {
    let project = moved();
    project.write("src/ui/one.rs", "// all mine\n");
    let guesses = proposed(&project, &news()).guesses;
    assert_eq!(guesses[0].to, "src/ui/one.rs");
}

#[test]
fn one_that_was_deleted_after_all_is_forgotten_on_request() {
    let project = moved_and_edited();
    project.install(&news()).unwrap();
    let words = ["forget", "src/web/one.rs"];
    project.typed(&words, &news()).unwrap();
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
}

#[test]
fn status_tells_moves_by_paths_that_have_been_there() {
    let project = moved();
    project.install(&news()).unwrap();
    let there = status(&project, &news());
    let moved: Vec<_> = there
        .files
        .iter()
        .filter_map(|file| file.moved_from.as_deref())
        .collect();
    assert_eq!(
        moved,
        [
            "src/web.rs",
            "src/web/one.rs",
            "src/web/two.rs",
            "src/web/unlocking.rs"
        ]
    );
    let project = moved_and_edited();
    let gone = status(&project, &news());
    let mut files = gone.files.iter();
    let one = files.find(|file| file.path == "src/web/one.rs").unwrap();
    assert_eq!(one.state, FileState::Missing);
    assert_eq!(gone.remaining.len(), 1);
}

#[test]
fn a_rename_that_waits_is_no_move() {
    let project = installed();
    let words = [
        "upgrade",
        "--yes",
        "--skip",
        "src/web/unlocks.rs",
        "--skip",
        "src/web.rs",
    ];
    assert_eq!(project.typed(&words, &news()).unwrap(), Exit::Done);
    let there = status(&project, &news());
    let moved = there.files.iter().find(|file| file.moved_from.is_some());
    assert_eq!(moved, None);
    project.install(&news()).unwrap();
    let fresh = installed();
    fresh.install(&news()).unwrap();
    assert_eq!(project.tree(), fresh.tree());
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_real_templates_follow_a_folder_that_was_moved() {
    let project = shop(1);
    mv(&project, "src/web", "src/ui");
    mv(&project, "src/web.rs", "src/ui.rs");
    let main = project.read("src/main.rs");
    assert!(main.contains("mod web;"));
    project.write("src/main.rs", &main.replace("mod web;", "mod ui;"));
    assert_eq!(upgrade(&project, 2), Exit::Done);
    assert!(project.exists("src/ui/robots.rs") && !project.exists("src/web"));
    assert!(project.read("src/ui.rs").contains("pub mod robots;"));
    assert_eq!(upgrade(&project, 3), Exit::Done);
    assert!(project.exists("src/ui/security_txt.rs") && !project.exists("src/web"));
}
