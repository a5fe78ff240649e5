//! A clone of a project is as good as the project: what git does not bring along does not count as a
//! change, and is not taken for something that its owner has deleted.

use std::{fs, path::Path, process::Command};

use crate::support::{Project, Said, first, second, sigra, status};
use cargo_sigra::{refusal::Exit, review::would_lines};

const CHECKS: [&[&str]; 3] = [
    &["status", "--check"],
    &["upgrade", "--check", "--yes"],
    &["install", "--check", "--yes"],
];

/// A project with everything installed and committed.
pub(super) fn committed(prepare: impl Fn(&Project)) -> Project {
    let project = Project::fresh();
    project.git(&["init", "--quiet"]);
    prepare(&project);
    let said = sigra(&project.root, &["install", "--yes", "--database=sqlite"]);
    assert!([0, 4].contains(&said.exit), "{}", said.err);
    commit(&project);
    project
}

pub(super) fn commit(project: &Project) {
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "all"]);
}

/// A clone with these settings and options.
pub(super) fn clone(of: &Project, settings: &[&str]) -> Project {
    let mut project = Project::empty();
    let to = project.root.join("shop");
    let from = format!("file://{}", of.root.display());
    let mut git = Command::new("git");
    git.arg("clone").arg("--quiet").args(settings);
    let said = Said::of(git.arg(from).arg(&to));
    assert_eq!(said.exit, 0, "{}", said.err);
    project.root = to;
    project
}

