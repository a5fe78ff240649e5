//! Which compiler and which workspace the project has, as its own tools tell it. Nothing here
//! reaches the network.

use std::{
    env::consts::EXE_SUFFIX,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result};
use semver::Version;
use toml_edit::DocumentMut;

use crate::refusal::{PackageRefusal, Refusal};

/// What the compiler answered. One run asks it once, however often it looks at the project.
static ANSWER: OnceLock<String> = OnceLock::new();

/// The compiler, which thinks about its version while the project is read.
#[derive(Debug)]
pub enum Compiler {
    /// It was asked a moment ago.
    Asked(Child),
    /// It has answered before.
    Answered(&'static str),
}

impl Compiler {
    /// Asks for its version, and does not wait for the answer.
    pub fn ask(root: &Path) -> Result<Self> {
        if let Some(answer) = ANSWER.get() {
            return Ok(Self::Answered(answer));
        }
        let asked = quiet(rustc())
            .arg("--version")
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Ok(Self::Asked(asked.map_err(|why| cannot_run("rustc", &why))?))
    }

    /// Refuses one that is older than the generated code needs (`1.95`).
    pub fn refuse_older(self, needed: &str) -> Result<()> {
        let words = self.answer()?;
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
        if (version.major, version.minor) < (needed_version.major, needed_version.minor) {
            let (found, needed) = (found.into(), needed.into());
            return Err(PackageRefusal::Compiler { found, needed }.into());
        }
        Ok(())
    }

    fn answer(self) -> Result<&'static str> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Asked(child) => {
                let output = child
                    .wait_with_output()
                    .map_err(|why| cannot_run("rustc", &why))?;
                let answer = said("rustc --version", &output)?;
                Ok(ANSWER.get_or_init(|| answer))
            }
        }
    }
}

/// The compiler itself where cargo runs us: it stands beside `$CARGO`, and answers sooner than
/// rustup's stand-in on the path, which would have to find out which one is meant.
pub(super) fn rustc() -> OsString {
    let beside = std::env::var_os("CARGO")
        .map(|cargo| Path::new(&cargo).with_file_name(format!("rustc{EXE_SUFFIX}")))
        .filter(|rustc| rustc.is_absolute() && rustc.is_file())
        .map_or_else(|| "rustc".into(), PathBuf::into_os_string);
    std::env::var_os("RUSTC").unwrap_or(beside)
}

/// The manifest of the workspace that the package belongs to; none where it stands alone or is the
/// root itself.
pub fn workspace_manifest(root: &Path, manifest: &DocumentMut) -> Result<Option<PathBuf>> {
    if !may_belong_to_a_workspace(root, manifest) {
        return Ok(None);
    }
    let words = ["locate-project", "--workspace", "--message-format", "plain"];
    let output = quiet(program("CARGO", "cargo"))
        .args(words)
        .current_dir(root)
        .output()
        .map_err(|why| cannot_run("cargo", &why))?;
    let path = said(&format!("cargo {}", words.join(" ")), &output)?;
    let path = PathBuf::from(path.trim()).canonicalize()?;
    Ok(Some(path).filter(|path| path.parent() != Some(root)))
}

/// Only cargo knows who is a member of what; but where no manifest is above this one and none is
/// named in it, there is nothing to ask.
fn may_belong_to_a_workspace(root: &Path, manifest: &DocumentMut) -> bool {
    let is_above = |folder: &Path| folder.join("Cargo.toml").exists();
    !manifest.contains_key("workspace")
        && (manifest["package"].get("workspace").is_some()
            || root.ancestors().skip(1).any(is_above))
}

/// The program that `variable` names, or the one of that name on the path.
#[must_use]
pub fn program(variable: &str, name: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| name.into())
}

/// A tool that says what is wrong without the stack that it was in: rustup prints its own.
pub(super) fn quiet(program: OsString) -> Command {
    let mut command = Command::new(program);
    command
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LIB_BACKTRACE");
    command
}

fn said(command: &str, output: &Output) -> Result<String> {
    if was_told_to_end(output.status) {
        return Err(Refusal::Interrupted.into());
    }
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let command = command.into();
        return Err(PackageRefusal::CommandFailed { command, reason }.into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether Ctrl-C, SIGTERM or SIGHUP has ended the program: they go to every process of the group,
/// and may arrive there before they do here.
#[cfg(unix)]
fn was_told_to_end(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const SIGNALS: [i32; 3] = [1, 2, 15];
    status
        .signal()
        .is_some_and(|signal| SIGNALS.contains(&signal))
}

#[cfg(not(unix))]
fn was_told_to_end(_: ExitStatus) -> bool {
    false
}

/// Why a program of Rust's cannot be run.
pub fn cannot_run(program: &str, why: &io::Error) -> Refusal {
    PackageRefusal::CannotRun {
        program: program.into(),
        why: why.to_string(),
    }
    .into()
}
