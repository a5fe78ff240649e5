//! `templates/base/Cargo.lock`: the tested versions of every combination in one file. What comes
//! out of it for one of them is what cargo itself would write there.
//!
//! `SIGRA_BLESS=1 cargo test --test program cargo_lock -- --ignored` writes it anew, after crates have changed:
//! versions that are in it stay, and what is new comes in the newest version that fits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    sync::OnceLock,
};

use crate::combined::{
    Combination,
    condition::Conditions,
    lock::{self, Id},
    templates_with,
};
use crate::support::{Project, world};
use cargo_sigra::{
    cli::Mode,
    feature::{Database, Key},
    templates::Templates,
};

const NAME: &str = "shop";

fn path() -> std::path::PathBuf {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    templates.join(lock::PATH)
}

fn committed() -> String {
    fs::read_to_string(path()).unwrap()
}

/// A new project of that combination.
fn installed(combination: &Combination, templates: &Templates) -> Project {
    let project = Project::fresh();
    let world = world(templates.clone());
    for requested in combination.requested() {
        let exit = project.install_with(requested, Mode::default(), &world);
        exit.unwrap();
    }
    project
}

/// Every combination with the lock that it gets, made once.
fn installed_locks() -> &'static [(Combination, String)] {
    static LOCKS: OnceLock<Vec<(Combination, String)>> = OnceLock::new();
    LOCKS.get_or_init(|| {
        let templates = Templates::embedded().unwrap();
        let combinations = Combination::all(&templates).into_iter();
        combinations
            .map(|combination| {
                let lock = installed(&combination, &templates).read("Cargo.lock");
                (combination, lock)
            })
            .collect()
    })
}

/// Has cargo put in what is missing and take out what is not needed. It looks at no source and
/// downloads no crate.
fn complete(project: &Project) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["update", "--workspace", "--quiet"]);
    let output = cargo.current_dir(&project.root).output().unwrap();
    let complains = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complains}");
    project.read("Cargo.lock")
}

/// The lock without the block of the project.
fn without_root(text: &str) -> String {
    let blocks = lock::blocks(text).into_iter();
    let others = blocks.filter(|((name, _), _)| name != NAME);
    let others = others.map(|(_, lines)| format!("\n[[package]]\n{}\n", lines.join("\n")));
    lock::head(text).to_owned() + &others.collect::<String>()
}

/// Every package that a file with conditions names, without what it depends on: a version that is
/// known is taken again.
fn remember(text: &str, known: &mut BTreeMap<Id, String>) {
    let plain: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("#%"))
        .collect();
    for (id, lines) in lock::blocks(&(plain.join("\n") + "\n")) {
        let end = lines
            .iter()
            .position(|line| line.starts_with("dependencies"));
        let lines = &lines[..end.unwrap_or(lines.len())];
        let lines: Vec<_> = lines
            .iter()
            .copied()
            .filter(|line| !line.is_empty())
            .collect();
        known.insert(id, format!("\n[[package]]\n{}\n", lines.join("\n")));
    }
}

/// What cargo writes for every combination, in one file.
fn written_anew(committed: &str) -> String {
    let templates = templates_with(None);
    let combinations = Combination::all(&templates);
    let mut known = BTreeMap::new();
    remember(committed, &mut known);
    let mut locks = Vec::new();
    for combination in &combinations {
        let project = installed(combination, &templates);
        let mut start = combination.rendered("Cargo.lock", committed);
        let there: BTreeSet<_> = lock::blocks(&start).into_keys().collect();
        let more = known.iter().filter(|(id, _)| !there.contains(id));
        let more: String = more.map(|(_, block)| block.as_str()).collect();
        start.push_str(&more);
        project.write("Cargo.lock", &start);
        let lock = without_root(&complete(&project));
        remember(&lock, &mut known);
        locks.push(lock);
    }
    lock::merged(&locks, &Conditions::over(&combinations))
}

#[test]
#[ignore = "cargo may ask its registry: `tests/run locks`"]
fn cargo_writes_the_same() {
    if std::env::var_os("SIGRA_BLESS").is_some() {
        fs::write(path(), written_anew(&committed())).unwrap();
    }
    let templates = templates_with(Some(&committed()));
    for combination in Combination::all(&templates) {
        let project = installed(&combination, &templates);
        let ours = project.read("Cargo.lock");
        let cargos = complete(&project);
        let diff = similar::TextDiff::from_lines(&ours, &cargos);
        assert!(
            ours == cargos,
            "{combination:?}; look, then run this with SIGRA_BLESS=1\n{}",
            diff.unified_diff()
        );
    }
}

