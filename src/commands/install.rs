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
    review,
    world::World,
};

/// Performs the command.
pub fn run(args: &Install, world: &World) -> Result<Exit> {
    let wishes = Wishes::new(&args.wanted)?;
    let root = project::folder(&args.path)?;
    finish_the_last_run(&root, args.mode, world)?;

    install(&root, wishes, args.mode, args.format, world)
}

/// The road, from the folder to the end.
pub fn install(
    root: &Path,
    wishes: Wishes,
    mode: Mode,
    format: Format,
    world: &World,
) -> Result<Exit> {
    let project = Project::read(root, &world.templates)?;
    let answers = ask::missing(&project, wishes, world)?;
    let plan = Plan::new(&project, &answers, &world.templates)?;
    let changes = Changes::propose(&project, &plan, world)?;

    if review::accepted(&changes, &plan, &project, mode, wishes, world)? {
        apply::listen_for_ctrl_c()?;
        apply::write(&changes, &project.root, world.now, &world.disk)?;
    } else if !mode.looks_only() && !changes.is_empty() {
        world.voice.line("nothing was written");
        return Ok(Exit::Done);
    }
    let exit = review::exit(&changes, mode);
    match format {
        Format::Json => world.voice.out(&review::document(&changes, exit)),
        Format::Human if mode.looks_only() => {}
        Format::Human => {
            review::what_happened(&changes, &plan, world.voice);
            review::next_steps(&changes, &project, world.voice);
        }
    }
    Ok(exit)
}

/// A run that was stopped in the middle is undone before anything else is looked at.
fn finish_the_last_run(root: &Path, mode: Mode, world: &World) -> Result<()> {
    if mode.looks_only() {
        return match apply::is_unfinished(root) {
            true => Err(Refusal::unfinished("an earlier run was stopped in the middle; `cargo sigra install` without --dry-run, --diff or --check goes back first").into()),
            false => Ok(()),
        };
    }
    if apply::recover(root, &world.disk)? {
        world
            .voice
            .careful("Undone", "an earlier run that was stopped in the middle");
    }
    Ok(())
}
