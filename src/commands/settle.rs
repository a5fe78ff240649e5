//! What every verb begins with: a run that was stopped in the middle is there to be decided about
//! by somebody, and the next one does not go on before that.

use std::path::Path;

use anyhow::Result;

use super::recover;
use crate::{
    apply,
    ask::{self, Way},
    cli::Mode,
    review,
    world::World,
};

/// What a run is out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It only looks.
    Look,
    /// It writes, and may ask.
    Write,
    /// It writes, and was told not to ask.
    WriteUnasked,
}

impl Intent {
    /// Of what was typed.
    #[must_use]
    pub fn of(mode: Mode, is_yes: bool) -> Self {
        match (mode.looks_only(), is_yes) {
            (true, _) => Self::Look,
            (false, false) => Self::Write,
            (false, true) => Self::WriteUnasked,
        }
    }
}

/// Goes on where no run was stopped. Where one was, somebody at the terminal is asked what becomes of
/// it; with nobody there, or where they leave it, this run is refused.
pub fn stopped_run(root: &Path, intent: Intent, world: &World) -> Result<()> {
    let Some(stopped) = apply::stopped(root)? else {
        return match intent {
            Intent::Look => Ok(()),
            Intent::Write | Intent::WriteUnasked => apply::tidy(root, &world.disk),
        };
    };
    let way = match intent {
        Intent::Write if world.somebody => ask::undo_or_finish(&stopped, world)?,
        _ => Way::Leave,
    };
    if way == Way::Leave {
        return Err(stopped.refusal().into());
    }
    let recovered = recover::recover(root, way == Way::Forward, world)?;
    review::fates(&recovered.unwrap_or_default(), world.voice);
    apply::begin_again();
    Ok(())
}
