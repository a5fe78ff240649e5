//! install.sh, with a file server that this test is.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    thread,
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// What the released program does when it is started.
const PROGRAM: &str = "#!/bin/sh\necho released\n";

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh")
}

/// Serves these files and nothing else, until the test is over.
fn serve(files: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            answer(&client, &files);
        }
    });
    url
}

fn answer(mut client: &TcpStream, files: &BTreeMap<String, Vec<u8>>) {
    let mut lines = BufReader::new(client).lines().map_while(Result::ok);
    let asked = lines.next().unwrap_or_default();
    let path = asked.split(' ').nth(1).unwrap_or_default();
    // The rest of the request, so that closing does not reset the connection.
    lines
        .by_ref()
        .take_while(|line| !line.is_empty())
        .for_each(drop);
    let (status, body) = match files.get(path) {
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", &b""[..]),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    _ = client
        .write_all(head.as_bytes())
        .and_then(|()| client.write_all(body));
}

/// A machine: an empty home, and a `cargo` that only says what it was asked for.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let cargo = machine.path("bin/cargo");
        fs::create_dir_all(cargo.parent().unwrap()).unwrap();
        fs::write(&cargo, "#!/bin/sh\necho \"cargo $*\"\n").unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn run(&self, script: &Path, releases: &str, words: &[&str]) -> Output {
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let mut sh = Command::new("sh");
        sh.arg(script)
            .args(words)
            .env("PATH", path)
            .env("HOME", self.path("home"));
        sh.env_remove("CARGO_HOME")
            .env("SIGRA_RELEASES", releases)
            .output()
            .unwrap()
    }

    fn installed(&self) -> PathBuf {
        self.path("home/.cargo/bin/cargo-sigra")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

/// The archive's name on the machine that runs the test.
fn archive_name() -> String {
    let (machine, system) = (std::env::consts::ARCH, std::env::consts::OS);
    let system = if system == "macos" {
        "apple-darwin"
    } else {
        "unknown-linux-gnu"
    };
    format!("cargo-sigra-{machine}-{system}.tar.gz")
}

/// Packed once: an archive holds the time at which its file was written.
fn archive() -> Vec<u8> {
    static ARCHIVE: OnceLock<Vec<u8>> = OnceLock::new();
    ARCHIVE.get_or_init(pack).clone()
}

fn pack() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cargo-sigra"), PROGRAM).unwrap();
    let mut tar = Command::new("tar");
    let packed = tar
        .args(["-cz", "cargo-sigra"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(packed.status.success());
    packed.stdout
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A release with that checksum beside it, if any.
fn release(place: &str, sum: Option<String>) -> String {
    let name = archive_name();
    let mut files = BTreeMap::from([(format!("/{place}/{name}"), archive())]);
    if let Some(sum) = sum {
        files.insert(
            format!("/{place}/{name}.sha256"),
            format!("{sum}  {name}\n").into_bytes(),
        );
    }
    serve(files)
}

fn says_released(program: &Path) {
    let output = Command::new(program).output().unwrap();
    assert_eq!(said(&output), "released\n");
}

#[test]
fn a_release_with_the_right_checksum_is_installed() {
    let machine = Machine::new();
    let url = release("latest/download", Some(sum(&archive())));
    let output = machine.run(&script(), &url, &[]);
    assert!(output.status.success(), "{}", said(&output));
    says_released(&machine.installed());
}

#[test]
fn a_release_with_a_wrong_checksum_is_refused() {
    let machine = Machine::new();
    let url = release("latest/download", Some(sum(b"another archive")));
    let output = machine.run(&script(), &url, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("nothing was installed"),
        "{}",
        said(&output)
    );
    assert!(!machine.installed().exists());
}

#[test]
fn a_release_without_a_checksum_is_refused() {
    let machine = Machine::new();
    let output = machine.run(&script(), &release("latest/download", None), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("has no checksum"),
        "{}",
        said(&output)
    );
    assert!(!machine.installed().exists());
}

#[test]
fn another_folder_and_another_version_can_be_named() {
    let machine = Machine::new();
    let url = release("download/v0.9.1", Some(sum(&archive())));
    let there = machine.path("there");
    let mut sh = Command::new("sh");
    sh.arg(script()).arg("--to").arg(&there);
    let output = sh
        .env("SIGRA_RELEASES", url)
        .env("SIGRA_VERSION", "0.9.1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    says_released(&there.join("cargo-sigra"));
}

#[test]
fn without_a_release_cargo_builds_the_checkout_that_the_script_is_in() {
    let machine = Machine::new();
    let output = machine.run(&script(), &serve(BTreeMap::new()), &[]);
    assert!(output.status.success(), "{}", said(&output));
    let built = format!(
        "cargo install --locked --path {}",
        env!("CARGO_MANIFEST_DIR")
    );
    assert!(said(&output).contains(&built), "{}", said(&output));
}

#[test]
fn without_a_release_and_a_checkout_cargo_builds_the_published_program() {
    let machine = Machine::new();
    let alone = machine.path("install.sh");
    fs::copy(script(), &alone).unwrap();
    let output = machine.run(&alone, &serve(BTreeMap::new()), &[]);
    assert!(
        said(&output).contains("cargo install --locked cargo-sigra\n"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_it_does_not_know_it_refuses() {
    let machine = Machine::new();
    let output = machine.run(&script(), "", &["--prefix", "/usr"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("there is no --prefix"));
}

#[test]
fn the_repository_is_the_one_that_cargo_toml_names() {
    let text = fs::read_to_string(script()).unwrap();
    let told = text
        .lines()
        .find_map(|line| line.strip_prefix("REPOSITORY="))
        .unwrap();
    assert_eq!(told.trim_matches('"'), env!("CARGO_PKG_REPOSITORY"));
}
