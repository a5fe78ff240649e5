//! The folder of the transactions, `.sigra/txn/`. It holds copies of files with secrets, so git must
//! never add what is in it, not even after a first run that was killed while it staged.

use std::{fs, path::Path};

use anyhow::Result;

use super::{Disk, undo};
use crate::paths::{GITIGNORE, TXN};

/// The file that keeps git out of the folder. `.sigra/.gitignore` would come too late: it is staged
/// in here itself.
pub const IGNORE: &str = GITIGNORE;
const EVERYTHING: &str = "*\n";

/// Makes the folder, and its `.gitignore` before anything else is put there.
pub fn prepare(root: &Path, disk: &Disk) -> Result<()> {
    let ignore = root.join(TXN).join(IGNORE);
    disk.make_folder(&root.join(TXN))?;
    match fs::read(&ignore) {
        Ok(text) if text == EVERYTHING.as_bytes() => return Ok(()),
        // Cut off by a crash, or somebody else's.
        Ok(_) => disk.remove(&ignore)?,
        Err(_) => {}
    }
    disk.write_new(&ignore, EVERYTHING.as_bytes(), None)
}

/// Removes the folder where no transaction is left in it.
pub fn remove_if_unused(root: &Path, disk: &Disk) -> Result<()> {
    if undo::folders(root).is_empty() {
        disk.remove_all(&root.join(TXN))
    } else {
        Ok(())
    }
}
