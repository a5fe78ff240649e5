//! The owner's rustfmt, with the owner's settings.

use std::{
    env::consts::EXE_SUFFIX,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::Result;

use super::{Project, style::CONFIGS, toolchain};

/// The one setting that we write ourselves; with it alone the code stays as the templates have it.
const OURS: &str = "style_edition";
/// How many programs share the work.
const AT_ONCE: usize = 2;

/// How a project formats its code.
#[derive(Debug)]
pub struct Rustfmt {
    config: PathBuf,
    edition: String,
    folder: PathBuf,
}

impl Rustfmt {
    /// None where the owner has no settings of their own.
    pub fn of_the_owner(project: &Project) -> Result<Option<Self>> {
        let folders = project.root.ancestors();
        let mut configs = folders.flat_map(|folder| CONFIGS.map(|name| folder.join(name)));
        let Some(config) = configs.find(|path| path.is_file()) else {
            return Ok(None);
        };
        let settings: toml_edit::DocumentMut = match std::fs::read_to_string(&config)?.parse() {
            Ok(settings) => settings,
            Err(_) => return Ok(None), // Then rustfmt does not format anything here, either.
        };
        let is_own = settings.iter().any(|(key, _)| key != OURS);
        Ok(is_own.then(|| Self {
            config,
            edition: project.package.edition.clone(),
            folder: project.root.clone(),
        }))
    }

    /// Formats these files as far as it can. What it cannot format stays as it is, and is compared
    /// as it is.
    pub fn format(&self, paths: &[PathBuf]) {
        let share = paths.len().div_ceil(AT_ONCE).max(1);
        let started: Vec<_> = paths.chunks(share).map(|paths| self.start(paths)).collect();
        for mut program in started.into_iter().flatten() {
            _ = program.wait();
        }
    }

    fn start(&self, paths: &[PathBuf]) -> Option<Child> {
        let mut rustfmt = Command::new(program());
        rustfmt
            .arg("--config-path")
            .arg(&self.config)
            .args(["--edition", &self.edition])
            .args(paths)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        rustfmt.spawn().ok()
    }
}

/// The one that `cargo fmt` would run.
fn program() -> OsString {
    let beside = Path::new(&toolchain::rustc()).with_file_name(format!("rustfmt{EXE_SUFFIX}"));
    let beside = beside.is_file().then(|| beside.into_os_string());
    let named = std::env::var_os("RUSTFMT");
    named.or(beside).unwrap_or_else(|| "rustfmt".into())
}
