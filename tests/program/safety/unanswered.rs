//! What is missing in a project may be hidden by a rule of its owner's. Where git cannot tell, nothing
//! is recorded as deleted; and a migration is never given up.

use std::process::Command;

use cargo_sigra::{
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    status::{FileState, MigrationState},
};

use super::{
    clones::{clone, commit, committed},
    secrets::without_git,
};
use crate::support::{Project, Said, first, proposed, second, sigra, status};

const CSS: &str = "static/app.css";
const MIGRATION: &str = "migrations/20261123120000_users.sql";

/// A project with that rule of its owner's, installed and committed.
fn hiding(rule: &str) -> Project {
    let project = Project::fresh();
    project.git(&["init", "--quiet"]);
    project.write(".gitignore", &format!("/target\n{rule}\n"));
    project.install(&first()).unwrap();
    commit(&project);
    project
}

fn state(project: &Project, path: &str) -> FileState {
    let status = status(project, &first());
    let mut files = status.files.iter();
    files.find(|file| file.path == path).unwrap().state
}

#[test]
#[ignore = "long: stage cli runs it"]
fn whatever_keeps_git_from_answering_nothing_is_recorded_as_deleted() {
    let project = committed(|project| project.write(".gitignore", "/target\nstatic/\n"));
    let manifest = project.read(PATH);
    let other = Project::fresh();
    other.git(&["init", "--quiet"]);
    let other = other.root.join(".git").to_str().unwrap().to_owned();
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let empty = Project::empty();
    let surroundings = [
        vec![text("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")],
        vec![text("GIT_DIR", &other)],
        without_git(&empty.root).to_vec(),
        Vec::new(),
    ];
    for around in surroundings {
        let clone = clone(&project, &[]);
        assert!(!clone.exists("static"));
        let index = std::fs::read(clone.root.join(".git/index")).unwrap();
        if around.is_empty() {
            clone.write(".git/index", "broken");
        }
        let run = |words: &[&str]| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
            let program = program.args(words).current_dir(&clone.root);
            Said::of(program.envs(around.clone()))
        };
        let said = run(&["install", "--yes"]);
        let note = "missing, and git cannot tell whether a rule hides that (";
        assert!(said.err.contains(note), "{around:?}: {}", said.err);
        assert_eq!(clone.read(PATH), manifest, "{around:?}");
        let said = run(&["status"]);
        assert!(said.err.contains(note), "{around:?}: {}", said.err);
        assert!(said.err.contains("Absent static/app.css"), "{}", said.err);
        assert!(!said.err.contains("you deleted it"), "{}", said.err);

        std::fs::write(clone.root.join(".git/index"), index).unwrap();
        assert_eq!(sigra(&clone.root, &["install", "--yes"]).exit, 0);
        assert!(clone.exists("static"), "{around:?}");
        assert_eq!(clone.read(PATH), manifest, "{around:?}");
    }
}

#[test]
fn news_for_a_file_that_may_be_hidden_wait_until_git_answers() {
    let clone = clone(&hiding("static/"), &[]);
    let index = std::fs::read(clone.root.join(".git/index")).unwrap();
    clone.write(".git/index", "broken");
    let news = second(&[("base/static/app.css", "b {\n}\n")]);
    clone.install(&news).unwrap();
    let manifest = Manifest::parse(&clone.read(PATH)).unwrap();
    assert_eq!(manifest.files["static/app.css"].state, State::Here);
    std::fs::write(clone.root.join(".git/index"), index).unwrap();
    clone.install(&news).unwrap();
    assert_eq!(clone.read(CSS), "b {\n}\n");
}

#[test]
fn what_the_owner_gives_up_is_given_up_without_git_too() {
    let clone = clone(&hiding("static/"), &[]);
    clone.write(".git/index", "broken");
    clone.typed(&["forget", CSS], &first()).unwrap();
    clone.install(&first()).unwrap();
    assert_eq!(state(&clone, CSS), FileState::Forgotten);
}

#[test]
fn another_system_than_git_cannot_be_asked() {
    let project = Project::installed();
    project.write(".hg/store", "");
    project.remove(CSS);
    let manifest = project.read(PATH);
    project.install(&first()).unwrap();
    assert_eq!(project.read(PATH), manifest);
    assert_eq!(state(&project, CSS), FileState::Absent);
}

