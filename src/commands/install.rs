//! `cargo sigra install`: writes the account system into a project, or brings it up to date.

use std::path::Path;

use anyhow::Result;

use super::settle::{self, Intent};
use crate::{
    answers::Wishes,
    apply, ask,
    changes::{Changes, Choices},
    cli::{Format, Install, Mode},
    plan::Plan,
    project::{self, Project},
    refusal::Exit,
    restyle,
    review::{self, Review},
    world::World,
};

/// Performs the command.
pub fn run(args: &Install, world: &World) -> Result<Exit> {
    let mut wishes = args.wanted.wishes()?;
    wishes.refuse_impossible(&world.templates)?;
    wishes.manner.on_conflict = args.merging.on_conflict;
    let root = project::folder(&args.path)?;

    install(&root, &wishes, args.mode, args.format, world)
}

/// The road, from the folder to the end.
pub fn install(
    root: &Path,
    wishes: &Wishes,
    mode: Mode,
    format: Format,
    world: &World,
) -> Result<Exit> {
    install_as("install", root, wishes, mode, format, world)
}

/// The same for a verb of another name.
pub fn install_as(
    verb: &'static str,
    root: &Path,
    wishes: &Wishes,
    mode: Mode,
    format: Format,
    world: &World,
) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    settle::stopped_run(root, Intent::of(mode, wishes.yes), world)?;
    let (project, plan) = look(root, wishes, world).map_err(apply::or_interrupted)?;
    let proposed = Changes::propose(&project, &plan, world.now, world.random)?;
    let is_asked = world.somebody && !wishes.yes && !mode.looks_only();
    let settled = if is_asked {
        settled(&proposed, &project, &plan, world)?
    } else {
        Some(proposed.clone())
    };
    let (is_settled, changes) = (settled.is_some(), settled.unwrap_or(proposed));

    apply::preflight(root, &changes)?;
    let review = Review {
        project: &project,
        plan: &plan,
        changes: &changes,
        verb,
        mode,
        format,
    };
    if !is_settled || !review.accepted(wishes, world)? {
        return Ok(review.looked(world.voice));
    }
    apply::write(verb, &changes, root, world.now, &world.disk)?;
    Ok(review.done(!wishes.yes, world.voice))
}

/// What is there, and what should be.
fn look(root: &Path, wishes: &Wishes, world: &World) -> Result<(Project, Plan)> {
    let project = Project::read(root, &world.templates)?;
    let answers = ask::missing(&project, wishes, world)?;
    let mut plan = Plan::new(&project, &answers, &world.templates)?;
    plan.manner = wishes.manner.clone();
    plan.restyled = restyle::of(&project, &plan)?;
    Ok((project, plan))
}

/// The changes by what somebody decides about files that may have been moved, and about their files
/// that are in the way; nothing where they would rather stop.
fn settled(
    proposed: &Changes,
    project: &Project,
    plan: &Plan,
    world: &World,
) -> Result<Option<Changes>> {
    let propose =
        |choices: &Choices| Changes::propose_as(choices, project, plan, world.now, world.random);
    let mut choices = ask::moves(&proposed.guesses)?;
    let moved = propose(&choices)?;
    let collisions = review::collisions(&moved, project, plan);
    let Some(decided) = ask::collisions(&collisions, world)? else {
        return Ok(None);
    };
    choices.extend(decided);
    propose(&choices).map(Some)
}
