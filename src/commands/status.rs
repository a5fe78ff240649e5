//! `cargo sigra status`: what is installed, what its owner has changed, and whether a re-run would
//! change anything. It writes nothing.

use anyhow::Result;

use crate::{
    answers::Wishes,
    apply, ask,
    changes::Changes,
    cli::{Mode, Status},
    plan::Plan,
    project::{self, Project},
    refusal::{Exit, Refusal},
    review::Review,
    world::World,
};

/// Performs the command.
pub fn run(args: &Status, world: &World) -> Result<Exit> {
    let root = project::installed(&args.place.path)?;
    if apply::is_unfinished(&root) {
        return Err(Refusal::unfinished(
            "an earlier run was stopped in the middle; `cargo sigra install` goes back first",
        )
        .into());
    }
    let project = Project::read(&root, &world.templates)?;
    refuse_nothing(&project)?;
    // What was recorded answers everything; what is new since then is off.
    let wishes = Wishes {
        yes: true,
        ..Wishes::default()
    };
    let answers = ask::missing(&project, &wishes, world)?;
    let plan = Plan::new(&project, &answers, &world.templates)?;
    let changes = Changes::propose(&project, &plan, world.now, world.random)?;

    let review = Review {
        project: &project,
        plan: &plan,
        changes: &changes,
        mode: Mode {
            check: args.check,
            ..Mode::default()
        },
        format: args.place.format,
    };
    Ok(review.status(world.voice))
}

/// A first run that was stopped leaves a folder of ours and nothing in it.
fn refuse_nothing(project: &Project) -> Result<(), Refusal> {
    match project.manifest {
        Some(_) => Ok(()),
        None => Err(Refusal::failed(
            "nothing is installed in this package; run `cargo sigra install`",
        )),
    }
}
