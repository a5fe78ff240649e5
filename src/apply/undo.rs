//! The way back from a run that has left conflicts in files: what was there before is kept until
//! they are settled.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    journal::{Journal, Step, StepState},
    own_folder,
};
use crate::{
    changes::{After, Changes, Operation},
    paths::{ENV, TXN},
    project::Tree,
};

/// The name of a journal whose transaction is done and can be taken back.
pub const KEPT: &str = "undo";

/// How to take back the last run.
#[derive(Debug)]
pub struct Undo {
    /// What brings back every file that is still as that run wrote it.
    pub changes: Changes,
    /// The files that somebody has worked on since.
    pub foreign: Vec<String>,
    /// Whether `.env` stays although that run has written it: what was sealed with its secrets meanwhile
    /// could not be opened any more.
    pub keeps_secrets: bool,
}

/// How to take back the last run; none where that was not kept, or something else has been
/// recorded since.
pub fn undo(root: &Path) -> Result<Option<Undo>> {
    for folder in folders(root) {
        if let Some(journal) = kept(&folder, root) {
            return way_back(root, &folder, &journal).map(Some);
        }
    }
    Ok(None)
}

/// Returns whether a folder holds the way back from the last run.
pub fn leads_back(folder: &Path, root: &Path) -> bool {
    kept(folder, root).is_some()
}

/// The journal of a run that can be taken back: nothing else has been recorded since.
fn kept(folder: &Path, root: &Path) -> Option<Journal> {
    let text = fs::read_to_string(folder.join(KEPT)).ok()?;
    let journal = Journal::parse(&text).ok()?;
    let state = journal.steps.last()?.state(root);
    (state == StepState::After).then_some(journal)
}

fn way_back(root: &Path, folder: &Path, journal: &Journal) -> Result<Undo> {
    let mut undo = Undo {
        changes: Changes::default(),
        foreign: Vec::new(),
        keeps_secrets: false,
    };
    for (at, step) in journal.steps.iter().enumerate() {
        match step.state(root) {
            StepState::After if step.path == ENV => undo.keeps_secrets = true,
            StepState::After => undo
                .changes
                .operations
                .push(reversed(root, folder, at, step)?),
            StepState::Before => {}
            StepState::Foreign => undo.foreign.push(step.path.clone()),
        }
    }
    Ok(undo)
}

/// What makes one file as it was.
fn reversed(root: &Path, folder: &Path, at: usize, step: &Step) -> Result<Operation> {
    let mut now = Tree::default();
    now.load_above(root, &step.path)?;
    let mut then = Tree::default();
    let old = format!("old/{at}");
    then.load_above(folder, &old)?;
    let then = match step.before {
        None => None,
        Some(_) => Some(
            then.get(&old)
                .with_context(|| format!("what was in {} is no longer in {TXN}", step.path))?,
        ),
    };
    Ok(Operation {
        path: step.path.clone(),
        before: now.get(&step.path).cloned(),
        after: then.map(|file| After {
            bytes: file.bytes.clone(),
            mode: Some(file.mode),
            shown: None,
        }),
    })
}

/// The folders of transactions, of whatever end.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join(TXN)).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(|path| !path.ends_with(own_folder::IGNORE))
        .collect()
}
