//! A run that was stopped in the middle: which one, and how far it came. Nothing is done about it
//! here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    journal::{Journal, StepState},
    lock, undo,
};
use crate::{
    refusal::{ApplyRefusal, Refusal},
    timestamp::Timestamp,
};

/// A run that was stopped in the middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The verb, where that is known.
    pub verb: Option<String>,
    /// When it began, where that is known.
    pub begun: Option<Timestamp>,
    /// How many files it had changed.
    pub done: usize,
    /// And of how many.
    pub of: usize,
    /// The files that somebody has worked on since.
    pub foreign: Vec<String>,
}

impl Stopped {
    /// Why nothing is done before that is settled.
    #[must_use]
    pub fn refusal(&self) -> ApplyRefusal {
        ApplyRefusal::Stopped {
            verb: self.verb.clone(),
            begun: self.begun,
            done: self.done,
            of: self.of,
        }
    }
}

/// Whether an earlier run was stopped in the middle, or another one is at work.
#[must_use]
pub fn is_unfinished(root: &Path) -> bool {
    unfinished(root).is_some()
}

/// The run that was stopped in the middle, if there is one. Refuses where it was not stopped at all
/// but is at work.
pub fn stopped(root: &Path) -> Result<Option<Stopped>> {
    if !is_unfinished(root) {
        return Ok(None);
    }
    let _lock = lock::lock_for_a_look(root)?;
    found(root)
}

/// Waits a moment for a run that is writing; refuses where it goes on.
pub fn wait_for_others(root: &Path) -> Result<(), Refusal> {
    lock::lock_for_a_look(root).map(|_| ())
}

/// The same for whoever has the lock.
pub fn found(root: &Path) -> Result<Option<Stopped>> {
    let Some(folder) = unfinished(root) else {
        return Ok(None);
    };
    let journal = journal(&folder)?;
    let steps = journal.steps.iter();
    let states: Vec<_> = steps.map(|step| (step, step.state(root))).collect();
    let like = |wanted| {
        let like = states.iter().filter(move |(_, is)| *is == wanted);
        like.map(|(step, _)| step.path.clone())
    };
    Ok(Some(Stopped {
        verb: journal.verb.clone(),
        begun: begun(&folder),
        done: like(StepState::After).count(),
        of: states.len(),
        foreign: like(StepState::Foreign).collect(),
    }))
}

/// The folder of a transaction that has a journal.
pub fn unfinished(root: &Path) -> Option<PathBuf> {
    let mut folders = undo::folders(root).into_iter();
    folders.find(|folder| folder.join("journal").exists())
}

/// What it was about to do.
pub fn journal(folder: &Path) -> Result<Journal> {
    let path = folder.join("journal");
    let text = fs::read_to_string(&path);
    let text = text.with_context(|| format!("cannot read {}", path.display()));
    let journal = text.and_then(|text| Journal::parse(&text));
    journal.map_err(|why| {
        let why = format!("{why:#}");
        ApplyRefusal::Journal { why }.into()
    })
}

/// The folder is named for it, with a number where there were two in the same second.
fn begun(folder: &Path) -> Option<Timestamp> {
    let name = folder.file_name()?.to_str()?;
    Timestamp::parse(name.split('-').next()?)
}
