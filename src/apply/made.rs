//! What `cargo new` makes, and how it was before: a package into which nothing was installed does not
//! stay.
#![allow(clippy::disallowed_methods, reason = "this is a module that writes")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::paths::CARGO_TOML;

/// What there was before a package was made.
#[derive(Debug)]
pub struct Made {
    /// The topmost folder that is new; none where the package's own was there already.
    folder: Option<PathBuf>,
    /// The manifests above: cargo adds the package to a workspace.
    manifests: Vec<(PathBuf, Vec<u8>)>,
}

impl Made {
    /// Looks around before the package is made.
    #[must_use]
    pub fn before(dir: &Path) -> Self {
        let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.into());
        let new = whole.ancestors().take_while(|folder| !folder.exists());
        let above = whole.ancestors().skip(1);
        let manifests = above.map(|folder| folder.join(CARGO_TOML));
        let manifests = manifests.filter_map(|path| Some((path.clone(), fs::read(path).ok()?)));
        Self {
            manifests: manifests.collect(),
            folder: new.last().map(Path::to_owned),
        }
    }

    /// Takes away what was made. What cannot be taken away stays for its owner to see.
    pub fn take_back(&self) {
        if let Some(folder) = &self.folder {
            _ = fs::remove_dir_all(folder);
        }
        for (path, before) in &self.manifests {
            if fs::read(path).is_ok_and(|now| now != *before) {
                _ = fs::write(path, before);
            }
        }
    }
}
