//! What a run that was stopped in the middle has left: back to the old tree, or on to the new one.
//!
//! Both ways can be stopped in turn, at any point, and taken up again. Going back uses up the old
//! contents and never the new ones that were staged, so a run that was half undone can only be
//! undone.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{
    Disk, interrupt,
    journal::{Step, StepState},
    lock, preflight,
    transaction::Transaction,
    undo,
    unfinished::{is_unfinished, journal, unfinished},
};
use crate::{
    paths::TXN,
    refusal::{ApplyRefusal, Refusal},
};

/// What became of one file of a run that was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where it is in the project.
    pub path: String,
    /// In a word.
    pub fate: Fate,
}

/// What recovering does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was right already.
    Right,
    /// It has its earlier contents again.
    Restored,
    /// It was new, and is gone again; or it should go, and went.
    Removed,
    /// It has its new contents.
    Written,
    /// Somebody has worked on it since; it stays as it is.
    Left,
}

impl Fate {
    /// As it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "Right",
            Self::Restored => "Restored",
            Self::Removed => "Removed",
            Self::Written => "Written",
            Self::Left => "Left",
        }
    }
}

/// Undoes an earlier run that was stopped in the middle, but for the files that somebody has worked
/// on since.
pub fn go_back(root: &Path, disk: &Disk) -> Result<Option<Vec<Recovered>>> {
    with_stopped(root, disk, back)
}

/// Finishes an earlier run that was stopped in the middle; refuses where somebody has worked on its
/// files since.
pub fn go_on(root: &Path, disk: &Disk) -> Result<Option<Vec<Recovered>>> {
    with_stopped(root, disk, |transaction| {
        let foreign = transaction.foreign();
        if !foreign.is_empty() {
            return Err(ApplyRefusal::ChangedSince { files: foreign }.into());
        }
        refuse_lost(transaction, StepState::Before)?;
        let fates = fates(transaction, |step, state| match (state, &step.after) {
            (StepState::Before, Some(_)) => Fate::Written,
            (StepState::Before, None) => Fate::Removed,
            _ => Fate::Right,
        });
        transaction.go_on()?;
        Ok(fates)
    })
}

fn back(transaction: &Transaction<'_>) -> Result<Vec<Recovered>> {
    refuse_lost(transaction, StepState::After)?;
    let fates = fates(transaction, |step, state| match (state, &step.before) {
        (StepState::Before, _) => Fate::Right,
        (StepState::Foreign, _) => Fate::Left,
        (StepState::After, Some(_)) => Fate::Restored,
        (StepState::After, None) => Fate::Removed,
    });
    transaction.go_back()?;
    Ok(fates)
}

fn fates(transaction: &Transaction<'_>, fate: impl Fn(&Step, StepState) -> Fate) -> Vec<Recovered> {
    let recovered = |(step, state): (&Step, StepState)| Recovered {
        path: step.path.clone(),
        fate: fate(step, state),
    };
    transaction.states().map(recovered).collect()
}

/// Refuses to begin where something that was put aside is no longer there.
fn refuse_lost(transaction: &Transaction<'_>, state: StepState) -> Result<(), Refusal> {
    let lost = transaction.lost(state);
    match state {
        _ if lost.is_empty() => Ok(()),
        StepState::Before => Err(ApplyRefusal::CannotFinish { lost }.into()),
        _ => Err(ApplyRefusal::CannotUndo { lost }.into()),
    }
}

/// Does something about a run that was stopped, if there is one, while nobody else can.
fn with_stopped(
    root: &Path,
    disk: &Disk,
    act: impl Fn(&Transaction<'_>) -> Result<Vec<Recovered>>,
) -> Result<Option<Vec<Recovered>>> {
    if !is_unfinished(root) {
        tidy(root, disk)?;
        return Ok(None);
    }
    let _lock = lock::lock(root, disk)?;
    let Some(folder) = unfinished(root) else {
        return Ok(None); // Whoever had the lock was not stopped at all.
    };
    let journal = journal(&folder)?;
    let recovered =
        interrupt::uninterrupted(|| act(&Transaction::found(root, disk, folder, journal)))?;
    lock::forget_folder(root, disk);
    Ok(Some(recovered))
}

/// A run that was stopped before its journal was written, or after everything was done, leaves only
/// its own folder. One that is still being prepared has the lock; the way back from conflicts stays.
pub fn tidy(root: &Path, disk: &Disk) -> Result<()> {
    preflight::refuse_in_the_way(root)?;
    let all = root.join(TXN);
    let is_empty = || all.exists() && undo::folders(root).is_empty();
    if leftovers(root).is_empty() && !is_empty() && !lock::is_forlorn(root) {
        return Ok(());
    }
    let _lock = lock::lock(root, disk)?;
    if is_unfinished(root) {
        return Ok(());
    }
    let mut left = leftovers(root).into_iter();
    left.try_for_each(|left| disk.remove_all(&left))?;
    if is_empty() {
        disk.remove_all(&all)?;
    }
    lock::forget_folder(root, disk);
    Ok(())
}

/// What nobody needs of the runs that are over: all of it, but for the way back from conflicts.
fn leftovers(root: &Path) -> Vec<PathBuf> {
    let folders = undo::folders(root).into_iter();
    let (kept, mut left): (Vec<_>, Vec<_>) =
        folders.partition(|folder| undo::leads_back(folder, root));
    left.extend(kept.iter().map(|folder| folder.join("new")));
    left.retain(|left| left.exists());
    left
}