fn assert_current(clone: &Project) {
    for words in CHECKS {
        let said = sigra(&clone.root, words);
        assert_eq!(said.exit, 0, "{words:?}: {}", said.err);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn nothing_would_change_in_a_clone_whatever_the_settings_of_git() {
    let plain = committed(|_| {});
    for settings in [
        &[][..],
        &["--config", "core.autocrlf=true"],
        &["--config", "core.autocrlf=input"],
        &[
            "--config",
            "core.eol=crlf",
            "--config",
            "core.autocrlf=true",
        ],
        &["--depth", "1"],
    ] {
        let clone = clone(&plain, settings);
        assert!(!clone.exists(".env"));
        assert_current(&clone);
        let said = sigra(&clone.root, &["status"]);
        assert!(said.err.contains(".env would be written"), "{}", said.err);
    }
    let windows = |project: &Project| {
        project.write(".gitattributes", "* text=auto eol=crlf\n");
    };
    let clone = clone(&committed(windows), &[]);
    assert!(clone.read("src/main.rs").contains("\r\n"));
    assert_current(&clone);
}

#[test]
fn an_installation_in_a_clone_with_other_line_ends_writes_the_secrets_and_nothing_else() {
    let project = committed(|_| {});
    let clone = clone(&project, &["--config", "core.autocrlf=true"]);
    assert!(clone.read("Cargo.lock").contains("\r\n"));
    let before = clone.tree();
    let said = sigra(&clone.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(!said.err.contains("Cargo.lock"), "{}", said.err);
    let mut after = clone.tree();
    after.remove(".env").unwrap();
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    let changed = after
        .iter()
        .filter(|(path, bytes)| before[*path] != **bytes);
    assert_eq!(changed.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0]);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn nothing_would_change_where_git_cannot_be_asked() {
    let clone = clone(&committed(|_| {}), &[]);
    for words in CHECKS {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        let program = program.args(words).current_dir(&clone.root);
        let said = Said::of(program.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"));
        assert_eq!(said.exit, 0, "{words:?}: {}", said.err);
    }
}

#[test]
fn our_own_records_are_committed_as_they_are() {
    let project = committed(|_| {});
    let attributes = project.git(&[
        "check-attr",
        "text",
        ".sigra/manifest.toml",
        ".sigra/.ignore",
    ]);
    let lines: Vec<_> = attributes.lines().collect();
    assert!(
        lines.iter().all(|line| line.ends_with(": text: unset")),
        "{lines:?}"
    );
}

#[test]
fn each_exit_code_3_has_a_line_that_says_why() {
    let project = Project::installed();
    let news = [
        ("base/src/app.rs", "pub fn run() {}\n"),
        (
            "base/feature.toml",
            "says = \"people\"\n[ignore]\nlines = [\"*.log\"]\n",
        ),
    ];
    let lines = |changed: &[(&str, &str)]| {
        let world = second(changed);
        for words in CHECKS {
            let exit = project.typed(&[words, &["--quiet"]].concat(), &world);
            assert_eq!(exit.unwrap(), Exit::Changes, "{words:?}");
        }
        would_lines(&status(&project, &world).news)
    };
    assert_eq!(lines(&news[..1]), ["src/app.rs would be updated"]);
    assert_eq!(lines(&news[1..]), [".gitignore would be edited"]);
    // Nothing but the version in the records.
    let records = ".sigra/manifest.toml would be edited";
    assert_eq!(lines(&[]), [records]);

    let project = committed(|_| {});
    let manifest = project.read(".sigra/manifest.toml");
    let version = env!("CARGO_PKG_VERSION");
    let older = manifest.replace(&format!("\"{version}\""), "\"0.0.1\"");
    assert_ne!(older, manifest);
    project.write(".sigra/manifest.toml", &older);
    for words in CHECKS {
        let said = sigra(&project.root, words);
        assert_eq!(said.exit, 3, "{words:?}: {}", said.err);
        assert!(
            said.err.contains(&format!("Changes {records}\n")),
            "{}",
            said.err
        );
    }
}

/// Owners' rules of real projects, and what each hides of ours.
const RULES: [(&str, &str); 5] = [
    (".env*", ".env.example"),
    (".*", ".sigra/manifest.toml"),
    ("static/", "static/"),
    ("*.html", "templates/"),
    ("migrations", "migrations/"),
];

#[test]
#[ignore = "long: stage cli runs it"]
fn what_the_owners_rules_hide_is_named_in_the_plan_and_after_the_run() {
    for (rule, hidden) in RULES {
        let project = Project::fresh();
        project.git(&["init", "--quiet"]);
        project.write(".gitignore", &format!("/target\n{rule}\n"));
        for words in [
            &["install", "--yes", "--dry-run"][..],
            &["install", "--yes"],
        ] {
            let said = sigra(&project.root, words);
            let note = said
                .err
                .lines()
                .find(|line| line.contains("Note git ignores "));
            let note = note.unwrap_or_else(|| panic!("{rule}: {}", said.err));
            assert!(note.contains(hidden), "{note}");
            assert!(
                note.contains(&format!("(`{rule}` in .gitignore:2)")),
                "{note}"
            );
        }
    }
    let project = Project::fresh();
    project.git(&["init", "--quiet"]);
    let said = sigra(&project.root, &["install", "--yes"]);
    assert!(!said.err.contains("git ignores"), "{}", said.err);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_clone_without_hidden_files_gets_them_again_and_records_no_deletion() {
    let hide = |project: &Project| project.write(".gitignore", "/target\nstatic/\n");
    let project = committed(hide);
    let manifest = project.read(".sigra/manifest.toml");
    let clone = clone(&project, &[]);
    assert!(!clone.exists("static"));
    assert_current(&clone);
    let said = sigra(&clone.root, &["status"]);
    assert!(!said.err.contains("you deleted it"), "{}", said.err);
    let said = sigra(&clone.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(clone.exists("static"));
    assert_eq!(clone.read(".sigra/manifest.toml"), manifest);
    assert_eq!(clone.git(&["status", "--porcelain"]), "");
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    let project = committed(|_| {});
    let manifest = project.read(".sigra/manifest.toml");
    let clone = clone(&project, &[]);
    clone.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/static/"]);
    assert!(!clone.exists("static"));
    assert_current(&clone);
    let said = sigra(&clone.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(!clone.exists("static"));
    assert_eq!(clone.read(".sigra/manifest.toml"), manifest);
}

/// Below the top of a repository, too, and whichever kind of patterns the checkout has.
#[test]
fn a_sparse_checkout_without_our_records_is_refused_with_what_brings_them() {
    let project = Project::installed();
    project.git(&["init", "--quiet"]);
    commit(&project);
    let repository = Project::empty();
    repository.git(&["init", "--quiet"]);
    for (path, bytes) in project.tree() {
        repository.write(
            &format!("shop/{path}"),
            std::str::from_utf8(&bytes).unwrap(),
        );
    }
    repository.write("other/a", "");
    commit(&repository);
    for (of, package, patterns) in [
        (&project, "", &["src"][..]),
        (&project, "", &["--no-cone", "/*", "!/.sigra/"]),
        (&repository, "shop", &["shop/src", "other"]),
    ] {
        let clone = clone(of, &[]);
        clone.git(&[&["sparse-checkout", "set"], patterns].concat());
        let package = clone.root.join(package);
        assert!(!package.join(".sigra").exists());
        let before = clone.tree();
        for words in [
            &["status"][..],
            &["install", "--yes"],
            &["upgrade", "--yes"],
            &["restore", "src/app.rs"],
        ] {
            let said = sigra(&package, words);
            assert_eq!(said.exit, 1, "{words:?}: {}", said.err);
            let advice = "bring it here with `git sparse-checkout add .sigra` and run this again";
            assert!(said.err.contains(advice), "{words:?}: {}", said.err);
        }
        assert_eq!(clone.tree(), before);
        let mut git = Command::new("git");
        let git = git
            .args(["sparse-checkout", "add", ".sigra"])
            .current_dir(&package);
        assert_eq!(Said::of(git).exit, 0);
        assert!(package.join(".sigra/manifest.toml").exists());
    }
}

#[test]
fn a_file_that_its_owner_has_deleted_stays_deleted() {
    let project = Project::installed();
    project.git(&["init", "--quiet"]);
    project.remove("static/app.css");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert!(!project.exists("static/app.css"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn an_installation_and_status_agree_about_an_env_file_that_git_keeps() {
    let project = committed(|project| {
        project.write(".env", "OTHER=1\n");
        project.git(&["add", "--force", ".env"]);
    });
    let step = "git rm --cached .env";
    for (words, exit) in [
        (&["install", "--yes"][..], 4),
        (&["status"], 0),
        (&["status", "--check"], 0),
        (&["install", "--check", "--yes"], 0),
    ] {
        let said = sigra(&project.root, words);
        assert_eq!(said.exit, exit, "{words:?}: {}", said.err);
        assert!(said.err.contains(step), "{words:?}: {}", said.err);
        assert!(
            !said.err.contains("nothing to do"),
            "{words:?}: {}",
            said.err
        );
        assert!(
            !said.err.contains("records changed"),
            "{words:?}: {}",
            said.err
        );
    }
    assert!(fs::exists(Path::new(&project.root).join(".env")).unwrap());
}
