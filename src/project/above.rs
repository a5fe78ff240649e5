//! The folders above a package, in its repository or workspace: it may have been moved down from one
//! of them, and some of its files may have stayed there.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{Tree, Workspace, git, strays};
use crate::{
    manifest::{Manifest, base_path},
    merge::{ALIKE, likeness},
    paths::OWN_FOLDER,
};

/// What is larger was not written by hand, in bytes.
const LARGEST: u64 = 1 << 20;

/// The folders from which a package may have been moved, the nearest first.
#[derive(Clone, Debug, Default)]
pub struct Above {
    /// Each as seen from the package (`../../`), and where it is.
    folders: Vec<(String, PathBuf)>,
}

impl Above {
    /// Looks for them where something was installed; a new package has left nothing behind. Another
    /// package that was installed into has its own files.
    pub(super) fn of(
        root: &Path,
        manifest: Option<&Manifest>,
        workspace: Option<&Workspace>,
    ) -> Self {
        let of_workspace = workspace.map(|workspace| workspace.member.matches('/').count());
        let of_workspace = of_workspace.and_then(|ups| root.ancestors().nth(ups));
        let top = git::top(root).map(|(top, _)| top).or(of_workspace);
        let Some(top) = top.filter(|_| manifest.is_some()) else {
            return Self::default();
        };
        let is_installed = |folder: &Path| folder.join(OWN_FOLDER).is_dir();
        let folders = root.ancestors().skip(1);
        let folders = folders.take_while(|folder| folder.starts_with(top) && !is_installed(folder));
        let folders = folders.enumerate();
        Self {
            folders: folders
                .map(|(at, folder)| ("../".repeat(at + 1), folder.into()))
                .collect(),
        }
    }

    /// The file at that path below one of the folders, as seen from the package, if its text is the
    /// one that is meant. It is read here and now.
    #[must_use]
    pub fn file_with(&self, path: &str, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let read = |folder: &Path| {
            let path = folder.join(path);
            let found = fs::metadata(&path).ok()?;
            let is_small = found.is_file() && found.len() <= LARGEST;
            is_small.then(|| fs::read_to_string(path).ok())?
        };
        let mut folders = self.folders.iter();
        let (ups, _) =
            folders.find(|(_, folder)| read(folder).is_some_and(|text| is_meant(&text)))?;
        Some(format!("{ups}{path}"))
    }

    /// The files of ours that are missing in the package and have stayed above it: their paths, and
    /// where they are.
    pub(super) fn left_behind(&self, tree: &Tree, manifest: &Manifest) -> BTreeMap<String, String> {
        let missing = strays::missing(tree, manifest).filter(|_| !self.folders.is_empty());
        let left = missing.filter_map(|(id, record)| {
            let base = tree.bytes(&base_path(id))?;
            let is_it = |text: &str| likeness(base, text.as_bytes()) >= ALIKE;
            Some((record.path.clone(), self.file_with(&record.path, is_it)?))
        });
        left.collect()
    }
}
