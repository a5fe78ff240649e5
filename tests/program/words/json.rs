//! What a program reads: exactly one document for every verb, however it ends.

use std::{fs, sync::OnceLock};

use crate::support::{Project, sigra};
use cargo_sigra::{manifest::PATH, sum::Sum};
use serde_json::Value;

const BRAND: &str = "src/brand.rs";
const BASE: &str = ".sigra/base/brand.base";

/// A project at some moment of its life.
type Moment = fn() -> Project;

fn fresh() -> Project {
    Project::fresh()
}

fn installed() -> Project {
    static ONCE: OnceLock<Project> = OnceLock::new();
    let install = || {
        let project = Project::fresh();
        assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
        project
    };
    ONCE.get_or_init(install).copy()
}

/// With an edit, and news in the same line.
fn before_a_conflict() -> Project {
    let project = installed();
    let base = project.read(BASE).replace("Shop", "Older");
    let manifest = project.read(PATH);
    let newer = Sum::of(project.read(BASE).as_bytes()).to_string();
    project.write(
        PATH,
        &manifest.replace(&newer, &Sum::of(base.as_bytes()).to_string()),
    );
    project.write(BASE, &base);
    project.write(BRAND, &base.replace("Older", "Mine"));
    project
}

fn with_a_conflict() -> Project {
    static ONCE: OnceLock<Project> = OnceLock::new();
    let upgrade = || {
        let project = before_a_conflict();
        assert_eq!(sigra(&project.root, &["upgrade", "--yes", "-q"]).exit, 4);
        project
    };
    ONCE.get_or_init(upgrade).copy()
}

fn with_a_resolved_conflict() -> Project {
    let project = with_a_conflict();
    project.write(BRAND, &project.read(BASE).replace("Older", "Both"));
    project
}

fn stopped() -> Project {
    let project = with_a_conflict();
    let runs = project.root.join(".sigra/txn");
    let mut entries = fs::read_dir(runs).unwrap();
    // Beside the run there is the list of what git ignores.
    let run = entries.find_map(|entry| Some(entry.unwrap().path()).filter(|path| path.is_dir()));
    let run = run.unwrap();
    // As if the power had gone before the last rename.
    fs::rename(run.join("undo"), run.join("journal")).unwrap();
    project
}

