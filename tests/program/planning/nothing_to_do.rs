//! After a run that has left nothing to do, there is nothing to do: `status --check` agrees, and
//! another run changes nothing. Whatever the owner and the runs before have done.

use cargo_sigra::{
    apply::Disk,
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    templates::Templates,
    world::World,
};
use proptest::prelude::*;

use crate::support::{Project, templates, world};

/// Two versions of a set with an optional feature, which has files of its own and lines in others.
const OLD: &[(&str, &str)] = &[
    (
        "base/src/app.rs",
        "//% if api\nmod api;\n//% endif\nmod users;\n\npub fn run() {\n    one();\n    two();\n}\n",
    ),
    ("base/src/users.rs", "pub fn one() {}\n\npub fn two() {}\n"),
    ("api/feature.toml", "says = \"tokens\"\n"),
    ("api/src/api.rs", "pub fn tokens() {\n    one();\n}\n"),
    ("api/static/api.txt", "one\ntwo\n"),
    (
        "api/migrations/07_tokens.sqlite-uuid.sql",
        "create table tokens (id blob);\n",
    ),
    (
        "api/migrations/07_tokens.postgres-uuid.sql",
        "create table tokens (id uuid);\n",
    ),
];
const NEW: &[(&str, &str)] = &[
    (
        "base/src/app.rs",
        "//% if api\nmod api;\n//% endif\nmod users;\n\npub fn run() {\n    news();\n    two();\n}\n",
    ),
    ("base/src/users.rs", ""),
    (
        "base/src/people.rs",
        "pub fn one() {}\n\npub fn three() {}\n",
    ),
    ("api/src/api.rs", "pub fn tokens() {\n    news();\n}\n"),
    ("api/static/api.txt", "one\nthree\n"),
];
const FILES: [&str; 5] = [
    "src/app.rs",
    "src/users.rs",
    "src/people.rs",
    "src/api.rs",
    "static/api.txt",
];

fn old() -> Templates {
    templates("0.0.1", OLD)
}

fn new() -> Templates {
    templates("0.0.2", &[OLD, NEW].concat())
}

/// One thing that happens to a project.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Its owner adds a line to a file, changes one in it, or deletes it.
    Append(usize),
    Change(usize),
    Delete(usize),
    /// From here on, the newer templates.
    Update,
    Install(&'static [&'static str]),
    /// What waits in files or beside them is settled, and the run goes on.
    Settle,
    Only(usize),
    Move(usize),
    Forget(usize),
    Restore(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let file = || 0..FILES.len();
    prop_oneof![
        file().prop_map(Step::Append),
        file().prop_map(Step::Change),
        file().prop_map(Step::Delete),
        Just(Step::Update),
        Just(Step::Install(&[])),
        Just(Step::Install(&["--api"])),
        Just(Step::Install(&["--no-api"])),
        Just(Step::Install(&["--database", "postgres"])),
        Just(Step::Install(&["--on-conflict", "sidecar"])),
        Just(Step::Settle),
        file().prop_map(Step::Only),
        file().prop_map(Step::Move),
        file().prop_map(Step::Forget),
        file().prop_map(Step::Restore),
    ]
}