#[test]
fn no_condition_says_more_than_it_must() {
    let committed = committed();
    let combinations = Combination::all(&Templates::embedded().unwrap());
    let render = |combination: &Combination| combination.rendered("Cargo.lock", &committed);
    let locks: Vec<_> = combinations.iter().map(render).collect();
    let again = lock::merged(&locks, &Conditions::over(&combinations));
    let diff = similar::TextDiff::from_lines(&committed, &again);
    assert!(committed == again, "{}", diff.unified_diff());
}

#[test]
#[ignore = "long: stage locks runs it"]
fn every_combination_has_what_it_needs_and_no_more() {
    for (combination, lock) in installed_locks() {
        assert!(!lock.contains("#%"), "{combination:?}");
        let blocks = lock::blocks(lock);
        let root = blocks.keys().find(|(name, _)| name == NAME).unwrap();
        let mut open = vec![root];
        let mut reached = BTreeSet::new();
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                let lines = blocks[id].iter().filter_map(|line| lock::dependency(line));
                open.extend(lines.map(|(name, version)| meant(&blocks, name, version)));
            }
        }
        assert_eq!(reached, blocks.keys().collect(), "{combination:?}");
    }
}

/// The package that a dependency names; with a version where there are several, and only there.
fn meant<'b>(blocks: &'b lock::Blocks<'_>, name: &str, version: Option<semver::Version>) -> &'b Id {
    let named: Vec<_> = blocks.keys().filter(|(known, _)| known == name).collect();
    assert_eq!(named.len() > 1, version.is_some(), "{name}: {named:?}");
    let is_it = |id: &&&Id| version.as_ref().is_none_or(|version| *version == id.1);
    let found = named.iter().find(is_it);
    found.unwrap_or_else(|| panic!("{name} {version:?} is not there"))
}

#[test]
#[ignore = "long: stage locks runs it"]
fn the_packages_are_sorted_and_end_as_cargo_ends_them() {
    for (_, lock) in installed_locks() {
        let blocks = lock::blocks(lock);
        let sorted = blocks.values().map(|lines| {
            let lines = lines.iter().filter(|line| !line.is_empty());
            let lines: Vec<_> = lines.copied().collect();
            format!("\n[[package]]\n{}\n", lines.join("\n"))
        });
        let sorted: String = sorted.collect();
        assert_eq!(lock, &(lock::head(lock).to_owned() + &sorted));
    }
}

#[test]
fn there_is_one_lock() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let files = crate::support::tree(&templates).into_keys();
    let locks: Vec<_> = files.filter(|path| path.ends_with("Cargo.lock")).collect();
    assert_eq!(locks, [lock::PATH]);
}

/// SQLite and PostgreSQL, each without and with an API.
fn four() -> Vec<Combination> {
    let with = |database, features: &[&'static str]| Combination {
        database,
        key: Key::Uuid,
        moved: false,
        features: features.iter().copied().collect(),
    };
    Database::ALL
        .into_iter()
        .flat_map(|database| [with(database, &[]), with(database, &["api"])])
        .collect()
}

fn package(name: &str, version: &str, dependencies: &[&str]) -> String {
    let list: String = dependencies
        .iter()
        .map(|name| format!(" \"{name}\",\n"))
        .collect();
    let list = if list.is_empty() {
        list
    } else {
        format!("dependencies = [\n{list}]\n")
    };
    format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{list}")
}

#[test]
fn what_differs_stands_under_the_simplest_condition_and_comes_out_again() {
    let combinations = four();
    let lock = |with_c: bool, api: bool| {
        let a: &[&str] = match (with_c, api) {
            (true, true) => &["b", "c 1.0.0"],
            (true, false) => &["b", "c"],
            (false, _) => &[],
        };
        let c = |is_there: bool, version| {
            if is_there {
                package("c", version, &[])
            } else {
                String::new()
            }
        };
        let (a, b) = (package("a", "1.0.0", a), package("b", "1.0.0", &[]));
        let (one, ten) = (c(with_c, "1.0.0"), c(api, "10.0.0"));
        format!("version = 4\n{a}{b}{one}{ten}")
    };
    let locks = [
        lock(false, false),
        lock(false, true),
        lock(true, false),
        lock(true, true),
    ];
    let merged = lock::merged(&locks, &Conditions::over(&combinations));
    assert_eq!(
        merged,
        "version = 4

[[package]]
name = \"a\"
version = \"1.0.0\"
#% if postgres
dependencies = [
 \"b\",
#% endif
#% if postgres and not api
 \"c\",
#% endif
#% if postgres and api
 \"c 1.0.0\",
#% endif
#% if postgres
]
#% endif

[[package]]
name = \"b\"
version = \"1.0.0\"
#% if postgres

[[package]]
name = \"c\"
version = \"1.0.0\"
#% endif
#% if api

[[package]]
name = \"c\"
version = \"10.0.0\"
#% endif
"
    );
    for (combination, lock) in combinations.iter().zip(&locks) {
        assert_eq!(&combination.rendered("Cargo.lock", &merged), lock);
    }
}
