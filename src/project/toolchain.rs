//! Which compiler and which workspace the project has, as its own tools tell it. Nothing here
//! reaches the network.

use std::{
    env::consts::EXE_SUFFIX,
    ffi::OsString,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{OnceLock, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use semver::Version;
use toml_edit::{DocumentMut, Item};

use crate::{
    paths::CARGO_TOML,
    refusal::{PackageRefusal, Refusal},
};

/// How long cargo may think about a manifest.
const PATIENCE: Duration = Duration::from_secs(20);
/// The editions of a manifest about which cargo need not be asked.
const EDITIONS: [&str; 2] = ["2021", "2024"];

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

/// Refuses a manifest that cargo refuses, in cargo's words: what was installed could not be built.
/// Whatever else goes wrong with cargo is no reason: it may not be there, or take its time.
pub fn refuse_what_cargo_refuses(root: &Path, manifest: &DocumentMut) -> Result<(), Refusal> {
    if is_as_cargo_writes_it(root, manifest) {
        return Ok(());
    }
    let words = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    let cargo = quiet(program("CARGO", "cargo"))
        .args(words)
        .env("CARGO_TERM_COLOR", "never")
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Some((status, complaint)) = cargo.ok().and_then(|cargo| complaint(cargo, PATIENCE)) else {
        return Ok(());
    };
    if was_told_to_end(status) {
        return Err(Refusal::Interrupted);
    }
    let is_about_it = ["manifest", "Cargo.toml"]
        .iter()
        .any(|word| complaint.contains(word));
    if status.success() || !is_about_it {
        return Ok(());
    }
    let start = complaint
        .find("error: ")
        .map_or(0, |at| at + "error: ".len());
    let why = complaint[start..].trim().to_owned();
    Err(PackageRefusal::CargoRefuses { why }.into())
}

/// Returns whether a manifest has in it what `cargo new` writes and nothing else, so that cargo need
/// not be asked about it.
fn is_as_cargo_writes_it(root: &Path, manifest: &DocumentMut) -> bool {
    let is_plain = |table: &Item, known: &[&str]| {
        let table = table.as_table();
        table.is_some_and(|table| table.iter().all(|(key, _)| known.contains(&key)))
    };
    let package = &manifest["package"];
    let text = |key| package.get(key).and_then(Item::as_str).unwrap_or_default();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    is_plain(manifest.as_item(), &["package", "dependencies"])
        && is_plain(package, &["name", "version", "edition"])
        && manifest
            .get("dependencies")
            .is_none_or(|table| is_plain(table, &[]))
        && text("name").chars().all(is_name)
        && Version::parse(text("version")).is_ok()
        && EDITIONS.contains(&text("edition"))
        && !root.join("src/bin").exists()
        && !may_belong_to_a_workspace(root, manifest)
}

/// How a program ends that is given so much time, and what it says on stderr; `None` where it takes
/// longer, and is stopped.
fn complaint(mut program: Child, patience: Duration) -> Option<(ExitStatus, String)> {
    let mut stderr = program.stderr.take()?;
    let (send, said) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        _ = stderr.read_to_end(&mut text);
        _ = send.send(text);
    });
    let Ok(text) = said.recv_timeout(patience) else {
        _ = program.kill();
        _ = program.wait();
        return None;
    };
    let status = program.wait().ok()?;
    Some((status, String::from_utf8_lossy(&text).into_owned()))
}

/// Only cargo knows who is a member of what; but where no manifest is above this one and none is
/// named in it, there is nothing to ask.
fn may_belong_to_a_workspace(root: &Path, manifest: &DocumentMut) -> bool {
    let is_above = |folder: &Path| folder.join(CARGO_TOML).exists();
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
