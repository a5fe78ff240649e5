//! Ctrl-C: the first one is noticed between two operations and rolls back.

use std::sync::{
    Once,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Error;

use crate::refusal::Refusal;

static LISTENING: Once = Once::new();
static PRESSED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is an orderly end.
pub fn listen_for_ctrl_c() {
    // Where signals cannot be listened to, Ctrl-C ends the program, and `recover` goes back.
    LISTENING.call_once(|| _ = ctrlc::set_handler(|| PRESSED.store(true, Ordering::Relaxed)));
}

/// Whether Ctrl-C was pressed.
#[must_use]
pub fn was_interrupted() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// Ends a run in which it was pressed; nothing was written yet.
pub fn refuse_interrupted() -> Result<(), Refusal> {
    if was_interrupted() {
        return Err(Refusal::Interrupted);
    }
    Ok(())
}

/// Why a project could not be looked at. The programs that are asked about it hear Ctrl-C, too, and
/// fail then.
#[must_use]
pub fn or_interrupted(why: Error) -> Error {
    match refuse_interrupted() {
        Err(interrupted) => interrupted.into(),
        Ok(()) => why,
    }
}
