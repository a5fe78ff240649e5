//! What the person wants: first what was typed, then as answers (nothing left open).

mod glob;
mod reserved;
mod run_options;
mod table;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    glob::Glob,
    run_options::{OnConflict, RunOptions, Scope},
    table::Table,
};
use crate::{
    feature::{Answer, Database, Features, Key, Shape},
    refusal::{AnswersRefusal, Refusal},
    templates::Templates,
};

/// What was typed; everything else is still open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// The database, if one was named.
    pub database: Option<Database>,
    /// The keys, if they were named.
    pub key: Option<Key>,
    /// The users table's name, if it was given.
    pub table: Option<Table>,
    /// The features that were named.
    pub features: Named,
    /// Whether to take the default for what is open, and not to ask for a confirmation.
    pub yes: bool,
    /// How to go about it.
    pub options: RunOptions,
}

/// The features that were named, and what was answered about each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(BTreeMap<&'static str, Answer>);

/// Every question answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Where people are kept.
    pub database: Database,
    /// What the rows of every table are known by.
    pub key: Key,
    /// The users table.
    pub table: Table,
    /// The optional features, with those that they need: each with its values.
    pub features: BTreeMap<&'static str, BTreeSet<String>>,
    /// What the project consists of, where `cargo new` made it: then main.rs and the home page are
    /// ours too.
    pub starter: Option<Shape>,
}

impl Named {
    /// What was answered about a feature.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Answer> {
        self.0.get(name)
    }

    /// Whether a feature was named as one that is not wanted.
    #[must_use]
    pub fn refuses(&self, name: &str) -> bool {
        self.get(name) == Some(&Answer::Off)
    }

    /// The features that are wanted, or that are not.
    pub fn names(&self, is_on: bool) -> impl Iterator<Item = &'static str> {
        let named = self.0.iter();
        named
            .filter(move |(_, answer)| answer.is_on() == is_on)
            .map(|(name, _)| *name)
    }
}

impl<A: Into<Answer>> FromIterator<(&'static str, A)> for Named {
    fn from_iter<I: IntoIterator<Item = (&'static str, A)>>(named: I) -> Self {
        let named = named.into_iter();
        Self(named.map(|(name, answer)| (name, answer.into())).collect())
    }
}

impl<A: Into<Answer>, const N: usize> From<[(&'static str, A); N]> for Named {
    fn from(named: [(&'static str, A); N]) -> Self {
        named.into_iter().collect()
    }
}

impl Requested {
    /// Refuses what this version cannot do, before anything is looked at.
    pub fn refuse_impossible(&self, templates: &Templates) -> Result<(), Refusal> {
        refuse_planned(&self.features, templates.features)?;
        if let Some(table) = &self.table {
            table.refuse_second(templates)?;
        }
        refuse_contradictions(&self.features, templates)
    }
}

impl Answers {
    /// The answer about every optional feature, as it is recorded.
    #[must_use]
    pub fn optional(&self, features: Features) -> BTreeMap<String, Answer> {
        let answer = |name| {
            let values = self.features.get(name).cloned();
            (String::from(name), values.map_or(Answer::Off, Answer::On))
        };
        features.optional().map(answer).collect()
    }
}

fn refuse_planned(named: &Named, features: Features) -> Result<(), Refusal> {
    let asked = features
        .planned()
        .filter(|name| named.get(name).is_some_and(Answer::is_on));
    let asked: Vec<_> = asked.map(|name| format!("--{name}")).collect();
    if asked.is_empty() {
        return Ok(());
    }
    Err(AnswersRefusal::NotBuilt { flags: asked }.into())
}

/// A feature cannot be wanted without one that it needs.
fn refuse_contradictions(named: &Named, templates: &Templates) -> Result<(), Refusal> {
    for name in named.names(true) {
        let needed = templates.with_needs([name]);
        if let Some(other) = named.names(false).find(|other| needed.contains(other)) {
            let (feature, needed) = (name.into(), other.into());
            return Err(AnswersRefusal::Contradiction { feature, needed }.into());
        }
    }
    Ok(())
}
