//! `cargo sigra status` says how a project stands, and changes nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{CARGO_TOML, MAIN, Project, Said, sigra};

fn status(project: &Project, words: &[&str]) -> Said {
    let before = project.tree();
    let said = sigra(&project.root, &[&["status"], words].concat());
    assert_eq!(project.tree(), before, "it has written something");
    said
}

/// As the program itself installs it.
fn installed() -> Project {
    let project = Project::fresh();
    let said = sigra(&project.root, &["install", "--yes", "--quiet"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    project
}

#[test]
fn what_was_just_installed_is_as_it_was_written() {
    let project = installed();
    let said = status(&project, &["--check"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("Installed templates {version}, sqlite\n");
    assert!(said.err.contains(&line), "{}", said.err);
    assert!(!said.err.contains("(you "), "{}", said.err);
    assert!(!said.err.contains("Changes"), "{}", said.err);
}

#[test]
fn what_its_owner_has_changed_and_deleted_is_named() {
    let project = installed();
    let brand = project.read("src/brand.rs");
    project.write("src/brand.rs", &format!("{brand}// mine\n"));
    project.remove("fly.toml");
    let said = status(&project, &[]);
    assert_eq!(said.exit, 0, "{}", said.err);
    for line in [
        "Yours src/brand.rs (you have changed it)\n",
        "Skipped fly.toml (you deleted it)\n",
    ] {
        assert!(said.err.contains(line), "{}", said.err);
    }
}

#[test]
fn what_a_re_run_would_change_is_told_by_the_exit_code() {
    let project = installed();
    project.write(".gitignore", "");
    sigra(&project.root, &["install", "--yes", "--quiet"]);
    assert_eq!(status(&project, &["--check"]).exit, 0);
    let manifest = project.read(".sigra/manifest.toml");
    project.write(
        ".sigra/manifest.toml",
        &manifest.replace("api = false", "api = true"),
    );
    let said = status(&project, &["--check"]);
    assert_eq!(said.exit, 3, "{}", said.err);
    assert!(
        said.err
            .contains("Created src/web/api.rs (would be written)")
    );
    assert_eq!(
        status(&project, &[]).exit,
        0,
        "without --check it only tells"
    );
}

#[test]
fn what_remains_to_be_done_is_told_again_until_it_is_done() {
    let project = installed();
    project.write("src/web/api.rs", "// mine\n");
    let said = sigra(&project.root, &["install", "--yes", "--api"]);
    assert_eq!(said.exit, 4, "{}", said.err);
    for _ in 0..2 {
        let said = status(&project, &[]);
        assert_eq!(said.exit, 4, "{}", said.err);
        let step = "To do take what you want of src/web/api.rs.sigra-new";
        assert!(said.err.contains(step), "{}", said.err);
    }
    project.remove("src/web/api.rs.sigra-new");
    let said = status(&project, &[]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(said.err.contains("Yours src/web/api.rs"), "{}", said.err);
}

#[test]
fn json_is_one_document() {
    let project = installed();
    project.remove("fly.toml");
    let said = status(&project, &["--format", "json", "--quiet"]);
    let document: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document["command"], "status");
    assert_eq!(document["exit"], 0);
    let files = document["files"].as_array().unwrap();
    let fly = files.iter().find(|file| file["path"] == "fly.toml");
    assert_eq!(fly.unwrap()["action"], "skipped");
}

#[test]
fn where_nothing_is_installed_it_says_what_does_that() {
    let project = Project::empty();
    project.write("Cargo.toml", CARGO_TOML);
    project.write("src/main.rs", MAIN);
    let said = status(&project, &[]);
    assert_eq!(said.exit, 1);
    assert!(
        said.err.contains("run `cargo sigra install` there first"),
        "{}",
        said.err
    );
}
