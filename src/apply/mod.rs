//! The only module that writes. Either everything that was planned is on the disk afterwards, or
//! nothing is.
//!
//! New contents are staged and old ones kept below `.sigra/txn/` before anything is touched; then a
//! journal is written; then files are renamed into place one by one. Whatever stops this, the
//! journal tells how to go back, in this run or at the next start.

mod disk;
mod interrupt;
mod journal;
mod transaction;
mod undo;

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};

pub use self::{
    disk::{Disk, Fault},
    interrupt::{listen_for_ctrl_c, was_interrupted},
    undo::{Undo, undo},
};
use self::{
    journal::{Journal, Standing},
    transaction::Transaction,
};
use crate::{changes::Changes, moment::Moment, refusal::Refusal};

const TXN: &str = ".sigra/txn";

/// Writes the changes, all or none.
pub fn write(changes: &Changes, root: &Path, now: Moment, disk: &Disk) -> Result<()> {
    let transaction = Transaction::new(root, disk, changes, now);
    let written = match transaction.lock() {
        Ok(_lock) => transaction.run().or_else(|why| go_back(&transaction, why)),
        Err(why) if why.is::<Refusal>() => return Err(why), // Somebody else's folder now.
        Err(why) => Err(as_it_was(why)),
    };
    written.inspect_err(|_| transaction.forget_folder())
}

/// Goes back, and says so; or says where that did not work.
fn go_back(transaction: &Transaction<'_>, why: Error) -> Result<()> {
    match transaction.go_back() {
        Ok(foreign) if foreign.is_empty() => Err(as_it_was(why)),
        Ok(foreign) => bail!(
            "{why:#}; {} changed while this ran and stay as they are, everything else is as it was",
            foreign.join(", ")
        ),
        Err(also) => bail!("{why:#}; run `cargo sigra install` again, which goes back ({also:#})"),
    }
}

fn as_it_was(why: Error) -> Error {
    match why.is::<Refusal>() {
        true => why,
        false => {
            anyhow!("{why:#}; the project is as it was, put this right and run it again")
        }
    }
}

/// Whether an earlier run was stopped in the middle.
#[must_use]
pub fn is_unfinished(root: &Path) -> bool {
    unfinished(root).is_some()
}

/// Undoes an earlier run that was stopped in the middle. Tells whether there was one; refuses where
/// somebody has worked on its files since.
pub fn recover(root: &Path, disk: &Disk) -> Result<bool> {
    let Some(folder) = unfinished(root) else {
        remove_leftovers(root, disk)?;
        return Ok(false);
    };
    let journal = folder.join("journal");
    let text = std::fs::read_to_string(&journal)
        .with_context(|| format!("cannot read {}", journal.display()))?;
    let transaction = Transaction::found(root, disk, folder, Journal::parse(&text)?);
    let _lock = transaction.lock()?;
    let foreign = transaction.foreign();
    if !foreign.is_empty() {
        let files = foreign.join(", ");
        return Err(Refusal::unfinished(format!(
            "an earlier run was stopped in the middle, and {files} changed since; \
             bring back the files of your last commit, remove {TXN} and run this again"
        ))
        .into());
    }
    transaction.go_back()?;
    transaction.forget_folder();
    Ok(true)
}

/// The folder of a transaction that has a journal.
fn unfinished(root: &Path) -> Option<PathBuf> {
    let mut folders = undo::folders(root).into_iter();
    folders.find(|folder| folder.join("journal").exists())
}

/// A run that was stopped before its journal was written, or after everything was done, leaves only
/// its own folder. The way back from conflicts stays.
fn remove_leftovers(root: &Path, disk: &Disk) -> Result<()> {
    let folders = undo::folders(root).into_iter();
    let (kept, left): (Vec<_>, Vec<_>) =
        folders.partition(|folder| folder.join(undo::KEPT).exists());
    match kept.is_empty() && root.join(TXN).exists() {
        true => disk.remove_all(&root.join(TXN)),
        false => left.iter().try_for_each(|folder| disk.remove_all(folder)),
    }
}
