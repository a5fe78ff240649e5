//! Ctrl-C, SIGTERM and SIGHUP: the first one is noticed between two operations and rolls back. Where
//! nothing is being written it ends the program, also one that waits for an answer.
#![allow(
    clippy::disallowed_methods,
    reason = "a program that waits for an answer can only be ended from another thread"
)]

use std::{
    process,
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Error;

use crate::refusal::{Exit, Refusal};

static LISTENING: Once = Once::new();
static PRESSED: AtomicBool = AtomicBool::new(false);
static PHASE: Mutex<Phase> = Mutex::new(Phase::Reading);

/// How long a run that writes nothing has to end by itself, which says more.
const GRACE: Duration = Duration::from_secs(1);

/// How far a run has come, which decides what a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was written yet, or it was rolled back.
    Reading,
    /// Files are being replaced or brought back. Not even a second signal may end this.
    Writing,
    /// Everything is in place.
    Written,
}

/// From now on a signal is an orderly end.
pub fn listen_for_ctrl_c() {
    // Where signals cannot be listened to, they end the program, and `recover` goes back.
    LISTENING.call_once(|| {
        terminal::remember();
        _ = ctrlc::set_handler(on_signal);
    });
}

fn on_signal() {
    if !PRESSED.swap(true, Ordering::Relaxed) {
        thread::sleep(GRACE);
    }
    // Kept until the end, so that no writing begins meanwhile.
    let phase = phase();
    match *phase {
        Phase::Reading => {
            terminal::bring_back();
            process::exit(Exit::Interrupted as i32)
        }
        Phase::Writing => {}
        Phase::Written => {
            terminal::bring_back();
            process::exit(Exit::Done as i32)
        }
    }
}

fn phase() -> MutexGuard<'static, Phase> {
    PHASE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something that no signal may end, and remembers whether it has written everything.
pub fn uninterrupted<T, E>(write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    *phase() = Phase::Writing;
    let written = write();
    *phase() = match written {
        Ok(_) => Phase::Written,
        Err(_) => Phase::Reading,
    };
    written
}

/// Another run begins in this program, and has written nothing yet.
pub fn begin_again() {
    *phase() = Phase::Reading;
}

/// Whether Ctrl-C was pressed, or another signal came.
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

/// Why a project could not be looked at. The programs that are asked about it get the signal, too,
/// and fail then.
#[must_use]
pub fn or_interrupted(why: Error) -> Error {
    match refuse_interrupted() {
        Err(interrupted) => interrupted.into(),
        Ok(()) => why,
    }
}

/// The settings of the terminal. A question changes them, and a program that is ended while it waits
/// for an answer must not leave them so: nothing that is typed would be seen.
#[cfg(unix)]
mod terminal {
    use std::{io::stdin, sync::OnceLock};

    use console::Term;
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    static FOUND: OnceLock<Termios> = OnceLock::new();

    pub fn remember() {
        if let Ok(settings) = tcgetattr(stdin()) {
            _ = FOUND.set(settings);
        }
    }

    pub fn bring_back() {
        if let Some(settings) = FOUND.get() {
            _ = tcsetattr(stdin(), OptionalActions::Drain, settings);
            _ = Term::stderr().show_cursor();
        }
    }
}

#[cfg(not(unix))]
mod terminal {
    pub fn remember() {}

    pub fn bring_back() {}
}
