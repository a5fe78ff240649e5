//! The files of a project that matter to us, read once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path},
};

use anyhow::{Context, Result};

use crate::refusal::{ProjectRefusal, Refusal};

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its permission bits; 0 where the system has none.
    pub mode: u32,
}

/// Files by their path in the project, with forward slashes. A path that is not here does not
/// exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, File>,
    /// What is a link or a folder where a template's file should be.
    blocked: BTreeSet<String>,
}

impl Tree {
    /// The file at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// What is in the file at a path.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.get(path).map(|file| file.bytes.as_slice())
    }

    /// The text at a path; a file that is not text is an error that names it.
    pub fn text(&self, path: &str) -> Result<Option<&str>> {
        let text = self.bytes(path).map(std::str::from_utf8).transpose();
        text.map_err(|why| {
            let (path, why) = (path.into(), why.to_string());
            ProjectRefusal::NotText { path, why }.into()
        })
    }

    /// The files below a folder.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &File)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder))
            .map(|(path, file)| (path.as_str(), file))
    }

    /// Puts a file there, as if it had been found.
    pub fn insert(&mut self, path: &str, bytes: &[u8], mode: u32) {
        self.files.insert(
            path.into(),
            File {
                bytes: bytes.into(),
                mode,
            },
        );
    }

    /// Looks at one path. A link is not followed out of the project, and what is not a plain file
    /// is refused.
    pub fn load(&mut self, root: &Path, path: &str) -> Result<()> {
        refuse_ways_out(root, path)?;
        self.load_above(root, path)
    }

    /// The same for the file of a template: a link or a folder in its place blocks that file alone.
    pub fn load_or_block(&mut self, root: &Path, path: &str) -> Result<()> {
        let loaded = self.load(root, path);
        let why = loaded.as_ref().err();
        let why = why.and_then(|why| why.downcast_ref::<Refusal>());
        if let Some(Refusal::Project(
            ProjectRefusal::NotAFile { .. } | ProjectRefusal::LinkOut { .. },
        )) = why
        {
            self.blocked.insert(path.into());
            return Ok(());
        }
        loaded
    }

    /// Returns whether there is a link or a folder at a path, where a template's file should be.
    #[must_use]
    pub fn is_blocked(&self, path: &str) -> bool {
        self.blocked.contains(path)
    }

    /// Refuses to work on a file in whose place there is a link or a folder.
    pub fn refuse_blocked(&self, path: &str) -> Result<(), Refusal> {
        if self.is_blocked(path) {
            let path = path.into();
            return Err(ProjectRefusal::NotAFile { path }.into());
        }
        Ok(())
    }

    /// The same as [`Self::load`] for a path that may lead out: the workspace's manifest, which cargo itself named.
    pub fn load_above(&mut self, root: &Path, path: &str) -> Result<()> {
        let found = match fs::symlink_metadata(root.join(path)) {
            Ok(found) => found,
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot look at {path}")),
        };
        if !found.is_file() {
            let path = path.into();
            return Err(ProjectRefusal::NotAFile { path }.into());
        }
        let bytes = fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        self.insert(path, &bytes, mode(&found));
        Ok(())
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Refuses a path that does not stay in the project, and a folder on the way that is a link to
/// somewhere outside: a write through it would leave the project.
fn refuse_ways_out(root: &Path, path: &str) -> Result<(), Refusal> {
    let path = Path::new(path);
    if !path
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        let path = path.display().to_string();
        return Err(ProjectRefusal::PathOut { path }.into());
    }
    let folders = path
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_os_str().is_empty());
    match folders.into_iter().find(|folder| leads_out(root, folder)) {
        None => Ok(()),
        Some(folder) => {
            let folder = folder.into();
            Err(ProjectRefusal::LinkOut { folder }.into())
        }
    }
}

fn leads_out(root: &Path, folder: &Path) -> bool {
    let folder = root.join(folder);
    folder.is_symlink()
        && !folder
            .canonicalize()
            .is_ok_and(|real| real.starts_with(root))
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0
}
