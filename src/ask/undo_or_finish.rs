//! The question about a run that was stopped in the middle.

use anyhow::Result;
use dialoguer::Select;

use super::{interrupted, theme::Plain};
use crate::{apply::Stopped, say, world::World};

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is undone.
    Back,
    /// It is finished.
    Forward,
    /// Nothing is done about it now, nor about anything else.
    Leave,
}

const WAYS: [(Way, &str); 3] = [
    (
        Way::Back,
        "go back    the files are as they were before that run",
    ),
    (
        Way::Forward,
        "finish it  the files are as that run wanted them",
    ),
    (
        Way::Leave,
        "leave it   nothing is touched, by this run either",
    ),
];

/// Asks what becomes of it. What somebody has worked on since cannot be finished over.
pub fn undo_or_finish(stopped: &Stopped, world: &World) -> Result<Way> {
    let name = say::run_name(stopped.verb.as_deref(), stopped.begun);
    let which = format!("{name} {}", say::progress(stopped.done, stopped.of));
    world.voice.careful("Stopped", &which);
    for path in &stopped.foreign {
        let what = format!("{path} (since then; going back leaves it as it is)");
        world.voice.careful("Changed", &what);
    }
    let is_possible = |way: Way| way != Way::Forward || stopped.foreign.is_empty();
    let ways = WAYS.iter().filter(|(way, _)| is_possible(*way));
    let (ways, lines): (Vec<_>, Vec<_>) = ways.copied().unzip();
    let question = Select::with_theme(&Plain)
        .with_prompt("What should be done about the run that was stopped?")
        .items(&lines)
        .default(0);
    Ok(ways[question.interact().map_err(interrupted)?])
}
