//! The only module that asks. A question per open choice, one confirmation at the end, and never a
//! question where nobody can answer.

mod collisions;
mod moves;
mod theme;
mod undo_or_finish;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use console::Term;
use dialoguer::{Confirm, MultiSelect, Select};

use self::theme::Plain;
pub use self::{
    collisions::{Collision, MARKS, collisions},
    moves::moves,
    undo_or_finish::{Way, undo_or_finish},
};
use crate::{
    answers::{Answers, Requested, Table},
    feature::{Answer, Database, Feature, Flag, Part, Values},
    manifest::Manifest,
    project::Project,
    refusal::{AnswersRefusal, AskRefusal, Refusal},
    world::World,
};

/// Turns what was requested into answers: what was typed, else what was recorded, else what the person says
/// now.
pub fn missing(project: &Project, requested: &Requested, world: &World) -> Result<Answers> {
    project.refuse_host()?;
    let recorded = project.manifest();
    let known = recorded.and_then(|manifest| manifest.database);
    let written = recorded.and_then(|manifest| manifest.written.database);
    refuse_move(written, requested.database.or(known))?;
    if let Some(manifest) = recorded {
        refuse_other_keys(manifest, requested)?;
        refuse_other_table(manifest, requested)?;
        refuse_needed(manifest, requested, world)?;
    }
    let database = match requested.database.or(known) {
        Some(database) => database,
        None => database(requested, world)?,
    };
    Ok(Answers {
        database,
        key: requested
            .key
            .or(recorded.map(|manifest| manifest.key))
            .unwrap_or_default(),
        table: requested
            .table
            .clone()
            .or(recorded.map(|manifest| manifest.table.clone()))
            .unwrap_or_default(),
        features: features(recorded, requested, world)?,
        starter: recorded.map_or(project.shape(), |manifest| manifest.starter),
    })
}

fn refuse_move(known: Option<Database>, wanted: Option<Database>) -> Result<(), Refusal> {
    match (known, wanted) {
        (Some(Database::Postgres), Some(Database::Sqlite)) => {
            Err(AnswersRefusal::BackToSqlite.into())
        }
        _ => Ok(()),
    }
}

/// Rows keep what they are known by.
fn refuse_other_keys(recorded: &Manifest, requested: &Requested) -> Result<(), Refusal> {
    let written = recorded.written.key.unwrap_or(recorded.key);
    match requested.key {
        Some(wanted) if wanted != written => Err(AnswersRefusal::OtherKeys { written }.into()),
        None if recorded.key != written => Err(AnswersRefusal::RecordedKeys { written }.into()),
        _ => Ok(()),
    }
}

/// A table is renamed by a migration of its owner's; a second one would be empty.
fn refuse_other_table(recorded: &Manifest, requested: &Requested) -> Result<(), Refusal> {
    let is = recorded.table.name();
    match requested.table.as_ref().map(Table::name) {
        Some(wanted) if wanted != is => {
            let (is, wanted) = (is.into(), wanted.into());
            Err(AnswersRefusal::OtherTable { is, wanted }.into())
        }
        _ => Ok(()),
    }
}

/// What another feature needs that stays cannot go.
fn refuse_needed(recorded: &Manifest, requested: &Requested, world: &World) -> Result<(), Refusal> {
    let is_unwanted = |name: &str| requested.features.refuses(name);
    for stays in recorded.wanted().filter(|name| !is_unwanted(name)) {
        let needed = world.templates.with_needs([stays]);
        if let Some(name) = needed.iter().find(|name| is_unwanted(name)) {
            let (stays, needed) = (stays.into(), (*name).into());
            return Err(AnswersRefusal::StillNeeded { stays, needed }.into());
        }
    }
    Ok(())
}

/// The optional features with their values: what was typed, else what was recorded, else what is
/// picked now; and what those need.
fn features(
    recorded: Option<&Manifest>,
    requested: &Requested,
    world: &World,
) -> Result<BTreeMap<&'static str, BTreeSet<String>>> {
    let templates = &world.templates;
    let mut wanted = BTreeMap::new();
    let mut open = Vec::new();
    for feature in templates
        .features
        .iter()
        .filter(|feature| feature.part == Part::Optional)
    {
        let recorded = recorded.and_then(|manifest| manifest.features.get(feature.name));
        match requested.features.get(feature.name).or(recorded) {
            Some(Answer::On(values)) => _ = wanted.insert(feature.name, values.clone()),
            Some(Answer::Off) => {}
            None => open.push(feature),
        }
    }
    let written = templates.with_needs(wanted.keys().copied());
    open.retain(|feature| !written.contains(feature.name));
    open.retain(|feature| may_be_picked(feature.name, requested, world));
    wanted.extend(picked(&open, recorded.is_none(), requested, world)?);
    let written = templates.with_needs(wanted.keys().copied());
    let features = templates.features.iter();
    let features = features.filter(|feature| feature.part == Part::Optional);
    let features = features.filter(|feature| written.contains(feature.name));
    let with_values = |feature: &Feature| {
        let values = wanted.get(feature.name).filter(|values| !values.is_empty());
        let values = values.cloned().unwrap_or_else(|| feature.bare_values());
        (feature.name, values)
    };
    Ok(features.map(with_values).collect())
}

