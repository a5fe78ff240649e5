//! `cargo sigra recover`: a run that was stopped in the middle is undone, or finished.

use std::path::Path;

use anyhow::{Error, Result};

use super::recorded::Ended;
use crate::{
    apply::{self, Fate, Recovered},
    cli::Recover,
    project,
    refusal::{CommandRefusal, Exit, Refusal},
    review::{self, Document},
    world::World,
};

/// Performs the command.
pub fn run(args: &Recover, world: &World) -> Result<Exit> {
    // Ctrl-C now waits for the end: half a recovery helps nobody.
    apply::listen_for_ctrl_c();
    let root = project::installed(&args.place.path)?;
    let recovered = recover(&root, args.forward, world)?;

    review::recovered(recovered.as_deref(), args.forward, world.voice);
    let files = recovered.as_deref().unwrap_or_default();
    let exit = if files.iter().any(|file| file.fate == Fate::Left) {
        Exit::Remaining
    } else {
        Exit::Done
    };
    let files = files
        .iter()
        .map(|file| (file.path.as_str(), file.fate.name()));
    let document = Document::new("recover").files(files);
    Ok(Ended { exit, document }.told(world.voice))
}

/// Undoes it, or finishes it; nothing where no run was stopped.
pub fn recover(root: &Path, is_forward: bool, world: &World) -> Result<Option<Vec<Recovered>>> {
    let recovered = if is_forward {
        apply::go_on(root, &world.disk)
    } else {
        apply::go_back(root, &world.disk)
    };
    recovered.map_err(with_what_to_do)
}

fn with_what_to_do(why: Error) -> Error {
    if why.is::<Refusal>() {
        return why;
    }
    let why = format!("{why:#}");
    CommandRefusal::Recover { why }.into()
}
