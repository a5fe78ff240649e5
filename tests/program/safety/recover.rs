//! `cargo sigra recover`: back to the old tree or on to the new one, wherever a run was stopped, and
//! wherever recovering itself is.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::support::{Project, Said, first, second, sigra};
use cargo_sigra::{
    apply::{self, Disk, Fate, Fault, Recovered},
    refusal::{Exit, Refusal},
    world::World,
};

type Tree = BTreeMap<String, Vec<u8>>;
type Way = fn(&std::path::Path, &Disk) -> anyhow::Result<Option<Vec<Recovered>>>;

/// News of every kind: a file changes, one comes, one goes.
const NEWS: &[(&str, &str)] = &[
    ("base/src/app.rs", "pub fn run() {}\n"),
    ("base/src/deep/in/new.rs", "// new\n"),
    ("base/static/app.css", ""),
];

fn news(disk: Disk) -> World {
    World {
        disk,
        ..second(NEWS)
    }
}

fn old_and_new() -> (Tree, Tree) {
    static BOTH: OnceLock<(Tree, Tree)> = OnceLock::new();
    BOTH.get_or_init(make_old_and_new).clone()
}

fn make_old_and_new() -> (Tree, Tree) {
    let project = Project::installed();
    let before = project.tree();
    project.install(&news(Disk::real())).unwrap();
    (before, project.tree())
}

fn stopped_at(operation: usize) -> Project {
    let project = Project::installed();
    _ = project.install(&news(Disk::with(Fault::Crash(operation))));
    project
}

/// The operations at which a run can be stopped so that something is to be recovered.
fn dangerous() -> &'static [usize] {
    static DANGEROUS: OnceLock<Vec<usize>> = OnceLock::new();
    DANGEROUS.get_or_init(find_dangerous)
}

fn find_dangerous() -> Vec<usize> {
    let whole = news(Disk::real());
    Project::installed().install(&whole).unwrap();
    let all = 0..whole.disk.operations();
    let dangerous: Vec<_> = all
        .filter(|at| apply::is_unfinished(&stopped_at(*at).root))
        .collect();
    assert!(dangerous.len() > 10, "{dangerous:?}");
    dangerous
}

fn with_end_in_view(way: Way, expected: fn(&(Tree, Tree)) -> &Tree) {
    let both = old_and_new();
    for at in dangerous() {
        let project = stopped_at(*at);
        way(&project.root, &Disk::real()).unwrap().unwrap();
        assert_eq!(&project.tree(), expected(&both), "stopped at {at}");
    }
}

#[test]
fn it_goes_back_from_wherever_the_run_was_stopped() {
    with_end_in_view(apply::go_back, |(old, _)| old);
}

#[test]
fn it_goes_on_from_wherever_the_run_was_stopped() {
    with_end_in_view(apply::go_on, |(_, new)| new);
}

/// How many operations a way takes from there.
fn operations(way: Way, stopped: usize) -> usize {
    let disk = Disk::real();
    way(&stopped_at(stopped).root, &disk).unwrap();
    disk.operations()
}

/// Stops a recovery at every operation of it, for some of the places where the run was stopped.
fn stopped_again(way: Way, fault: fn(usize) -> Fault, check: impl Fn(&Project, &(Tree, Tree))) {
    let both = old_and_new();
    let places = dangerous();
    let some = [
        places[0],
        places[places.len() / 2],
        places[places.len() - 1],
    ];
    for stopped in some {
        for at in 0..operations(way, stopped) {
            let project = stopped_at(stopped);
            _ = way(&project.root, &Disk::with(fault(at)));
            check(&project, &both);
        }
    }
}

