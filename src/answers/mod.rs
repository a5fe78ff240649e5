//! What the person wants: first as wishes (what was typed), then as answers (nothing left open).

mod glob;
mod manner;
mod reserved;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

pub use self::{
    glob::Glob,
    manner::{Manner, OnConflict, Scope},
    table::Table,
};
use crate::{
    cli::Wanted,
    feature::{self, Database, Key, Shape},
    refusal::{AnswersRefusal, Refusal},
    templates::Templates,
};

/// What was typed; everything else is still open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The database, if one was named.
    pub database: Option<Database>,
    /// The keys, if they were named.
    pub key: Option<Key>,
    /// The users table's name, if it was given.
    pub table: Option<Table>,
    /// The optional features that were named, and whether they are wanted.
    pub features: BTreeMap<&'static str, bool>,
    /// Whether to take the default for what is open, and not to ask for a confirmation.
    pub yes: bool,
    /// How to go about it.
    pub manner: Manner,
}

/// Every question answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Where people are kept.
    pub database: Database,
    /// What the rows of every table are known by.
    pub key: Key,
    /// The users table.
    pub table: Table,
    /// The optional features, with those that they need.
    pub features: BTreeSet<&'static str>,
    /// What the project consists of, where `cargo new` made it: then main.rs and the home page are
    /// ours too.
    pub starter: Option<Shape>,
}

impl Wishes {
    /// Reads the flags, and refuses what this version cannot do before anything is looked at.
    pub fn new(wanted: &Wanted, templates: &Templates) -> Result<Self> {
        refuse_features(wanted)?;
        let table = wanted.table.as_deref().map(Table::parse).transpose()?;
        if let Some(table) = &table {
            table.refuse_second(templates)?;
        }
        let features = features(wanted);
        refuse_contradictions(&features, templates)?;
        Ok(Self {
            database: wanted.database.as_deref().and_then(Database::named),
            key: key(wanted),
            table,
            features,
            yes: wanted.yes,
            manner: Manner::default(),
        })
    }
}

impl Answers {
    /// Every optional feature, and whether it is on.
    #[must_use]
    pub fn optional(&self) -> BTreeMap<&'static str, bool> {
        let is_on = |name| (name, self.features.contains(name));
        feature::optional().map(is_on).collect()
    }
}

fn refuse_features(wanted: &Wanted) -> Result<(), Refusal> {
    let asked = feature::planned().filter(|name| asked(wanted, name) == Some(true));
    let asked: Vec<_> = asked.map(|name| format!("--{name}")).collect();
    if asked.is_empty() {
        return Ok(());
    }
    Err(AnswersRefusal::NotBuilt { flags: asked }.into())
}

/// A feature cannot be wanted without one that it needs.
fn refuse_contradictions(
    features: &BTreeMap<&'static str, bool>,
    templates: &Templates,
) -> Result<(), Refusal> {
    let named = |wanted: bool| {
        let named = features.iter().filter(move |(_, is)| **is == wanted);
        named.map(|(name, _)| *name)
    };
    for name in named(true) {
        let needed = templates.with_needs([name]);
        if let Some(other) = named(false).find(|other| needed.contains(other)) {
            let (feature, needed) = (name.into(), (*other).into());
            return Err(AnswersRefusal::Contradiction { feature, needed }.into());
        }
    }
    Ok(())
}

fn features(wanted: &Wanted) -> BTreeMap<&'static str, bool> {
    let named = feature::optional().map(|name| Some((name, asked(wanted, name)?)));
    named.flatten().collect()
}

/// Whether a feature is wanted, if it was named at all.
fn asked(wanted: &Wanted, feature: &str) -> Option<bool> {
    let (with, without) = match feature {
        "live" => (wanted.live, wanted.no_live),
        "passkeys" => (wanted.passkeys, wanted.no_passkeys),
        "oauth" => (wanted.oauth.is_some(), wanted.no_oauth),
        "api" => (wanted.api, wanted.no_api),
        "jwt" => (wanted.jwt, wanted.no_jwt),
        "admin" => (wanted.admin, wanted.no_admin),
        "otlp" => (wanted.otlp, wanted.no_otlp),
        _ => (false, false),
    };
    (with || without).then_some(with)
}

fn key(wanted: &Wanted) -> Option<Key> {
    match (wanted.binary_id, wanted.no_binary_id) {
        (true, _) => Some(Key::Uuid),
        (_, true) => Some(Key::Integer),
        (false, false) => None,
    }
}
