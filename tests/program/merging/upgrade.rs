//! Upgrading: conflicts and what there is to do about them, one fact per test.

use crate::support::{Project, second, sigra};
use cargo_sigra::{
    answers::{OnConflict, Requested, RunOptions},
    cli::Mode,
    commands::upgrade,
    manifest::{Manifest, PATH, State},
    refusal::{Exit, Refusal},
    world::World,
};

const APP: &str = "src/app.rs";
const MARKED: &str = "pub fn run() {
<<<<<<< yours
    mine();
||||||| sigra 0.0.1 (base)
    one();
=======
    news();
>>>>>>> sigra 0.0.2
    two();
    three();
    four();
}
";
const RESOLVED: &str =
    "pub fn run() {\n    mine();\n    news();\n    two();\n    three();\n    four();\n}\n";

fn manifest(project: &Project) -> Manifest {
    Manifest::parse(&project.read(PATH)).unwrap()
}

/// A project and a world in which the same line was changed, and another file comes.
fn conflict() -> (Project, World) {
    let project = Project::installed();
    let ours = project.read(APP);
    project.write(APP, &ours.replace("one();", "mine();"));
    let news = ours.replace("one();", "news();");
    let world = second(&[
        ("base/src/app.rs", &news),
        ("base/src/more.rs", "// more\n"),
    ]);
    (project, world)
}

/// The same after a run: the markers are in the file.
fn marked() -> (Project, World) {
    let (project, world) = conflict();
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    (project, world)
}

fn in_manner(project: &Project, on_conflict: OnConflict, world: &World) -> anyhow::Result<Exit> {
    let requested = Requested {
        yes: true,
        options: RunOptions {
            on_conflict,
            ..RunOptions::default()
        },
        ..Requested::default()
    };
    project.install_with(requested, Mode::default(), world)
}

/// The sentence and the exit code with which a run is refused; the project stays as it was.
fn refused(project: &Project, world: &World) -> (String, Exit) {
    let before = project.tree();
    let error = project.install(world).unwrap_err();
    assert_eq!(project.tree(), before);
    let exit = error.downcast_ref::<Refusal>().unwrap().exit();
    (error.to_string(), exit)
}

#[test]
fn a_conflict_is_marked_in_the_owners_file() {
    let (project, _) = marked();
    assert_eq!(project.read(APP), MARKED);
    assert!(!project.exists("src/app.rs.sigra-new"));
}

#[test]
fn everything_else_arrives_beside_a_conflict() {
    assert_eq!(marked().0.read("src/more.rs"), "// more\n");
}

#[test]
fn markers_have_the_line_ends_of_the_file() {
    let (project, world) = conflict();
    project.write(APP, &project.read(APP).replace('\n', "\r\n"));
    project.install(&world).unwrap();
    assert_eq!(project.read(APP), MARKED.replace('\n', "\r\n"));
}

#[test]
fn a_marked_conflict_is_pending_and_its_base_is_the_old_one() {
    let (before, _) = conflict();
    let (project, _) = marked();
    let base = ".sigra/base/app.base";
    assert_eq!(project.read(base), before.read(base));
    let manifest = manifest(&project);
    assert_eq!(manifest.pending.keys().collect::<Vec<_>>(), ["app"]);
    assert_eq!(manifest.files["app"].templates.as_deref(), Some("0.0.1"));
}

#[test]
fn gits_index_does_not_know_of_a_conflict() {
    let (project, world) = conflict();
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "mine"]);
    project.install(&world).unwrap();
    let status = project.git(&["status", "--short", "--", APP]);
    assert_eq!(status, " M src/app.rs\n");
}

#[test]
fn while_markers_are_left_the_next_run_names_the_line() {
    let (project, world) = marked();
    let half = MARKED.replace("<<<<<<< yours\n", "");
    project.write(APP, &half);
    let sentence = "conflicts are open in src/app.rs:3; resolve them, then run `cargo sigra upgrade --continue`, or take everything back with `cargo sigra upgrade --abort`";
    assert_eq!(
        refused(&project, &world),
        (sentence.into(), Exit::Unfinished)
    );
}

