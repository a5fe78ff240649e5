//! One transaction: stage, write the journal, verify, apply, commit; or go back.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    slice,
};

use anyhow::Result;

use super::{
    Disk, interrupt,
    journal::{Journal, Step, StepState},
    own_folder, owner, undo,
};
use crate::{
    changes::{Changes, Operation},
    paths::TXN,
    refusal::{ApplyRefusal, Refusal},
    sum::Sum,
    timestamp::Timestamp,
};

/// A transaction, begun or found.
pub struct Transaction<'a> {
    root: &'a Path,
    disk: &'a Disk,
    /// `.sigra/txn/<stamp>`
    folder: PathBuf,
    operations: &'a [Operation],
    journal: Journal,
}

impl<'a> Transaction<'a> {
    /// A new one, for whoever has the lock.
    pub fn new(
        verb: &str,
        root: &'a Path,
        disk: &'a Disk,
        changes: &'a Changes,
        now: Timestamp,
    ) -> Self {
        let operations = changes.operations.as_slice();
        let journal = Journal {
            is_kept: changes.is_pending,
            ..Journal::new(verb, operations, missing_folders(root, operations))
        };
        Self {
            root,
            disk,
            folder: free_folder(root, now),
            operations,
            journal,
        }
    }

    /// One that an earlier run left.
    pub fn found(root: &'a Path, disk: &'a Disk, folder: PathBuf, journal: Journal) -> Self {
        Self {
            root,
            disk,
            folder,
            operations: &[],
            journal,
        }
    }

    /// The whole of it.
    pub fn run(&self) -> Result<()> {
        self.stage()?;
        self.verify()?;
        self.begin()?;
        self.apply()?;
        self.commit()
    }

    /// Everything is in place: nothing is to be undone from here on.
    fn commit(&self) -> Result<()> {
        self.prune()?;
        self.settle()?;
        let done = if self.journal.is_kept {
            undo::KEPT
        } else {
            "done"
        };
        self.disk
            .rename(&self.folder.join("journal"), &self.folder.join(done))?;
        // The work is done, whatever fails now; a leftover is removed at the next start.
        _ = self.disk.settle(slice::from_ref(&self.folder));
        _ = self.clear();
        Ok(())
    }

    /// Removes what nobody needs any more: all of it, or all but the way back.
    fn clear(&self) -> Result<()> {
        if !self.journal.is_kept {
            return self.disk.remove_all(&self.root.join(TXN));
        }
        self.disk.remove_all(&self.folder.join("new"))?;
        let others = undo::folders(self.root).into_iter();
        let mut others = others.filter(|folder| *folder != self.folder);
        others.try_for_each(|folder| self.disk.remove_all(&folder))
    }

    /// Puts every new and every old content on the disk. No space, no permission: it shows here,
    /// and nothing was touched.
    fn stage(&self) -> Result<()> {
        own_folder::prepare(self.root, self.disk)?;
        for folder in [
            self.folder.clone(),
            self.folder.join("new"),
            self.folder.join("old"),
        ] {
            self.disk.make_folder(&folder)?;
        }
        let journal = self.folder.join("journal.tmp");
        self.disk
            .write_new(&journal, self.journal.text().as_bytes(), None)?;
        let mut staged = vec![journal];
        for (at, operation) in self.operations.iter().enumerate() {
            interrupt::refuse_interrupted()?;
            staged.extend(self.stage_one(at, operation)?);
        }
        self.disk.keep(&staged)?;
        self.disk
            .settle(&[self.folder.join("new"), self.folder.join("old")])
    }

    /// Both sides of one file, and where they were put.
    fn stage_one(&self, at: usize, operation: &Operation) -> Result<Vec<PathBuf>> {
        let new = operation.after.as_ref();
        let new = new.map(|after| ("new", &after.bytes, after.mode));
        let old = operation.before.as_ref();
        let old = old.map(|before| ("old", &before.bytes, Some(before.mode)));
        let mut staged = Vec::new();
        for (side, bytes, mode) in new.into_iter().chain(old) {
            let path = self.staged(side, at);
            self.disk.write_new(&path, bytes, mode)?;
            owner::like_what_is_there(&path, &self.root.join(&operation.path));
            staged.push(path);
        }
        Ok(staged)
    }

    /// A file that was saved in an editor since it was read must not be replaced.
    fn verify(&self) -> Result<(), Refusal> {
        let changed = self
            .journal
            .steps
            .iter()
            .find(|step| step.state(self.root) != StepState::Before);
        match changed {
            None => Ok(()),
            Some(step) => {
                let path = step.path.clone();
                Err(ApplyRefusal::ChangedMeanwhile { path }.into())
            }
        }
    }

    fn apply(&self) -> Result<()> {
        self.make_folders()?;
        for (at, step) in self.journal.steps.iter().enumerate() {
            interrupt::refuse_interrupted()?;
            self.take(at, step)?;
        }
        Ok(())
    }

    /// Finishes what was begun: the same without what is done already.
    pub fn go_on(&self) -> Result<()> {
        self.make_folders()?;
        for (at, step) in self.journal.steps.iter().enumerate() {
            if step.state(self.root) == StepState::Before {
                self.take(at, step)?;
            }
        }
        self.commit()
    }

    fn make_folders(&self) -> Result<()> {
        let mut folders = self.journal.folders.iter();
        folders.try_for_each(|folder| self.disk.make_folder(&self.root.join(folder)))
    }

