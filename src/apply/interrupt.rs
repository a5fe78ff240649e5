//! Ctrl-C: the first one is noticed between two operations and rolls back.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::refusal::Refusal;

static PRESSED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is an orderly end. Before, while questions are asked, it simply ends the program: nothing was written.
pub fn listen_for_ctrl_c() -> Result<()> {
    ctrlc::set_handler(|| PRESSED.store(true, Ordering::Relaxed))
        .context("cannot listen for Ctrl-C")
}

pub(super) fn check() -> Result<(), Refusal> {
    match PRESSED.load(Ordering::Relaxed) {
        true => Err(Refusal::interrupted()),
        false => Ok(()),
    }
}
