//! Secrets are written only where git is known to leave the file alone, and what a run stages is kept
//! away from git from its first file on.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{Project, Said, faulty, first, second};
use cargo_sigra::{
    apply::{Disk, Fault},
    refusal::Exit,
    world::World,
};

const INSTALL: [&str; 3] = ["install", "--yes", "--database=sqlite"];

/// A new package in a repository, with nothing but what `cargo new` writes.
fn repository() -> Project {
    let project = Project::fresh();
    project.git(&["init", "--quiet"]);
    project
}

/// The same with an `.env` that git keeps.
fn with_tracked_env() -> Project {
    let project = repository();
    project.write(".env", "OTHER=1\n");
    project.git(&["add", "--force", ".env"]);
    project.git(&["commit", "--quiet", "--message", "env"]);
    project
}

/// The program itself, in surroundings of the test's.
fn sigra_with(project: &Project, words: &[&str], around: &[(&str, &str)]) -> Said {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    let program = program.args(words).current_dir(&project.root);
    Said::of(program.envs(around.iter().copied()))
}

fn absolute(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(program));
    all.find(|path| path.is_file()).unwrap()
}

/// Surroundings in which there is a compiler and no git.
pub(super) fn without_git(around: &Path) -> [(String, String); 2] {
    let rustc = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(rustc.unwrap().stdout).unwrap();
    let rustc = Path::new(sysroot.trim()).join("bin/rustc");
    let rustc = if rustc.is_file() {
        rustc
    } else {
        absolute("rustc")
    };
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    [
        ("PATH".into(), text(around)),
        ("RUSTC".into(), text(&rustc)),
    ]
}

fn assert_withheld(project: &Project, said: &Said, why: &str) {
    assert_eq!(said.exit, 4, "{}", said.err);
    assert!(said.err.contains(why), "{}", said.err);
    assert!(
        said.err
            .contains("again for SECRET_KEY_BASE, SESSION_SIGNING_SALT"),
        "{}",
        said.err
    );
    let env = fs::read_to_string(project.root.join(".env")).unwrap_or_default();
    assert!(!env.contains("SECRET_KEY_BASE"), "{env}");
}

#[test]
fn a_tracked_env_file_gets_no_secrets() {
    let project = with_tracked_env();
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_withheld(&project, &said, "git rm --cached .env");
}

#[test]
fn a_tracked_env_file_that_is_gone_from_the_folder_gets_no_secrets() {
    let project = with_tracked_env();
    project.remove(".env");
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_withheld(&project, &said, "git rm --cached .env");
}

#[test]
fn a_tracked_env_file_with_the_keys_in_comments_gets_no_secrets() {
    let project = with_tracked_env();
    project.write(
        ".env",
        "# SECRET_KEY_BASE=\n# SESSION_SIGNING_SALT=\n# ENCRYPTION_KEYS=\n",
    );
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_eq!(said.exit, 4, "{}", said.err);
    assert_eq!(project.git(&["diff", "--name-only", ".env"]), ".env\n");
    assert!(!project.read(".env").contains("\nSECRET_KEY_BASE="));
}

#[test]
fn a_repository_that_git_refuses_to_read_gets_no_secrets() {
    for project in [with_tracked_env(), repository()] {
        let foreign = ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
        let said = sigra_with(&project, &INSTALL, &[foreign]);
        assert_withheld(&project, &said, "(detected dubious ownership");
    }
}

#[test]
fn a_repository_with_a_broken_index_gets_no_secrets() {
    let project = with_tracked_env();
    project.write(".git/index", "broken");
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_withheld(&project, &said, "version control keeps .env (");
}

#[test]
fn a_git_that_is_told_of_another_repository_is_not_believed() {
    let (project, other) = (with_tracked_env(), repository());
    let other = other.root.join(".git");
    let said = sigra_with(&project, &INSTALL, &[("GIT_DIR", other.to_str().unwrap())]);
    assert_withheld(&project, &said, "(GIT_DIR is set)");
}

#[test]
fn a_git_that_may_not_look_for_the_repository_gets_no_secrets() {
    let project = with_tracked_env();
    let above = project.root.parent().unwrap().to_str().unwrap();
    let member = project.root.join("member");
    fs::create_dir_all(member.join("src")).unwrap();
    for path in ["Cargo.toml", "src/main.rs"] {
        fs::copy(project.root.join(path), member.join(path)).unwrap();
    }
    let mut package = Project::empty();
    package.root = member;
    let ceilings = [above, project.root.to_str().unwrap()].join(":");
    let said = sigra_with(
        &package,
        &INSTALL,
        &[("GIT_CEILING_DIRECTORIES", &ceilings)],
    );
    assert_withheld(&package, &said, "(not a git repository");
}

#[cfg(unix)]
#[test]
fn without_git_a_repository_gets_no_secrets_and_neither_does_an_env_file() {
    let empty = tempfile::tempdir().unwrap();
    let around = without_git(empty.path());
    let around = around
        .each_ref()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let with_env = Project::fresh();
    with_env.write(".env", "OTHER=1\n");
    for project in [with_tracked_env(), repository(), with_env] {
        let said = sigra_with(&project, &INSTALL, &around);
        assert_withheld(&project, &said, "(git is not there)");
    }
    let alone = Project::fresh();
    let said = sigra_with(&alone, &INSTALL, &around);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(alone.read(".env").contains("SECRET_KEY_BASE="));
}