    fn take(&self, at: usize, step: &Step) -> Result<()> {
        let target = self.root.join(&step.path);
        match step.after {
            Some(_) => self.disk.rename(&self.staged("new", at), &target),
            // Where it was put aside is used up, if this run was half undone before.
            None => self.disk.rename(&target, &self.staged("old", at)),
        }
    }

    /// From here on the next start knows that there is something to undo, and what.
    fn begin(&self) -> Result<()> {
        self.disk.rename(
            &self.folder.join("journal.tmp"),
            &self.folder.join("journal"),
        )?;
        self.disk.settle(slice::from_ref(&self.folder))
    }

    /// Every rename has to be on the disk before the journal may go.
    fn settle(&self) -> Result<()> {
        let paths = self
            .journal
            .steps
            .iter()
            .map(|step| self.root.join(&step.path));
        let folders: BTreeSet<_> = paths
            .filter_map(|path| Some(path.parent()?.to_owned()))
            .filter(|folder| folder.exists())
            .collect();
        self.disk.settle(&folders.into_iter().collect::<Vec<_>>())
    }

    /// Removes the folders that held nothing but what is deleted. Not earlier: a new file may still
    /// have had to go into one of them.
    fn prune(&self) -> Result<()> {
        let steps = self.journal.steps.iter();
        for step in steps.filter(|step| step.after.is_none()) {
            let target = self.root.join(&step.path);
            let folders = target.ancestors().skip(1);
            for folder in folders.take_while(|folder| *folder != self.root) {
                if folder.exists() && !self.disk.remove_empty(folder)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Every step, and how its file stands to it.
    pub fn states(&self) -> impl Iterator<Item = (&Step, StepState)> {
        let steps = self.journal.steps.iter();
        steps.map(|step| (step, step.state(self.root)))
    }

    /// The files that are neither as they were nor as this transaction makes them.
    pub fn foreign(&self) -> Vec<String> {
        let foreign = self
            .states()
            .filter(|(_, state)| *state == StepState::Foreign);
        foreign.map(|(step, _)| step.path.clone()).collect()
    }

    /// The files that stand like this and whose other side was put aside, but is no longer there.
    pub fn lost(&self, like: StepState) -> Vec<String> {
        let steps = self.states().enumerate();
        let lost = steps.filter(|(at, (step, state))| {
            let (side, wanted) = match like {
                StepState::Before => ("new", &step.after),
                _ => ("old", &step.before),
            };
            let staged = || fs::read(self.staged(side, *at)).ok();
            *state == like && wanted.is_some() && staged().map(|it| Sum::of(&it)) != *wanted
        });
        lost.map(|(_, (step, _))| step.path.clone()).collect()
    }

    /// Brings back what was there before, and tells which files were left alone because somebody
    /// else has changed them. Without a journal nothing was touched yet.
    pub fn go_back(&self) -> Result<Vec<String>> {
        let begun = self.folder.join("journal").exists();
        let foreign = if begun {
            self.restore_all()?
        } else {
            Vec::new()
        };
        // The way back from an earlier run stays: that run is what is there again.
        self.disk.remove_all(&self.folder)?;
        _ = own_folder::remove_if_unused(self.root, self.disk);
        Ok(foreign)
    }

    fn restore_all(&self) -> Result<Vec<String>> {
        let foreign = self.foreign();
        for (at, step) in self.journal.steps.iter().enumerate().rev() {
            if step.state(self.root) == StepState::After {
                self.restore(at, &self.root.join(&step.path), step.before.is_some())?;
            }
        }
        self.settle()?;
        for folder in self.journal.folders.iter().rev() {
            self.disk.remove_empty(&self.root.join(folder))?;
        }
        Ok(foreign)
    }

    fn restore(&self, at: usize, target: &Path, was_there: bool) -> Result<()> {
        if !was_there {
            return self.disk.remove(target);
        }
        let folders: Vec<_> = target
            .ancestors()
            .skip(1)
            .take_while(|folder| !folder.exists())
            .collect();
        for folder in folders.into_iter().rev() {
            self.disk.make_folder(folder)?;
        }
        self.disk.rename(&self.staged("old", at), target)
    }

    fn staged(&self, side: &str, at: usize) -> PathBuf {
        self.folder.join(side).join(at.to_string())
    }
}

/// A folder for this moment's transaction; not that of another one of the same second.
fn free_folder(root: &Path, now: Timestamp) -> PathBuf {
    let folder = |end: &str| root.join(TXN).join(format!("{}{end}", now.stamp()));
    let taken = (1..).map(|number| folder(&format!("-{number}")));
    let mut folders = [folder("")].into_iter().chain(taken);
    let free = folders.find(|folder| !folder.exists());
    free.unwrap_or_else(|| folder(""))
}

/// The folders that the new files need, outermost first.
fn missing_folders(root: &Path, operations: &[Operation]) -> Vec<String> {
    let written = operations
        .iter()
        .filter(|operation| operation.after.is_some());
    let folders = written.flat_map(|operation| Path::new(&operation.path).ancestors().skip(1));
    let missing = folders
        .filter(|folder| !root.join(folder).exists())
        .filter_map(|folder| folder.to_str().map(str::to_owned));
    missing.collect::<BTreeSet<_>>().into_iter().collect()
}
