//! The only module that writes. Either everything that was planned is on the disk afterwards, or
//! nothing is.
//!
//! New contents are staged and old ones kept below `.sigra/txn/` before anything is touched; then a
//! journal is written; then files are renamed into place one by one. Whatever stops this, the
//! journal tells how to go back: in this run, or later, when somebody wants that.

mod disk;
mod interrupt;
mod journal;
mod lend;
mod lock;
mod made;
mod own_folder;
mod owner;
mod preflight;
mod recovery;
mod transaction;
mod undo;
mod unfinished;

use std::path::Path;

use anyhow::{Error, Result};

use self::transaction::Transaction;
pub use self::{
    disk::{Disk, Fault},
    interrupt::{
        begin_again, listen_for_ctrl_c, or_interrupted, refuse_interrupted, was_interrupted,
    },
    lend::{Lent, LentFolder, lend, lend_all},
    made::Made,
    preflight::preflight,
    recovery::{Fate, Recovered, go_back, go_on, tidy},
    undo::{Undo, undo},
    unfinished::{Stopped, is_unfinished, stopped, wait_for_others},
};
use crate::{
    changes::Changes,
    refusal::{ApplyRefusal, Refusal},
    timestamp::Timestamp,
};

/// Writes the changes of a verb, all or none.
pub fn write(
    verb: &str,
    changes: &Changes,
    root: &Path,
    now: Timestamp,
    disk: &Disk,
) -> Result<()> {
    listen_for_ctrl_c();
    if changes.is_empty() {
        return Ok(());
    }
    preflight(root, changes)?;
    let _lock = lock::lock(root, disk).map_err(|why| {
        // Where another run goes on, the folder is no longer as it was.
        if why.is::<Refusal>() {
            why
        } else {
            lock::forget_folder(root, disk);
            as_it_was(why)
        }
    })?;
    // Stopped since this one has begun: what it wants to write is not what fits any more.
    if let Some(stopped) = unfinished::found(root)? {
        return Err(stopped.refusal().into());
    }
    let transaction = Transaction::new(verb, root, disk, changes, now);
    let written =
        interrupt::uninterrupted(|| transaction.run().or_else(|why| give_up(&transaction, why)));
    // Where nothing of ours is left, our own folder goes too.
    lock::forget_folder(root, disk);
    written
}

/// Goes back, and says so; or says where that did not work.
fn give_up(transaction: &Transaction<'_>, why: Error) -> Result<()> {
    let text = format!("{why:#}");
    match transaction.go_back() {
        Ok(foreign) if foreign.is_empty() => Err(as_it_was(why)),
        Ok(files) => Err(ApplyRefusal::RolledBackBut { why: text, files }.into()),
        Err(also) => {
            let also = format!("{also:#}");
            Err(ApplyRefusal::NotRolledBack { why: text, also }.into())
        }
    }
}

fn as_it_was(why: Error) -> Error {
    if why.is::<Refusal>() {
        return why;
    }
    let why = format!("{why:#}");
    ApplyRefusal::RolledBack { why }.into()
}