#[test]
fn a_repository_that_is_not_of_git_gets_no_secrets() {
    let project = Project::fresh();
    fs::create_dir(project.root.join(".hg")).unwrap();
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_withheld(&project, &said, "(there is a .hg");
}

/// What is in `.gitignore`, and whether it keeps `.env` out once our lines are there.
const RULES: [(&str, bool); 9] = [
    ("/target\n", true),
    (".env\n", true),
    (".env\n!.env.example\n", true),
    (".env*\n!*.example\n", true),
    (".env\n!.env\n", false),
    (".env\n!/.env\n", false),
    (".env\n!.e*\n", false),
    ("# sigra\n.env\n\n!**/.env\n", false),
    ("!.env\n", true),
];

#[test]
fn the_last_rule_for_the_env_file_decides_with_a_repository_and_without() {
    for (text, is_ignored) in RULES {
        for project in [repository(), Project::fresh()] {
            project.write(".gitignore", text);
            let exit = project.install(&first()).unwrap();
            assert_eq!(exit == Exit::Done, is_ignored, "{text}");
            assert_eq!(project.exists(".env"), is_ignored, "{text}");
            if project.root.join(".git").exists() {
                project.git(&["add", "--all"]);
                let added = project.git(&["ls-files", ".env"]);
                assert_eq!(added, "", "{text}");
            }
        }
    }
}

#[test]
fn a_rule_that_git_does_not_read_as_we_do_keeps_no_secret_out() {
    let project = repository();
    project.write(".gitignore", "/target\n .env\n");
    project.install(&first()).unwrap();
    project.git(&["add", "--all"]);
    assert_eq!(project.git(&["ls-files", ".env"]), "");
}

#[test]
fn a_rule_outside_of_the_package_is_enough() {
    let whole = Project::empty();
    whole.git(&["init", "--quiet"]);
    whole.write(".git/info/exclude", ".env\n");
    let mut member = Project::fresh();
    let root = whole.root.join("member");
    fs::create_dir_all(root.join("src")).unwrap();
    for path in ["Cargo.toml", "src/main.rs"] {
        fs::copy(member.root.join(path), root.join(path)).unwrap();
    }
    member.root = root;
    // Without the line the owner's own rule is the one that counts.
    assert_eq!(member.install(&first()).unwrap(), Exit::Done);
    assert!(member.exists(".env"));
    whole.git(&["add", "--all"]);
    assert_eq!(whole.git(&["ls-files", "member/.env"]), "");
}

#[test]
fn a_worktree_is_asked_like_the_repository_itself() {
    let project = with_tracked_env();
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "all"]);
    let around = tempfile::tempdir().unwrap();
    let tree = around.path().join("tree");
    project.git(&["worktree", "add", "--quiet", tree.to_str().unwrap()]);
    let mut worktree = Project::empty();
    worktree.root = tree.canonicalize().unwrap();
    let said = sigra_with(&worktree, &INSTALL, &[]);
    assert_withheld(&worktree, &said, "git rm --cached .env");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_and_the_keys_behind_it_count() {
    let project = repository();
    let shared = tempfile::tempdir().unwrap();
    let shared = shared.path().join("shared.env");
    std::os::unix::fs::symlink(&shared, project.root.join(".env")).unwrap();
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_withheld(&project, &said, "(it is a link)");
    fs::write(
        &shared,
        "SECRET_KEY_BASE=a\nSESSION_SIGNING_SALT=b\nENCRYPTION_KEYS=c\n",
    )
    .unwrap();
    let said = sigra_with(&project, &INSTALL, &[]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(project.root.join(".env").is_symlink());
}

#[test]
fn status_tells_of_the_secrets_that_were_not_written() {
    let project = with_tracked_env();
    sigra_with(&project, &INSTALL, &[]);
    let said = sigra_with(&project, &["status"], &[]);
    assert!(said.err.contains("git rm --cached .env"), "{}", said.err);
    assert!(!said.err.contains("nothing to do"), "{}", said.err);
}

/// What git would add of a project in which nothing was ignored.
fn added(project: &Project) -> Vec<String> {
    project.git(&["add", "--all"]);
    let added = project.git(&["ls-files"]);
    added.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_first_installation_that_is_killed_at_any_operation_shows_git_no_secret() {
    let whole = first();
    Project::fresh().install(&whole).unwrap();
    for at in 0..whole.disk.operations() {
        let project = repository();
        _ = project.install(&faulty(Fault::Crash(at)));
        let names = added(&project);
        let is_staged = |name: &String| name.starts_with(".sigra/txn");
        assert!(!names.iter().any(is_staged), "operation {at}: {names:?}");
    }
}

#[test]
fn an_ignore_file_that_a_crash_has_cut_off_is_written_again() {
    let project = Project::installed();
    project.write(".sigra/txn/.gitignore", "");
    let disk = Disk::with(Fault::Crash(20));
    let world = World {
        disk,
        ..second(&[("base/src/app.rs", "pub fn run() {}\n")])
    };
    _ = project.install(&world);
    assert_eq!(project.read(".sigra/txn/.gitignore"), "*\n");
}
