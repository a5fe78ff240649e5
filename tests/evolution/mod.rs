//! The templates as they may go on. The first version is the real one; the second and the third are made from it, a step at a time,
//! and their apps build and pass their tests like those of the first. A step whose text is no longer in the real templates fails:
//! then it is told here what the text is now.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod edit;
pub mod edits;
pub mod kept;
pub mod owner;
mod second;
mod third;

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use cargo_sigra::{
    templates::{Templates, id},
    timestamp::Timestamp,
    world::World,
};

use crate::support::{tree, world};

/// The three versions, as they are recorded.
pub const VERSIONS: [&str; 3] = ["0.1.0", "0.2.0", "0.3.0"];
/// When each of them is installed. What somebody does by the clock comes later.
const TIMES: [&str; 3] = ["20260105120000", "20260206090000", "20260307060606"];
/// Every migration, in every folder of tables.
const TABLES: [&str; 4] = [
    "sqlite-uuid",
    "sqlite-integer",
    "postgres-uuid",
    "postgres-integer",
];

/// A world with that version, 1, 2 or 3; the templates are made once.
pub fn version(number: usize) -> World {
    static SETS: OnceLock<[Templates; 3]> = OnceLock::new();
    let at = number - 1;
    let mut world = world(SETS.get_or_init(sets)[at].clone());
    world.now = Timestamp::parse(TIMES[at]).unwrap();
    world
}

fn sets() -> [Templates; 3] {
    let mut set = Set::real();
    let first = set.templates(VERSIONS[0]);
    second::evolve(&mut set);
    let second = set.templates(VERSIONS[1]);
    third::evolve(&mut set);
    [first, second, set.templates(VERSIONS[2])]
}

/// The path that a file of one version has in a later one; none where that has it no more.
pub fn path_in(from: usize, to: usize, path: &str) -> Option<&str> {
    let steps = [
        (second::RENAMED, second::REMOVED),
        (third::RENAMED, third::REMOVED),
    ];
    let mut path = path;
    for (renames, removed) in &steps[from - 1..to - 1] {
        let renamed = renames.iter().find(|(old, _)| *old == path);
        path = renamed.map_or(path, |(_, new)| new);
        if removed.contains(&path) {
            return None;
        }
    }
    Some(path)
}

/// A template set in the making: the files by their paths, such as `base/src/app.rs`.
struct Set {
    files: BTreeMap<String, String>,
}

impl Set {
    /// As it is in the checkout.
    fn real() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let files = tree(&folder).into_iter();
        let texts = files.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()));
        Self {
            files: texts.collect(),
        }
    }

    fn templates(&self, version: &str) -> Templates {
        let files = self.files.iter();
        let files = files.map(|(path, text)| (path.as_str(), text.as_bytes()));
        Templates::new(version, files).unwrap()
    }

    fn text(&mut self, path: &str) -> &mut String {
        self.files
            .get_mut(path)
            .unwrap_or_else(|| panic!("there is no {path}"))
    }

    fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert_eq!(text.matches(from).count(), 1, "{path} has this:\n{from}");
        *text = text.replace(from, to);
    }

    /// Puts text below some other.
    fn below(&mut self, path: &str, above: &str, text: &str) {
        self.replace(path, above, &format!("{above}{text}"));
    }

    fn append(&mut self, path: &str, text: &str) {
        self.text(path).push_str(text);
    }

    fn add(&mut self, path: &str, text: &str) {
        let old = self.files.insert(path.into(), text.into());
        assert_eq!(old, None, "{path} is there already");
    }

    fn remove(&mut self, path: &str) -> String {
        let text = self.files.remove(path);
        text.unwrap_or_else(|| panic!("there is no {path}"))
    }

    /// Brings a file from one folder of the set to another; in the project it stays where it is.
    fn carry(&mut self, old: &str, new: &str) {
        let text = self.remove(old);
        self.add(new, &text);
    }

    /// Gives a file of `base` another path, and its template another id.
    fn rename(&mut self, (old, new): (&str, &str)) {
        self.carry(&format!("base/{old}"), &format!("base/{new}"));
        let feature = self.text("base/feature.toml");
        if !feature.contains("[renamed]") {
            feature.push_str("\n[renamed]\n");
        }
        feature.push_str(&format!("{:?} = {:?}\n", id(old), id(new)));
    }

    /// Adds a migration for every choice.
    fn migrate(&mut self, name: &str, sql: &str) {
        for folder in TABLES {
            self.add(&format!("{folder}/migrations/{name}.sql"), sql);
        }
    }
}
