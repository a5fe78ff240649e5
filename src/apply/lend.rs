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
    anyhow::bail!(
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

impl Drop for Lent {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}