/// Every verb at every moment that matters, and how it ends.
const TABLE: &[(Moment, &[&str], i32)] = &[
    (fresh, &["install", "--yes"], 0),
    (fresh, &["install", "--yes", "--dry-run"], 0),
    (fresh, &["install", "--yes", "--diff"], 0),
    (fresh, &["install", "--yes", "--check"], 3),
    (fresh, &["install"], 2),
    (fresh, &["install", "--yes", "--live"], 2),
    (fresh, &["upgrade", "--yes"], 1),
    (fresh, &["status"], 1),
    (fresh, &["restore", BRAND], 1),
    (fresh, &["mv", BRAND, "src/other.rs"], 1),
    (fresh, &["forget", BRAND], 1),
    (fresh, &["uninstall", "--yes"], 1),
    (fresh, &["recover"], 1),
    (installed, &["install", "--yes"], 0),
    (installed, &["install", "--yes", "--diff"], 0),
    (installed, &["install", "--yes", "--diff=mine"], 0),
    (installed, &["install", "--yes", "--check"], 0),
    (installed, &["install", "--yes", "--jwt"], 0),
    (
        installed,
        &["install", "--yes", "--database", "postgres"],
        0,
    ),
    (installed, &["install", "--yes", "--no-binary-id"], 1),
    (installed, &["upgrade", "--yes"], 0),
    (installed, &["upgrade", "--yes", "--continue"], 1),
    (installed, &["upgrade", "--abort"], 1),
    (installed, &["status"], 0),
    (installed, &["status", "--check"], 0),
    (installed, &["restore", BRAND], 0),
    (installed, &["restore", "src/nothing.rs"], 2),
    (installed, &["mv", BRAND, "src/other.rs"], 0),
    (installed, &["mv", BRAND, BRAND], 2),
    (installed, &["forget", BRAND], 0),
    (installed, &["uninstall"], 2),
    (installed, &["uninstall", "--dry-run"], 0),
    (installed, &["uninstall", "--diff"], 0),
    (installed, &["uninstall", "--yes"], 0),
    (installed, &["recover"], 0),
    (installed, &["recover", "--forward"], 0),
    (before_a_conflict, &["upgrade", "--yes"], 4),
    (before_a_conflict, &["upgrade", "--yes", "--diff"], 0),
    (before_a_conflict, &["upgrade", "--yes", "--dry-run"], 4),
    (before_a_conflict, &["upgrade", "--yes", "--check"], 3),
    (
        before_a_conflict,
        &["upgrade", "--yes", "--on-conflict", "fail"],
        1,
    ),
    (before_a_conflict, &["upgrade"], 2),
    (before_a_conflict, &["status", "--check"], 3),
    (before_a_conflict, &["restore", BRAND, "--yes"], 2),
    (with_a_conflict, &["upgrade", "--yes"], 5),
    (with_a_conflict, &["upgrade", "--continue"], 5),
    (with_a_conflict, &["upgrade", "--abort"], 0),
    (with_a_conflict, &["status"], 5),
    (with_a_resolved_conflict, &["upgrade", "--continue"], 0),
    (with_a_resolved_conflict, &["upgrade", "--abort"], 4),
    (stopped, &["install", "--yes"], 5),
    (stopped, &["install", "--yes", "--check"], 5),
    (stopped, &["upgrade", "--yes"], 5),
    (stopped, &["upgrade", "--continue"], 5),
    (stopped, &["upgrade", "--abort"], 5),
    (stopped, &["restore", BRAND], 5),
    (stopped, &["mv", BRAND, "src/other.rs"], 5),
    (stopped, &["forget", BRAND], 5),
    (stopped, &["uninstall", "--yes"], 5),
    (stopped, &["uninstall", "--dry-run"], 5),
    (stopped, &["status"], 5),
    (stopped, &["recover"], 0),
    (stopped, &["recover", "--forward"], 0),
    (Project::empty, &["new", "other", "--yes"], 0),
    (Project::empty, &["new", "other"], 2),
    (Project::empty, &["features"], 0),
    (Project::empty, &["secret"], 2),
    (Project::empty, &["completions", "bash"], 2),
    (Project::empty, &["demo"], 2),
];

#[test]
#[ignore = "long: stage cli runs it"]
fn every_verb_gives_exactly_one_document_however_it_ends() {
    for (moment, words, exit) in TABLE {
        let project = moment();
        let said = sigra(&project.root, &[words, &["--format", "json"][..]].concat());
        let place = format!("{words:?}: {}{}", said.out, said.err);
        assert_eq!(said.out.lines().count(), 1, "{place}");
        let document: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(said.exit, *exit, "{place}");
        assert_eq!(document["schema"], 1, "{place}");
        assert_eq!(document["command"], words[0], "{place}");
        assert_eq!(document["exit"], *exit, "{place}");
        for list in ["files", "edits", "deps"] {
            assert!(document[list].is_array(), "{place}");
        }
        let has_failed = [1, 2, 5].contains(exit);
        let error = document["error"].as_str();
        assert_eq!(error.is_some(), has_failed, "{place}");
        if let Some(error) = error {
            assert!(said.err.ends_with(&format!("error: {error}\n")), "{place}");
        }
        let is_patch = words.iter().any(|word| word.starts_with("--diff"));
        assert_eq!(document["patch"].is_string(), is_patch, "{place}");
        if project.exists(".env") {
            for line in project.read(".env").lines() {
                let (_, secret) = line.split_once('=').unwrap();
                assert!(!said.out.contains(secret), "{words:?} tells a secret");
            }
        }
    }
}

#[test]
fn what_was_not_understood_is_told_to_a_program_too() {
    let folder = Project::empty();
    for (words, verb, why) in [
        (
            &["install", "--nonsense", "--format", "json"][..],
            "install",
            "unexpected argument '--nonsense' found",
        ),
        (
            &["sigra", "upgrade", "--format=json", "--only"],
            "upgrade",
            "a value is required for '--only <GLOB>' but none was supplied",
        ),
        (
            &["--color", "always", "mv", "a", "--format", "json"],
            "mv",
            "the following required arguments were not provided:",
        ),
        (
            &["instal", "--format", "json"],
            "",
            "unrecognized subcommand 'instal'",
        ),
    ] {
        let said = sigra(&folder.root, words);
        assert_eq!(said.exit, 2, "{words:?}");
        assert_eq!(said.out.lines().count(), 1, "{words:?}: {}", said.out);
        let document: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(
            (&document["schema"], &document["exit"]),
            (&1.into(), &2.into())
        );
        assert_eq!(document["command"], verb, "{words:?}");
        let error = document["error"].as_str().unwrap();
        assert!(error.starts_with(why), "{error}");
        assert!(!error.contains('\u{1b}'), "{error:?}");
        assert!(said.err.trim_end().ends_with(error), "{}", said.err);
    }
}