/// What needs something that was typed as unwanted is out of the question.
fn may_be_picked(name: &'static str, requested: &Requested, world: &World) -> bool {
    let mut needed = world.templates.with_needs([name]).into_iter();
    !needed.any(|needed| requested.features.refuses(needed))
}

/// Refuses to go on where a question would come and nobody could answer; names everything missing.
pub fn refuse_silence(
    requested: &Requested,
    known: Option<Database>,
    world: &World,
) -> Result<(), Refusal> {
    match (
        requested.yes || world.somebody,
        requested.database.or(known),
    ) {
        (true, _) => Ok(()),
        (false, None) => Err(AskRefusal::CannotAsk.into()),
        (false, Some(_)) => Err(AskRefusal::CannotConfirmPlan.into()),
    }
}

fn database(requested: &Requested, world: &World) -> Result<Database> {
    refuse_silence(requested, None, world)?;
    if requested.yes {
        return Ok(Database::ALL[0]);
    }
    let lines = lines(Database::ALL.map(Database::name), world);
    let question = Select::with_theme(&Plain)
        .with_prompt("Which database?")
        .items(&lines)
        .default(0);
    Ok(Database::ALL[question.interact().map_err(interrupted)?])
}

/// Those of the open features that are picked, with their values. Where no question can be asked,
/// a new project gets the defaults, and one that is older nothing that was not asked for.
fn picked(
    open: &[&'static Feature],
    is_new: bool,
    requested: &Requested,
    world: &World,
) -> Result<BTreeMap<&'static str, BTreeSet<String>>> {
    let is_default = |feature: &Feature| is_new && feature.flag.is_some_and(|flag| flag.is_default);
    if !world.somebody || requested.yes || open.is_empty() {
        let defaults = open.iter().filter(|feature| is_default(feature));
        return Ok(defaults
            .map(|feature| (feature.name, feature.bare_values()))
            .collect());
    }
    let question = MultiSelect::with_theme(&Plain)
        .with_prompt("Which features? (space selects, enter continues)")
        .items(lines(open.iter().map(|feature| feature.name), world))
        .defaults(
            &open
                .iter()
                .map(|feature| is_default(feature))
                .collect::<Vec<_>>(),
        );
    let places = question.interact().map_err(interrupted)?;
    let mut picked = BTreeMap::new();
    for feature in places.into_iter().map(|place| open[place]) {
        match feature.flag {
            Some(Flag {
                values: Some(values),
                ..
            }) => {
                let values = picked_values(&values)?;
                // Without any of its values there is nothing left of it.
                picked.extend((!values.is_empty()).then_some((feature.name, values)));
            }
            _ => _ = picked.insert(feature.name, BTreeSet::new()),
        }
    }
    Ok(picked)
}

fn picked_values(values: &Values) -> Result<BTreeSet<String>> {
    let is_default = |value| values.bare.contains(value);
    let question = MultiSelect::with_theme(&Plain)
        .with_prompt(values.prompt)
        .items(values.all)
        .defaults(&values.all.iter().map(is_default).collect::<Vec<_>>());
    let places = question.interact().map_err(interrupted)?;
    let picked = places.into_iter().map(|place| values.all[place].to_owned());
    Ok(picked.collect())
}

/// A line for each feature of a question.
fn lines(names: impl IntoIterator<Item = &'static str>, world: &World) -> Vec<String> {
    let line = |name| format!("{name:<9} {}", world.templates.says(name));
    names.into_iter().map(line).collect()
}

/// Returns whether to write the plan that was just shown, for that database.
pub fn go_ahead(requested: &Requested, database: Database, world: &World) -> Result<bool> {
    refuse_silence(requested, Some(database), world)?;
    let question = Confirm::new().with_prompt("Write this?").default(true);
    Ok(requested.yes || question.interact().map_err(interrupted)?)
}

/// Refuses to go on where something would have to be confirmed and nobody could.
pub fn refuse_unconfirmed(world: &World) -> Result<(), Refusal> {
    if world.somebody {
        return Ok(());
    }
    Err(AskRefusal::CannotConfirm.into())
}

/// Returns whether everything that was just shown may be taken out.
pub fn take_out(world: &World) -> Result<bool> {
    refuse_unconfirmed(world)?;
    let question = Confirm::new().with_prompt("Take this out?").default(false);
    Ok(question.interact().map_err(interrupted)?)
}

/// Returns whether a file may be overwritten, whose owner is shown what would change.
pub fn overwrite(path: &str, patch: &str, world: &World) -> Result<bool> {
    if !world.somebody {
        let path = path.into();
        return Err(AskRefusal::CannotAskAbout { path }.into());
    }
    world.voice.shown(patch);
    let question = Confirm::new().with_prompt(format!("Overwrite {path}?"));
    Ok(question.default(false).interact().map_err(interrupted)?)
}

/// Ctrl-C at a question; nothing was written yet. The question has hidden the cursor.
fn interrupted(_: dialoguer::Error) -> Refusal {
    _ = Term::stderr().show_cursor();
    Refusal::Interrupted
}
