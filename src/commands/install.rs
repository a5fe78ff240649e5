//! `cargo sigra install`: writes the account system into a project, or brings it up to date.

use std::path::Path;

use anyhow::Result;

use crate::{
    answers::Wishes,
    apply, ask,
    changes::Changes,
    cli::{Format, Install, Mode},
    plan::Plan,
    project::{self, Project},
    refusal::{Exit, Refusal},
    review::Review,
    world::World,
};

/// Performs the command.
pub fn run(args: &Install, world: &World) -> Result<Exit> {
    let wishes = Wishes::new(&args.wanted, &world.templates)?;
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
    apply::listen_for_ctrl_c();
    undo_the_last_run(root, mode, world)?;
    let project = Project::read(root, &world.templates)?;
    let answers = ask::missing(&project, wishes, world)?;
    let plan = Plan::new(&project, &answers, &world.templates)?;
    let changes = Changes::propose(&project, &plan, world.now, world.random)?;

    let review = Review {
        project: &project,
        plan: &plan,
        changes: &changes,
        mode,
        format,
    };
    if !review.accepted(wishes, world)? {
        return Ok(review.looked(world.voice));
    }
    apply::write(&changes, root, world.now, &world.disk)?;
    Ok(review.done(world.voice))
}

/// A run that was stopped in the middle is undone before anything else is looked at.
pub fn undo_the_last_run(root: &Path, mode: Mode, world: &World) -> Result<()> {
    if !mode.looks_only() {
        if apply::recover(root, &world.disk)? {
            world
                .voice
                .careful("Undone", "an earlier run that was stopped in the middle");
        }
        return Ok(());
    }
    match apply::is_unfinished(root) {
        true => Err(Refusal::unfinished(
            "an earlier run was stopped in the middle; \
             `cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it",
        )
        .into()),
        false => Ok(()),
    }
}
