//! What would stop a run while it writes, found before anything is shown: so a run that only looks
//! refuses what the real one would refuse.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    changes::Changes,
    paths::{LOCK, TXN},
    refusal::ApplyRefusal,
};

/// Refuses changes that cannot be written: a folder is not writable, or is on another mount, where
/// no file can be moved to at one stroke.
pub fn preflight(root: &Path, changes: &Changes) -> Result<(), ApplyRefusal> {
    if changes.is_empty() {
        return Ok(());
    }
    refuse_in_the_way(root)?;
    let paths = changes.operations.iter();
    let paths = paths.map(|operation| operation.path.as_str());
    let mounts = Mounts::now();
    let home = mounts.of(root);
    for path in [TXN].into_iter().chain(paths) {
        let folder = nearest(root, path);
        let target = folder.canonicalize().unwrap_or(folder);
        if !is_writable(&target) {
            let path = shown(root, &target);
            return Err(ApplyRefusal::NotWritable { path });
        }
        let name = Path::new(path).file_name().unwrap_or_default();
        for target in [target.clone(), target.join(name)] {
            if mounts.of(&target) != home {
                let path = shown(root, &target);
                return Err(ApplyRefusal::OtherMount { path });
            }
        }
    }
    Ok(())
}

/// Refuses what is no folder where the files of a run are staged, and no plain file for the lock.
pub(super) fn refuse_in_the_way(root: &Path) -> Result<(), ApplyRefusal> {
    let found = |path| fs::symlink_metadata(root.join(path));
    let places = [
        (TXN, found(TXN).is_ok_and(|found| !found.is_dir())),
        (LOCK, found(LOCK).is_ok_and(|found| !found.is_file())),
    ];
    match places.into_iter().find(|(_, is_other)| *is_other) {
        None => Ok(()),
        Some((path, _)) => Err(ApplyRefusal::InTheWay { path }),
    }
}

/// The folder that a file is put into, or the one in which its folders are made.
fn nearest(root: &Path, path: &str) -> PathBuf {
    let target = root.join(path);
    let mut folders = target.ancestors().skip(1);
    folders
        .find(|folder| folder.is_dir())
        .unwrap_or(root)
        .into()
}

/// As seen from the package.
fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    if path.as_os_str().is_empty() {
        return root.display().to_string();
    }
    path.display().to_string()
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(_: &Path) -> bool {
    true
}

/// Where something else begins below a folder, as far as the system tells.
struct Mounts(Vec<PathBuf>);

/// What a path is on: the point at which that is mounted, and its device.
#[derive(Debug, PartialEq, Eq)]
struct Mount(Option<PathBuf>, u64);

impl Mounts {
    /// Linux has a list. Two mounts of one device are two all the same, as volumes of a container.
    fn now() -> Self {
        let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let points = text.lines().filter_map(|line| line.split(' ').nth(4));
        Self(points.map(|point| unescaped(point).into()).collect())
    }

    fn of(&self, path: &Path) -> Mount {
        let points = self.0.iter().filter(|point| path.starts_with(point));
        let nearest = points.max_by_key(|point| point.as_os_str().len());
        Mount(nearest.cloned(), device(path))
    }
}

/// `/a\040b` is `/a b`.
fn unescaped(point: &str) -> String {
    let signs = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    let point = point.to_owned();
    signs
        .iter()
        .fold(point, |point, (code, sign)| point.replace(code, sign))
}

#[cfg(unix)]
fn device(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut folders = path.ancestors();
    let found = folders.find_map(|path| fs::metadata(path).ok());
    found.map_or(0, |found| found.dev())
}

#[cfg(not(unix))]
fn device(_: &Path) -> u64 {
    0
}
