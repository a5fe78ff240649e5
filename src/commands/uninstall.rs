//! `cargo sigra uninstall`: takes out what was written, as far as its owner has not made it theirs.

use anyhow::Result;

use super::{recorded::Recorded, stopped::Intent};
use crate::{
    apply, ask,
    changes::{Changes, Leaving},
    cli::{Format, Mode, Uninstall},
    merge::Word,
    project::{self, hidden},
    refusal::Exit,
    review::{self, Document},
    say::{Loudness, Voice},
    world::World,
};

/// Performs the command.
pub fn run(args: &Uninstall, world: &World) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    let root = project::installed(&args.place.path)?;
    let recorded = Recorded::read(&root, intent(args), world)?;
    let leaving = Leaving {
        migrations: args.migrations,
        hides: &|line| hidden::hides(&root, line),
    };
    let Recorded {
        project,
        manifest,
        plan,
    } = &recorded;
    let changes = Changes::uninstall(project, manifest, plan, leaving)?;

    if args.diff {
        return Ok(show(
            &review::patch(&changes, project),
            &changes,
            args,
            world,
        ));
    }
    let is_accepted = accepted(&changes, args, world)?;
    if is_accepted {
        apply::write("uninstall", &changes, &root, world.now, &world.disk)?;
    }
    let exit = finish(&changes, is_accepted, args, world.voice);
    if args.place.format == Format::Json {
        let document = Document::of("uninstall", &changes);
        let document = document.with("written", is_accepted.into());
        world.voice.out(&document.text(exit));
    }
    Ok(exit)
}

fn intent(args: &Uninstall) -> Intent {
    let mode = Mode {
        dry_run: args.dry_run || args.diff,
        ..Mode::default()
    };
    Intent::of(mode, args.yes)
}

/// For a person as it is, for a program in its document.
fn show(patch: &str, changes: &Changes, args: &Uninstall, world: &World) -> Exit {
    if args.place.format == Format::Human {
        world.voice.patch(patch);
    }
    next_steps("Next steps after the real run", changes, world.voice);
    if args.place.format == Format::Json {
        let document = Document::of("uninstall", changes);
        let document = document.with("written", false.into());
        let document = document.with("patch", patch.into());
        world.voice.out(&document.text(Exit::Done));
    }
    Exit::Done
}

/// Shows the plan where it is not carried out at once, and asks.
fn accepted(changes: &Changes, args: &Uninstall, world: &World) -> Result<bool> {
    if args.yes && !args.dry_run {
        return Ok(true);
    }
    if !args.dry_run {
        ask::refuse_unconfirmed(world)?;
    }
    world.voice.heading("Plan");
    tell(changes, world.voice);
    Ok(!args.dry_run && ask::take_out(world)?)
}

fn finish(changes: &Changes, is_accepted: bool, args: &Uninstall, voice: Voice) -> Exit {
    if !is_accepted {
        voice.line("nothing was written");
        // A dry run ends as the real run would.
        return if args.dry_run {
            next_steps("Next steps after the real run", changes, voice)
        } else {
            Exit::Done
        };
    }
    if args.yes {
        tell(changes, voice);
    }
    let files = changes.files.iter();
    let gone = files.filter(|file| file.word == Word::Removed).count();
    voice.verb("Finished", &format!("{gone} files were taken out"));
    next_steps("Next steps", changes, voice)
}

fn next_steps(heading: &str, changes: &Changes, voice: Voice) -> Exit {
    if changes.remaining.is_empty() {
        return Exit::Done;
    }
    voice.heading(&format!("\n{heading}"));
    let steps = changes.remaining.iter();
    steps.for_each(|step| voice.line(&format!("  {step}")));
    Exit::Remaining
}

fn tell(changes: &Changes, voice: Voice) {
    for file in &changes.files {
        match file.word {
            Word::Removed => voice.verb("Removed", &file.path),
            Word::Updated => voice.verb(
                "Restored",
                &format!("{}: as `cargo new` writes it", file.path),
            ),
            _ => voice.careful("Left", &file.path),
        }
    }
    let edits = changes.edits.iter();
    edits.for_each(|edit| {
        let out = review::shortened(&edit.removed, voice.loudness == Loudness::Verbose);
        voice.verb("Edited", &format!("{}: takes out {out}", edit.path));
    });
    let notes = changes.notes.iter();
    notes.for_each(|note| voice.careful("Note", &note.to_string()));
}
