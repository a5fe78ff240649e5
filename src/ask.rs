//! The only file that asks. A question per open choice, one confirmation at the end, and never a question where nobody can answer.

use anyhow::{Result, anyhow};
use dialoguer::{Confirm, Select};

use crate::{
    answers::{Answers, Wishes},
    feature::Database,
    plan,
    project::Project,
    refusal::Refusal,
    world::World,
};

/// Turns wishes into answers: what was typed, else what was recorded, else what the person says now.
pub fn missing(project: &Project, wishes: Wishes, world: &World) -> Result<Answers> {
    let recorded = project.manifest.as_ref();
    let known = recorded.and_then(|manifest| manifest.database);
    refuse_move(known, wishes.database)?;
    let database = match wishes.database.or(known) {
        Some(database) => database,
        None => database(wishes, world)?,
    };
    Ok(Answers {
        database,
        starter: recorded.is_none_or(|manifest| manifest.starter),
    })
}

fn refuse_move(known: Option<Database>, wanted: Option<Database>) -> Result<(), Refusal> {
    match (known, wanted) {
        (Some(known), Some(wanted)) if known != wanted => Err(Refusal::failed(format!(
            "this project uses {}; moving it to {} is not built yet",
            known.name(),
            wanted.name()
        ))),
        _ => Ok(()),
    }
}

fn database(wishes: Wishes, world: &World) -> Result<Database> {
    if wishes.yes {
        return Ok(Database::ALL[0]);
    }
    if !world.somebody {
        return Err(Refusal::usage("nobody can be asked here; give --database sqlite or --database postgres and --yes, or --yes alone for every default").into());
    }
    let lines: Vec<_> = plan::databases(&world.templates)
        .map(|(database, says)| format!("{:<9} {says}", database.name()))
        .collect();
    let chosen = Select::new()
        .with_prompt("Where are people kept?")
        .items(&lines)
        .default(0)
        .interact()
        .map_err(|error| anyhow!(error))?;
    Ok(Database::ALL[chosen])
}

/// Whether to write the plan that was just shown.
pub fn go_ahead(wishes: Wishes, world: &World) -> Result<bool> {
    if wishes.yes {
        return Ok(true);
    }
    if !world.somebody {
        return Err(Refusal::usage("nobody can confirm the plan here; look at it with --dry-run or --diff, then give --yes").into());
    }
    Confirm::new()
        .with_prompt("Write this?")
        .default(true)
        .interact()
        .map_err(|error| anyhow!(error))
}
