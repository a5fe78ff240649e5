//! Lines, keys, lock files: small edits of files that are not ours.
use std::{fs, path::Path};

use cargo_sigra::edit::{
    cargo_lock::{self, Root},
    env_file, lines,
};
use toml_edit::{DocumentMut, Item};

fn united(text: &str, wanted: &[&str], known: &str) -> String {
    let wanted: Vec<_> = wanted.iter().map(|line| (*line).to_owned()).collect();
    lines::unite(text, &wanted, known).0
}

#[test]
fn missing_lines_are_appended_under_one_header() {
    assert_eq!(
        united("/target\n", &["/target", "a", "b"], ""),
        "/target\n\n# sigra\na\nb\n"
    );
}

#[test]
fn a_new_file_of_lines_begins_with_the_header() {
    assert_eq!(united("", &["a"], ""), "# sigra\na\n");
}

#[test]
fn lines_that_are_there_are_found_whatever_surrounds_them() {
    assert_eq!(united("  a \r\nb", &["a", "b"], ""), "  a \r\nb");
}

#[test]
fn a_last_line_without_its_end_gets_one() {
    assert_eq!(united("x", &["a"], ""), "x\n\n# sigra\na\n");
}

#[test]
fn appended_lines_end_as_the_others_do() {
    assert_eq!(united("x\r\n", &["a"], ""), "x\r\n\r\n# sigra\r\na\r\n");
}

#[test]
fn a_line_that_was_added_before_is_not_added_again() {
    assert_eq!(united("x\n", &["a", "b"], "a\n"), "x\n\n# sigra\nb\n");
}

#[test]
fn keys_are_found_behind_export_and_not_in_comments() {
    let keys: Vec<_> = env_file::keys("# A=1\nB=2\nexport C = 3\n\nnothing\n").collect();
    assert_eq!(keys, ["B", "C"]);
}

#[test]
fn only_missing_keys_come_over_with_their_comment() {
    let theirs = "# One.\nA=1\n\n# Two,\n# again.\nB=2\n# End.\n";
    assert_eq!(
        env_file::missing_lines("A=mine\n", theirs),
        ["# Two,", "# again.", "B=2"]
    );
}

#[test]
fn nothing_is_appended_where_nothing_is_missing() {
    assert_eq!(env_file::append("A=1", &[]), "A=1");
}

fn repository(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A lock file without the block of one package.
fn without(lock: &str, name: &str) -> String {
    let start = lock
        .find(&format!("[[package]]\nname = \"{name}\"\n"))
        .unwrap();
    let end = lock[start + 1..]
        .find("[[package]]")
        .map_or(lock.len(), |end| start + 1 + end);
    format!("{}{}", &lock[..start], &lock[end..])
}

/// Every dependency of our own manifest.
fn our_dependencies() -> Vec<(String, String)> {
    let manifest: DocumentMut = repository("Cargo.toml").parse().unwrap();
    let unix = &manifest["target"]["cfg(unix)"]["dependencies"];
    let tables = [
        &manifest["dependencies"],
        &manifest["dev-dependencies"],
        unix,
    ];
    let tables = tables.map(|table| table.as_table().unwrap().clone());
    let version = |item: &Item| {
        item.as_str()
            .or_else(|| item.get("version")?.as_str())
            .unwrap()
            .to_owned()
    };
    tables
        .iter()
        .flat_map(|table| {
            table
                .iter()
                .map(|(name, item)| (name.to_owned(), version(item)))
        })
        .collect()
}

#[test]
fn our_own_lock_file_comes_out_as_cargo_wrote_it() {
    let lock = repository("Cargo.lock");
    let root = Root {
        name: "cargo-sigra",
        version: env!("CARGO_PKG_VERSION"),
        dependencies: our_dependencies(),
    };
    assert_eq!(
        cargo_lock::with_root(&without(&lock, "cargo-sigra"), &root).unwrap(),
        lock
    );
}

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"b\"\nversion = \"1.2.0\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"c\"\nversion = \"0.1.0\"\n";

fn root<'a>(name: &'a str, dependencies: &[(&str, &str)]) -> Root<'a> {
    let dependencies = dependencies
        .iter()
        .map(|(name, asked)| ((*name).into(), (*asked).into()))
        .collect();
    Root {
        name,
        version: "0.1.0",
        dependencies,
    }
}

#[test]
fn of_several_versions_the_one_asked_for_is_named() {
    let lock = cargo_lock::with_root(LOCK, &root("a", &[("c", "0.1"), ("b", "1")])).unwrap();
    assert!(lock.contains("name = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b 1.2.0\",\n \"c\",\n]\n\n[[package]]\nname = \"b\""), "{lock}");
}

#[test]
fn a_root_that_comes_last_ends_the_file() {
    let lock = cargo_lock::with_root(LOCK, &root("z", &[])).unwrap();
    assert!(
        lock.ends_with("version = \"0.1.0\"\n\n[[package]]\nname = \"z\"\nversion = \"0.1.0\"\n"),
        "{lock}"
    );
}

#[test]
fn a_dependency_that_the_lock_does_not_hold_is_an_error() {
    let error = cargo_lock::with_root(LOCK, &root("a", &[("b", "3")])).unwrap_err();
    assert_eq!(error.to_string(), "the tested Cargo.lock holds no b ^3");
}
