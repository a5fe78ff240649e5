//! `cargo sigra uninstall`: takes out what was written, as far as its owner has not made it theirs.

use anyhow::Result;

use super::{
    recorded::{self, Ended, Recorded},
    settle::Intent,
};
use crate::{
    apply, ask,
    changes::{Changes, Leaving},
    cli::{Mode, Uninstall},
    project::hidden,
    refusal::Exit,
    review::{self, Document},
    say::{Format, Voice},
    world::World,
};

/// Performs the command.
pub fn run(args: &Uninstall, world: &World) -> Result<Exit> {
    recorded::perform(&args.place, intent(args), world, |recorded| {
        let changes = changes(args, &recorded)?;
        apply::preflight(&recorded.project.root, &changes)?;
        if args.diff {
            let patch = review::patch(&changes, &recorded.project);
            return Ok(shown(&patch, &changes, world.voice));
        }
        let is_accepted = accepted(&changes, args, world)?;
        if is_accepted {
            let root = &recorded.project.root;
            apply::write("uninstall", &changes, root, world.now, &world.disk)?;
        }
        let exit = finish(&changes, is_accepted, args, world.voice);
        let document = Document::of("uninstall", &changes);
        let document = document.with("written", is_accepted.into());
        Ok(Ended { exit, document })
    })
}

fn intent(args: &Uninstall) -> Intent {
    let mode = Mode {
        dry_run: args.dry_run || args.diff,
        ..Mode::default()
    };
    Intent::of(mode, args.yes)
}

fn changes(args: &Uninstall, recorded: &Recorded) -> Result<Changes> {
    let Recorded {
        project,
        manifest,
        plan,
    } = recorded;
    let leaving = Leaving {
        migrations: args.migrations,
        hides: &|line| hidden::hides(&project.root, line),
    };
    Changes::uninstall(project, manifest, plan, leaving)
}

/// The patch: on the terminal, or in the document.
fn shown(patch: &str, changes: &Changes, voice: Voice) -> Ended {
    if voice.format == Format::Human {
        voice.patch(patch);
    }
    review::after_removal(changes, voice);
    let document = Document::of("uninstall", changes);
    let document = document.with("written", false.into());
    Ended {
        exit: Exit::Done,
        document: document.with("patch", patch.into()),
    }
}

/// Shows the plan where it is not carried out at once, and asks.
fn accepted(changes: &Changes, args: &Uninstall, world: &World) -> Result<bool> {
    if args.yes && !args.dry_run {
        return Ok(true);
    }
    if !args.dry_run {
        ask::refuse_unconfirmed(world)?;
    }
    review::removal(changes, world.voice);
    Ok(!args.dry_run && ask::take_out(world)?)
}

/// A dry run ends as the real run would.
fn finish(changes: &Changes, is_accepted: bool, args: &Uninstall, voice: Voice) -> Exit {
    if is_accepted {
        review::removed(changes, !args.yes, voice);
    } else {
        review::nothing_written(voice);
        if !args.dry_run {
            return Exit::Done;
        }
        review::after_removal(changes, voice);
    }
    if changes.remaining.is_empty() {
        return Exit::Done;
    }
    Exit::Remaining
}
