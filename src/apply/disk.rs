//! The few things that are done to a disk, each safe to be the last one before the power goes. A
//! test can make any of them fail.
#![allow(clippy::disallowed_methods, reason = "this is the module that writes")]

use std::{
    cell::Cell,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
};

use anyhow::{Context, Error, Result, anyhow};

use super::owner;
use crate::refusal::Refusal;

/// How many files are waited for at a time.
const HANDS: usize = 16;

/// What goes wrong, and at which operation, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// From here on there is no space: nothing can be made, though things can be moved and removed.
    Full(usize),
    /// This operation fails, the next ones do not.
    Once(usize),
    /// The power goes: nothing happens any more.
    Crash(usize),
    /// Ctrl-C is pressed before this operation.
    Interrupt(usize),
}

/// A disk, which may have a fault.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    fault: Option<Fault>,
    done: Cell<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    NeedsSpace,
    NeedsNone,
}

impl Disk {
    /// The disk as it is.
    #[must_use]
    pub fn real() -> Self {
        Self::default()
    }

    /// A disk on which something goes wrong.
    #[must_use]
    pub fn with(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            done: Cell::new(0),
        }
    }

    /// How many operations were begun.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.done.get()
    }

    /// Makes one folder; it may be there already.
    pub(super) fn make_folder(&self, path: &Path) -> Result<()> {
        self.step(Kind::NeedsSpace, || match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            made => made.map(|()| owner::like_its_folder(path)),
        })
        .with_context(|| format!("cannot make {}", path.display()))
    }

    /// Writes a file that is not there yet. It is safe on the disk once it was [kept](Self::keep).
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<()> {
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            owner::like_its_folder(path);
            set_mode(&file, mode)?;
            file.write_all(bytes)
        };
        self.step(Kind::NeedsSpace, write)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Moves a file, over another one if need be.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.step(Kind::NeedsNone, || fs::rename(from, to))
            .with_context(|| format!("cannot replace {}", to.display()))
    }

    /// Waits until what is in these files is on the disk.
    pub(super) fn keep(&self, files: &[PathBuf]) -> Result<()> {
        self.step(Kind::NeedsSpace, || all_at_once(files, sync_file))
    }

    /// Waits until the names in these folders are on the disk.
    pub(super) fn settle(&self, folders: &[PathBuf]) -> Result<()> {
        self.step(Kind::NeedsNone, || all_at_once(folders, sync_folder))
    }

    /// Removes a file.
    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        self.step(Kind::NeedsNone, || fs::remove_file(path))
            .with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Removes a folder if nothing is in it.
    pub(super) fn remove_empty(&self, path: &Path) -> Result<bool> {
        let removed = self.step(Kind::NeedsNone, || {
            io::Result::Ok(fs::remove_dir(path).is_ok())
        });
        removed.with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Removes a folder of ours with everything in it.
    pub(super) fn remove_all(&self, path: &Path) -> Result<()> {
        let remove = || match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        };
        self.step(Kind::NeedsNone, remove)
            .with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Opens a file that only serves as a lock.
    pub(super) fn open_lock(&self, path: &Path) -> Result<File> {
        self.step(Kind::NeedsSpace, || {
            let is_new = !path.exists();
            let lock = OpenOptions::new().create(true).append(true).open(path)?;
            if is_new {
                owner::like_its_folder(path);
            }
            io::Result::Ok(lock)
        })
        .with_context(|| format!("cannot write {}", path.display()))
    }

    fn step<T, E>(&self, kind: Kind, operation: impl FnOnce() -> Result<T, E>) -> Result<T>
    where
        Error: From<E>,
    {
        let now = self.done.replace(self.done.get() + 1);
        match self.fault {
            Some(Fault::Full(at)) if now >= at && kind == Kind::NeedsSpace => {
                Err(io::Error::from(io::ErrorKind::StorageFull).into())
            }
            Some(Fault::Once(at)) if now == at => Err(anyhow!("the disk failed")),
            Some(Fault::Crash(at)) if now >= at => Err(anyhow!("the power went")),
            Some(Fault::Interrupt(at)) if now == at => Err(Refusal::Interrupted.into()),
            _ => Ok(operation()?),
        }
    }
}

/// A disk takes about as long for sixteen files as for one: it is the waiting that takes the time.
fn all_at_once(paths: &[PathBuf], sync: fn(&Path) -> io::Result<()>) -> Result<()> {
    let one =
        |path: &PathBuf| sync(path).with_context(|| format!("cannot write {}", path.display()));
    let share = paths.len().div_ceil(HANDS).max(1);
    thread::scope(|scope| {
        let hand = |share| scope.spawn(move || <[PathBuf]>::iter(share).try_for_each(one));
        let hands: Vec<_> = paths.chunks(share).map(hand).collect();
        let join = |hand: ScopedJoinHandle<'_, Result<()>>| {
            hand.join()
                .unwrap_or_else(|_| Err(anyhow!("waiting for the disk was stopped")))
        };
        hands.into_iter().try_for_each(join)
    })
}

#[cfg(unix)]
fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    mode.map_or(Ok(()), |mode| {
        file.set_permissions(fs::Permissions::from_mode(mode))
    })
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
