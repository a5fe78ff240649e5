//! `Cargo.toml` is edited as `cargo add` would. One folder per case below `tests/cargo_toml/`:
//! `in/` is what was there, `out/` what comes out, `refused` the sentence where nothing may come
//! out. `SIGRA_BLESS=1` writes what comes out.

use std::{fs, path::PathBuf};

use crate::support::{Project, second};

const FEATURE: &str = r#"says = "people"

[package]
rust-version = "1.85"

[[dependencies]]
group = "web"
axum = { version = "0.8.9", features = ["macros"] }
tokio = { version = "1.53", features = ["rt", "time"] }

[[dependencies]]
group = "data"
serde = { version = "1", features = ["derive"] }

[dev-dependencies]
tempfile = "3"

[profile.dev]
debug = "line-tables-only"

[profile.dev.package.argon2]
opt-level = 3
"#;

fn cases() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cargo_toml");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn project(manifest: &str) -> Project {
    let project = Project::fresh();
    project.write("Cargo.toml", manifest);
    project
}

#[test]
fn every_case_comes_out_as_written_down() {
    let (mut ran, bless) = (0, std::env::var_os("SIGRA_BLESS").is_some());
    for case in cases().iter().filter(|case| case.join("out").exists()) {
        let project = project(&fs::read_to_string(case.join("in/Cargo.toml")).unwrap());
        project
            .install(&second(&[("base/feature.toml", FEATURE)]))
            .unwrap();
        let found = project.read("Cargo.toml");
        if bless {
            fs::write(case.join("out/Cargo.toml"), &found).unwrap();
        }
        assert_eq!(
            found,
            fs::read_to_string(case.join("out/Cargo.toml")).unwrap(),
            "{}",
            case.display()
        );
        ran += 1;
    }
    assert!(ran >= 11, "only {ran} cases were found");
}

#[test]
fn every_refused_case_is_refused_in_these_words() {
    let mut ran = 0;
    for case in cases().iter().filter(|case| case.join("refused").exists()) {
        let project = project(&fs::read_to_string(case.join("in/Cargo.toml")).unwrap());
        let sentence = project.refusal(&second(&[("base/feature.toml", FEATURE)]));
        let expected = fs::read_to_string(case.join("refused")).unwrap();
        assert_eq!(sentence, expected.trim_end(), "{}", case.display());
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} cases were found");
}

#[test]
fn everything_that_cannot_work_is_named_at_once() {
    let project = project(&format!(
        "{}axum = \"0.7\"\nserde = {{ version = \"1\", optional = true }}\n",
        crate::support::CARGO_TOML
    ));
    assert_eq!(
        project.refusal(&second(&[("base/feature.toml", FEATURE)])),
        "axum in Cargo.toml is \"0.7\", which cannot work; change it to \"0.8.9\" and run this again\n  and serde in Cargo.toml is optional, and accounts always need it; remove `optional = true` and run this again"
    );
}

#[test]
fn editing_twice_changes_nothing_more() {
    for case in cases().iter().filter(|case| case.join("out").exists()) {
        let project = project(&fs::read_to_string(case.join("out/Cargo.toml")).unwrap());
        let before = project.read("Cargo.toml");
        project
            .install(&second(&[("base/feature.toml", FEATURE)]))
            .unwrap();
        assert_eq!(project.read("Cargo.toml"), before, "{}", case.display());
    }
}

#[test]
fn a_dependency_that_its_owner_removed_does_not_come_back() {
    let world = second(&[("base/feature.toml", FEATURE)]);
    let project = project(crate::support::CARGO_TOML);
    project.install(&world).unwrap();
    project.write(
        "Cargo.toml",
        &project.read("Cargo.toml").replace("serde = ", "# serde = "),
    );
    let before = project.tree();
    project.install(&world).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn a_key_that_its_owner_removed_does_not_come_back() {
    let world = second(&[("base/feature.toml", FEATURE)]);
    let project = project(crate::support::CARGO_TOML);
    project.install(&world).unwrap();
    project.write(
        "Cargo.toml",
        &project.read("Cargo.toml").replace("debug = ", "# debug = "),
    );
    let before = project.tree();
    project.install(&world).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn a_feature_that_a_later_version_needs_is_added() {
    let project = project(crate::support::CARGO_TOML);
    project
        .install(&second(&[("base/feature.toml", FEATURE)]))
        .unwrap();
    let later = FEATURE.replace("\"rt\", \"time\"", "\"net\", \"rt\", \"time\"");
    project
        .install(&second(&[("base/feature.toml", &later)]))
        .unwrap();
    assert!(
        project
            .read("Cargo.toml")
            .contains(r#"features = ["net", "rt", "time"]"#)
    );
}

/// A workspace with one member, as `cargo new` makes it.
fn member() -> (Project, Project) {
    let workspace = Project::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/shop\"]\n",
    );
    let mut member = Project::fresh();
    member.root = workspace.root.join("crates/shop");
    member.write("Cargo.toml", crate::support::CARGO_TOML);
    member.write("src/main.rs", crate::support::MAIN);
    (workspace, member)
}

#[test]
fn the_profiles_of_a_member_go_where_cargo_honours_them() {
    let (workspace, member) = member();
    member
        .install(&second(&[("base/feature.toml", FEATURE)]))
        .unwrap();
    assert!(
        workspace
            .read("Cargo.toml")
            .contains("[profile.dev.package.argon2]\nopt-level = 3")
    );
    assert!(!member.read("Cargo.toml").contains("profile"));
}

#[test]
fn a_member_of_a_workspace_gets_no_lock_file() {
    let (workspace, member) = member();
    member
        .install(&second(&[("sqlite/Cargo.lock", "version = 4\n")]))
        .unwrap();
    assert!(!member.exists("Cargo.lock") && !workspace.exists("Cargo.lock"));
}

#[test]
fn installing_into_a_member_twice_changes_nothing_more() {
    let (workspace, member) = member();
    let world = second(&[("base/feature.toml", FEATURE)]);
    member.install(&world).unwrap();
    let before = workspace.tree();
    member.install(&world).unwrap();
    assert_eq!(workspace.tree(), before);
}

#[test]
fn an_old_version_that_a_member_inherits_is_refused() {
    let (workspace, member) = member();
    let manifest = workspace.read("Cargo.toml");
    workspace.write(
        "Cargo.toml",
        &format!("{manifest}\n[workspace.dependencies]\naxum = \"0.7\"\n"),
    );
    member.write(
        "Cargo.toml",
        &format!("{}axum.workspace = true\n", crate::support::CARGO_TOML),
    );
    assert_eq!(
        member.refusal(&second(&[("base/feature.toml", FEATURE)])),
        "axum in [workspace.dependencies] is \"0.7\", which cannot work; change it to \"0.8.9\" and run this again"
    );
}
