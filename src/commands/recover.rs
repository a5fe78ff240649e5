//! `cargo sigra recover`: a run that was stopped in the middle is undone, or finished.

use std::path::Path;

use anyhow::{Error, Result, anyhow};

use crate::{
    apply::{self, Fate, Recovered},
    cli::{Format, Recover},
    project,
    refusal::{Exit, Refusal},
    review::Document,
    say::Voice,
    world::World,
};

/// Performs the command.
pub fn run(args: &Recover, world: &World) -> Result<Exit> {
    // Whoever presses Ctrl-C now waits for the end: half a recovery helps nobody.
    apply::listen_for_ctrl_c();
    let root = project::installed(&args.place.path)?;
    let recovered = recover(&root, args.forward, world)?;

    let files = recovered.as_deref().unwrap_or_default();
    let exit = match files.iter().any(|file| file.fate == Fate::Left) {
        true => Exit::Remaining,
        false => Exit::Done,
    };
    match &recovered {
        Some(files) => {
            tell(files, world.voice);
            world.voice.verb("Finished", end(files, args.forward));
        }
        None => world
            .voice
            .verb("Finished", "no run was stopped here; nothing to recover"),
    }
    if args.place.format == Format::Json {
        let files = files
            .iter()
            .map(|file| (file.path.as_str(), file.fate.name()));
        let document = Document::new("recover").files(files);
        world.voice.out(&document.text(exit));
    }
    Ok(exit)
}

/// Undoes it, or finishes it; nothing where no run was stopped.
pub fn recover(root: &Path, is_forward: bool, world: &World) -> Result<Option<Vec<Recovered>>> {
    let recovered = match is_forward {
        true => apply::go_on(root, &world.disk),
        false => apply::go_back(root, &world.disk),
    };
    recovered.map_err(with_what_to_do)
}

fn with_what_to_do(why: Error) -> Error {
    match why.is::<Refusal>() {
        true => why,
        false => anyhow!("{why:#}; put this right and run `cargo sigra recover` again"),
    }
}

/// What became of every file.
pub fn tell(files: &[Recovered], voice: Voice) {
    for Recovered { path, fate } in files {
        match fate {
            Fate::Right => voice.detail(fate.name(), path),
            Fate::Left => voice.careful(
                fate.name(),
                &format!("{path} (changed since the run was stopped; it stays as it is)"),
            ),
            _ => voice.verb(fate.name(), path),
        }
    }
}

fn end(files: &[Recovered], is_forward: bool) -> &'static str {
    let left = files.iter().filter(|file| file.fate == Fate::Left).count();
    match (is_forward, left) {
        (true, _) => "the run that was stopped; all that it planned is there",
        (_, 0) => "the way back; the project is as it was before the run that was stopped",
        _ => "the way back, but for what changed since; look at it, then run `cargo sigra install`",
    }
}
