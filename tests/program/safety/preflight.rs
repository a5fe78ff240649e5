//! What would stop the real run stops those that only look, with the same sentence; and whose files
//! are when root runs the program.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{Project, Said, first, sigra};

const WAYS: [&[&str]; 4] = [
    &["install", "--yes", "--dry-run"],
    &["install", "--yes", "--diff"],
    &["install", "--yes", "--check"],
    &["install", "--yes"],
];
/// Some user other than root.
const OWNER: u32 = 12345;

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

/// Says that a test has shown nothing on this machine.
fn skip(why: &str) {
    eprintln!("NOT TESTED HERE: {why}");
}

/// Every way refuses with that sentence and leaves the project as it was.
fn assert_refused(project: &Project, run: impl Fn(&[&str]) -> Said, sentence: &str) {
    let before = project.tree();
    for words in WAYS {
        let said = run(words);
        assert_eq!(said.exit, 1, "{words:?}: {}", said.err);
        assert_eq!(said.err, format!("error: {sentence}\n"), "{words:?}");
        assert_eq!(said.out, "", "{words:?}");
        assert_eq!(project.tree(), before, "{words:?}");
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_file_where_a_folder_has_to_be_is_refused_by_every_way_to_look() {
    for path in ["templates", "src/web", "static", ".sigra", "migrations"] {
        let project = Project::fresh();
        project.write(path, "in the way\n");
        let sentence = format!(
            "{path} is a file, and files have to be written into a folder of that name; move it out of the way and run this again"
        );
        assert_refused(&project, |words| sigra(&project.root, words), &sentence);
    }
}

#[test]
fn something_else_in_the_place_of_our_own_files_is_refused_by_every_way_to_look() {
    for (path, inside) in [(".sigra/txn", ""), (".sigra/lock", "/a")] {
        let project = Project::fresh();
        project.write(&format!("{path}{inside}"), "in the way\n");
        let sentence = format!(
            "{path} is something else than what cargo sigra makes there; move it out of the way and run this again"
        );
        assert_refused(&project, |words| sigra(&project.root, words), &sentence);
    }
}

/// A compiler for a user who has none.
fn rustc(project: &Project) -> String {
    let path = project.root.join("rustc.sh");
    fs::write(&path, "#!/bin/sh\necho rustc 1.99.0\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The program, run by somebody who is not root.
fn as_owner(project: &Project, program: &Path, rustc: &str, words: &[&str]) -> Said {
    let mut program = Command::new(program);
    program.args(words).current_dir(&project.root);
    program.env("RUSTC", rustc).env("HOME", &project.root);
    if is_root() {
        program.uid(OWNER).gid(OWNER);
    }
    Said::of(&mut program)
}

#[test]
fn a_folder_that_cannot_be_written_into_is_refused_by_every_way_to_look() {
    let project = Project::fresh();
    let rustc = rustc(&project);
    // Where another user finds it: the folder in which it is built may be closed to them.
    let around = tempfile::tempdir().unwrap();
    let program = around.path().join("cargo-sigra");
    fs::copy(env!("CARGO_BIN_EXE_cargo-sigra"), &program).unwrap();
    let all = fs::Permissions::from_mode(0o755);
    fs::set_permissions(around.path(), all.clone()).unwrap();
    fs::set_permissions(&project.root, all).unwrap();
    if is_root() {
        chown(&project.root, Some(OWNER), Some(OWNER)).unwrap();
    }
    let src = project.root.join("src");
    fs::set_permissions(&src, fs::Permissions::from_mode(0o555)).unwrap();
    let sentence = "src cannot be written into; change its permissions, or run this as its owner";
    let run = |words: &[&str]| as_owner(&project, &program, &rustc, words);
    assert_refused(&project, run, sentence);
    fs::set_permissions(&src, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A mount that is gone when this is.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn tmpfs(at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "none"]).arg(at);
        Self::of(mount, at)
    }

    /// A folder of the same disk, as volumes of containers are.
    fn bound(from: &Path, at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        let mount = mount.arg("--bind").arg(from).arg(at);
        Self::of(mount, at)
    }

    fn of(mount: &mut Command, at: &'a Path) -> Option<Self> {
        let status = mount.stderr(Stdio::null()).status().ok()?;
        status.success().then_some(Self(at))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let status = Command::new("umount").arg(self.0).status();
        let is_gone = status.is_ok_and(|status| status.success());
        if !is_gone && !std::thread::panicking() {
            panic!("{} is still mounted", self.0.display());
        }
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_folder_on_another_mount_is_refused_by_every_way_to_look() {
    let other = tempfile::tempdir().unwrap();
    for folder in ["migrations", "static"] {
        let project = Project::fresh();
        let at = project.root.join(folder);
        fs::create_dir(&at).unwrap();
        for is_bound in [true, false] {
            let mounted = if is_bound {
                Mounted::bound(other.path(), &at)
            } else {
                Mounted::tmpfs(&at)
            };
            let Some(_mounted) = mounted else {
                return skip("nothing can be mounted (that takes root)");
            };
            let sentence = format!(
                "{folder} is on another mount than the package, and what is there cannot be \
                 replaced at one stroke; run this where the whole package is on one mount"
            );
            assert_refused(&project, |words| sigra(&project.root, words), &sentence);
        }
    }
}

fn ids(path: &Path) -> (u32, u32) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.uid(), found.gid())
}

#[test]
fn files_stay_their_owners_where_root_runs_the_program() {
    if !is_root() {
        return skip("files can be given to somebody else only by root");
    }
    let project = Project::fresh();
    for path in ["", "src", "src/main.rs", "Cargo.toml", ".gitignore"] {
        chown(project.root.join(path), Some(OWNER), Some(OWNER + 1)).unwrap();
    }
    project.install(&first()).unwrap();
    assert!(project.exists(".env"));
    for entry in walkdir::WalkDir::new(&project.root) {
        let path = entry.unwrap().into_path();
        assert_eq!(ids(&path), (OWNER, OWNER + 1), "{}", path.display());
    }
    chown(project.root.join("src/app.rs"), Some(OWNER + 2), None).unwrap();
    let newer = [("base/src/app.rs", "pub fn run() {}\n")];
    project.install(&crate::support::second(&newer)).unwrap();
    assert_eq!(project.read("src/app.rs"), newer[0].1);
    assert_eq!(ids(&project.root.join("src/app.rs")).0, OWNER + 2);
}
