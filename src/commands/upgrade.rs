//! `cargo sigra upgrade`: installs again, with the answers that are recorded; and what there is to do
//! about conflicts.

use std::path::Path;

use anyhow::Result;

use super::{
    install::Run,
    recorded::Ended,
    settle::{self, Intent},
};
use crate::{
    answers::{Glob, Requested, RunOptions, Scope},
    apply,
    cli::Upgrade,
    project,
    refusal::{CommandRefusal, Exit},
    review,
    world::World,
};

/// Performs the command.
pub fn run(args: &Upgrade, world: &World) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    let root = project::folder(&args.path)?;
    settle::stopped_run(&root, Intent::of(args.mode, args.yes), world)?;
    project::refuse_newer(&root, &world.templates)?;
    let pending = project::recorded(&root, &world.templates)?
        .ok_or(CommandRefusal::NeverInstalled)?
        .pending;
    if args.abort {
        return abort(&root, world);
    }
    if args.goes_on && pending.is_empty() {
        return Err(CommandRefusal::NoConflicts.into());
    }
    let requested = Requested {
        // Resolving was the answer already.
        yes: args.yes || args.goes_on,
        options: RunOptions {
            scope: scope(args)?,
            on_conflict: args.merging.on_conflict,
        },
        ..Requested::default()
    };
    let run = Run {
        verb: "upgrade",
        root: &root,
        requested: &requested,
        mode: args.mode,
        world,
    };
    run.perform()
}

fn scope(args: &Upgrade) -> Result<Scope> {
    let globs = |typed: &[String]| -> Result<Vec<_>> {
        let globs = typed.iter().map(|typed| Ok(Glob::parse(typed)?));
        globs.collect()
    };
    Ok(Scope {
        only: globs(&args.only)?,
        skip: globs(&args.skip)?,
        only_security: args.only_security,
        only_resolved: args.goes_on,
    })
}

/// Brings back what was there before the run that has left conflicts, but for the files that
/// somebody has worked on since.
pub fn abort(root: &Path, world: &World) -> Result<Exit> {
    let Some(undo) = apply::undo(root)? else {
        return Err(CommandRefusal::NothingToAbort.into());
    };
    apply::write("upgrade", &undo.changes, root, world.now, &world.disk)?;
    review::taken_back(&undo, world.voice);
    let exit = if undo.foreign.is_empty() {
        Exit::Done
    } else {
        Exit::Remaining
    };
    let document = review::taken_back_document(&undo);
    Ok(Ended { exit, document }.told(world.voice))
}
