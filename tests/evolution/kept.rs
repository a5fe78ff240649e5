//! Whether an upgrade has kept what somebody did.

use std::collections::{BTreeMap, BTreeSet};

use cargo_sigra::{
    manifest::{self, Manifest},
    templates::id,
};

use super::{VERSIONS, owner::files_like, path_in};
use crate::support::Project;

/// The first letters of markers, and whether a line behind them is the owner's.
const MARKERS: [(&str, Side); 4] = [
    ("<<<<<<< ", Side::Mine),
    ("||||||| ", Side::Base),
    ("=======", Side::Theirs),
    (">>>>>>> ", Side::Both),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Mine,
    Base,
    Theirs,
}

/// From one version to another.
#[derive(Clone, Copy)]
pub struct Way(pub usize, pub usize);

/// Asserts that nothing is missing after an upgrade of what its owner had done to a project before.
#[track_caller]
pub fn assert_kept(before: &Project, after: &Project, way: Way) {
    let (old, new) = (files_like(before, way.0), files_like(before, way.1));
    for (path, mine) in before.tree() {
        let base = old.get(&path);
        if base == Some(&mine) || path.starts_with(".sigra/") {
            continue;
        }
        let theirs = path_in(way.0, way.1, &path).and_then(|path| new.get(path));
        let now = place(after, way, &path);
        Work {
            path: &now,
            base: &text(base),
            mine: &text(Some(&mine)),
            theirs: &text(theirs.filter(|_| base.is_some())),
            after: &after.read(&now),
        }
        .assert_kept();
    }
}

fn text(bytes: Option<&Vec<u8>>) -> String {
    String::from_utf8(bytes.cloned().unwrap_or_default()).unwrap()
}

/// Where a file is now: with its template, unless that has left it to its owner.
fn place(after: &Project, way: Way, path: &str) -> String {
    let manifest = Manifest::parse(&after.read(manifest::PATH)).unwrap();
    let new = path_in(way.0, way.1, path).filter(|new| after.exists(new));
    let record = new.and_then(|new| manifest.files.get(id(new)));
    record
        .map_or(path, |record| record.path.as_str())
        .to_owned()
}

/// One file of which both sides may have made something.
struct Work<'a> {
    path: &'a str,
    base: &'a str,
    mine: &'a str,
    theirs: &'a str,
    after: &'a str,
}

impl Work<'_> {
    #[track_caller]
    fn assert_kept(&self) {
        let (base, mine, theirs) = (count(self.base), count(self.mine), count(self.theirs));
        let after = count(self.after);
        let outside = count(&outside(self.after));
        let number = |counts: &Counts, line: &str| counts.get(line).copied().unwrap_or_default();
        for (line, there) in &mine {
            let was = number(&base, line);
            let added = there.saturating_sub(was);
            let untouched = was.min(*there).min(number(&theirs, line));
            self.assert(number(&after, line) >= added, line, "was added");
            let is_kept = number(&after, line) >= untouched + added;
            self.assert(is_kept || !is_comment(line), line, "is a comment of both");
        }
        for (line, was) in &base {
            let there = number(&mine, line);
            let news = number(&theirs, line).saturating_sub(*was);
            let is_gone = there >= *was || number(&outside, line) <= there + news;
            self.assert(is_gone, line, "was removed");
        }
    }

    #[track_caller]
    fn assert(&self, holds: bool, line: &str, what: &str) {
        let Self { path, after, .. } = self;
        assert!(holds, "{path}: {line:?} {what}, and now:\n{after}");
    }
}

type Counts = BTreeMap<String, usize>;

/// How often each line is there; those of nothing but brackets say nothing.
fn count(text: &str) -> Counts {
    let mut counts = Counts::new();
    let says_something = |line: &&str| line.chars().any(char::is_alphanumeric);
    for line in text.lines().map(str::trim_end).filter(says_something) {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

fn is_comment(line: &str) -> bool {
    let starts = ["//", "#", "/*", "<!--", "{#", "--"];
    starts
        .iter()
        .any(|start| line.trim_start().starts_with(start))
}

/// What stands outside of markers.
fn outside(text: &str) -> String {
    on(text, &[Side::Both])
}

fn on(text: &str, wanted: &[Side]) -> String {
    let mut side = Side::Both;
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        match MARKERS.iter().find(|(marker, _)| line.starts_with(marker)) {
            Some((_, next)) => side = *next,
            None if wanted.contains(&side) => kept.push_str(line),
            None => {}
        }
    }
    kept
}

/// Does what an owner does with markers: takes theirs in, and keeps what is their own.
pub fn resolve(project: &Project) {
    for (path, bytes) in project.tree() {
        let text = String::from_utf8(bytes).unwrap();
        if !path.starts_with(".sigra/") && text.lines().any(|line| line.starts_with(MARKERS[0].0)) {
            project.write(&path, &on(&text, &[Side::Both, Side::Mine, Side::Theirs]));
        }
    }
}

/// Whether a file of the project has markers.
pub fn is_marked(project: &Project) -> bool {
    !marked(project).is_empty()
}

/// The files of the project that have markers.
pub fn marked(project: &Project) -> BTreeSet<String> {
    let files = project.tree().into_iter();
    let marked = files.filter(|(path, bytes)| {
        !path.starts_with(".sigra/") && String::from_utf8_lossy(bytes).contains(MARKERS[0].0)
    });
    marked.map(|(path, _)| path).collect()
}

/// Asserts that every file of Rust that is not as that version writes it is one all the same.
#[track_caller]
pub fn assert_parses(project: &Project, number: usize) {
    let written = files_like(project, number);
    for (path, bytes) in project.tree() {
        if path.ends_with(".rs") && written.get(&path) != Some(&bytes) {
            let parsed = syn::parse_file(&text(Some(&bytes)));
            assert!(parsed.is_ok(), "{path}: {:?}", parsed.err());
        }
    }
}

/// A base that two versions have in common is that of the last of them.
pub fn forget_the_age_of_bases(project: &Project) {
    let manifest = project.read(manifest::PATH);
    let [first, second, _] = VERSIONS.map(|version| format!("templates = {version:?}\n"));
    project.write(manifest::PATH, &manifest.replace(&second, &first));
}
