//! `cargo sigra upgrade`: installs again, with the answers that are recorded; and what there is to do
//! about conflicts.

use std::path::Path;

use anyhow::Result;

use super::{
    install,
    stopped::{self, Intent},
};
use crate::{
    answers::{Glob, Manner, Scope, Wishes},
    apply::{self, Fate, Undo},
    cli::{Format, Upgrade},
    project,
    refusal::{CommandRefusal, Exit},
    review::Document,
    world::World,
};

/// Performs the command.
pub fn run(args: &Upgrade, world: &World) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    let root = project::folder(&args.path)?;
    stopped::settle(&root, Intent::of(args.mode, args.yes), world)?;
    let pending = project::recorded(&root)?
        .ok_or(CommandRefusal::NeverInstalled)?
        .pending;
    if args.abort {
        return abort_in(args.format, &root, world);
    }
    if args.goes_on && pending.is_empty() {
        return Err(CommandRefusal::NoConflicts.into());
    }
    let wishes = Wishes {
        // Resolving was the answer already.
        yes: args.yes || args.goes_on,
        manner: Manner {
            scope: scope(args)?,
            ..Manner::new(&args.merging)
        },
        ..Wishes::default()
    };
    install::install_as("upgrade", &root, &wishes, args.mode, args.format, world)
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
    abort_in(Format::Human, root, world)
}

fn abort_in(format: Format, root: &Path, world: &World) -> Result<Exit> {
    let Some(undo) = apply::undo(root)? else {
        return Err(CommandRefusal::NothingToAbort.into());
    };
    apply::write("upgrade", &undo.changes, root, world.now, &world.disk)?;
    let (voice, count) = (world.voice, undo.changes.operations.len());
    let foreign = undo.foreign.iter();
    foreign.for_each(|path| voice.careful("Kept", &format!("{path} (changed since that run)")));
    voice.verb(
        "Finished",
        &format!("{count} files are as they were before"),
    );
    let exit = match undo.foreign.is_empty() {
        true => Exit::Done,
        false => Exit::Remaining,
    };
    if format == Format::Json {
        voice.out(&document(&undo).text(exit));
    }
    Ok(exit)
}

fn document(undo: &Undo) -> Document {
    let operations = undo.changes.operations.iter();
    let back = operations.map(|operation| {
        let word = match operation.after {
            Some(_) => Fate::Restored,
            None => Fate::Removed,
        };
        (operation.path.as_str(), word.name())
    });
    let kept = undo.foreign.iter().map(|path| (path.as_str(), "Kept"));
    Document::new("upgrade")
        .files(back.chain(kept))
        .with("written", (!undo.changes.is_empty()).into())
}
