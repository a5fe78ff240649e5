//! `cargo sigra status`: how a project stands, and whether an installation would change it.

use anyhow::Result;

use super::recorded::{Ended, Recorded};
use crate::{
    changes::{Changes, Step},
    cli, project,
    refusal::Exit,
    review,
    status::Status,
    world::World,
};

/// Performs the command.
pub fn run(args: &cli::Status, world: &World) -> Result<Exit> {
    let root = project::installed(&args.place.path)?;
    let recorded = Recorded::read_to_tell(&root, world)?;
    let (project, plan) = (&recorded.project, &recorded.plan);
    let is_newer = project::refuse_newer(&root, &world.templates).is_err();
    // With older templates nothing is changed, so there is nothing to tell about that.
    let changes = if is_newer {
        Changes::default()
    } else {
        Changes::propose(project, plan, world.now, world.random)?
    };
    let mut status = Status::of(project, &recorded.manifest, plan, &changes)?;
    status.is_program_older = is_newer;
    if is_newer {
        status.remaining.insert(0, Step::UpdateProgram);
    }

    review::status(&status, world.voice);
    let has_changes = status.would_change || !status.unrecorded.is_empty();
    let exit = if args.check && is_newer {
        Exit::Usage
    } else if args.check && has_changes {
        Exit::Changes
    } else {
        Exit::Done
    };
    let document = review::status_document(&status);
    Ok(Ended { exit, document }.told(world.voice))
}
