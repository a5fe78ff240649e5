//! Texts for another program to work on: in files outside of the project, which only this user can
//! read and which are removed when they are no longer needed.
#![allow(clippy::disallowed_methods, reason = "this is a module that writes")]

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::{Builder, TempDir, TempPath};

/// The beginning of their names.
const PREFIX: &str = "sigra-";

/// A lent text; its file is removed when this is dropped.
#[derive(Debug)]
pub struct Lent(TempPath);

/// Lends a text, under a name that ends with the given one.
pub fn lend(name: &str, text: &str) -> Result<Lent> {
    let suffix = format!("-{name}");
    let file = Builder::new().prefix(PREFIX).suffix(&suffix).tempfile();
    let mut file = file.context("cannot make a temporary file")?;
    let written = file.write_all(text.as_bytes());
    // Closed, or an editor on Windows could not write into it.
    let path = file.into_temp_path();
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Lent(path))
}

impl Lent {
    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The text as it is by now.
    pub fn text(&self) -> Result<String> {
        fs::read_to_string(&self.0)
            .with_context(|| format!("cannot read {} as text", self.0.display()))
    }
}

/// Lent texts in a folder of their own, which is removed when this is dropped.
#[derive(Debug)]
pub struct LentFolder {
    _folder: TempDir,
    paths: Vec<PathBuf>,
}

/// Lends several texts, under names with the given extension.
pub fn lend_all(extension: &str, texts: &[String]) -> Result<LentFolder> {
    let folder = folder().context("cannot make a temporary folder")?;
    let names = (0..texts.len()).map(|number| format!("{number}.{extension}"));
    let paths: Vec<_> = names.map(|name| folder.path().join(name)).collect();
    for (path, text) in paths.iter().zip(texts) {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let _folder = folder;
    Ok(LentFolder { _folder, paths })
}

fn folder() -> io::Result<TempDir> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

impl LentFolder {
    /// The paths of the files, in the order in which they were lent.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The texts as they are by now.
    pub fn texts(&self) -> Vec<io::Result<String>> {
        self.paths.iter().map(fs::read_to_string).collect()
    }
}