#[test]
fn a_resolved_file_has_to_parse() {
    let (project, world) = marked();
    project.write(APP, "pub fn run() {\n    let = 1;\n}\n");
    let (sentence, exit) = refused(&project, &world);
    assert!(sentence.starts_with("src/app.rs:2: "), "{sentence}");
    assert_eq!(exit, Exit::Unfinished);
}

#[test]
fn a_resolved_conflict_is_over_with_the_next_run() {
    let (project, world) = marked();
    project.write(APP, RESOLVED);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), RESOLVED);
    assert!(project.read(".sigra/base/app.base").contains("news();"));
    assert!(!project.exists(".sigra/base/app.next"));
    assert!(!project.exists(".sigra/txn"));
    let manifest = manifest(&project);
    assert!(manifest.pending.is_empty());
    assert_eq!(manifest.files["app"].state, State::Here);
    assert_eq!(manifest.files["app"].templates, None);
}

#[test]
fn a_resolved_conflict_does_not_come_back_with_newer_templates() {
    let (project, _) = marked();
    project.write(APP, RESOLVED);
    let news = RESOLVED
        .replace("    mine();\n", "")
        .replace("four", "five");
    let mut third = second(&[
        ("base/src/app.rs", &news),
        ("base/src/more.rs", "// more\n"),
    ]);
    third.templates.version = "0.0.3".into();
    assert_eq!(project.install(&third).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), RESOLVED.replace("four", "five"));
}

#[test]
fn a_marked_file_that_its_owner_deletes_is_settled_too() {
    let (project, world) = marked();
    project.remove(APP);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert!(!project.exists(APP));
    assert_eq!(manifest(&project).files["app"].state, State::Deleted);
}

#[test]
fn what_looks_like_a_marker_in_the_file_makes_ours_longer() {
    let (project, world) = conflict();
    let title = "//! App\n/*\n=======\n*/\n";
    project.write(APP, &format!("{title}{}", project.read(APP)));
    project.install(&world).unwrap();
    assert!(project.read(APP).contains("\n<<<<<<<< yours\n"));
    let (sentence, _) = refused(&project, &world);
    assert!(sentence.contains("src/app.rs:6;"), "{sentence}");
    project.write(APP, &format!("{title}{RESOLVED}"));
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
}

#[test]
fn what_cannot_hold_markers_is_put_beside() {
    let (project, world) = conflict();
    project.write(".sigra/base/app.base", "garbage");
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert!(project.read(APP).contains("mine();") && !project.read(APP).contains("<<<"));
    assert!(project.exists("src/app.rs.sigra-new"));
    assert!(manifest(&project).pending.is_empty());
}

#[test]
fn taking_back_restores_everything() {
    let (before, _) = conflict();
    let (project, world) = marked();
    assert_eq!(upgrade::abort(&project.root, &world).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before.tree());
}

#[test]
fn taking_back_leaves_what_was_changed_since() {
    let (before, _) = conflict();
    let (project, world) = marked();
    project.write("src/more.rs", "// mine now\n");
    let exit = upgrade::abort(&project.root, &world).unwrap();
    assert_eq!(exit, Exit::Remaining);
    assert_eq!(project.read("src/more.rs"), "// mine now\n");
    assert_eq!(project.read(APP), before.read(APP));
    assert_eq!(project.read(PATH), before.read(PATH));
}

#[test]
fn taking_back_survives_a_look_and_a_refused_run() {
    let (before, _) = conflict();
    let (project, world) = marked();
    refused(&project, &world);
    upgrade::abort(&project.root, &world).unwrap();
    assert_eq!(project.tree(), before.tree());
}

#[test]
fn what_was_continued_cannot_be_taken_back() {
    let (project, world) = marked();
    project.write(APP, RESOLVED);
    project.install(&world).unwrap();
    let error = upgrade::abort(&project.root, &world).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no run to take back")
    );
}

#[test]
fn after_taking_back_the_conflict_can_be_made_again() {
    let (project, world) = marked();
    upgrade::abort(&project.root, &world).unwrap();
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert_eq!(project.read(APP), MARKED);
}

