//! A package that its owner has moved into a folder of its repository, while some of its files stayed at
//! the top: they are not deleted, and both places are told.

use std::{fs, path::Path};

use cargo_sigra::{
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    status::FileState,
    world::World,
};

use crate::support::{Project, proposed, second, status};

const NEEDS: &str = r#"says = "people"
[ignore]
lines = ["/target", ".env", "*.db"]
[attributes]
lines = ["migrations/** -text"]
[secrets]
KEY = 3
"#;
const STAYED: [&str; 5] = [
    ".dockerignore",
    ".env",
    ".gitignore",
    "Dockerfile",
    "ci.yml",
];
const DOCKERFILE: &str = "FROM scratch\nCOPY . .\nRUN true\n";

fn world() -> World {
    second(&[
        ("base/feature.toml", NEEDS),
        ("deploy/feature.toml", "says = \"containers\"\n"),
        ("deploy/Dockerfile", DOCKERFILE),
        ("deploy/.dockerignore", "/target\n.env\n"),
        ("deploy/ci.yml", "steps: []\n"),
    ])
}

/// A package, moved to that folder of its repository but for what stayed.
fn moved_to(folder: &str) -> (Project, Project) {
    let top = Project::fresh();
    top.git(&["init", "--quiet"]);
    top.install(&world()).unwrap();
    top.git(&["add", "--all"]);
    top.git(&["commit", "--quiet", "--message", "all"]);
    let mut package = Project::empty();
    package.root = top.root.join(folder);
    for (path, bytes) in top.tree() {
        if !STAYED.contains(&path.as_str()) {
            package.write(&path, std::str::from_utf8(&bytes).unwrap());
            top.remove(&path);
        }
    }
    for folder in ["src", "static", "migrations", ".sigra"] {
        _ = fs::remove_dir_all(top.root.join(folder));
    }
    (top, package)
}

fn notes(project: &Project) -> Vec<String> {
    let notes = proposed(project, &world()).notes;
    notes.iter().map(ToString::to_string).collect()
}

fn assert_nothing_is_deleted(package: &Project) {
    let manifest = Manifest::parse(&package.read(PATH)).unwrap();
    let mut records = manifest.files.values();
    let deleted = records.find(|record| record.state == State::Deleted);
    assert_eq!(deleted, None);
}

#[test]
fn what_stayed_at_the_top_is_told_with_both_places_and_not_deleted() {
    for (folder, ups, is_member) in [("crates/shop", "../../", true), ("backend", "../", false)] {
        let (top, package) = moved_to(folder);
        if is_member {
            top.write(
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
            );
        }
        assert_eq!(package.install(&world()).unwrap(), Exit::Done);
        assert_nothing_is_deleted(&package);
        let notes = notes(&package);
        for path in ["Dockerfile", ".dockerignore", "ci.yml", ".env"] {
            let place = format!("{path} is at {ups}{path}");
            assert!(
                notes.iter().any(|note| note.contains(&place)),
                "{path}: {notes:?}"
            );
        }
        assert!(!package.exists("Dockerfile") && !package.exists(".env"));
        let status = status(&package, &world());
        let files = status.files.iter();
        let behind = files.filter(|file| file.state == FileState::Behind);
        assert_eq!(behind.count(), 3, "{folder}");
        assert_eq!(status.edits, [], "{folder}");
        let check = ["status", "--check", "--quiet"];
        assert_eq!(package.typed(&check, &world()).unwrap(), Exit::Done);

        // What follows the package is ours as before.
        fs::rename(top.root.join("Dockerfile"), package.root.join("Dockerfile")).unwrap();
        fs::rename(top.root.join(".env"), package.root.join(".env")).unwrap();
        assert_eq!(package.install(&world()).unwrap(), Exit::Done);
        let left = self::notes(&package);
        assert!(
            !left.iter().any(|note| note.contains("Dockerfile is at")),
            "{left:?}"
        );
        assert!(
            !left.iter().any(|note| note.contains(".env is at")),
            "{left:?}"
        );
    }
}

#[test]
fn a_member_of_a_workspace_gets_no_line_for_a_folder_that_it_does_not_have() {
    let (top, package) = moved_to("crates/shop");
    top.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
    );
    package.install(&world()).unwrap();
    let ignored = package.root.join(".gitignore");
    let ignored = fs::read_to_string(ignored).unwrap_or_default();
    assert!(!ignored.contains("/target"), "{ignored}");
}

#[test]
fn another_file_of_that_name_at_the_top_is_not_ours() {
    let (top, package) = moved_to("backend");
    top.write("Dockerfile", "# Something else.\nFROM node\n");
    package.install(&world()).unwrap();
    let manifest = Manifest::parse(&package.read(PATH)).unwrap();
    let record = manifest.files.values().find(|one| one.path == "Dockerfile");
    assert_eq!(record.unwrap().state, State::Deleted);
}

#[test]
fn what_is_above_the_repository_is_nobodys_business() {
    let (top, package) = moved_to("backend");
    fs::rename(top.root.join(".git"), package.root.join(".git")).unwrap();
    assert!(Path::new(&top.root).join("Dockerfile").exists());
    package.install(&world()).unwrap();
    assert!(
        !notes(&package)
            .iter()
            .any(|note| note.contains("Dockerfile"))
    );
}

#[test]
fn a_rule_for_a_path_is_written_again_where_the_package_is_now() {
    let (_top, package) = moved_to("backend");
    package.install(&world()).unwrap();
    let rules = "# sigra\nmigrations/** -text\n";
    assert_eq!(package.read(".gitattributes"), rules);
    let before = package.tree();
    assert_eq!(package.install(&world()).unwrap(), Exit::Done);
    assert_eq!(package.tree(), before);
}