#[test]
fn going_back_can_be_stopped_anywhere_and_done_again() {
    for fault in [Fault::Crash, Fault::Once] {
        stopped_again(apply::go_back, fault, |project, (old, _)| {
            apply::go_back(&project.root, &Disk::real()).unwrap();
            assert_eq!(&project.tree(), old);
        });
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn going_on_can_be_stopped_anywhere_and_done_again() {
    for fault in [Fault::Crash, Fault::Full] {
        stopped_again(apply::go_on, fault, |project, (_, new)| {
            apply::go_on(&project.root, &Disk::real()).unwrap();
            assert_eq!(&project.tree(), new);
        });
    }
}

#[test]
fn going_on_can_be_stopped_anywhere_and_undone() {
    stopped_again(apply::go_on, Fault::Crash, |project, (old, new)| {
        let way_back = apply::go_back(&project.root, &Disk::real()).unwrap();
        let expected = if way_back.is_some() { old } else { new };
        assert_eq!(&project.tree(), expected);
    });
}

#[test]
fn what_was_half_undone_is_not_half_finished() {
    stopped_again(apply::go_back, Fault::Crash, |project, (old, new)| {
        let before = project.tree();
        match apply::go_on(&project.root, &Disk::real()) {
            Ok(Some(_)) => assert_eq!(&project.tree(), new),
            Ok(None) => assert_eq!(&project.tree(), old),
            Err(why) => {
                assert_eq!(exit(&why), Exit::Unfinished);
                assert!(
                    why.to_string()
                        .ends_with("is gone; `cargo sigra recover` without --forward goes back"),
                    "{why}"
                );
                assert_eq!(project.tree(), before);
                apply::go_back(&project.root, &Disk::real()).unwrap();
                assert_eq!(&project.tree(), old);
            }
        }
    });
}

#[test]
fn what_is_no_longer_put_aside_stops_it_before_it_begins() {
    let project = stopped_in_the_middle();
    let aside = project.root.join(".sigra/txn/20261224180000/old");
    std::fs::remove_dir_all(aside).unwrap();
    let before = project.tree();
    let why = apply::go_back(&project.root, &Disk::real()).unwrap_err();
    assert_eq!(exit(&why), Exit::Unfinished);
    assert_eq!(project.tree(), before);
}

fn exit(why: &anyhow::Error) -> Exit {
    why.downcast_ref::<Refusal>().unwrap().exit()
}

/// Where some files are new and others are not.
fn stopped_in_the_middle() -> Project {
    let is_middle = |project: &Project| {
        let stopped = apply::stopped(&project.root).unwrap().unwrap();
        stopped.done > 2 && stopped.of - stopped.done > 2
    };
    static MIDDLE: OnceLock<usize> = OnceLock::new();
    let find = || {
        let mut places = dangerous().iter().copied();
        places.find(|at| is_middle(&stopped_at(*at))).unwrap()
    };
    stopped_at(*MIDDLE.get_or_init(find))
}

fn edited_since() -> Project {
    let project = stopped_in_the_middle();
    project.write("src/app.rs", "// edited since\n");
    project
}

#[test]
fn a_file_that_changed_since_stays_and_the_others_go_back() {
    let project = edited_since();
    let (mut old, _) = old_and_new();
    old.insert("src/app.rs".into(), b"// edited since\n".into());
    let said = sigra(&project.root, &["recover"]);
    assert_eq!(said.exit, 4, "{}", said.err);
    assert!(
        said.err
            .contains("Left src/app.rs (changed since the run was stopped; it stays as it is)\n"),
        "{}",
        said.err
    );
    assert_eq!(project.tree(), old);
}

#[test]
fn after_that_the_next_run_merges_as_ever() {
    let project = edited_since();
    apply::go_back(&project.root, &Disk::real()).unwrap();
    assert_eq!(
        project.install(&news(Disk::real())).unwrap(),
        Exit::Remaining
    );
    let marked = project.read("src/app.rs");
    assert!(marked.starts_with("<<<<<<< yours\n// edited since\n|||||||"));
}

#[test]
fn a_run_is_not_finished_over_a_file_that_changed_since() {
    let project = edited_since();
    let before = project.tree();
    let said = sigra(&project.root, &["recover", "--forward"]);
    assert_eq!(
        (said.exit, said.err.as_str()),
        (
            5,
            "error: src/app.rs changed since that run was stopped, so it cannot be finished; `cargo sigra recover` goes back and leaves what changed as it is\n"
        )
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn both_ways_are_told() {
    let back = sigra(&stopped_in_the_middle().root, &["recover"]);
    assert_eq!(back.exit, 0);
    assert!(
        back.err.ends_with(
            "Finished the way back; the project is as it was before the run that was stopped\n"
        ),
        "{}",
        back.err
    );
    let on = sigra(&stopped_in_the_middle().root, &["recover", "--forward"]);
    assert_eq!(on.exit, 0);
    assert!(
        on.err
            .ends_with("Finished the run that was stopped; all that it planned is there\n"),
        "{}",
        on.err
    );
}

#[test]
fn without_a_run_that_was_stopped_there_is_nothing_to_do() {
    let project = Project::installed();
    let before = project.tree();
    let said = sigra(&project.root, &["recover"]);
    assert_eq!(said.exit, 0);
    assert!(said.err.contains("nothing to recover"), "{}", said.err);
    assert_eq!(project.tree(), before);
}

#[test]
fn it_works_from_a_folder_in_the_project() {
    let project = stopped_in_the_middle();
    assert_eq!(sigra(&project.root.join("src"), &["recover"]).exit, 0);
    assert_eq!(project.tree(), old_and_new().0);
}

#[test]
fn where_nothing_was_installed_it_says_so() {
    let said = sigra(&Project::fresh().root, &["recover"]);
    assert_eq!(
        (said.exit, said.err.as_str()),
        (
            1,
            "error: cargo sigra has written nothing into .; run `cargo sigra install` there first, or name the package with --path\n"
        )
    );
}

#[test]
fn a_first_installation_that_was_stopped_leaves_nothing_behind() {
    let fresh = Project::fresh().tree();
    let whole = first();
    Project::fresh().install(&whole).unwrap();
    for at in 0..whole.disk.operations() {
        let project = Project::fresh();
        _ = project.install(&crate::support::faulty(Fault::Crash(at)));
        if apply::is_unfinished(&project.root) {
            apply::go_back(&project.root, &Disk::real()).unwrap();
            assert_eq!(project.tree(), fresh, "stopped at {at}");
            assert!(!project.exists(".sigra"), "stopped at {at}");
        }
    }
}

#[test]
fn nobody_recovers_while_another_run_goes_on() {
    let project = stopped_in_the_middle();
    let lock = std::fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    let before = project.tree();
    let said = sigra(&project.root, &["recover"]);
    assert_eq!(said.exit, 5, "{}", said.err);
    assert_eq!(project.tree(), before);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_run_that_is_at_work_is_not_taken_for_one_that_was_stopped() {
    let project = stopped_in_the_middle();
    let lock = std::fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    let before = project.tree();
    for words in [
        &["install", "--yes"][..],
        &["install", "--yes", "--check"],
        &["upgrade", "--abort"],
        &["status"],
    ] {
        let said = sigra(&project.root, words);
        assert_eq!(
            (said.exit, said.err.as_str()),
            (
                5,
                "error: another `cargo sigra` is writing into this project; wait for it and run this again\n"
            ),
            "{words:?}"
        );
        assert_eq!(project.tree(), before, "{words:?}");
    }
}

#[test]
fn several_may_look_at_once() {
    let project = stopped_in_the_middle();
    let lock = std::fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock_shared().unwrap();
    assert!(apply::stopped(&project.root).unwrap().is_some());
}

#[test]
fn what_cannot_be_told_of_a_run_that_was_stopped_is_refused_with_what_to_do() {
    let project = stopped_in_the_middle();
    project.write(".sigra/txn/20261224180000/journal", "step = [");
    let before = project.tree();
    for words in [&["recover"][..], &["install", "--yes"], &["status"]] {
        let said = sigra(&project.root, words);
        assert_eq!(said.exit, 5, "{words:?}: {}", said.err);
        assert!(
            said.err
                .ends_with("bring back the files of your last commit and remove .sigra/txn\n"),
            "{}",
            said.err
        );
        assert_eq!(project.tree(), before, "{words:?}");
    }
}

#[test]
fn a_run_that_was_not_stopped_but_only_slow_is_not_recovered() {
    let project = stopped_in_the_middle();
    let lock = std::fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    let root = project.root.clone();
    let recovery = std::thread::spawn(move || apply::go_on(&root, &Disk::real()));
    std::thread::sleep(std::time::Duration::from_millis(150));
    std::fs::remove_dir_all(project.root.join(".sigra/txn")).unwrap();
    lock.unlock().unwrap();
    assert_eq!(recovery.join().unwrap().unwrap(), None);
}

#[test]
fn what_another_run_is_preparing_is_no_leftover() {
    let project = Project::installed();
    project.write(".sigra/lock", "");
    project.write(".sigra/txn/1/new/0", "staged");
    let lock = std::fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(sigra(&project.root, &["recover"]).exit, 5);
    assert_eq!(project.read(".sigra/txn/1/new/0"), "staged");
    lock.unlock().unwrap();
    assert_eq!(sigra(&project.root, &["recover"]).exit, 0);
    assert!(!project.exists(".sigra/txn"));
}

#[test]
fn json_names_every_file_and_what_became_of_it() {
    let said: Said = sigra(&edited_since().root, &["recover", "-q", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (
            &document["schema"],
            &document["command"],
            &document["exit"],
            said.err.as_str()
        ),
        (&1.into(), &"recover".into(), &4.into(), "")
    );
    let files = document["files"].as_array().unwrap();
    let has = |path: &str, fate: Fate| {
        let fate = fate.name().to_lowercase();
        files
            .iter()
            .any(|file| file["path"] == path && file["action"] == fate.as_str())
    };
    assert!(has("src/app.rs", Fate::Left), "{document}");
    assert!(has(".sigra/manifest.toml", Fate::Right), "{document}");
}