/// As `git archive` makes it, or a container into which the repository is not copied.
#[test]
fn a_tree_without_a_repository_is_read_by_its_own_rules() {
    let project = hiding("static/");
    std::fs::remove_dir_all(project.root.join(".git")).unwrap();
    for path in [CSS, ".env"] {
        _ = std::fs::remove_file(project.root.join(path));
    }
    let manifest = project.read(PATH);
    assert_eq!(state(&project, CSS), FileState::Unkept);
    let said = sigra(&project.root, &["status"]);
    assert!(!said.err.contains("git does not keep"), "{}", said.err);
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert!(project.exists(CSS));
    assert_eq!(project.read(PATH), manifest);
    // What no rule hides was deleted.
    project.remove("src/app.rs");
    project.install(&first()).unwrap();
    assert_eq!(state(&project, "src/app.rs"), FileState::Deleted);
}

fn migration_state(project: &Project) -> Option<MigrationState> {
    let status = status(project, &first());
    let mut found = status.migrations.into_iter();
    found.find(|one| one.path == MIGRATION).map(|one| one.state)
}

#[test]
fn a_migration_that_a_clone_lacks_is_named_and_comes_back_as_it_was() {
    for rule in ["migrations", "migrations/", "*.sql", "/migrations/*"] {
        let project = hiding(rule);
        let (manifest, text) = (project.read(PATH), project.read(MIGRATION));
        let clone = clone(&project, &[]);
        assert!(!clone.exists(MIGRATION));
        let found = migration_state(&clone);
        let pattern = match found {
            Some(MigrationState::Hidden(found)) => found.pattern,
            other => panic!("{rule}: {other:?}"),
        };
        assert_eq!(pattern, rule);
        let check = ["status", "--check", "--quiet"];
        assert_eq!(clone.typed(&check, &first()).unwrap(), Exit::Done);
        assert_eq!(clone.install(&first()).unwrap(), Exit::Done);
        assert_eq!(clone.read(MIGRATION), text, "{rule}");
        assert_eq!(clone.read(PATH), manifest, "{rule}");
        assert_eq!(migration_state(&clone), None);
    }
}

#[test]
fn status_says_how_a_hidden_migration_gets_into_git() {
    let project = committed(|project| project.write(".gitignore", "/target\nmigrations\n"));
    let clone = clone(&project, &[]);
    let said = sigra(&clone.root, &["status"]);
    assert!(
        said.err
            .contains("(`migrations` in .gitignore:2 hides it; "),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("`git add --force migrations/"),
        "{}",
        said.err
    );
    let said = sigra(&clone.root, &["status", "--format", "json"]);
    assert!(
        said.out
            .contains("\"action\":\"ignored\",\"path\":\"migrations/"),
        "{}",
        said.out
    );
}

#[test]
fn a_migration_that_was_deleted_comes_back_where_git_answers_and_where_it_does_not() {
    for break_git in [false, true] {
        let project = hiding("*.log");
        let text = project.read(MIGRATION);
        project.remove(MIGRATION);
        assert_eq!(migration_state(&project), Some(MigrationState::Missing));
        if break_git {
            project.write(".git/index", "broken");
        }
        let check = ["status", "--check", "--quiet"];
        assert_eq!(project.typed(&check, &first()).unwrap(), Exit::Changes);
        project.install(&first()).unwrap();
        assert_eq!(project.read(MIGRATION), text);
    }
}

#[test]
fn a_migration_of_the_owners_that_makes_the_table_stands_for_the_missing_one() {
    let project = hiding("*.log");
    project.remove(MIGRATION);
    project.write(
        "migrations/1_all.sql",
        "create table users (id blob, name text);\n",
    );
    project.install(&first()).unwrap();
    assert!(!project.exists(MIGRATION));
    let notes = proposed(&project, &first()).notes;
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    let note = format!(
        "{MIGRATION} is missing, and migrations/1_all.sql makes its tables, so it is not written again"
    );
    assert!(notes.contains(&note), "{notes:?}");
}

#[test]
fn a_migration_that_cannot_be_written_as_it_was_remains_to_be_done() {
    let project = hiding("*.log");
    project.remove(MIGRATION);
    let other = second(&[(
        "sqlite/migrations/01_users.sql",
        "create table users (id text);\n",
    )]);
    for _ in 0..2 {
        assert_eq!(project.install(&other).unwrap(), Exit::Remaining);
        assert!(!project.exists(MIGRATION));
    }
    let remaining = status(&project, &other).remaining;
    let step = format!("bring {MIGRATION} back from version control");
    assert!(
        remaining
            .iter()
            .any(|one| one.to_string().starts_with(&step)),
        "{remaining:?}"
    );
}

#[test]
fn a_migration_that_a_sparse_checkout_leaves_out_is_not_written() {
    let clone = clone(&hiding("*.log"), &[]);
    clone.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/migrations/"]);
    assert_eq!(migration_state(&clone), None);
    clone.install(&first()).unwrap();
    assert!(!clone.exists(MIGRATION));
}
