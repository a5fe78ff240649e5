//! What is asked on a terminal, and what becomes of the answers. `script` lends the terminal.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    planning::one_line_per_feature::dummy_world,
    support::{Project, sigra},
};
use cargo_sigra::{
    apply::{self, Disk, Fault},
    cli::Cli,
    commands,
    manifest::PATH,
    say::{Format, Loudness, Voice},
    templates::Templates,
    world::World,
};
use rustix::{
    fs::{Mode, OFlags, open},
    termios::{LocalModes, tcgetattr},
};
use tempfile::TempDir;

/// A conversation with the program.
struct Talk {
    program: Child,
    said: Receiver<String>,
    heard: String,
    is_interrupted: bool,
    /// The folder in which a file has the name of the terminal.
    folder: TempDir,
}

/// How long keys wait for a program that listens to each of them at once: an editor does not.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a program may take that a machine busy with other tests runs.
const LONGEST: Duration = Duration::from_secs(60);

impl Talk {
    fn begin(project: &Project, words: &str) -> Self {
        Self::begin_with(project, words, "")
    }

    /// With somebody's editor.
    fn begin_with(project: &Project, words: &str, editor: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_cargo-sigra");
        Self::type_in(project, &format!("{program} {words}"), editor)
    }

    /// Whatever a shell understands.
    fn type_in(project: &Project, command: &str, editor: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let terminal = folder.path().join(TERMINAL);
        let command = format!("tty >'{}'; {command}", terminal.display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        script
            .env_remove("VISUAL")
            .env("EDITOR", editor)
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
            is_interrupted: false,
            folder,
        }
    }

