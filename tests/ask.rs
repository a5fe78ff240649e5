//! What is asked on a terminal, and what becomes of the answers. `script` lends the terminal.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use support::Project;

/// A conversation with the program.
struct Talk {
    program: Child,
    said: Receiver<String>,
    heard: String,
}

impl Talk {
    fn begin(project: &Project, words: &str) -> Self {
        let command = format!("{} {words}", env!("CARGO_BIN_EXE_cargo-sigra"));
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        script
            .current_dir(&project.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut program = script.spawn().unwrap();
        let mut out = program.stdout.take().unwrap();
        let (send, said) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                _ = send.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
            }
        });
        Self {
            program,
            said,
            heard: String::new(),
        }
    }

    /// Waits until the program has said something.
    fn hear(&mut self, words: &str) -> &mut Self {
        while !self.heard.contains(words) {
            match self.said.recv_timeout(Duration::from_secs(20)) {
                Ok(more) => self.heard.push_str(&more),
                Err(_) => panic!("{words:?} was never said, but:\n{}", self.heard),
            }
        }
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        // The words are there a moment before the keys are listened to.
        thread::sleep(Duration::from_millis(200));
        self.program
            .stdin
            .as_mut()
            .unwrap()
            .write_all(keys.as_bytes())
            .unwrap();
        self
    }

    fn end(&mut self) -> i32 {
        let exit = self.program.wait().unwrap().code().unwrap_or(-1);
        while let Ok(more) = self.said.recv_timeout(Duration::from_secs(2)) {
            self.heard.push_str(&more);
        }
        exit
    }
}

const QUESTION: &str = "Where are people kept?";
const WHAT_ELSE: &str = "What else should it have?";
const SPACE: &str = " ";
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const CTRL_C: &str = "\u{3}";

#[test]
fn the_first_answer_is_sqlite_and_the_plan_is_confirmed() {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, "install");
    talk.hear(QUESTION)
        .press(ENTER)
        .hear(WHAT_ELSE)
        .press(ENTER)
        .hear("Write this?")
        .press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(
        project
            .read(".sigra/manifest.toml")
            .contains("database = \"sqlite\"")
    );
}

#[test]
fn another_database_can_be_chosen() {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, "install");
    talk.hear(QUESTION)
        .press(DOWN)
        .press(ENTER)
        .hear(WHAT_ELSE)
        .press(ENTER)
        .hear("Write this?")
        .press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(
        project
            .read(".sigra/manifest.toml")
            .contains("database = \"postgres\"")
    );
}

#[test]
fn a_no_writes_nothing() {
    let project = Project::fresh();
    let before = project.tree();
    let mut talk = Talk::begin(&project, "install --database sqlite");
    talk.hear(WHAT_ELSE)
        .press(ENTER)
        .hear("Write this?")
        .press("n");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("nothing was written"), "{}", talk.heard);
    assert_eq!(project.tree(), before);
}

#[test]
fn ctrl_c_at_a_question_writes_nothing_and_shows_the_cursor_again() {
    let project = Project::fresh();
    let before = project.tree();
    let mut talk = Talk::begin(&project, "install");
    talk.hear(QUESTION).press(CTRL_C);
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert!(
        talk.heard.contains("interrupted; the project is as it was"),
        "{}",
        talk.heard
    );
    assert!(
        talk.heard.rfind("\u{1b}[?25h") > talk.heard.rfind("\u{1b}[?25l"),
        "{:?}",
        talk.heard
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn a_database_that_was_named_is_not_asked_for() {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, "install --database postgres");
    talk.hear(WHAT_ELSE)
        .press(ENTER)
        .hear("Write this?")
        .press("n");
    talk.end();
    assert!(!talk.heard.contains(QUESTION), "{}", talk.heard);
}

#[test]
fn the_plan_names_what_is_not_built_yet() {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, "install --database sqlite");
    talk.hear(WHAT_ELSE).press(ENTER);
    talk.hear("live, passkeys, oauth, admin, otlp (not built yet)")
        .hear("Write this?")
        .press("n");
    talk.end();
}

/// What the manifest holds after somebody has picked features with these keys.
fn picked(words: &str, keys: &[&str]) -> String {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, &format!("install --database sqlite {words}"));
    talk.hear(WHAT_ELSE);
    keys.iter().for_each(|key| _ = talk.press(key));
    talk.hear("Write this?").press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    project.read(".sigra/manifest.toml")
}

#[test]
fn nothing_is_picked_unless_somebody_does() {
    assert!(picked("", &[ENTER]).contains("api = false\njwt = false\n"));
}

#[test]
fn the_features_that_are_picked_are_written() {
    assert!(picked("", &[SPACE, ENTER]).contains("api = true\njwt = false\n"));
}

#[test]
fn what_is_picked_brings_what_it_needs() {
    assert!(picked("", &[DOWN, SPACE, ENTER]).contains("api = true\njwt = true\n"));
}

#[test]
fn a_feature_that_was_typed_is_not_asked_for() {
    assert!(picked("--api", &[SPACE, ENTER]).contains("api = true\njwt = true\n"));
    assert!(picked("--no-jwt", &[SPACE, ENTER]).contains("api = true\njwt = false\n"));
}

#[test]
fn where_every_feature_is_settled_none_is_asked_for() {
    for words in ["--jwt", "--no-api", "--no-api --no-jwt"] {
        let project = Project::fresh();
        let mut talk = Talk::begin(&project, &format!("install --database sqlite {words}"));
        talk.hear("Write this?").press("n");
        talk.end();
        assert!(!talk.heard.contains(WHAT_ELSE), "{}", talk.heard);
    }
}

#[test]
fn a_manifest_from_before_there_was_a_feature_has_it_asked_for() {
    let project = Project::fresh();
    support::sigra(&project.root, &["install", "--yes", "--api"]);
    let path = ".sigra/manifest.toml";
    let older = project.read(path).replace("jwt = false\n", "");
    project.write(path, &older);
    let mut talk = Talk::begin(&project, "install");
    talk.hear(WHAT_ELSE)
        .press(SPACE)
        .press(ENTER)
        .hear("Write this?")
        .press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(project.read(path).contains("api = true\njwt = true\n"));
}

#[test]
fn ctrl_c_at_the_question_about_features_writes_nothing() {
    let project = Project::fresh();
    let before = project.tree();
    let mut talk = Talk::begin(&project, "install --database sqlite");
    talk.hear(WHAT_ELSE).press(CTRL_C);
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert_eq!(project.tree(), before);
}

#[test]
fn where_nothing_would_change_nothing_is_asked() {
    let project = Project::fresh();
    support::sigra(&project.root, &["install", "--yes"]);
    let mut talk = Talk::begin(&project, "install");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("nothing to change"), "{}", talk.heard);
}
