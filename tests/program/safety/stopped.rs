//! Runs of every kind, each stopped at every operation: conflicts, taking them back, going on after
//! them, renames, taking everything out. Afterwards there is the old tree or the new one.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::support::{FILES, Project, second};
use cargo_sigra::{
    apply::{self, Disk, Fault},
    commands::upgrade,
    refusal::Exit,
    world::World,
};

type Tree = BTreeMap<String, Vec<u8>>;
type Ended = anyhow::Result<Exit>;
type Way = fn(&std::path::Path, &Disk) -> anyhow::Result<Option<Vec<apply::Recovered>>>;

const APP: &str = "src/app.rs";
const TEXT: &str = "pub fn run() {\n    one();\n    two();\n    three();\n    four();\n}\n";

/// A run: what it begins with, and what is done there.
#[derive(Clone, Copy)]
struct Story {
    name: &'static str,
    begin: fn() -> Project,
    run: fn(&Project, Disk) -> Ended,
}

const STORIES: [Story; 6] = [
    Story {
        name: "conflicts",
        begin: edited,
        run: upgrade_with_conflicts,
    },
    Story {
        name: "taking conflicts back",
        begin: marked,
        run: |project, disk| upgrade::abort(&project.root, &conflicting(disk)),
    },
    Story {
        name: "going on after conflicts",
        begin: resolved,
        run: upgrade_with_conflicts,
    },
    Story {
        name: "a rename with an edit",
        begin: edited,
        run: |project, disk| project.install(&renaming(&TEXT.replace("four", "five"), disk)),
    },
    Story {
        name: "a rename with a conflict",
        begin: edited,
        run: |project, disk| project.install(&renaming(&TEXT.replace("one", "news"), disk)),
    },
    Story {
        name: "taking everything out",
        begin: edited,
        run: |project, disk| project.typed(&["uninstall", "--yes"], &conflicting(disk)),
    },
];

fn edited() -> Project {
    let project = Project::installed();
    project.write(APP, &TEXT.replace("one", "mine"));
    project
}

/// News that conflict with the edit, a file that comes and one that goes.
fn conflicting(disk: Disk) -> World {
    let news = TEXT.replace("one", "news");
    World {
        disk,
        ..second(&[
            ("base/src/app.rs", &news),
            ("base/src/deep/in/new.rs", "// new\n"),
            ("base/static/app.css", ""),
        ])
    }
}

fn upgrade_with_conflicts(project: &Project, disk: Disk) -> Ended {
    project.install(&conflicting(disk))
}

/// Made once, and then copied.
fn marked() -> Project {
    static MARKED: OnceLock<Project> = OnceLock::new();
    let marked = MARKED.get_or_init(|| {
        let project = edited();
        let ended = upgrade_with_conflicts(&project, Disk::real());
        assert_eq!(ended.unwrap(), Exit::Remaining);
        project
    });
    marked.copy()
}

fn resolved() -> Project {
    let project = marked();
    project.write(APP, &TEXT.replace("one", "both"));
    project
}

fn renaming(text: &str, disk: Disk) -> World {
    let mut files = FILES.iter();
    let (_, feature) = files
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    let feature = format!("{feature}[renamed]\napp = \"web/start\"\n");
    World {
        disk,
        ..second(&[
            ("base/feature.toml", &feature),
            ("base/src/app.rs", ""),
            ("base/src/web/start.rs", text),
        ])
    }
}

/// The tree before and after, and how many operations are between.
fn undisturbed(story: &Story) -> (Tree, Tree, usize) {
    static KNOWN: OnceLock<Vec<(Tree, Tree, usize)>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| STORIES.iter().map(look).collect());
    let mut stories = STORIES.iter();
    let at = stories.position(|other| other.name == story.name).unwrap();
    known[at].clone()
}

fn look(story: &Story) -> (Tree, Tree, usize) {
    let project = (story.begin)();
    let before = project.tree();
    (story.run)(&project, Disk::real()).unwrap();
    let after = project.tree();
    assert!(before != after, "{}", story.name);
    let is_reached = |at: &usize| {
        let project = (story.begin)();
        (story.run)(&project, Disk::with(Fault::Crash(*at))).is_err() || project.tree() != after
    };
    // The first operation that is too late to be reached.
    let operations = (0..).find(|at| !is_reached(at)).unwrap();
    assert!(operations > 20, "{}", story.name);
    (before, after, operations)
}

