//! Shows what would change, has it accepted, and tells what happened.

mod json;
mod patch;
mod summary;

use anyhow::Result;

pub use self::{json::document, patch::patch};
use crate::{
    answers::Wishes, ask, changes::Changes, cli::Mode, plan::Plan, project::Project, refusal::Exit,
    world::World,
};

/// Shows the changes as this run wants them, and tells whether they may be written.
pub fn accepted(
    changes: &Changes,
    plan: &Plan,
    project: &Project,
    mode: Mode,
    wishes: Wishes,
    world: &World,
) -> Result<bool> {
    if mode.diff {
        world.voice.patch(&patch(changes, project));
    }
    if mode.dry_run || (!mode.looks_only() && !wishes.yes && !changes.is_empty()) {
        summary::plan(changes, plan, world.voice);
    }
    Ok(!mode.looks_only() && !changes.is_empty() && ask::go_ahead(wishes, world)?)
}

/// How the run ended.
#[must_use]
pub fn exit(changes: &Changes, mode: Mode) -> Exit {
    match (mode.check, changes.is_empty(), changes.remaining.is_empty()) {
        (true, false, _) => Exit::Changes,
        (_, _, true) => Exit::Done,
        _ => Exit::Remaining,
    }
}

pub use self::summary::{next_steps, what_happened};
