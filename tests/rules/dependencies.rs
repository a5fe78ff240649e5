//! What the program and the projects that it makes depend on: by deny.toml, without a tool and without a network of its own.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;
use toml_edit::{DocumentMut, Item};
use walkdir::WalkDir;

/// How cargo writes the public registry in every lock file.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packages that a project's lock file names, each with the names of its `dependants`.
fn packages(project: &Path) -> Vec<Value> {
    let metadata = Command::new("cargo")
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(project)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&metadata.stderr);
    assert!(metadata.status.success(), "{}: {said}", project.display());
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let foreign = packages
        .iter()
        .filter(|package| !package["source"].is_null());
    let with_dependants = |package: &Value| {
        let mut package = package.clone();
        package["dependants"] = dependants(&metadata, &package["id"]).into();
        package
    };
    foreign.map(with_dependants).collect()
}

fn dependants(metadata: &Value, id: &Value) -> Vec<Value> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    let depend = nodes.filter(|node| node["dependencies"].as_array().unwrap().contains(id));
    let ids: Vec<&Value> = depend.map(|node| &node["id"]).collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let packages = packages.filter(|package| ids.contains(&&package["id"]));
    packages.map(|package| package["name"].clone()).collect()
}

/// Everything that anybody gets from us: the program's own dependencies, and those of a project on
/// each database and of one with everything.
fn everything() -> Vec<Value> {
    let projects: Vec<_> = [
        &["--database", "sqlite"][..],
        &["--database", "postgres"],
        &["--database", "postgres", "--jwt"],
    ]
    .map(project)
    .into();
    let mut all = packages(checkout());
    for (_folder, root) in &projects {
        all.extend(packages(root));
    }
    all
}

fn project(flags: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"))
        .args(["new", "shop", "--quiet", "--yes"])
        .args(flags)
        .current_dir(&folder)
        .status();
    assert!(made.unwrap().success());
    let root = folder.path().join("shop");
    (folder, root)
}

fn rules() -> DocumentMut {
    let text = fs::read_to_string(checkout().join("deny.toml")).unwrap();
    text.parse().unwrap()
}

fn words(list: &Item, word: impl Fn(&toml_edit::Value) -> Option<&str>) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| word(value).unwrap().to_owned()).collect()
}

fn name(package: &Value) -> String {
    let [name, version] = ["name", "version"].map(|key| package[key].as_str().unwrap());
    format!("{name} {version}")
}

#[test]
#[ignore = "fetches every dependency; tests/run audit"]
fn every_licence_is_one_that_deny_toml_allows() {
    let allowed = words(&rules()["licenses"]["allow"], toml_edit::Value::as_str);
    for package in everything() {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(
            is_allowed(licence, &allowed),
            "{}: {licence:?}",
            name(&package)
        );
    }
}

/// An SPDX expression, where every `AND` has one `OR` that is allowed. Old manifests write `/` for `OR`.
fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let licence = licence.replace(['(', ')'], "").replace('/', " OR ");
    let all = licence.split(" AND ");
    all.into_iter()
        .all(|one| one.split(" OR ").any(|name| allowed.contains(name.trim())))
}

#[test]
fn an_expression_of_licences_needs_all_of_its_ands_and_one_of_its_ors() {
    let allowed = ["MIT", "ISC"].map(str::to_owned).into();
    let says = |licence| is_allowed(licence, &allowed);
    assert!(says("MIT") && says("GPL-3.0 OR MIT") && says("GPL-3.0/MIT") && says("MIT AND ISC"));
    assert!(says("(MIT OR GPL-3.0) AND ISC"));
    assert!(!says("GPL-3.0") && !says("MIT AND GPL-3.0") && !says("(MIT OR ISC) AND GPL-3.0"));
    assert!(!says(""));
}

#[test]
#[ignore = "fetches every dependency; tests/run audit"]
fn every_dependency_comes_from_the_public_registry() {
    for package in everything() {
        assert_eq!(package["source"], REGISTRY, "{}", name(&package));
    }
}

#[test]
#[ignore = "fetches every dependency; tests/run audit"]
fn nothing_depends_on_what_deny_toml_bans() {
    let bans = rules()["bans"]["deny"].as_array().unwrap().clone();
    let all = everything();
    for ban in bans.iter().map(|ban| ban.as_inline_table().unwrap()) {
        let is_it = |package: &&Value| package["name"].as_str() == ban["crate"].as_str();
        let found: Vec<&Value> = all.iter().filter(is_it).collect();
        let wrappers: Vec<&str> = match ban.get("wrappers") {
            Some(wrappers) => strings(wrappers),
            None => Vec::new(),
        };
        assert!(
            wrappers.is_empty() || !found.is_empty(),
            "{ban} bans nothing"
        );
        for package in found {
            let dependants = package["dependants"].as_array().unwrap().iter();
            let may = dependants.map(|one| wrappers.contains(&one.as_str().unwrap()));
            let may: Vec<bool> = may.collect();
            assert!(
                !may.is_empty() && may.iter().all(|may| *may),
                "{} is banned by deny.toml, and comes with {}",
                name(package),
                package["dependants"]
            );
        }
    }
}

fn strings(list: &toml_edit::Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn every_dev_dependency_is_used_by_a_test_or_a_bench() {
    let manifest = fs::read_to_string(checkout().join("Cargo.toml")).unwrap();
    let manifest: DocumentMut = manifest.parse().unwrap();
    let folders = ["tests", "benches", "src"].map(|folder| checkout().join(folder));
    let files = folders.iter().flat_map(WalkDir::new).map(Result::unwrap);
    let rust = files.filter(|file| file.path().extension().is_some_and(|end| end == "rs"));
    let text: String = rust
        .map(|file| fs::read_to_string(file.path()).unwrap())
        .collect();
    for (name, _) in manifest["dev-dependencies"].as_table().unwrap() {
        let path = name.replace('-', "_");
        let is_used = text.contains(&format!("use {path}")) || text.contains(&format!("{path}::"));
        assert!(
            is_used,
            "{name} is in dev-dependencies, and nothing uses it"
        );
    }
}
