//! Whatever stops a run, and wherever: afterwards there is the old tree or the new tree, nothing
//! between.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, process::Command, sync::OnceLock, thread, time::Duration};

use cargo_sigra::{
    apply::{self, Disk, Fault},
    refusal::{Exit, Refusal},
    world::World,
};
use support::{Project, first, second, sigra};

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
fn a_power_cut_at_any_operation_is_undone_by_the_next_run() {
    at_every_operation(Fault::Crash, |project, _, before, after| {
        apply::recover(&project.root, &Disk::real()).unwrap();
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
fn a_power_cut_while_going_back_is_undone_by_the_next_run() {
    let (before, _, operations) = undisturbed();
    for at in 0..operations {
        let project = cut_in_the_middle();
        _ = apply::recover(&project.root, &Disk::with(Fault::Crash(at)));
        apply::recover(&project.root, &Disk::real()).unwrap();
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
                    why.downcast_ref::<Refusal>().unwrap().exit,
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
            .install(&support::faulty(Fault::Once(at)))
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
    let error = project.install(&news(None)).unwrap_err();
    assert_eq!(
        error.downcast_ref::<Refusal>().unwrap().exit,
        Exit::Unfinished
    );
    assert_eq!(
        error.to_string(),
        "an earlier run was stopped in the middle, and src/app.rs changed since; `cargo sigra recover` goes back and leaves what changed as it is"
    );
    assert_eq!(project.read("src/app.rs"), "// edited since\n");
}

#[test]
fn looking_does_not_undo_an_earlier_run() {
    let project = cut_in_the_middle();
    let before = project.tree();
    let said = sigra(&project.root, &["install", "--check", "--yes"]);
    assert_eq!(said.exit, 5);
    assert_eq!(
        said.err,
        "error: an earlier run was stopped in the middle; `cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it\n"
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn an_undone_run_is_told() {
    let project = cut_in_the_middle();
    let said = sigra(&project.root, &["install", "--yes"]);
    assert!(
        said.err
            .contains("Undone an earlier run that was stopped in the middle"),
        "{}",
        said.err
    );
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
    let error = apply::write(&changes, &project.root, world.now, &world.disk).unwrap_err();
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
    for milliseconds in (40..400).step_by(24) {
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
        apply::recover(&project.root, &Disk::real()).unwrap();
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