#[test]
fn a_second_conflict_can_be_taken_back_to_the_first_ones_end() {
    let (project, _) = marked();
    project.write(APP, RESOLVED);
    let news = RESOLVED.replace("    mine();\n    news();", "    late();");
    let mut third = second(&[
        ("base/src/app.rs", &news),
        ("base/src/more.rs", "// more\n"),
    ]);
    third.templates.version = "0.0.3".into();
    let before = project.tree();
    assert_eq!(project.install(&third).unwrap(), Exit::Remaining);
    upgrade::abort(&project.root, &third).unwrap();
    let kept = |tree: std::collections::BTreeMap<String, Vec<u8>>| {
        let tree = tree.into_iter();
        tree.filter(|(path, _)| !path.starts_with(".sigra/txn/"))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(project.tree()), kept(before));
}

#[test]
fn in_the_owners_favour_only_the_common_lines_stay() {
    let (project, world) = conflict();
    assert_eq!(
        in_manner(&project, OnConflict::Mine, &world).unwrap(),
        Exit::Done
    );
    assert!(project.read(APP).contains("mine();") && !project.read(APP).contains("news();"));
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
}

#[test]
fn in_our_favour_only_the_common_lines_go() {
    let (project, world) = conflict();
    project.write(APP, &project.read(APP).replace("four();", "also_mine();"));
    assert_eq!(
        in_manner(&project, OnConflict::Theirs, &world).unwrap(),
        Exit::Done
    );
    let app = project.read(APP);
    assert!(app.contains("news();") && app.contains("also_mine();") && !app.contains(" mine();"));
}

#[test]
fn in_our_favour_a_foreign_file_is_replaced() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    let exit = in_manner(&project, OnConflict::Theirs, &crate::support::first());
    assert_eq!(exit.unwrap(), Exit::Done);
    assert!(project.read(APP).contains("pub fn run"));
}

#[test]
fn in_the_owners_favour_a_foreign_file_is_the_one() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    let exit = in_manner(&project, OnConflict::Mine, &crate::support::first());
    assert_eq!(exit.unwrap(), Exit::Done);
    assert_eq!(project.read(APP), "// mine\n");
    assert!(!project.exists("src/app.rs.sigra-new"));
}

#[test]
fn where_conflicts_are_not_wanted_nothing_is_written_and_all_are_named() {
    let (project, world) = conflict();
    project.write("src/more.rs", "// my own\n");
    let before = project.tree();
    let error = in_manner(&project, OnConflict::Fail, &world).unwrap_err();
    assert_eq!(
        error.to_string(),
        "yours and ours do not fit together in src/app.rs, src/more.rs; nothing was written. Without `--on-conflict fail` both are kept there"
    );
    assert_eq!(
        error.downcast_ref::<Refusal>().unwrap().exit(),
        Exit::Failed
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn there_is_nothing_to_upgrade_in_a_fresh_project() {
    let said = sigra(&Project::fresh().root, &["upgrade", "--yes"]);
    let sentence = "error: there is nothing to upgrade here; run `cargo sigra install` first\n";
    assert_eq!((said.exit, said.err.as_str()), (1, sentence));
}

#[test]
fn there_is_nothing_to_continue_where_nothing_is_open() {
    let said = sigra(
        &Project::installed().root,
        &["upgrade", "--continue", "--yes"],
    );
    let sentence = "error: no conflicts are open; `cargo sigra upgrade` alone looks for news\n";
    assert_eq!((said.exit, said.err.as_str()), (1, sentence));
}

#[test]
fn a_conflict_that_was_resolved_for_the_templates_is_no_edit() {
    let (project, world) = marked();
    let theirs = Project::installed().read(APP).replace("one();", "news();");
    project.write(APP, &theirs);
    project.typed(&["uninstall", "--yes"], &world).unwrap();
    assert!(!project.exists(APP));
}

/// Something may be sealed with its secrets by now, and its owner may have written into it.
#[test]
fn abort_leaves_the_env_file_that_the_run_has_made() {
    for edit in ["", "PORT=1\n"] {
        let (project, world) = conflict();
        project.remove(".env");
        assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
        let env = project.read(".env") + edit;
        project.write(".env", &env);
        upgrade::abort(&project.root, &world).unwrap();
        assert_eq!(project.read(".env"), env);
        assert!(!project.read(APP).contains("<<<<<<<"));
    }
}
