//! One at a time: whoever holds `.sigra/lock` is the only one who writes into a project.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::Disk;
use crate::{
    paths::{LOCK, OWN_FOLDER},
    refusal::{ApplyRefusal, Refusal},
};

/// How often the lock is tried, and how long between: a quarter of a second in all.
const PATIENCE: u32 = 10;
const PAUSE: Duration = Duration::from_millis(25);

/// Keeps a second run out for as long as the result is kept.
pub fn lock(root: &Path, disk: &Disk) -> Result<File> {
    // Whoever has just finished may hold it a moment longer, through a program it has started.
    for _ in 0..PATIENCE {
        disk.make_folder(&root.join(OWN_FOLDER))?;
        let lock = disk.open_lock(&path(root))?;
        match lock.try_lock() {
            Ok(()) if is_still(&lock, root) => return Ok(lock),
            Ok(()) => {} // Whoever had it has taken it away; a third one may have made another.
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock .sigra/lock");
            }
        }
    }
    Err(ApplyRefusal::AtWork.into())
}

/// Keeps those out who write, and not those who look, for as long as the result is kept. Makes
/// nothing: where there is no lock, there is nobody.
pub fn lock_for_a_look(root: &Path) -> Result<Option<File>, Refusal> {
    for _ in 0..PATIENCE {
        let Ok(lock) = File::open(path(root)) else {
            return Ok(None);
        };
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            _ => return Ok(Some(lock)),
        }
    }
    Err(ApplyRefusal::AtWork.into())
}

/// Removes `.sigra` where nothing but the lock is in it: the project was never installed into. For
/// whoever has the lock.
pub fn forget_folder(root: &Path, disk: &Disk) {
    if is_forlorn(root) {
        _ = disk.remove(&path(root));
        _ = disk.remove_empty(&root.join(OWN_FOLDER));
    }
}

/// Returns whether there is a `.sigra` with nothing in it but the lock.
pub fn is_forlorn(root: &Path) -> bool {
    let entries = fs::read_dir(root.join(OWN_FOLDER));
    entries.is_ok_and(|entries| {
        let mut entries = entries.flatten();
        entries.all(|entry| entry.path() == path(root))
    })
}

fn path(root: &Path) -> PathBuf {
    root.join(LOCK)
}

/// Returns whether this is the file that the next one would lock, too.
#[cfg(unix)]
fn is_still(lock: &File, root: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    let (locked, there) = (lock.metadata(), fs::metadata(path(root)));
    locked.is_ok_and(|locked| there.is_ok_and(|there| id(locked) == id(there)))
}

/// Elsewhere a file that is open cannot be taken away.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}
