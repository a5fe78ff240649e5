//! A text on its way through somebody's editor: in a file outside of the project, which only they
//! can read.
#![allow(clippy::disallowed_methods, reason = "this is a module that writes")]

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// How many names are tried; others are left from programs that were killed.
const TRIES: u32 = 100;

/// The file; it goes when this does.
#[derive(Debug)]
pub struct Lent(PathBuf);

/// Lends a text, under a name that ends like this.
pub fn lend(name: &str, text: &str) -> Result<Lent> {
    let id = std::process::id();
    for number in 0..TRIES {
        let path = std::env::temp_dir().join(format!("sigra-{id}-{number}-{name}"));
        match write(&path, text) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => {
                let lent = Lent(path);
                written.with_context(|| format!("cannot write {}", lent.0.display()))?;
                return Ok(lent);
            }
        }
    }
    Err(too_many())
}

/// Several files in a folder of their own; they go when this does.
#[derive(Debug)]
pub struct LentFolder {
    path: PathBuf,
    names: Vec<String>,
}

/// Lends several texts, under names that end like this.
pub fn lend_all(end: &str, texts: &[String]) -> Result<LentFolder> {
    let path = free_folder()?;
    let names = (0..texts.len()).map(|number| format!("{number}.{end}"));
    let lent = LentFolder {
        path,
        names: names.collect(),
    };
    for (path, text) in lent.paths().iter().zip(texts) {
        write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(lent)
}

fn free_folder() -> Result<PathBuf> {
    let id = std::process::id();
    for number in 0..TRIES {
        let path = std::env::temp_dir().join(format!("sigra-{id}-{number}"));
        match make_folder(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made.with_context(|| format!("cannot make {}", path.display()))?;
                return Ok(path);
            }
        }
    }
    Err(too_many())
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn too_many() -> anyhow::Error {
    anyhow::anyhow!(
        "there are too many files named sigra-… in the folder for temporary files; remove them"
    )
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

impl Lent {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it holds by now.
    pub fn text(&self) -> Result<String> {
        fs::read_to_string(&self.0)
            .with_context(|| format!("cannot read {} as text", self.0.display()))
    }
}

impl LentFolder {
    /// Where they are, in the order in which they were lent.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.names.iter().map(|name| self.path.join(name)).collect()
    }

    /// What they hold by now.
    pub fn texts(&self) -> Vec<io::Result<String>> {
        self.paths().iter().map(fs::read_to_string).collect()
    }
}

impl Drop for LentFolder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.path);
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}
