//! Whatever stops a run, and wherever: afterwards there is the old tree or the new tree, nothing
//! between.

use std::{collections::BTreeMap, process::Command, sync::OnceLock, thread, time::Duration};

use crate::support::{Project, first, second, sigra};
use cargo_sigra::{
    apply::{self, Disk, Fate, Fault},
    refusal::{Exit, Refusal},
    world::World,
};

const WHAT_TO_DO: &str =
    "; `cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it";

type Tree = BTreeMap<String, Vec<u8>>;

/// News of every kind: a file changes, one comes, one goes.
const NEWS: &[(&str, &str)] = &[
    ("base/src/app.rs", "pub fn run() {}\n"),
    ("base/src/deep/in/new.rs", "// new\n"),
    ("base/static/app.css", ""),
];

fn news(fault: Option<Fault>) -> World {
    World {
        disk: fault.map_or_else(Disk::real, Disk::with),
        ..second(NEWS)
    }
}

/// The tree before and after an undisturbed run, and how many operations that takes.
fn undisturbed() -> (Tree, Tree, usize) {
    let project = Project::installed();
    let before = project.tree();
    let world = news(None);
    project.install(&world).unwrap();
    (before, project.tree(), world.disk.operations())
}

fn at_every_operation(
    fault: fn(usize) -> Fault,
    check: impl Fn(&Project, anyhow::Result<Exit>, &Tree, &Tree),
) {
    let (before, after, operations) = undisturbed();
    for at in 0..operations {
        let project = Project::installed();
        let ended = project.install(&news(Some(fault(at))));
        check(&project, ended, &before, &after);
    }
}

#[test]
fn a_failure_at_any_operation_leaves_the_old_tree_or_the_new_one() {
    at_every_operation(Fault::Once, |project, ended, before, after| {
        let expected = if ended.is_ok() { after } else { before };
        let found: Tree = without_leftovers(project.tree());
        assert_eq!(&found, expected);
    });
}

#[test]
fn a_disk_that_fills_up_at_any_operation_leaves_the_old_tree_or_the_new_one() {
    at_every_operation(Fault::Full, |project, ended, before, after| {
        let expected = if ended.is_ok() { after } else { before };
        assert_eq!(&project.tree(), expected);
    });
}

#[test]
fn a_power_cut_at_any_operation_is_undone_by_recovering_and_by_nothing_else() {
    at_every_operation(Fault::Crash, |project, _, before, after| {
        if apply::is_unfinished(&project.root) {
            assert!(project.refusal(&news(None)).ends_with(WHAT_TO_DO));
        }
        apply::go_back(&project.root, &Disk::real()).unwrap();
        let found = project.tree();
        assert!(
            &found == before || &found == after,
            "neither the old tree nor the new one"
        );
        project.install(&news(None)).unwrap();
        assert_eq!(&project.tree(), after);
    });
}

#[test]
fn a_power_cut_while_going_back_is_undone_by_going_back_again() {
    let (before, _, operations) = undisturbed();
    for at in 0..operations {
        let project = cut_in_the_middle();
        _ = apply::go_back(&project.root, &Disk::with(Fault::Crash(at)));
        apply::go_back(&project.root, &Disk::real()).unwrap();
        assert_eq!(project.tree(), before);
    }
}

#[test]
fn ctrl_c_at_any_operation_leaves_the_old_tree_or_the_new_one() {
    at_every_operation(
        Fault::Interrupt,
        |project, ended, before, after| match ended {
            Ok(_) => assert_eq!(&without_leftovers(project.tree()), after),
            Err(why) => {
                assert_eq!(
                    why.downcast_ref::<Refusal>().unwrap().exit(),
                    Exit::Interrupted
                );
                assert_eq!(&project.tree(), before);
            }
        },
    );
}

#[test]
fn a_first_installation_that_fails_leaves_nothing_behind() {
    let fresh = Project::fresh().tree();
    let world = first();
    Project::fresh().install(&world).unwrap();
    for at in 0..world.disk.operations() - 2 {
        let project = Project::fresh();
        project
            .install(&crate::support::faulty(Fault::Once(at)))
            .unwrap_err();
        assert_eq!(project.tree(), fresh, "operation {at}");
        assert!(!project.exists(".sigra"), "operation {at}");
        assert!(!project.exists("static"), "operation {at}");
    }
}

/// After the last rename everything is done; a folder of ours that could not be removed goes at the
/// next start.
fn without_leftovers(tree: Tree) -> Tree {
    tree.into_iter()
        .filter(|(path, _)| !path.starts_with(".sigra/txn/"))
        .collect()
}

/// A project on which the power went when every file was in place, and nothing was said yet.
fn cut_in_the_middle() -> Project {
    static LAST: OnceLock<usize> = OnceLock::new();
    let cut = |at: usize| {
        let project = Project::installed();
        _ = project.install(&news(Some(Fault::Crash(at))));
        project
    };
    let is_cut = |at: &usize| apply::is_unfinished(&cut(*at).root);
    cut(*LAST.get_or_init(|| (0..undisturbed().2).rev().find(is_cut).unwrap()))
}

#[test]
fn a_file_that_was_edited_after_a_power_cut_is_left_alone_and_named() {
    let project = cut_in_the_middle();
    project.write("src/app.rs", "// edited since\n");
    assert!(project.refusal(&news(None)).ends_with(WHAT_TO_DO));
    let recovered = apply::go_back(&project.root, &Disk::real()).unwrap();
    let mut left = recovered.unwrap().into_iter();
    let left = left.find(|file| file.fate == Fate::Left).unwrap();
    assert_eq!(left.path, "src/app.rs");
    assert_eq!(project.read("src/app.rs"), "// edited since\n");
}

