//! Every combination of choices that changes which crates a project needs.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod condition;
pub mod lock;

use std::{collections::BTreeSet, path::Path};

use cargo_sigra::{
    answers::Requested,
    feature::{self, Database, Key},
    render::{self, Names},
    templates::Templates,
};
use minijinja::Value;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    pub database: Database,
    pub key: Key,
    /// Whether it had another database before.
    pub moved: bool,
    /// The optional features, with those that they need.
    pub features: BTreeSet<&'static str>,
}

/// The databases, and whether the project has come to them from another one.
const DATABASES: [(Database, bool); 3] = [
    (Database::Sqlite, false),
    (Database::Postgres, false),
    (Database::Postgres, true),
];

impl Combination {
    /// Every database and both keys, with no optional feature, with each, with every two and with
    /// all of them.
    pub fn all(templates: &Templates) -> Vec<Self> {
        let keyed = DATABASES
            .into_iter()
            .flat_map(|database| Key::ALL.map(|key| (database, key)));
        let with = |((database, moved), key)| {
            let sets = sets_of_features(templates).into_iter();
            sets.map(move |features| Self {
                database,
                key,
                moved,
                features,
            })
        };
        keyed.flat_map(with).collect()
    }

    /// The names that a condition may use, in the order in which they are preferred.
    pub fn names() -> Vec<&'static str> {
        let databases = Database::ALL.map(Database::name).into_iter();
        let keys = Key::ALL.map(Key::name).into_iter();
        let others = ["moved"].into_iter().chain(feature::FEATURES.optional());
        databases.chain(keys).chain(others).collect()
    }

    /// Whether a name is true here.
    pub fn holds(&self, name: &str) -> bool {
        let (database, key) = (self.database.name(), self.key.name());
        [database, key].contains(&name)
            || (name == "moved" && self.moved)
            || self.features.contains(name)
    }

    /// What somebody types to get it, one run after the other.
    pub fn requested(&self) -> Vec<Requested> {
        let moved = self.moved.then_some(Database::Sqlite).into_iter();
        let databases = moved.chain([self.database]);
        databases
            .map(|database| self.wishes_with(database))
            .collect()
    }

    fn wishes_with(&self, database: Database) -> Requested {
        Requested {
            database: Some(database),
            key: Some(self.key),
            // Those that are on by default have to be refused.
            features: feature::FEATURES
                .optional()
                .map(|name| (name, self.features.contains(name)))
                .collect(),
            yes: true,
            ..Requested::default()
        }
    }

    /// A template as it comes out for this combination.
    pub fn rendered(&self, path: &str, template: &str) -> String {
        let names: Names = Self::names()
            .into_iter()
            .map(|name| (name.to_owned(), Value::from(self.holds(name))))
            .collect();
        let bytes = render::file(path, template.as_bytes(), &names).unwrap();
        String::from_utf8(bytes.unwrap_or_default()).unwrap()
    }
}

fn sets_of_features(templates: &Templates) -> Vec<BTreeSet<&'static str>> {
    let all: Vec<_> = feature::FEATURES.optional().collect();
    let pairs = all
        .iter()
        .flat_map(|one| all.iter().map(move |other| vec![*one, *other]));
    let mut sets = Vec::new();
    for chosen in [Vec::new()].into_iter().chain(pairs).chain([all.clone()]) {
        let written = templates.with_needs(chosen);
        let set = feature::FEATURES
            .optional()
            .filter(|name| written.contains(name))
            .collect();
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// The templates as they are in the checkout now, with some other text as the lock.
pub fn templates_with(lock: Option<&str>) -> Templates {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = crate::support::tree(&folder);
    files.remove(lock::PATH);
    if let Some(text) = lock {
        files.insert(lock::PATH.into(), text.into());
    }
    let files = files.iter();
    let files = files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    Templates::new("0.0.0", files).unwrap()
}
