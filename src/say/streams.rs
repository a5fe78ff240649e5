//! stdout and stderr. A reader that has seen enough (`| head`) is no reason to fail; everything else
//! that goes wrong there is remembered, and told by the exit code.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

static TROUBLE: Mutex<Option<Trouble>> = Mutex::new(None);

/// The first thing that could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    stream: &'static str,
    why: String,
}

impl Trouble {
    /// What is wrong, and what that means for the project.
    #[must_use]
    pub fn sentence(&self, has_written: bool) -> String {
        let Self { stream, why } = self;
        let done = if has_written {
            "; what was to be done is done, but not everything about it could be told"
        } else {
            ""
        };
        format!("cannot write to {stream}: {why}{done}")
    }
}

/// What could not be written so far.
#[must_use]
pub fn trouble() -> Option<Trouble> {
    let trouble = TROUBLE.lock().unwrap_or_else(PoisonError::into_inner);
    trouble.clone()
}

/// How something ended that another crate has printed on stdout.
pub fn printed(result: io::Result<()>) {
    remember("stdout", result.and_then(|()| io::stdout().flush()));
}

pub(super) fn to_stdout(text: &str) {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    remember("stdout", written.and_then(|()| stdout.flush()));
}

pub(super) fn to_stderr(text: &str) {
    remember("stderr", io::stderr().write_all(text.as_bytes()));
}

fn remember(stream: &'static str, written: io::Result<()>) {
    let Err(error) = written else {
        return;
    };
    if error.kind() != io::ErrorKind::BrokenPipe {
        let why = error.to_string();
        let mut first = TROUBLE.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(Trouble { stream, why });
    }
}