    /// Waits until the program has said something.
    fn hear(&mut self, words: &str) -> &mut Self {
        while !self.heard.contains(words) {
            match self.said.recv_timeout(LONGEST) {
                Ok(more) => self.heard.push_str(&more),
                Err(_) => panic!("{words:?} was never said, but:\n{}", self.heard),
            }
        }
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        // The words are there a moment before the keys are listened to.
        let begun = Instant::now();
        while !self.listens() && begun.elapsed() < PATIENCE {
            if self.program.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.press_at_once(keys)
    }

    /// Whether the terminal gives the program each key at once, instead of whole lines.
    fn listens(&self) -> bool {
        let name = fs::read_to_string(self.folder.path().join(TERMINAL)).unwrap_or_default();
        let flags = OFlags::RDONLY | OFlags::NOCTTY;
        let terminal = open(name.trim(), flags, Mode::empty()).ok();
        let settings = terminal.and_then(|terminal| tcgetattr(terminal).ok());
        settings.is_some_and(|settings| !settings.local_modes.contains(LocalModes::ICANON))
    }

    /// Where the program has ended meanwhile, nobody hears it.
    fn press_at_once(&mut self, keys: &str) -> &mut Self {
        self.is_interrupted = keys == CTRL_C;
        let pressed = self
            .program
            .stdin
            .as_mut()
            .unwrap()
            .write_all(keys.as_bytes());
        let is_over = |why: &io::Error| why.kind() == io::ErrorKind::BrokenPipe;
        assert!(pressed.is_ok() || pressed.is_err_and(|why| is_over(&why)));
        self
    }

    /// Waits for its end. Ctrl-C is pressed again where it has gone unheard, between two questions.
    fn end(&mut self) -> i32 {
        let begun = Instant::now();
        let mut pressed = Instant::now();
        let exit = loop {
            if let Some(ended) = self.program.try_wait().unwrap() {
                break ended.code().unwrap_or(-1);
            }
            if self.is_interrupted && pressed.elapsed() > Duration::from_secs(3) {
                self.press_at_once(CTRL_C);
                pressed = Instant::now();
            }
            if begun.elapsed() > LONGEST {
                _ = self.program.kill();
                panic!("it has not ended, but said:\n{}", self.heard);
            }
            thread::sleep(Duration::from_millis(10));
        };
        while let Ok(more) = self.said.recv_timeout(Duration::from_secs(2)) {
            self.heard.push_str(&more);
        }
        exit
    }
}

const TERMINAL: &str = "terminal";
const QUESTION: &str = "Which database?";
const WHAT_ELSE: &str = "Which features?";
const SPACE: &str = " ";
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";
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
fn the_plan_is_not_printed_again_when_it_was_written() {
    let project = Project::fresh();
    let mut talk = Talk::begin(&project, "install --database sqlite");
    talk.hear(WHAT_ELSE).press(ENTER).hear("Write this?");
    assert!(talk.heard.contains("Created"), "{}", talk.heard);
    talk.heard.clear();
    talk.press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("Finished"), "{}", talk.heard);
    for word in ["Created", "Edited"] {
        assert!(!talk.heard.contains(word), "{}", talk.heard);
    }
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
fn the_plan_names_what_is_not_built_yet_only_where_everything_is_asked_for() {
    let planned = "live, oauth, admin, otlp (not built yet)";
    for (words, is_told) in [("", false), (" --verbose", true)] {
        let project = Project::fresh();
        let mut talk = Talk::begin(&project, &format!("install --database sqlite{words}"));
        talk.hear(WHAT_ELSE)
            .press(ENTER)
            .hear("Write this?")
            .press("n");
        talk.end();
        assert_eq!(talk.heard.contains(planned), is_told, "{}", talk.heard);
        assert!(!talk.heard.contains("?:"), "{}", talk.heard);
    }
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
#[ignore = "long: stage cli runs it"]
fn where_every_feature_is_settled_none_is_asked_for() {
    for words in [
        "--jwt --passkeys",
        "--no-api --no-passkeys",
        "--passkeys --no-api --no-jwt",
    ] {
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
    sigra(&project.root, &["install", "--yes", "--api"]);
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
#[ignore = "long: stage cli runs it"]
fn where_nothing_would_change_nothing_is_asked() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes"]);
    let mut talk = Talk::begin(&project, "install");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("nothing to change"), "{}", talk.heard);
}

const APP: &str = "src/app.rs";
const KEYS: &str = "src/keys.rs";
const IN_THE_WAY: &str = "src/app.rs is there and was not written by us";
const MINE: &str = "// mine\n";

/// Somebody's own files where ours would go.
fn in_the_way(paths: &[&str]) -> Project {
    let project = Project::fresh();
    paths.iter().for_each(|path| project.write(path, MINE));
    project
}

/// The conversation up to the answer about `src/app.rs`, which stands so many lines down.
fn answered(project: &Project, down: usize, editor: &str) -> Talk {
    let words = "install --database sqlite --no-api --passkeys";
    let mut talk = Talk::begin_with(project, words, editor);
    talk.hear(IN_THE_WAY);
    pick(&mut talk, down);
    talk
}

fn pick(talk: &mut Talk, down: usize) {
    let keys = DOWN.repeat(down) + ENTER;
    talk.press(&keys);
}

fn confirmed(mut talk: Talk) -> (i32, String) {
    talk.hear("Write this?").press("y");
    (talk.end(), talk.heard)
}

fn ours(path: &str) -> String {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    project.read(path)
}

const DIFF: usize = 0;
const KEEP: usize = 1;
const OVERWRITE: usize = 2;
const SIDECAR: usize = 3;
const EDIT: usize = 4;
/// What stands below `edit` where no other file follows, and where one does.
const QUIT: usize = 5;
const ALL: usize = 5;

#[test]
fn a_file_that_is_kept_is_never_asked_about_again() {
    let project = in_the_way(&[APP]);
    let (exit, heard) = confirmed(answered(&project, KEEP, ""));
    assert_eq!(exit, 0, "{heard}");
    assert_eq!(project.read(APP), MINE);
    assert!(!project.exists("src/app.rs.sigra-new"));
    let mut again = Talk::begin(&project, "install");
    assert_eq!(again.end(), 0, "{}", again.heard);
    assert!(again.heard.contains("nothing to change"), "{}", again.heard);
}

#[test]
fn a_file_that_is_overwritten_is_ours() {
    let project = in_the_way(&[APP]);
    let (exit, heard) = confirmed(answered(&project, OVERWRITE, ""));
    assert_eq!(exit, 0, "{heard}");
    assert_eq!(project.read(APP), ours(APP));
}

#[test]
fn with_a_sidecar_both_are_there() {
    let project = in_the_way(&[APP]);
    let (exit, heard) = confirmed(answered(&project, SIDECAR, ""));
    assert_eq!(exit, 4, "{heard}");
    assert_eq!(project.read(APP), MINE);
    assert_eq!(project.read("src/app.rs.sigra-new"), ours(APP));
}

#[test]
fn the_difference_can_be_seen_before_anything_is_decided() {
    let project = in_the_way(&[APP]);
    let mut talk = answered(&project, 0, "");
    talk.hear("-// mine").hear("+//!");
    pick(&mut talk, KEEP);
    assert_eq!(confirmed(talk).0, 0);
}

/// An editor that puts this into whatever it is given.
fn editor(project: &Project, does: &str) -> String {
    project.write("editor.sh", &format!("#!/bin/sh\n{does}\n"));
    format!("sh {}", project.root.join("editor.sh").display())
}

#[test]
#[ignore = "long: stage cli runs it"]
fn an_editor_gets_both_and_what_it_leaves_is_written() {
    let project = in_the_way(&[APP]);
    let seen = project.root.join("seen");
    let does = format!("cp \"$1\" {}; echo '// both' > \"$1\"", seen.display());
    let editor = editor(&project, &does);
    let (exit, heard) = confirmed(answered(&project, EDIT, &editor));
    assert_eq!(exit, 0, "{heard}");
    assert_eq!(project.read(APP), "// both\n");
    let both = project.read("seen");
    assert!(
        both.starts_with("<<<<<<< yours\n// mine\n=======\n"),
        "{both}"
    );
    assert!(both.contains("pub struct App"), "{both}");
    let said = sigra(&project.root, &["install", "--yes"]);
    assert!(said.err.contains("nothing to change"), "{}", said.err);
}

#[test]
fn an_editor_may_be_a_quoted_path_with_arguments() {
    let project = in_the_way(&[APP]);
    let does = "test \"$1\" = '--wait now' && echo '// both' > \"$2\"";
    let script = "my editors/editor.sh";
    project.write(script, &format!("#!/bin/sh\n{does}\n"));
    let script = project.root.join(script);
    let editor = format!("sh \"{}\" '--wait now'", script.display());
    let (exit, heard) = confirmed(answered(&project, EDIT, &editor));
    assert_eq!(exit, 0, "{heard}");
    assert_eq!(project.read(APP), "// both\n");
}

#[test]
fn an_editor_that_leaves_marks_or_nonsense_or_fails_decides_nothing() {
    for (does, why) in [
        ("true", "there are marks of a conflict in it still"),
        ("echo 'fn (' > \"$1\"", "it does not parse"),
        ("exit 1", "` failed"),
    ] {
        let project = in_the_way(&[APP]);
        let editor = editor(&project, does);
        let mut talk = answered(&project, EDIT, &editor);
        talk.hear(why);
        pick(&mut talk, QUIT);
        assert_eq!(talk.end(), 0, "{}", talk.heard);
        assert_eq!(project.read(APP), MINE);
    }
}

#[test]
fn without_an_editor_it_says_so_and_asks_again() {
    let project = in_the_way(&[APP]);
    let mut talk = answered(&project, EDIT, "");
    talk.hear("neither VISUAL nor EDITOR names an editor");
    pick(&mut talk, KEEP);
    assert_eq!(confirmed(talk).0, 0);
}

#[test]
fn what_was_lent_to_an_editor_is_gone_afterwards() {
    let project = in_the_way(&[APP]);
    let editor = editor(&project, "echo \"$1\" > lent; ls -l \"$1\" > mode; exit 1");
    let mut talk = answered(&project, EDIT, &editor);
    talk.hear("` failed").press(CTRL_C);
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    let lent = project.read("lent");
    assert!(lent.trim().ends_with("-app.rs"), "{lent}");
    assert!(project.read("mode").starts_with("-rw------- "));
    assert!(!Path::new(lent.trim()).exists());
}

#[test]
#[ignore = "long: stage cli runs it"]
fn one_answer_can_be_given_for_all_that_follow() {
    for (answer, exit, text) in [
        (0, 0, MINE.to_owned()),
        (1, 0, ours(KEYS)),
        (2, 4, MINE.to_owned()),
    ] {
        let project = in_the_way(&[APP, KEYS]);
        let mut talk = answered(&project, ALL, "");
        talk.hear("The same for this one and all that follow");
        pick(&mut talk, answer);
        let (ended, heard) = confirmed(talk);
        assert_eq!(ended, exit, "{heard}");
        assert!(
            !heard.contains("src/keys.rs is there and was not"),
            "{heard}"
        );
        assert_eq!(project.read(KEYS), text);
        assert_eq!(project.exists("src/keys.rs.sigra-new"), exit == 4);
    }
}

#[test]
fn each_file_has_an_answer_of_its_own() {
    let project = in_the_way(&[APP, KEYS]);
    let mut talk = answered(&project, KEEP, "");
    talk.hear("src/keys.rs is there and was not written by us");
    pick(&mut talk, OVERWRITE);
    assert_eq!(confirmed(talk).0, 0);
    assert_eq!(project.read(APP), MINE);
    assert_eq!(project.read(KEYS), ours(KEYS));
}

#[test]
fn after_quit_nothing_is_written() {
    let project = in_the_way(&[APP]);
    let before = project.tree();
    let mut talk = answered(&project, QUIT, "");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("nothing was written"), "{}", talk.heard);
    assert_eq!(project.tree(), before);
}

#[test]
fn a_no_to_a_plan_with_a_sidecar_is_no_unfinished_business() {
    let project = in_the_way(&[APP]);
    let mut talk = answered(&project, SIDECAR, "");
    talk.hear("Write this?").press("n");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
}

#[test]
fn with_yes_nothing_is_asked_and_ours_waits_beside() {
    let project = in_the_way(&[APP]);
    let mut talk = Talk::begin(&project, "install --yes");
    assert_eq!(talk.end(), 4, "{}", talk.heard);
    assert!(!talk.heard.contains(IN_THE_WAY));
    assert!(project.exists("src/app.rs.sigra-new"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_waits_already_is_not_asked_about_again() {
    let project = in_the_way(&[APP]);
    sigra(&project.root, &["install", "--yes", "-q"]);
    let mut talk = Talk::begin(&project, "install");
    assert_eq!(talk.end(), 4, "{}", talk.heard);
    assert!(!talk.heard.contains(IN_THE_WAY), "{}", talk.heard);
}

/// Presses Ctrl-C at a question, and compares tree, exit code and the settings of the terminal.
fn assert_interruptible(
    project: &Project,
    words: &str,
    question: &str,
    down: Option<usize>,
    editor: &str,
) {
    let before = project.tree();
    let program = env!("CARGO_BIN_EXE_cargo-sigra");
    let command = format!("{program} {words}");
    let mut talk = Talk::type_in(project, &between_settings(&command), editor);
    talk.hear(question);
    if let Some(down) = down {
        pick(&mut talk, down);
        thread::sleep(Duration::from_millis(300));
    }
    talk.press(CTRL_C);
    assert_eq!(talk.end(), 130, "{words}: {}", talk.heard);
    assert_eq!(project.tree(), before, "{words}");
    assert_terminal_is_as_it_was(&talk.heard);
}

/// An installation whose compiler takes half a second, and the folder in which its number is.
fn with_a_slow_compiler(project: &Project) -> (Talk, TempDir) {
    let outside = tempfile::tempdir().unwrap();
    let rustc = outside.path().join("rustc");
    fs::write(&rustc, "#!/bin/sh\nsleep 0.5\nexec rustc \"$@\"\n").unwrap();
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
    let (rustc, pid) = (rustc.display(), outside.path().join("pid"));
    let (program, pid) = (env!("CARGO_BIN_EXE_cargo-sigra"), pid.display());
    let known = format!("sh -c 'echo $$ >{pid}; RUSTC={rustc} exec {program} install'");
    let talk = Talk::type_in(project, &between_settings(&known), "");
    (talk, outside)
}

fn terminate(outside: &Path) {
    let pid = fs::read_to_string(outside.join("pid")).unwrap();
    let sent = Command::new("kill").arg(pid.trim()).status();
    assert!(sent.unwrap().success());
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_signal_after_a_stopped_run_was_undone_ends_the_next_one_as_one_that_has_written_nothing() {
    let project = stopped();
    let (mut talk, outside) = with_a_slow_compiler(&project);
    talk.hear(STOPPED).press(ENTER).hear("Removed");
    terminate(outside.path());
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert_terminal_is_as_it_was(&talk.heard);
    assert_eq!(project.tree(), Project::fresh().tree());
}

/// The compiler takes half a second, so that the signal comes before the question.
#[test]
#[ignore = "long: stage cli runs it"]
fn a_signal_before_a_question_ends_it_and_brings_the_terminal_back() {
    let project = Project::fresh();
    let (mut talk, outside) = with_a_slow_compiler(&project);
    thread::sleep(Duration::from_millis(300));
    terminate(outside.path());
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert_terminal_is_as_it_was(&talk.heard);
}

/// A command between two looks at the settings of the terminal. The shell itself lives on.
fn between_settings(command: &str) -> String {
    // A key that comes when the command has ended must neither end the second look nor, as terminals
    // do by themselves, throw away what was said and not yet read.
    format!(
        "trap : INT; stty noflsh; stty -g; {command}; code=$?; trap '' INT; stty -g; exit $code"
    )
}

fn assert_terminal_is_as_it_was(heard: &str) {
    let settings: Vec<_> = heard
        .lines()
        .filter(|line| line.matches(':').count() > 20)
        .collect();
    assert_eq!(settings.len(), 2, "{heard}");
    // What was shown on the same line before it: the cursor, a key.
    let after = |settings: &str| {
        let shown = settings.trim().rsplit('\u{1b}').next().unwrap_or_default();
        shown
            .trim_start_matches("[?25h")
            .trim_start_matches("^C")
            .to_owned()
    };
    assert_eq!(after(settings[0]), after(settings[1]));
    let (shown, hidden) = (heard.rfind("\u{1b}[?25h"), heard.rfind("\u{1b}[?25l"));
    assert!(shown >= hidden, "{heard:?}");
}

#[test]
#[ignore = "long: stage cli runs it"]
fn ctrl_c_at_any_question_leaves_tree_and_terminal_as_they_were() {
    let install = "install --database sqlite --no-api --passkeys";
    assert_interruptible(&Project::fresh(), "install", QUESTION, None, "");
    assert_interruptible(
        &Project::fresh(),
        "install --database sqlite",
        WHAT_ELSE,
        None,
        "",
    );
    assert_interruptible(&Project::fresh(), install, "Write this?", None, "");
    let collision = in_the_way(&[APP, KEYS]);
    assert_interruptible(&collision, install, IN_THE_WAY, None, "");
    assert_interruptible(&collision, install, IN_THE_WAY, Some(DIFF), "");
    assert_interruptible(&collision, install, IN_THE_WAY, Some(ALL), "");
    let project = in_the_way(&[APP]);
    let editor = editor(&project, "sleep 20");
    assert_interruptible(&project, install, IN_THE_WAY, Some(EDIT), &editor);
}

/// Presses Ctrl-C at some moment of an installation that asks nothing; tells how that ended.
fn interrupted_at(moment: impl FnOnce(&Project), whole: &[String]) -> i32 {
    let project = Project::fresh();
    let before = project.tree();
    let command = concat!(env!("CARGO_BIN_EXE_cargo-sigra"), " install --yes -q");
    let mut talk = Talk::type_in(&project, &between_settings(command), "");
    moment(&project);
    talk.press_at_once(CTRL_C);
    let exit = talk.end();
    match exit {
        0 => assert_eq!(names(&project), whole, "{}", talk.heard),
        130 => assert!(project.tree() == before, "{}", talk.heard),
        _ => panic!("{exit}: {}", talk.heard),
    }
    assert!(exit == 0 || !project.exists(".sigra"));
    assert_terminal_is_as_it_was(&talk.heard);
    exit
}

/// The paths of a project, without what differs from one time to the next.
fn names(project: &Project) -> Vec<String> {
    let tree = project.tree();
    let name = |path: &String| path.replace(|letter: char| letter.is_ascii_digit(), "");
    tree.keys().map(name).collect()
}

#[test]
#[ignore = "long: stage cli runs it"]
fn ctrl_c_while_it_thinks_or_writes_leaves_the_old_tree_or_the_whole_new_one() {
    let installed = Project::fresh();
    sigra(&installed.root, &["install", "--yes", "-q"]);
    let whole = names(&installed);
    for milliseconds in (40..360).step_by(80) {
        let pause = |_: &Project| thread::sleep(Duration::from_millis(milliseconds));
        interrupted_at(pause, &whole);
    }
    let writes = |project: &Project| {
        while !project.exists(".sigra/txn") && !project.exists(".sigra/manifest.toml") {
            thread::sleep(Duration::from_micros(100));
        }
    };
    // The keys may arrive when all is written.
    let was_interrupted = (0..20).any(|_| interrupted_at(writes, &whole) == 130);
    assert!(was_interrupted, "it was always faster");
}

#[test]
fn ctrl_c_before_something_is_overwritten_or_taken_out_leaves_it() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    project.write(APP, MINE);
    assert_interruptible(
        &project,
        "restore src/app.rs",
        "Overwrite src/app.rs?",
        None,
        "",
    );
    assert_interruptible(&project, "uninstall", "Take this out?", None, "");
}

#[test]
#[ignore = "long: stage cli runs it"]
fn an_edit_is_shown_before_it_is_overwritten_and_a_no_keeps_it() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let ours = project.read(APP);
    project.write(APP, MINE);
    for (key, text) in [("n", MINE), (ENTER, MINE), ("y", &ours)] {
        let mut talk = Talk::begin(&project, "restore src/app.rs");
        talk.hear("-// mine")
            .hear("Overwrite src/app.rs?")
            .press(key);
        assert_eq!(talk.end(), 0, "{}", talk.heard);
        assert_eq!(project.read(APP), text, "{key:?}");
    }
}

#[test]
fn taking_everything_out_is_shown_and_asked_about() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let before = project.tree();
    for (key, stays) in [(ENTER, true), ("y", false)] {
        let mut talk = Talk::begin(&project, "uninstall");
        talk.hear("Removed").hear("Take this out?").press(key);
        assert_eq!(talk.end(), 0, "{}", talk.heard);
        assert_eq!(project.tree() == before, stays);
    }
}

/// A file that was moved and edited: whether it is the same one, only its owner knows.
fn moved_and_edited() -> Project {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let text = project.read("src/brand.rs");
    project.remove("src/brand.rs");
    project.write("src/shop/brand.rs", &format!("{text}// mine\n"));
    project
}

const MOVED: &str = "have you moved it to src/shop/brand.rs";

#[test]
fn a_file_that_was_moved_is_kept_up_to_date_where_its_owner_says_so() {
    let project = moved_and_edited();
    let mut talk = Talk::begin(&project, "install");
    talk.hear(MOVED).press("y");
    let (exit, heard) = confirmed(talk);
    assert_eq!(exit, 0, "{heard}");
    let manifest = project.read(".sigra/manifest.toml");
    assert!(manifest.contains("path = \"src/shop/brand.rs\""));
    assert!(!project.exists("src/brand.rs"));
}

#[test]
fn a_file_that_was_not_moved_was_deleted_and_is_never_asked_about_again() {
    let project = moved_and_edited();
    let mut talk = Talk::begin(&project, "install");
    talk.hear(MOVED).press("n");
    let (exit, heard) = confirmed(talk);
    assert_eq!(exit, 0, "{heard}");
    assert!(!project.exists("src/brand.rs"));
    let mut again = Talk::begin(&project, "install");
    assert_eq!(again.end(), 0, "{}", again.heard);
    assert!(again.heard.contains("nothing to change"), "{}", again.heard);
}

#[test]
fn ctrl_c_at_the_question_about_a_moved_file_writes_nothing() {
    assert_interruptible(&moved_and_edited(), "install", MOVED, None, "");
}

const STOPPED: &str = "What should be done about the run that was stopped?";

/// What stands below `go back`, where both are offered.
const FINISH: usize = 1;
const LEAVE: usize = 2;

/// An installation on which the power went, when some files were written and others were not.
fn stopped() -> Project {
    static LAST: OnceLock<usize> = OnceLock::new();
    let install = |project: &Project, disk: Disk| {
        let world = World {
            disk,
            ..crate::support::world(Templates::embedded().unwrap())
        };
        _ = project.install(&world);
        world.disk.operations()
    };
    let last = LAST.get_or_init(|| install(&Project::fresh(), Disk::real()));
    let project = Project::fresh();
    install(&project, Disk::with(Fault::Crash(last - 50)));
    let found = apply::stopped(&project.root).unwrap().unwrap();
    assert!(0 < found.done && found.done < found.of, "{found:?}");
    project
}

/// The conversation up to the answer about the run that was stopped, which stands so many lines down.
fn settled(project: &Project, words: &str, down: usize) -> Talk {
    let mut talk = Talk::begin(project, words);
    talk.hear("`cargo sigra install` of 2026-11-23 12:00 UTC when ")
        .hear(STOPPED);
    pick(&mut talk, down);
    talk
}

#[test]
fn a_run_that_was_stopped_is_undone_where_somebody_wants_that_and_then_it_goes_on() {
    let project = stopped();
    let mut talk = settled(&project, "install", 0);
    talk.hear("Removed").hear(QUESTION).press(CTRL_C);
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert_eq!(project.tree(), Project::fresh().tree());
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_run_that_was_stopped_is_finished_where_somebody_wants_that_and_then_it_goes_on() {
    let project = stopped();
    let mut talk = settled(&project, "install", FINISH);
    talk.hear("Written");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(talk.heard.contains("nothing to change"), "{}", talk.heard);
    let whole = Project::fresh();
    sigra(&whole.root, &["install", "--yes", "-q"]);
    assert_eq!(names(&project), names(&whole));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_run_that_was_stopped_may_be_left_and_then_nothing_is_done() {
    let project = stopped();
    let before = project.tree();
    for words in [
        "install",
        "upgrade",
        "upgrade --continue",
        "upgrade --abort",
        "restore src/app.rs",
        "mv src/app.rs src/other.rs",
        "forget src/app.rs",
        "uninstall",
    ] {
        let mut talk = settled(&project, words, LEAVE);
        assert_eq!(talk.end(), 5, "{words}: {}", talk.heard);
        assert!(
            talk.heard.contains(
                "`cargo sigra recover` goes back, `cargo sigra recover --forward` finishes it"
            ),
            "{words}: {}",
            talk.heard
        );
        assert_eq!(project.tree(), before, "{words}");
    }
}

#[test]
fn over_a_file_that_changed_since_a_run_is_not_finished() {
    let project = stopped();
    let path = project
        .tree()
        .into_keys()
        .find(|path| path.ends_with(".rs") && path != "src/main.rs");
    let path = path.unwrap();
    project.write(&path, MINE);
    let mut talk = settled(&project, "install", 0);
    talk.hear(&format!(
        "{path} (since then; going back leaves it as it is)"
    ))
    .hear(&format!("{path} (changed since the run was stopped;"))
    .hear(QUESTION)
    .press(CTRL_C);
    assert_eq!(talk.end(), 130, "{}", talk.heard);
    assert!(!talk.heard.contains("finish it"), "{}", talk.heard);
    assert_eq!(project.read(&path), MINE);
}

#[test]
fn with_yes_or_where_it_only_looks_a_run_that_was_stopped_is_not_asked_about() {
    let project = stopped();
    let before = project.tree();
    for words in [
        "install --yes",
        "install --check",
        "install --dry-run",
        "upgrade --yes",
        "restore --yes src/app.rs",
        "uninstall --yes",
        "uninstall --dry-run",
        "status",
    ] {
        let mut talk = Talk::begin(&project, words);
        assert_eq!(talk.end(), 5, "{words}: {}", talk.heard);
        assert!(!talk.heard.contains(STOPPED), "{words}: {}", talk.heard);
        assert_eq!(project.tree(), before, "{words}");
    }
}

/// Where this is set, [`the_program_with_a_feature_more`] is the program, and not a test.
const IS_THE_PROGRAM: &str = "SIGRA_WITH_A_FEATURE_MORE";

/// The program as it would be with one line more in the list of features and one folder more.
#[test]
#[ignore = "no test by itself: a_feature_is_asked_for_with_its_values runs it on a terminal"]
fn the_program_with_a_feature_more() {
    if std::env::var_os(IS_THE_PROGRAM).is_none() {
        return;
    }
    let world = World {
        voice: Voice::new(Loudness::Normal, Format::Human),
        somebody: true,
        ..dummy_world()
    };
    let words = ["cargo-sigra", "install", "--database", "sqlite"];
    let words = words.iter().map(Into::into);
    let cli = Cli::from_cargo_or_shell(words, world.templates.features).unwrap();
    commands::run(&cli, &world).unwrap();
}

fn talk_with_a_feature_more(project: &Project) -> Talk {
    let program = std::env::current_exe().unwrap();
    let name = "words::ask::the_program_with_a_feature_more";
    let command = format!(
        "{IS_THE_PROGRAM}=1 {} --ignored --exact {name} --nocapture",
        program.display()
    );
    Talk::type_in(project, &command, "")
}

#[test]
fn a_feature_is_asked_for_with_its_values() {
    let project = Project::fresh();
    let mut talk = talk_with_a_feature_more(&project);
    // Its line is the last one, and its first value is picked already.
    talk.hear(WHAT_ELSE)
        .hear("dummy     a little of everything")
        .press(UP)
        .press(SPACE)
        .press(ENTER)
        .hear("How much of it?")
        .press(DOWN)
        .press(SPACE)
        .press(ENTER)
        .hear(" a little of everything (a, b)")
        .hear("Write this?")
        .press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(project.read(PATH).contains("dummy = [\"a\", \"b\"]"));
    assert!(project.exists("src/dummy.rs"));
}

#[test]
fn a_feature_of_which_nothing_is_picked_is_not_wanted() {
    let project = Project::fresh();
    let mut talk = talk_with_a_feature_more(&project);
    talk.hear(WHAT_ELSE)
        .press(UP)
        .press(SPACE)
        .press(ENTER)
        .hear("How much of it?")
        .press(SPACE)
        .press(ENTER)
        .hear("Write this?")
        .press("y");
    assert_eq!(talk.end(), 0, "{}", talk.heard);
    assert!(project.read(PATH).contains("dummy = false"));
}

#[test]
fn ctrl_c_at_the_question_about_a_run_that_was_stopped_changes_nothing() {
    for words in ["install", "mv src/app.rs src/other.rs"] {
        assert_interruptible(&stopped(), words, STOPPED, None, "");
    }
}

#[test]
fn the_demo_asks_about_a_run_that_was_stopped_too() {
    let around = Project::empty();
    let project = stopped();
    for (path, bytes) in project.tree() {
        around.write(
            &format!("sigra-demo/{path}"),
            &String::from_utf8(bytes).unwrap(),
        );
    }
    assert_interruptible(&around, "demo", STOPPED, None, "");
}
