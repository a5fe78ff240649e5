//! Ctrl-C: the first one is noticed between two operations and rolls back.

use std::sync::{
    Once,
    atomic::{AtomicBool, Ordering},
};

use crate::refusal::Refusal;

static LISTENING: Once = Once::new();
static PRESSED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is an orderly end.
pub fn listen_for_ctrl_c() {
    // Where signals cannot be listened to, Ctrl-C ends the program and the next start goes back.
    LISTENING.call_once(|| _ = ctrlc::set_handler(|| PRESSED.store(true, Ordering::Relaxed)));
}

/// Whether Ctrl-C was pressed.
#[must_use]
pub fn was_interrupted() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// Ends a run in which it was pressed; nothing was written yet.
pub fn refuse_interrupted() -> Result<(), Refusal> {
    match was_interrupted() {
        true => Err(Refusal::interrupted()),
        false => Ok(()),
    }
}
