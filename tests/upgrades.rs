//! The real templates in three versions, and somebody who has worked on the first: whatever they did is kept, or stands inside
//! markers beside the news.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod around;
mod evolution;
mod support;

use std::{fs, path::Path, process::Command};

use around::shop as builds;
use cargo_sigra::{manifest::PATH, refusal::Exit};
use evolution::{
    VERSIONS,
    edits::{EDITS, Edit},
    kept::{Way, assert_kept, assert_parses, is_marked, resolve},
    owner::{shop, upgrade},
};
use support::{Project, timeless::assert_same};

/// A project of the first version in which somebody has done that.
fn edited<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Project {
    let project = shop(1);
    edits.into_iter().for_each(|edit| edit.apply(&project));
    project
}

/// Upgrades. Nothing is lost, and there are markers only where both have changed the same lines.
#[track_caller]
fn goes(project: &Project, way: Way, clashes: bool, name: &str) {
    let before = project.copy();
    let exit = upgrade(project, way.1);
    assert_eq!(exit == Exit::Remaining, clashes, "{name}: {exit:?}");
    assert_eq!(is_marked(project), clashes, "{name}");
    assert_kept(&before, project, way);
    if !clashes {
        assert_parses(project, way.1);
    }
}

/// What the third version makes of these edits, and what it makes of them after the second.
fn both_ways<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> [Project; 2] {
    let edits: Vec<_> = edits.into_iter().collect();
    let clashes = |number| edits.iter().any(|edit| edit.clashes == Some(number));
    let names: Vec<_> = edits.iter().map(|edit| edit.name).collect();
    let name = names.join("; ");
    let project = edited(edits.iter().copied());
    let [direct, stepwise] = [project.copy(), project];
    goes(&direct, Way(1, 3), clashes(2) || clashes(3), &name);
    goes(&stepwise, Way(1, 2), clashes(2), &name);
    resolve(&stepwise);
    goes(&stepwise, Way(2, 3), clashes(3), &name);
    forget_the_age_of_bases(&stepwise);
    [direct, stepwise]
}

fn is_clean(edit: &&Edit) -> bool {
    edit.clashes.is_none()
}

/// A base that two versions have in common is that of the last of them.
fn forget_the_age_of_bases(project: &Project) {
    let manifest = project.read(PATH);
    let [first, second, _] = VERSIONS.map(|version| format!("templates = {version:?}\n"));
    project.write(PATH, &manifest.replace(&second, &first));
}

#[test]
fn every_edit_is_kept() {
    for edit in EDITS {
        let clashes = edit.clashes.is_some();
        goes(&edited([edit]), Way(1, 3), clashes, edit.name);
    }
}

#[test]
fn all_of_them_together_are_kept() {
    both_ways(EDITS);
}

#[test]
fn where_nothing_clashes_a_version_that_was_left_out_makes_no_difference() {
    let [direct, stepwise] = both_ways(EDITS.iter().filter(is_clean));
    assert_same(&direct, &stepwise);
}

/// Builds a project and runs its own tests.
fn passes_its_tests(project: &Project, name: &str) {
    let root = builds::folder().join("upgrades").join(name).join("shop");
    _ = fs::remove_dir_all(&root);
    for (path, bytes) in project.tree() {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    cargo(&root, &["test", "--quiet", "--offline"]);
}

fn cargo(root: &Path, words: &[&str]) {
    let mut cargo = Command::new("cargo");
    cargo.args(words).env("CARGO_TARGET_DIR", builds::target());
    builds::run(&mut cargo, root);
}

#[test]
#[ignore = "builds what the later versions write; tests/run upgrades"]
fn what_the_later_versions_write_passes_its_tests() {
    passes_its_tests(&shop(2), "second");
    passes_its_tests(&shop(3), "third");
}
