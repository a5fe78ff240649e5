//! install.sh, with folders that `.ci/pack` makes as the release workflow does, and a file server that this test is.
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use tempfile::TempDir;
use walkdir::WalkDir;

/// The program itself.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-sigra");
const VERSION: &str = concat!("cargo-sigra ", env!("CARGO_PKG_VERSION"), "\n");
/// Something small in its place, where it matters only that it is put there.
const SMALL: &str = "#!/bin/sh\necho small\n";

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Serves what is in a folder, until the test is over.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            answer(&client, &folder);
        }
    });
    url
}

fn answer(mut client: &TcpStream, folder: &Path) {
    let mut lines = BufReader::new(client).lines().map_while(Result::ok);
    let asked = lines.next().unwrap_or_default();
    let path = asked.split(' ').nth(1).unwrap_or_default();
    // The rest of the request, so that closing does not reset the connection.
    lines
        .by_ref()
        .take_while(|line| !line.is_empty())
        .for_each(drop);
    let (status, body) = match fs::read(folder.join(path.trim_start_matches('/'))) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    _ = client
        .write_all(head.as_bytes())
        .and_then(|()| client.write_all(&body));
}

/// A machine: a home with a shell profile in it, and a `cargo` that only says what it was asked for.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for folder in ["bin", "home", "tmp", "dist"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        machine.program("bin/cargo", "#!/bin/sh\necho \"cargo $*\"\n");
        fs::write(machine.path("home/.profile"), "").unwrap();
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn program(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The folder of a release in which this is the program.
    fn release(&self, program: &Path) -> PathBuf {
        let packed = Command::new(checkout(".ci/pack"))
            .args([program, Path::new(&target()), &self.path("dist")])
            .output()
            .unwrap();
        assert!(packed.status.success(), "{}", said(&packed));
        self.path("dist")
    }

    fn small_release(&self) -> PathBuf {
        let program = self.program("cargo-sigra", SMALL);
        self.release(&program)
    }

    fn archive(&self) -> PathBuf {
        self.path("dist")
            .join(format!("cargo-sigra-{}.tar.gz", target()))
    }

    fn run(&self, base: &str, words: &[&str]) -> Output {
        self.run_script(&checkout("install.sh"), base, words)
    }

    fn run_script(&self, script: &Path, base: &str, words: &[&str]) -> Output {
        let mut sh = Command::new("sh");
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        sh.arg(script)
            .args(words)
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("SIGRA_BASE_URL", base)
            .env_remove("CARGO_HOME")
            .env_remove("CARGO_INSTALL_ROOT")
            .current_dir(self.path("home"))
            .output()
            .unwrap()
    }

    /// Every file in the home, and what was left in the folder for temporary ones.
    fn files(&self) -> BTreeSet<String> {
        let entries = ["home", "tmp"].map(|folder| WalkDir::new(self.path(folder)));
        let files = entries.into_iter().flatten().map(Result::unwrap);
        files
            .filter(|entry| entry.depth() > 0 && !entry.file_type().is_dir())
            .map(|entry| entry.path().strip_prefix(&self.folder).unwrap().to_owned())
            .map(|path| path.to_str().unwrap().to_owned())
            .collect()
    }

    fn refuses(&self, base: &str, why: &str) {
        let output = self.run(base, &[]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(why), "{}", said(&output));
        assert!(!said(&output).contains("cargo install"));
        assert_eq!(self.files(), paths(&["home/.profile"]));
    }

    fn builds(&self, base: &str, why: &str) {
        let output = self.run(base, &[]);
        assert!(output.status.success(), "{}", said(&output));
        let root = self.path("home/.cargo");
        let built = format!(
            "cargo install --locked --root {} --path {}\n",
            root.display(),
            env!("CARGO_MANIFEST_DIR")
        );
        for said_so in [why, &built] {
            assert!(said(&output).contains(said_so), "{}", said(&output));
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

fn paths(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn file_url(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

/// The machine that runs the test.
fn target() -> String {
    let (machine, system) = (std::env::consts::ARCH, std::env::consts::OS);
    match system {
        "macos" => format!("{machine}-apple-darwin"),
        _ => format!("{machine}-unknown-linux-gnu"),
    }
}

fn answers(program: &Path, answer: &str) {
    let output = Command::new(program).arg("--version").output().unwrap();
    assert_eq!(said(&output), answer);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_released_program_is_installed_and_nothing_else_is_touched() {
    let machine = Machine::new();
    let url = file_url(&machine.release(Path::new(PROGRAM)));
    let output = machine.run(&url, &[]);
    assert!(output.status.success(), "{}", said(&output));
    answers(&machine.path("home/.cargo/bin/cargo-sigra"), VERSION);
    let expected = paths(&["home/.profile", "home/.cargo/bin/cargo-sigra"]);
    assert_eq!(machine.files(), expected);
    assert_eq!(
        fs::read_to_string(machine.path("home/.profile")).unwrap(),
        ""
    );
}

#[test]
#[ignore = "long: stage cli runs it"]
fn it_comes_by_http_too() {
    let machine = Machine::new();
    let url = serve(machine.release(Path::new(PROGRAM)));
    let output = machine.run(&url, &[]);
    assert!(output.status.success(), "{}", said(&output));
    answers(&machine.path("home/.cargo/bin/cargo-sigra"), VERSION);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn one_flipped_byte_is_refused_and_leaves_nothing_behind() {
    let machine = Machine::new();
    let folder = machine.release(Path::new(PROGRAM));
    let mut bytes = fs::read(machine.archive()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(machine.archive(), bytes).unwrap();
    for url in [file_url(&folder), serve(folder)] {
        machine.refuses(&url, "; nothing was installed");
    }
}

#[test]
fn a_release_without_a_checksum_is_refused() {
    let machine = Machine::new();
    let url = file_url(&machine.small_release());
    fs::remove_file(format!("{}.sha256", machine.archive().display())).unwrap();
    machine.refuses(&url, "has no checksum beside it; nothing was installed");
}

#[test]
fn an_archive_without_the_program_is_refused() {
    let machine = Machine::new();
    let other = machine.program("other", SMALL);
    let url = file_url(&machine.release(&other));
    machine.refuses(&url, "there is no cargo-sigra in cargo-sigra-");
}

#[test]
fn an_older_program_is_replaced_and_one_that_stays_is_whole() {
    let machine = Machine::new();
    let url = file_url(&machine.small_release());
    fs::create_dir_all(machine.path("home/.cargo/bin")).unwrap();
    let older = machine.program("home/.cargo/bin/cargo-sigra", "#!/bin/sh\necho older\n");
    assert!(machine.run(&url, &[]).status.success());
    answers(&older, "small\n");

    fs::write(machine.archive(), "spoilt on its way").unwrap();
    assert_eq!(machine.run(&url, &[]).status.code(), Some(1));
    answers(&older, "small\n");
}

#[test]
fn another_folder_can_be_named() {
    let machine = Machine::new();
    let url = file_url(&machine.small_release());
    let output = machine.run(&format!("{url}/"), &["--root", "there"]);
    assert!(output.status.success(), "{}", said(&output));
    answers(&machine.path("home/there/bin/cargo-sigra"), "small\n");
    assert!(said(&output).contains("there/bin is not in your PATH"));
}

#[test]
fn without_a_release_for_the_machine_cargo_builds_the_checkout_that_the_script_is_in() {
    let machine = Machine::new();
    for url in [
        file_url(&machine.path("dist")),
        serve(machine.path("dist")),
        "http://127.0.0.1:1".to_owned(),
    ] {
        machine.builds(
            &url,
            &format!("there is no cargo-sigra-{}.tar.gz at {url}", target()),
        );
    }
    machine.builds("", "there are no releases yet");
}

#[test]
fn a_program_that_does_not_run_here_is_not_installed_but_built() {
    let machine = Machine::new();
    let strange = machine.program("cargo-sigra", "#!/no/such/loader\n");
    let url = file_url(&machine.release(&strange));
    machine.builds(&url, "does not run on this machine");
    assert_eq!(machine.files(), paths(&["home/.profile"]));
}

#[test]
fn without_a_release_and_a_checkout_cargo_builds_the_published_program() {
    let machine = Machine::new();
    let alone = machine.path("install.sh");
    fs::copy(checkout("install.sh"), &alone).unwrap();
    let output = machine.run_script(&alone, "", &["--root", "/elsewhere"]);
    let built = "cargo install --locked --root /elsewhere cargo-sigra\n";
    assert!(said(&output).contains(built), "{}", said(&output));
}

#[test]
fn what_it_does_not_know_it_refuses() {
    let machine = Machine::new();
    let output = machine.run("", &["--prefix", "/usr"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("there is no --prefix; there is --root DIR"));
}

#[test]
fn a_script_that_was_cut_off_on_its_way_does_nothing() {
    let text = fs::read_to_string(checkout("install.sh")).unwrap();
    let machine = Machine::new();
    let cut = machine.path("install.sh");
    fs::write(&cut, text.strip_suffix("main \"$@\"\n").unwrap()).unwrap();
    let url = file_url(&machine.small_release());
    assert_eq!(said(&machine.run_script(&cut, &url, &[])), "");
    assert_eq!(machine.files(), paths(&["home/.profile"]));
}

#[test]
fn the_repository_is_the_one_that_cargo_toml_names() {
    let text = fs::read_to_string(checkout("install.sh")).unwrap();
    let told = text
        .lines()
        .find_map(|line| line.strip_prefix("REPOSITORY="))
        .unwrap();
    assert_eq!(told.trim_matches('"'), env!("CARGO_PKG_REPOSITORY"));
}

#[test]
fn the_workflow_releases_for_every_machine_that_the_script_knows() {
    let targets = |path: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(checkout(path)).unwrap();
        let words = text.split([' ', '\n']).map(str::to_owned);
        words
            .filter(|word| word.ends_with("-gnu") || word.ends_with("-darwin"))
            .collect()
    };
    let known = targets("install.sh");
    assert_eq!(known.len(), 4);
    assert_eq!(targets(".github/workflows/release.yml"), known);
}
