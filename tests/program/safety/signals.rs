//! Signals that end a program: a run that writes rolls back, one that waits ends, and the exit code
//! says that the project is as it was.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::Project;

/// How often a run is tried that may be over before the signal comes.
const TRIES: usize = 40;
const INTERRUPTED: Option<i32> = Some(130);

fn begin(project: &Project) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    program
        .args(["install", "--yes", "-q"])
        .current_dir(&project.root)
        .stderr(Stdio::piped());
    program
}

fn send(signal: &str, run: &Child) {
    let mut kill = Command::new("kill");
    let kill = kill.args(["-s", signal, &run.id().to_string()]);
    // It may have ended meanwhile.
    _ = kill.stderr(Stdio::null()).status().unwrap();
}

/// Sends signals as soon as files are staged, and tells how the run ended.
fn interrupted_while_staging(project: &Project, signals: &[&str]) -> Option<i32> {
    let mut run = begin(project).spawn().unwrap();
    while run.try_wait().unwrap().is_none() && !project.exists(".sigra/txn") {
        thread::sleep(Duration::from_micros(100));
    }
    signals.iter().for_each(|signal| send(signal, &run));
    run.wait().unwrap().code()
}

#[test]
fn each_signal_that_ends_a_program_rolls_back_and_so_do_two_of_them() {
    let ways: [&[&str]; 4] = [&["INT"], &["TERM"], &["HUP"], &["TERM", "TERM"]];
    for signals in ways {
        let is_rolled_back = |_| {
            let project = Project::fresh();
            let before = project.tree();
            let exit = interrupted_while_staging(&project, signals);
            if exit == INTERRUPTED {
                assert_eq!(project.tree(), before, "{signals:?}");
                assert!(!project.exists(".sigra"), "{signals:?}");
            } else {
                assert_eq!(exit, Some(0), "{signals:?}");
            }
            exit == INTERRUPTED
        };
        assert!(
            (0..TRIES).any(is_rolled_back),
            "{signals:?} never came in time"
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_run_that_waits_for_another_program_ends_soon_after_a_signal() {
    let project = Project::fresh();
    let rustc = project.root.join("rustc");
    fs::write(&rustc, "#!/bin/sh\nexec sleep 60\n").unwrap();
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
    let mut run = begin(&project).env("RUSTC", &rustc).spawn().unwrap();
    thread::sleep(Duration::from_millis(500));
    let sent = Instant::now();
    send("TERM", &run);
    assert_eq!(run.wait().unwrap().code(), INTERRUPTED);
    assert!(sent.elapsed() < Duration::from_secs(20));
    assert!(!project.exists(".sigra"));
}
