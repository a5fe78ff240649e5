//! `snapshots/default` is what `cargo new shop && cd shop && cargo sigra install --yes` makes, byte
//! for byte, with the clock held and the dice loaded; `snapshots/everything` is the same with the
//! other choice wherever there is one, and every feature. Everything but the secrets is there. `SIGRA_BLESS=1` writes
//! them anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{installing, tree, world};
use cargo_sigra::{
    answers::{Requested, Table},
    cli::Mode,
    feature::{self, Database, Key},
    templates::Templates,
    world::World,
};
use similar::TextDiff;

type Tree = BTreeMap<String, Vec<u8>>;

/// The version is no part of the picture: every release would change it.
fn still_world() -> World {
    let mut templates = Templates::embedded().unwrap();
    templates.version = "0.0.0".into();
    world(templates)
}

fn shop(requested: &Requested) -> Tree {
    let folder = tempfile::tempdir().unwrap();
    let new = Command::new("cargo")
        .args(["new", "--quiet", "shop"])
        .current_dir(&folder)
        .status();
    assert!(new.unwrap().success());
    let root = folder.path().canonicalize().unwrap().join("shop");
    installing(&root, requested, Mode::default(), &still_world())
        .perform()
        .unwrap();
    let mut made = tree(&root);
    assert!(made.remove(".env").is_some(), "there are no secrets");
    made
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(name)
}

fn bless(made: &Tree, folder: &Path) {
    _ = fs::remove_dir_all(folder);
    for (path, bytes) in made {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// How many lines of Rust it has, with how many lines of tests.
fn sizes(made: &Tree) -> String {
    let (mut source, mut tests) = (0, 0);
    for (path, bytes) in made {
        let is_rust = path.starts_with("src/") && path.ends_with(".rs");
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        match path.starts_with("src/tests") {
            _ if !is_rust => {}
            true => tests += lines,
            false => source += lines,
        }
    }
    let percent = (100 * tests).checked_div(source).unwrap_or_default();
    format!("{source} lines of source, {tests} of tests ({percent} %)")
}

fn difference(path: &str, found: Option<&Vec<u8>>, made: Option<&Vec<u8>>) -> Option<String> {
    if found == made {
        return None;
    }
    let text = |bytes: Option<&Vec<u8>>| {
        String::from_utf8_lossy(bytes.map_or(&[][..], |bytes| bytes)).into_owned()
    };
    let (found, made) = (text(found), text(made));
    let diff = TextDiff::from_lines(&found, &made)
        .unified_diff()
        .header(path, "made now")
        .to_string();
    Some(diff.lines().take(20).collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_default_project_is_the_committed_one() {
    let requested = Requested {
        yes: true,
        ..Requested::default()
    };
    is_the_committed_one("default", &requested);
}

#[test]
fn the_project_with_every_other_choice_is_the_committed_one() {
    let requested = Requested {
        database: Some(Database::Postgres),
        key: Some(Key::Integer),
        table: Some(Table::parse("members").unwrap()),
        features: feature::FEATURES
            .optional()
            .map(|name| (name, true))
            .collect(),
        yes: true,
        ..Requested::default()
    };
    is_the_committed_one("everything", &requested);
}

fn is_the_committed_one(name: &str, requested: &Requested) {
    let (made, folder) = (shop(requested), folder(name));
    eprintln!("{name}: {}", sizes(&made));
    if std::env::var_os("SIGRA_BLESS").is_some() {
        bless(&made, &folder);
    }
    let found = if folder.exists() {
        tree(&folder)
    } else {
        Tree::new()
    };
    let paths: BTreeSet<_> = found.keys().chain(made.keys()).collect();
    let differences = paths
        .into_iter()
        .filter_map(|path| difference(path, found.get(path), made.get(path)));
    let differences: Vec<_> = differences.collect();
    let shown = differences
        .iter()
        .take(5)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n\n");
    assert!(
        differences.is_empty(),
        "{} files differ from snapshots/{name}; look, then run this with SIGRA_BLESS=1\n{shown}",
        differences.len()
    );
}
