//! A run that stops before it has changed anything: one sentence for the person, and the exit code
//! that goes with it.

use std::fmt;

/// How a run ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or there was nothing to do.
    Done = 0,
    /// It failed, and the project is as it was.
    Failed = 1,
    /// What was typed cannot be done.
    Usage = 2,
    /// `--check` found that something would change.
    Changes = 3,
    /// Done, but something remains to be done by hand.
    Remaining = 4,
    /// An earlier run left something that a person has to look at first.
    Unfinished = 5,
    /// Ctrl-C; the project is as it was.
    Interrupted = 130,
}

/// The reason for not going on.
#[derive(Debug)]
pub struct Refusal {
    /// The exit code.
    pub exit: Exit,
    sentence: String,
}

impl Refusal {
    /// The project cannot be worked on as it is.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            sentence: sentence.into(),
        }
    }

    /// What was typed cannot be done.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            sentence: sentence.into(),
        }
    }

    /// An earlier run has to be looked at by a person.
    pub fn unfinished(sentence: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unfinished,
            sentence: sentence.into(),
        }
    }

    /// Somebody pressed Ctrl-C.
    pub fn interrupted() -> Self {
        Self {
            exit: Exit::Interrupted,
            sentence: "interrupted; the project is as it was".into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}
