//! Owners who format their project otherwise than it was written: that alone is no edit, and never a conflict.

use std::process::Command;

use crate::evolution::{
    edit::{Edit, is_clean},
    edits::EDITS,
    kept::{assert_parses, forget_the_age_of_bases, is_marked},
    owner::{shop, upgrade},
    path_in,
};
use crate::support::{
    Project,
    timeless::{assert_alike, assert_same},
};
use cargo_sigra::refusal::Exit;

const STYLE: &str = "hard_tabs = true\nmax_width = 60\n";

/// What `cargo fmt` does with settings of the owner's; twice, since once may leave it something to do.
fn format(project: &Project) {
    project.write("rustfmt.toml", STYLE);
    (0..2).for_each(|_| rustfmt(project));
}

fn rustfmt(project: &Project) {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "src/main.rs"]);
    let said = rustfmt.current_dir(&project.root).output().unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}

fn edited<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Project {
    let project = shop(1);
    edits.into_iter().for_each(|edit| edit.apply(&project));
    project
}

/// Every file of Rust that belongs to the third version, as it is when it is formatted.
fn formatted(project: &Project) -> Vec<(String, String)> {
    let copy = project.copy();
    format(&copy);
    let files = copy.tree().into_iter();
    let is_dropped = |path: &str| path_in(1, 3, path).is_none();
    let files = files.filter(|(path, _)| path.ends_with(".rs") && !is_dropped(path));
    files
        .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
        .collect()
}

/// Whether it was formatted before or after an upgrade makes no difference.
#[track_caller]
fn assert_no_matter(edits: &[&Edit]) {
    let plain = edited(edits.iter().copied());
    let own = plain.copy();
    format(&own);
    assert_eq!(upgrade(&own, 3), Exit::Done);
    assert!(!is_marked(&own));
    assert_parses(&own, 3);
    upgrade(&plain, 3);
    for ((path, own), (_, plain)) in formatted(&own).iter().zip(&formatted(&plain)) {
        assert_alike(path, own, plain);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn without_an_edit_other_settings_of_rustfmt_are_no_conflict() {
    assert_no_matter(&[]);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn nor_are_they_with_every_edit_that_is_none_without_them() {
    let edits: Vec<_> = EDITS.iter().filter(is_clean).collect();
    assert_no_matter(&edits);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn with_other_settings_a_version_that_was_left_out_makes_no_difference_either() {
    let project = edited(EDITS.iter().filter(is_clean));
    format(&project);
    let [direct, stepwise] = [project.copy(), project];
    assert_eq!(upgrade(&direct, 3), Exit::Done);
    (2..=3).for_each(|number| assert_eq!(upgrade(&stepwise, number), Exit::Done));
    forget_the_age_of_bases(&stepwise);
    assert_same(&direct, &stepwise);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_nobody_has_news_for_stays_as_it_was_formatted() {
    let project = shop(1);
    format(&project);
    let before = project.tree();
    upgrade(&project, 3);
    for path in [
        "src/web/cookies.rs",
        "src/accounts/session.rs",
        "src/limits.rs",
    ] {
        assert_eq!(project.tree().get(path), before.get(path), "{path}");
    }
}