/// Every verb that works on a project, where it only looks and where it writes.
const VERBS: &[&[&str]] = &[
    &["install"],
    &["install", "--yes"],
    &["install", "--yes", "--dry-run"],
    &["install", "--yes", "--diff"],
    &["install", "--yes", "--check"],
    &["upgrade"],
    &["upgrade", "--yes"],
    &["upgrade", "--yes", "--check"],
    &["upgrade", "--continue"],
    &["upgrade", "--abort"],
    &["status"],
    &["restore", "src/app.rs"],
    &["restore", "src/app.rs", "--yes", "--overwrite"],
    &["mv", "src/app.rs", "src/other.rs"],
    &["forget", "src/app.rs"],
    &["uninstall"],
    &["uninstall", "--yes"],
    &["uninstall", "--dry-run"],
    &["uninstall", "--diff"],
];

#[test]
fn where_nobody_can_be_asked_no_verb_does_anything_about_a_run_that_was_stopped() {
    let project = cut_in_the_middle();
    let before = project.tree();
    for words in VERBS {
        let said = sigra(&project.root, words);
        assert_eq!(
            (said.exit, said.out.as_str(), said.err.as_str()),
            (
                5,
                "",
                "error: `cargo sigra install` of 2026-12-24 18:00 UTC was stopped when 7 of its 7 files were written; `cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it\n"
            ),
            "{words:?}"
        );
        assert_eq!(project.tree(), before, "{words:?}");
    }
}

#[test]
fn the_verb_that_was_stopped_is_named() {
    let stopped = |at| {
        let project = Project::installed();
        let disk = Disk::with(Fault::Crash(at));
        _ = project.typed(&["forget", "src/app.rs"], &World { disk, ..first() });
        project
    };
    let mut projects = (0..60).map(stopped);
    let is_stopped = |project: &Project| apply::is_unfinished(&project.root);
    let project = projects.find(is_stopped).unwrap();
    let sentence = format!(
        "`cargo sigra forget` of 2026-11-23 12:00 UTC was stopped before any of its files was written{WHAT_TO_DO}"
    );
    assert_eq!(project.refusal(&first()), sentence);
}

#[test]
fn a_journal_that_names_no_verb_is_understood_too() {
    let project = cut_in_the_middle();
    let path = ".sigra/txn/20261224180000/journal";
    let text = project.read(path).replace("verb = \"install\"\n", "");
    project.write(path, &text);
    let why = project.refusal(&first());
    assert!(
        why.starts_with("an earlier run of 2026-12-24 18:00 UTC was stopped when "),
        "{why}"
    );
}

#[test]
fn a_run_that_was_stopped_while_another_one_waited_for_an_answer_is_not_written_over() {
    let project = cut_in_the_middle();
    let before = project.tree();
    let changes = crate::support::proposed(&project, &first());
    let disk = Disk::real();
    let why = apply::write("install", &changes, &project.root, first().now, &disk);
    assert!(why.unwrap_err().to_string().ends_with(WHAT_TO_DO));
    assert_eq!(project.tree(), before);
}

#[test]
fn a_file_that_is_saved_while_the_plan_is_made_stops_the_run() {
    let project = Project::installed();
    let world = news(None);
    let read = cargo_sigra::project::Project::read(&project.root, &world.templates).unwrap();
    let answers = cargo_sigra::answers::Answers {
        database: cargo_sigra::feature::Database::Sqlite,
        key: cargo_sigra::feature::Key::Uuid,
        table: cargo_sigra::answers::Table::default(),
        features: Default::default(),
        starter: Some(cargo_sigra::feature::Shape::Bin),
    };
    let plan = cargo_sigra::plan::Plan::new(&read, &answers, &world.templates).unwrap();
    let changes =
        cargo_sigra::changes::Changes::propose(&read, &plan, world.now, world.random).unwrap();
    project.write("src/app.rs", "// saved meanwhile\n");
    let before = project.tree();
    let error =
        apply::write("install", &changes, &project.root, world.now, &world.disk).unwrap_err();
    assert_eq!(
        error.to_string(),
        "src/app.rs was changed while this ran; nothing was written, run it again"
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn a_program_that_is_killed_leaves_the_old_tree_or_the_new_one() {
    let fresh = Project::fresh();
    let before = fresh.tree();
    let whole = Project::fresh();
    assert_eq!(sigra(&whole.root, &["install", "--yes"]).exit, 0);
    let names: Vec<_> = shape(&whole.tree());
    // The test binary `killed` does this at thousands of moments.
    for milliseconds in (20..260).step_by(60) {
        let project = Project::fresh();
        let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        let mut program = program
            .args(["install", "--yes", "-q"])
            .current_dir(&project.root)
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        _ = program.kill();
        program.wait().unwrap();
        apply::go_back(&project.root, &Disk::real()).unwrap();
        let found = project.tree();
        assert!(
            found == before || shape(&found) == names,
            "after {milliseconds} ms"
        );
    }
}

/// The paths, without the timestamps that differ from run to run.
fn shape(tree: &Tree) -> Vec<String> {
    let name = |path: &String| {
        path.strip_prefix("migrations/")
            .map_or(path.clone(), |name| name[14..].into())
    };
    tree.keys().map(name).collect()
}