/// Stops every story at each of its operations.
fn everywhere(
    fault: fn(usize) -> Fault,
    check: impl Fn(&Story, &Project, Ended, &(Tree, Tree), &str),
) {
    for story in STORIES {
        let (before, after, operations) = undisturbed(&story);
        let both = (before, after);
        for at in 0..operations {
            let project = (story.begin)();
            let ended = (story.run)(&project, Disk::with(fault(at)));
            let place = format!("{} at {at}", story.name);
            check(&story, &project, ended, &both, &place);
        }
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_fails_leaves_the_old_tree_and_what_does_not_the_new_one() {
    for fault in [Fault::Once, Fault::Full, Fault::Interrupt] {
        everywhere(fault, |_, project, ended, (before, after), place| {
            let expected = if ended.is_ok() { after } else { before };
            // A folder of ours that could not be removed goes at the next start.
            apply::go_back(&project.root, &Disk::real()).unwrap();
            assert!(&project.tree() == expected, "{place}");
        });
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn after_a_power_cut_the_way_back_leads_to_the_old_tree() {
    everywhere(Fault::Crash, |_, project, _, (before, after), place| {
        let is_unfinished = apply::is_unfinished(&project.root);
        apply::go_back(&project.root, &Disk::real()).unwrap();
        let found = project.tree();
        assert!(
            &found == before || !is_unfinished && &found == after,
            "{place}"
        );
    });
}

#[test]
#[ignore = "long: stage cli runs it"]
fn after_a_power_cut_the_way_forward_leads_to_the_new_tree() {
    everywhere(Fault::Crash, |_, project, _, (before, after), place| {
        let is_unfinished = apply::is_unfinished(&project.root);
        apply::go_on(&project.root, &Disk::real()).unwrap();
        let found = project.tree();
        assert!(
            &found == after || !is_unfinished && &found == before,
            "{place}"
        );
    });
}

#[test]
#[ignore = "long: stage cli runs it"]
fn both_ways_can_be_cut_anywhere_and_gone_again() {
    for story in STORIES {
        let (before, after, operations) = undisturbed(&story);
        let stopped = |at| {
            let project = (story.begin)();
            _ = (story.run)(&project, Disk::with(Fault::Crash(at)));
            project
        };
        let places = (0..operations).filter(|at| apply::is_unfinished(&stopped(*at).root));
        let places: Vec<_> = places.collect();
        let place = places[places.len() / 2];
        for (way, expected) in [(apply::go_back as Way, &before), (apply::go_on, &after)] {
            for at in 0.. {
                let project = stopped(place);
                let cut = way(&project.root, &Disk::with(Fault::Crash(at)));
                way(&project.root, &Disk::real()).unwrap();
                assert!(&project.tree() == expected, "{} at {at}", story.name);
                if cut.is_ok() && at > 5 {
                    break;
                }
            }
        }
    }
}

#[test]
fn conflicts_can_be_taken_back_after_a_power_cut_too() {
    let [story, ..] = STORIES;
    let (before, after, operations) = undisturbed(&story);
    let mut finished = 0;
    for at in 0..operations {
        let project = (story.begin)();
        _ = (story.run)(&project, Disk::with(Fault::Crash(at)));
        // One step of the way back, and then forward where that is still possible.
        _ = apply::go_back(&project.root, &Disk::with(Fault::Crash(3)));
        if apply::go_on(&project.root, &Disk::real()).is_err() {
            apply::go_back(&project.root, &Disk::real()).unwrap();
        }
        if project.tree() == after {
            finished += 1;
            let exit = upgrade::abort(&project.root, &conflicting(Disk::real()));
            assert_eq!(exit.unwrap(), Exit::Done, "stopped at {at}");
        }
        assert!(project.tree() == before, "stopped at {at}");
    }
    assert!(finished > 0);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_run_that_was_stopped_is_settled_before_an_earlier_one_is_taken_back() {
    let before = edited().tree();
    let (_, _, operations) = undisturbed(&STORIES[2]);
    for at in 0..operations {
        let project = resolved();
        _ = upgrade_with_conflicts(&project, Disk::with(Fault::Crash(at)));
        let is_over = !apply::is_unfinished(&project.root);
        let abort = ["upgrade", "--abort"];
        if !is_over {
            let (_, exit) = project.typed_refusal(&abort, &conflicting(Disk::real()));
            assert_eq!(exit, Exit::Unfinished, "stopped at {at}");
            apply::go_back(&project.root, &Disk::real()).unwrap();
        }
        let taken_back = project.typed(&abort, &conflicting(Disk::real()));
        match taken_back {
            // The owner has resolved it since, and that stays.
            Ok(exit) => assert_eq!(exit, Exit::Remaining),
            Err(why) => assert!(is_over, "{why}"),
        }
        let left = project.tree().into_iter();
        let left: Tree = left.filter(|(path, _)| path != APP).collect();
        let mut expected = before.clone();
        expected.remove(APP);
        assert!(left == expected || is_over, "stopped at {at}");
    }
}