/// The text without markers, with what the owner had.
fn settled(text: &str) -> String {
    let mut is_mine = true;
    let lines = text.lines().filter(|line| {
        match line.get(..7) {
            Some("<<<<<<<" | ">>>>>>>") => is_mine = true,
            Some("|||||||") => is_mine = false,
            Some("=======") => {}
            _ => return is_mine,
        }
        false
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

struct Story {
    project: Project,
    is_new: bool,
}

impl Story {
    fn world(&self) -> World {
        World {
            disk: Disk::real(),
            ..world(if self.is_new { new() } else { old() })
        }
    }

    fn run(&self, words: &[&str]) -> Option<Exit> {
        self.project.typed(words, &self.world()).ok()
    }

    /// Where a file is now.
    fn path(&self, file: usize) -> String {
        let manifest = Manifest::parse(&self.project.read(PATH)).unwrap();
        let mut records = manifest.files.values();
        let record = records.find(|record| {
            let home = record.origin.as_ref().unwrap_or(&record.path);
            home == FILES[file] && record.state != State::Deleted
        });
        record.map_or(FILES[file].into(), |record| record.path.clone())
    }

    /// Another text in a file that is there.
    fn edit(&self, file: usize, change: impl Fn(&str) -> String) {
        let path = self.path(file);
        if self.project.exists(&path) {
            let text = self.project.read(&path);
            self.project.write(&path, &change(&text));
        }
    }

    fn settle(&self) {
        for path in self.project.tree().into_keys() {
            if path.ends_with(".sigra-new") {
                self.project.remove(&path);
            } else if !path.starts_with(".sigra/") {
                let text = self.project.read(&path);
                if text.contains("<<<<<<<") {
                    self.project.write(&path, &settled(&text));
                }
            }
        }
    }

    /// Does one thing, and says whether that was a run that has taken everything there is.
    fn take(&mut self, step: Step) -> bool {
        let exit = match step {
            Step::Append(file) => {
                self.edit(file, |text| format!("{text}// mine\n"));
                None
            }
            Step::Change(file) => {
                self.edit(file, |text| text.replace("one", "mine"));
                None
            }
            Step::Delete(file) => {
                let path = self.path(file);
                if self.project.exists(&path) {
                    self.project.remove(&path);
                }
                None
            }
            Step::Update => {
                self.is_new = true;
                None
            }
            Step::Install(words) => self.run(&[&["install", "--yes"], words].concat()),
            Step::Settle => {
                self.settle();
                self.run(&["upgrade", "--continue"]);
                // Something new may have come meanwhile, which that leaves alone.
                None
            }
            Step::Only(file) => {
                self.run(&["upgrade", "--yes", "--only", FILES[file]]);
                None
            }
            Step::Move(file) => {
                let from = self.path(file);
                let to = format!("src/moved{file}.rs");
                self.when_clean(&["mv", &from, &to])
            }
            Step::Forget(file) => self.when_clean(&["forget", &self.path(file)]),
            Step::Restore(file) => {
                self.when_clean(&["restore", &self.path(file), "--yes", "--overwrite"])
            }
        };
        exit == Some(Exit::Done)
    }

    /// These change one file of a project in which nothing else is to do.
    fn when_clean(&self, words: &[&str]) -> Option<Exit> {
        let is_clean = self.run(&["status", "--check"]) == Some(Exit::Done);
        self.run(words).filter(|_| is_clean)
    }

    fn told(&self) -> Vec<String> {
        let found =
            cargo_sigra::project::Project::read(&self.project.root, &self.world().templates);
        found.map_or(Vec::new(), |found| {
            found
                .tree
                .below("src/")
                .map(|(path, _)| path.into())
                .collect()
        })
    }
}

fn story(steps: &[Step]) {
    let project = Project::fresh();
    let mut story = Story {
        project,
        is_new: false,
    };
    assert_eq!(story.run(&["install", "--yes", "--api"]), Some(Exit::Done));
    for (at, step) in steps.iter().enumerate() {
        if !story.take(*step) {
            continue;
        }
        let so_far = &steps[..=at];
        let check = story.run(&["status", "--check"]);
        assert_eq!(
            check,
            Some(Exit::Done),
            "status after {so_far:?}\n{:?}",
            story.told()
        );
        let before = story.project.tree();
        assert_eq!(
            story.run(&["install", "--yes"]),
            Some(Exit::Done),
            "after {so_far:?}"
        );
        assert!(
            story.project.tree() == before,
            "another run after {so_far:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "long: stage cli runs it"]
    fn after_a_run_that_has_left_nothing_there_is_nothing_to_do(steps in prop::collection::vec(step(), 1..8)) {
        story(&steps);
    }
}

#[test]
fn orphans_of_a_removal_with_conflicts_stay_orphans_when_the_run_goes_on() {
    let mut story = Story {
        project: Project::fresh(),
        is_new: false,
    };
    story.run(&["install", "--yes", "--api"]).unwrap();
    story.edit(3, |text| format!("{text}// mine\n"));
    story.edit(0, |text| text.replace("mod api;", "pub mod api;"));
    assert_eq!(
        story.run(&["install", "--yes", "--no-api"]),
        Some(Exit::Remaining)
    );
    story.settle();
    assert_eq!(story.run(&["upgrade", "--continue"]), Some(Exit::Done));
    let manifest = Manifest::parse(&story.project.read(PATH)).unwrap();
    assert_eq!(manifest.files["api"].state, State::Orphan);
    assert_eq!(story.run(&["status", "--check"]), Some(Exit::Done));
    story.take(Step::Install(&[]));
}

#[test]
fn a_restored_file_stays_where_its_owner_has_moved_it() {
    story(&[Step::Move(0), Step::Restore(0)]);
}

#[test]
fn a_forgotten_file_that_the_templates_have_dropped_is_not_restored() {
    story(&[
        Step::Update,
        Step::Forget(1),
        Step::Install(&[]),
        Step::Restore(1),
    ]);
}

#[test]
fn what_waits_beside_a_file_still_waits_after_a_run_that_left_it_out() {
    let mut story = Story {
        project: Project::fresh(),
        is_new: false,
    };
    story.run(&["install", "--yes", "--api"]).unwrap();
    story.edit(0, |text| text.replace("one", "mine"));
    story.take(Step::Update);
    story.run(&["install", "--yes", "--on-conflict", "sidecar"]);
    let before = Manifest::parse(&story.project.read(PATH)).unwrap();
    assert_eq!(before.files["app"].state, State::Sidecar);
    story.take(Step::Only(4));
    let after = Manifest::parse(&story.project.read(PATH)).unwrap();
    assert_eq!(after.files["app"], before.files["app"]);
}
