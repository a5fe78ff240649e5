//! Which compiler and which workspace the project has, as its own tools tell it. Nothing here
//! reaches the network.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use semver::Version;

use crate::refusal::Refusal;

/// Refuses a compiler that is older than the generated code needs (`1.95`).
pub fn refuse_old_rustc(root: &Path, needed: &str) -> Result<()> {
    let words = run(root, "RUSTC", "rustc", &["--version"])?;
    let found = words.split_whitespace().nth(1).unwrap_or_default();
    let version = Version::parse(found).with_context(|| {
        format!(
            "`rustc --version` answered {:?}, which names no version",
            words.trim()
        )
    })?;
    let needed_version = Version::parse(&format!("{needed}.0"))
        .with_context(|| format!("rust-version {needed} in the templates"))?;
    // A nightly or beta of a version is as good as that version.
    match (version.major, version.minor) < (needed_version.major, needed_version.minor) {
        true => Err(Refusal::failed(format!(
            "rustc {found} is older than {needed}, which the generated code needs; \
             run `rustup update stable`"
        ))
        .into()),
        false => Ok(()),
    }
}

/// The manifest of the workspace that the package belongs to; its own where it stands alone.
pub fn workspace_manifest(root: &Path) -> Result<PathBuf> {
    let path = run(
        root,
        "CARGO",
        "cargo",
        &["locate-project", "--workspace", "--message-format", "plain"],
    )?;
    Ok(PathBuf::from(path.trim()))
}

/// The program that `variable` names, or the one of that name on the path.
#[must_use]
pub fn program(variable: &str, name: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| name.into())
}

fn run(root: &Path, variable: &str, name: &str, words: &[&str]) -> Result<String> {
    let output = Command::new(program(variable, name))
        .args(words)
        .current_dir(root)
        .output();
    let output = output
        .with_context(|| format!("cannot run {name}; install Rust from https://rustup.rs"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(
            Refusal::failed(format!("`{name} {}` failed: {reason}", words.join(" "))).into(),
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