#[test]
fn for_a_person_what_was_not_understood_stays_as_it_was_and_so_do_help_and_version() {
    let folder = Project::empty();
    let said = |words: &[&str]| {
        let said = sigra(&folder.root, words);
        (said.exit, said.out, said.err)
    };
    let (exit, out, err) = said(&["install", "--nonsense"]);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.starts_with("error: unexpected argument"), "{err}");
    let (exit, out, err) = said(&["install", "--help", "--format", "json"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.contains("Usage: cargo sigra install"), "{out}");
    let (exit, out, err) = said(&["--version"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.starts_with("cargo-sigra "), "{out}");
}

#[test]
#[ignore = "long: stage cli runs it"]
fn quiet_leaves_nothing_but_the_document() {
    let project = installed();
    for words in [
        &["install", "--yes", "--diff"][..],
        &["upgrade", "--yes"],
        &["status"],
        &["restore", BRAND],
        &["mv", BRAND, "src/other.rs"],
        &["forget", "src/other.rs"],
        &["recover"],
        &["uninstall", "--yes"],
    ] {
        let said = sigra(
            &project.root,
            &[words, &["-q", "--format", "json"]].concat(),
        );
        assert_eq!(said.err, "", "{words:?}");
        assert_eq!(said.out.lines().count(), 1, "{words:?}");
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_patch_in_the_document_is_the_one_that_a_person_gets() {
    let project = before_a_conflict();
    for diff in ["--diff", "--diff=upstream", "--diff=mine"] {
        let words = ["upgrade", "--yes", diff];
        let said = sigra(&project.root, &[&words[..], &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&said.out).unwrap();
        let plain = sigra(&project.root, &words).out;
        assert!(
            plain.contains("+pub const NAME") || plain.contains("+<<<<<<<"),
            "{plain}"
        );
        assert_eq!(document["patch"], plain.as_str());
    }
}

#[test]
fn the_format_may_stand_before_the_verb() {
    let said = sigra(&fresh().root, &["--format", "json", "features"]);
    let document: Value = serde_json::from_str(&said.out).unwrap();
    let features = document["features"].as_array().unwrap();
    let oauth = features.iter().find(|feature| feature["name"] == "oauth");
    let oauth = oauth.unwrap();
    assert_eq!(oauth["state"], "not built yet");
    assert_eq!(
        oauth["values"],
        serde_json::json!(["google", "github", "oidc"])
    );
}

#[test]
fn what_is_no_document_is_refused_in_that_format() {
    let said = sigra(&Project::empty().root, &["secret", "--format", "json"]);
    let sentence = "`cargo sigra secret` prints a text for a shell or a terminal and no JSON; leave --format json out";
    let document: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.exit, document["error"].as_str()), (2, Some(sentence)));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn it_is_told_whether_anything_was_written() {
    let written = |project: &Project, words: &[&str]| {
        let said = sigra(&project.root, &[words, &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&said.out).unwrap();
        document["written"].as_bool().unwrap()
    };
    let project = fresh();
    assert!(!written(&project, &["install", "--yes", "--dry-run"]));
    assert!(written(&project, &["install", "--yes"]));
    assert!(!written(&project, &["install", "--yes"]));
    assert!(!written(&project, &["uninstall", "--dry-run"]));
    assert!(written(&project, &["uninstall", "--yes"]));
}

#[test]
fn every_file_that_was_taken_back_is_named_and_every_one_that_stays() {
    let words = ["upgrade", "--abort", "--format", "json"];
    for (project, action) in [
        (with_a_conflict(), "restored"),
        (with_a_resolved_conflict(), "kept"),
    ] {
        let document: Value = serde_json::from_str(&sigra(&project.root, &words).out).unwrap();
        let mut files = document["files"].as_array().unwrap().iter();
        let brand = files.find(|file| file["path"] == BRAND).unwrap();
        assert_eq!(brand["action"], action);
    }
}
