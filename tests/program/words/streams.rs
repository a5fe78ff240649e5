//! stdout and stderr that go away or are full: the exit code says what happened to the project.

use std::{
    fs::{File, OpenOptions},
    process::{Command, Stdio},
};

use crate::support::{Project, sigra};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    /// A pipe that nobody reads any more.
    Closed,
    /// A disk without space.
    Full,
}

impl Stream {
    fn open(self) -> Stdio {
        match self {
            Self::Full => full().into(),
            Self::Closed => {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                writer.into()
            }
        }
    }
}

fn full() -> File {
    let file = OpenOptions::new().write(true).open("/dev/full");
    file.expect("without /dev/full a full disk cannot be tested here")
}

/// The exit code, and what was said on stderr.
fn on_stdout(project: &Project, words: &[&str], stream: Stream) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    let program = program.args(words).current_dir(&project.root);
    let output = program.stdout(stream.open()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

fn on_stderr(project: &Project, words: &[&str], stream: Stream) -> i32 {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    let program = program.args(words).current_dir(&project.root);
    let status = program.stderr(stream.open()).stdout(Stdio::null()).status();
    status.unwrap().code().unwrap()
}

/// Every kind of text for a program, of runs that only look.
const LOOKING: [&[&str]; 9] = [
    &["install", "--yes", "--diff"],
    &["install", "--yes", "--dry-run", "--format", "json"],
    &["secret"],
    &["features"],
    &["completions", "bash"],
    &["--help"],
    &["help", "install"],
    &["--version"],
    &["install", "--help"],
];

#[test]
fn a_full_disk_on_stdout_is_an_error_of_every_verb_that_only_looks() {
    let project = Project::fresh();
    for words in LOOKING {
        let (exit, said) = on_stdout(&project, words, Stream::Full);
        assert_eq!(exit, 1, "{words:?}: {said}");
        assert!(
            said.contains("error: cannot write to stdout: "),
            "{words:?}: {said}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let project = Project::fresh();
    for words in LOOKING {
        let (exit, said) = on_stdout(&project, words, Stream::Closed);
        assert_eq!(exit, 0, "{words:?}: {said}");
        assert!(!said.contains("error: "), "{words:?}: {said}");
    }
}

#[test]
fn a_run_that_has_written_everything_and_cannot_tell_is_no_failure_and_no_success() {
    let words = ["install", "--yes", "--format", "json"];
    let project = Project::fresh();
    let (exit, said) = on_stdout(&project, &words, Stream::Full);
    assert_eq!(exit, 4, "{said}");
    assert!(said.contains("what was to be done is done"), "{said}");
    assert!(project.exists(".sigra/manifest.toml"));
    let project = Project::fresh();
    assert_eq!(on_stdout(&project, &words, Stream::Closed).0, 0);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_stderr_that_goes_away_changes_nothing() {
    let project = Project::fresh();
    assert_eq!(
        on_stderr(&project, &["install", "--yes"], Stream::Closed),
        0
    );
    assert_eq!(on_stderr(&project, &["status"], Stream::Closed), 0);
    assert_eq!(sigra(&project.root, &["status", "--check"]).exit, 0);
    assert_eq!(
        on_stderr(&project, &["uninstall", "--yes"], Stream::Closed),
        0
    );
    assert_eq!(on_stderr(&project, &["mv", "a"], Stream::Closed), 2);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_stderr_that_is_full_is_told_by_the_exit_code_and_never_by_a_panic() {
    let project = Project::fresh();
    assert_eq!(on_stderr(&project, &["install", "--yes"], Stream::Full), 4);
    assert_eq!(sigra(&project.root, &["status", "--check"]).exit, 0);
    assert_eq!(on_stderr(&project, &["status"], Stream::Full), 1);
    assert_eq!(
        on_stderr(&project, &["restore", "nothing"], Stream::Full),
        2
    );
}

#[test]
fn a_run_that_has_nothing_to_write_does_not_claim_to_have_written() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes"]).exit, 0);
    for words in [&["restore", "src/app.rs"][..], &["install", "--yes"]] {
        let before = project.tree();
        assert_eq!(on_stderr(&project, words, Stream::Full), 1, "{words:?}");
        assert_eq!(project.tree(), before);
    }
}
