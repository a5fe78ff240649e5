//! Every reason not to begin, with its exact sentence; and the project is as it was.

use std::{fs, path::Path, process::Command};

use crate::support::{CARGO_TOML, Project, Said, faulty, first, second, sigra};
use cargo_sigra::{
    answers::Requested,
    apply::Fault,
    cli::Mode,
    feature::Database,
    refusal::{Exit, Refusal},
};

const ADD_ONE: &str =
    "add a src/main.rs as `cargo new` writes it, or install into a new package (`cargo new shop`)";

fn exit(error: &anyhow::Error) -> Option<Exit> {
    error
        .downcast_ref::<Refusal>()
        .map(|refusal| refusal.exit())
}

#[test]
fn no_cargo_toml() {
    let project = Project::empty();
    let said = sigra(&project.root, &["install", "--yes"]);
    assert_eq!(said.exit, 1);
    assert_eq!(
        said.err,
        "error: there is no Cargo.toml in .; run `cargo new shop` first, or name the package with --path\n"
    );
}

#[test]
fn a_cargo_toml_that_does_not_parse() {
    let project = Project::fresh();
    project.write("Cargo.toml", "[package]\nname = shop\n");
    assert_eq!(
        project.refusal(&first()),
        "Cargo.toml:2 does not parse: string values must be quoted, expected literal string; correct it and run this again"
    );
}

#[test]
fn a_main_that_does_not_parse() {
    let project = Project::fresh();
    project.write("src/main.rs", "fn main() {\n    let = 1;\n}\n");
    let sentence = project.refusal(&first());
    assert!(sentence.starts_with("src/main.rs:2: "), "{sentence}");
    assert!(
        sentence.ends_with("; correct it and run this again"),
        "{sentence}"
    );
}

#[test]
fn a_main_that_is_not_the_stock_one() {
    let project = Project::fresh();
    project.write("src/main.rs", "mod shop;\n\nfn main() {}\n");
    assert_eq!(
        project.refusal(&first()),
        "src/main.rs:1 is not what `cargo new` writes there, and this version installs only into a new package; make one elsewhere with `cargo sigra new shop`, and bring your code there"
    );
}

#[test]
fn a_library_that_somebody_has_worked_on() {
    let project = Project::fresh();
    project.write("src/lib.rs", "pub fn mine() {}\n");
    assert_eq!(
        project.refusal(&first()),
        "src/lib.rs:1 is not what `cargo new` writes there, and this version installs only into a new package; make one elsewhere with `cargo sigra new shop`, and bring your code there"
    );
}

#[test]
fn a_library_without_a_program() {
    let project = Project::fresh();
    project.remove("src/main.rs");
    project.write("src/lib.rs", "");
    assert_eq!(
        project.refusal(&first()),
        format!("this package is a library without a program; {ADD_ONE}")
    );
}

#[test]
fn a_library_of_another_name_or_in_another_place() {
    for key in ["name", "path"] {
        let project = Project::fresh();
        project.write("src/lib.rs", "");
        project.write(
            "Cargo.toml",
            &format!("{CARGO_TOML}[lib]\n{key} = \"other\"\n"),
        );
        assert_eq!(
            project.refusal(&first()),
            format!(
                "[lib] in Cargo.toml has a {key}; remove that and run this again, or install into a new package (`cargo new shop`)"
            )
        );
    }
}

#[test]
fn no_main() {
    let project = Project::fresh();
    project.remove("src/main.rs");
    project.write("src/bin/shop.rs", "fn main() {}\n");
    assert_eq!(
        project.refusal(&first()),
        format!("there is no src/main.rs; {ADD_ONE}")
    );
}

#[test]
fn a_workspace_without_a_package() {
    let project = Project::empty();
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    assert_eq!(
        project.refusal(&first()),
        "Cargo.toml is a workspace without a package; name one of its members with --path"
    );
}

#[test]
fn a_file_that_is_not_text() {
    let project = Project::fresh();
    fs::write(project.root.join("src/main.rs"), [0xff, 0xfe]).unwrap();
    let sentence = project.refusal(&first());
    assert!(
        sentence.starts_with("src/main.rs is not text in UTF-8; save it as such"),
        "{sentence}"
    );
}

#[cfg(unix)]
#[test]
fn an_old_compiler() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::fresh();
    let rustc = project.root.join("rustc");
    fs::write(&rustc, "#!/bin/sh\necho 'rustc 1.94.1 (abc 2026-01-01)'\n").unwrap();
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
    let before = project.tree();
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    program
        .args(["install", "--yes"])
        .env("RUSTC", &rustc)
        .current_dir(&project.root);
    let said = Said::of(&mut program);
    assert_eq!(said.exit, 1);
    assert_eq!(
        said.err,
        "error: rustc 1.94.1 is older than 1.95, which the generated code needs; run `rustup update stable`\n"
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn a_package_that_is_named_like_a_crate_it_needs() {
    let project = Project::fresh();
    let feature = "[[dependencies]]\ngroup = \"web\"\nsome-shop = \"1\"\n";
    project.write(
        "Cargo.toml",
        &CARGO_TOML.replace("\"shop\"", "\"some_shop\""),
    );
    assert_eq!(
        project.refusal(&second(&[("base/feature.toml", feature)])),
        "this package is named some_shop, and so is a crate that it needs; give it another name in Cargo.toml and run this again"
    );
}

#[test]
fn a_users_table_that_is_there_already() {
    for sql in [
        "CREATE TABLE users (id int);",
        "create table if not exists \"users\" (id int);",
    ] {
        let project = Project::fresh();
        project.write("migrations/1_mine.sql", sql);
        assert_eq!(
            project.refusal(&first()),
            "migrations/1_mine.sql creates a table users already; this version installs only where there is none, or under another name: --table members"
        );
    }
}

#[test]
fn a_way_back_to_a_file() {
    let project = Project::fresh();
    let requested = |database| Requested {
        database: Some(database),
        yes: true,
        ..Requested::default()
    };
    let install = |database| project.install_with(requested(database), Mode::default(), &first());
    install(Database::Postgres).unwrap();
    let before = project.tree();
    let error = install(Database::Sqlite).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this project uses postgres, and there is no way back to sqlite; leave --database out"
    );
    assert_eq!(exit(&error), Some(Exit::Failed));
    assert_eq!(project.tree(), before);
}

#[test]
fn a_manifest_of_a_later_version() {
    let project = Project::installed();
    project.write(".sigra/manifest.toml", "schema = 2\n");
    assert_eq!(
        project.refusal(&first()),
        ".sigra/manifest.toml has schema 2 and this version knows 1; update cargo-sigra"
    );
}

#[test]
fn a_manifest_with_a_database_that_nobody_knows() {
    let project = Project::installed();
    let manifest = project.read(".sigra/manifest.toml");
    project.write(
        ".sigra/manifest.toml",
        &manifest.replace("\"sqlite\"", "\"oracle\""),
    );
    assert_eq!(
        project.refusal(&first()),
        ".sigra/manifest.toml names the database oracle, which this version does not know; bring the file back from version control, or update cargo-sigra"
    );
}

/// What git leaves where it cannot merge.
const CONFLICT: &str = "<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> main\n";

#[test]
fn merges_that_were_not_finished() {
    let project = Project::installed();
    project.write("src/app.rs", &format!("//! App.\n\n{CONFLICT}"));
    project.write("static/app.css", CONFLICT);
    let error = project.install(&first()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a merge was not finished in src/app.rs:3, static/app.css:1; resolve the conflict and run this again"
    );
    assert_eq!(exit(&error), Some(Exit::Unfinished));
}

#[test]
fn a_merge_that_was_not_finished_in_our_own_records() {
    let project = Project::installed();
    let manifest = project.read(".sigra/manifest.toml");
    project.write(".sigra/manifest.toml", &format!("{CONFLICT}{manifest}"));
    let sentence = project.refusal(&second(&[]));
    assert!(
        sentence.starts_with("a merge was not finished in .sigra/manifest.toml:1;"),
        "{sentence}"
    );
}

#[test]
fn lines_that_only_look_like_a_conflict_are_fine() {
    let project = Project::installed();
    project.write("static/app.css", "/*\n=======\n>>>>>>> \n<<<<<<< \n*/\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
}

#[test]
fn a_manifest_that_leads_out_of_the_project() {
    let project = Project::installed();
    let manifest = project.read(".sigra/manifest.toml");
    project.write(
        ".sigra/manifest.toml",
        &manifest.replace("\"src/app.rs\"", "\"../app.rs\""),
    );
    assert_eq!(
        project.refusal(&first()),
        "../app.rs in .sigra/manifest.toml leads out of the project; bring the file back from version control and run this again"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_project() {
    let project = Project::fresh();
    let elsewhere = Project::empty();
    std::os::unix::fs::symlink(&elsewhere.root, project.root.join("static")).unwrap();
    assert_eq!(
        project.refusal(&first()),
        "static is a link that leads out of the project; replace it by a folder and run this again"
    );
    assert!(elsewhere.tree().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file() {
    let project = Project::fresh();
    std::os::unix::fs::symlink("main.rs", project.root.join("src/app.rs")).unwrap();
    assert_eq!(
        project.refusal(&first()),
        "src/app.rs is not a plain file; move it out of the way and run this again"
    );
}

#[test]
fn a_folder_in_the_place_of_a_file() {
    let project = Project::fresh();
    project.write("src/app.rs/mod.rs", "");
    assert_eq!(
        project.refusal(&first()),
        "src/app.rs is not a plain file; move it out of the way and run this again"
    );
}

#[test]
fn a_full_disk() {
    let project = Project::fresh();
    let sentence = project.refusal(&faulty(Fault::Full(0)));
    let own = project.root.join(".sigra");
    assert_eq!(
        sentence,
        format!(
            "cannot make {}: no storage space; the project is as it was, put this right and run it again",
            own.display()
        )
    );
}

#[test]
fn a_run_that_another_one_keeps_out() {
    let project = Project::installed();
    let lock = fs::File::create(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    project.remove("Cargo.toml");
    project.write("Cargo.toml", CARGO_TOML);
    let sentence = project.refusal(&second(&[("base/src/app.rs", "// news\n")]));
    assert_eq!(
        sentence,
        "another `cargo sigra` is writing into this project; wait for it and run this again"
    );
}

#[test]
fn nobody_to_ask_for_the_database() {
    let project = Project::fresh();
    let said = sigra(&project.root, &["install"]);
    assert_eq!(said.exit, 2);
    assert_eq!(
        said.err,
        "error: nobody can be asked here; give --database sqlite or --database postgres and --yes, or --yes alone for every default\n"
    );
}

#[test]
fn nobody_to_confirm_the_plan() {
    let project = Project::fresh();
    let before = project.tree();
    let requested = Requested {
        database: Some(Database::Sqlite),
        yes: false,
        ..Requested::default()
    };
    let error = project
        .install_with(requested, Mode::default(), &first())
        .unwrap_err();
    assert_eq!(exit(&error), Some(Exit::Usage));
    assert_eq!(
        error.to_string(),
        "nobody can confirm the plan here; look at it with --dry-run or --diff, then give --yes"
    );
    assert_eq!(project.tree(), before);
}

#[test]
fn every_feature_that_is_not_built_yet() {
    let project = Project::fresh();
    let before = project.tree();
    for flag in ["--live", "--admin", "--oauth", "--otlp"] {
        let said = sigra(&project.root, &["install", "--yes", flag]);
        assert_eq!(
            said.err,
            format!(
                "error: {flag} is not built yet; leave it out, and a later version will add it to this project\n"
            )
        );
        assert_eq!((said.exit, project.tree()), (2, before.clone()));
    }
}

#[test]
fn several_features_that_are_not_built_yet_are_named_at_once() {
    let said = sigra(Path::new("."), &["install", "--oauth", "--admin"]);
    assert_eq!(
        said.err,
        "error: --oauth, --admin are not built yet; leave them out, and a later version will add them to this project\n"
    );
}

#[test]
fn refusing_what_is_not_built_yet_is_fine() {
    let project = Project::fresh();
    let words = [
        "install",
        "--dry-run",
        "--yes",
        "--quiet",
        "--no-live",
        "--no-jwt",
        "--no-api",
        "--no-oauth",
    ];
    let more = [
        "--no-admin",
        "--no-passkeys",
        "--no-otlp",
        "--table",
        "users",
        "--binary-id",
    ];
    let said = sigra(&project.root, &[&words[..], &more[..]].concat());
    assert_eq!((said.exit, said.err.as_str()), (0, ""));
}

#[test]
fn a_flag_that_nobody_knows() {
    assert_eq!(sigra(Path::new("."), &["install", "--nonsense"]).exit, 2);
}

#[cfg(target_os = "linux")]
mod real_disks {
    use super::*;

    /// A tiny disk of its own; none where we may not make one.
    struct Mount(std::path::PathBuf);

    impl Mount {
        fn new(folder: &Path, options: &str) -> Option<Self> {
            let mut mount = Command::new("mount");
            let mount = mount
                .args(["-t", "tmpfs", "-o", options, "tmpfs"])
                .arg(folder);
            let mounted = mount.output().is_ok_and(|output| output.status.success());
            mounted.then(|| Self(folder.into()))
        }

        fn remount_read_only(&self) {
            let mut mount = Command::new("mount");
            assert!(
                mount
                    .args(["-o", "remount,ro"])
                    .arg(&self.0)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }

    impl Drop for Mount {
        fn drop(&mut self) {
            _ = Command::new("umount").arg(&self.0).status();
        }
    }

    fn fresh_on_the_mount(project: &Project) {
        project.write("Cargo.toml", CARGO_TOML);
        project.write("src/main.rs", crate::support::MAIN);
    }

    #[test]
    fn a_disk_that_really_is_full() {
        let project = Project::empty();
        let Some(_mount) = Mount::new(&project.root, "size=64k") else {
            return;
        };
        fresh_on_the_mount(&project);
        let sentence = project.refusal(&second(&[("base/static/big.txt", &"x".repeat(80_000))]));
        assert!(sentence.contains("No space left on device"), "{sentence}");
        assert!(!project.exists(".sigra"));
    }

    #[test]
    fn a_folder_that_cannot_be_written() {
        let project = Project::empty();
        let Some(mount) = Mount::new(&project.root, "size=1m") else {
            return;
        };
        fresh_on_the_mount(&project);
        mount.remount_read_only();
        let sentence = project.refusal(&first());
        assert!(sentence.contains(CLOSED), "{sentence}");
    }

    const CLOSED: &str =
        " cannot be written into; change its permissions, or run this as its owner";

    /// A folder of the project that is closed: by its mode, or, since root may write everywhere, as
    /// a mount of its own that is read only. None where neither is possible.
    fn closed(folder: &Path) -> Option<Closed> {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
        let probe = folder.join("probe");
        if fs::write(&probe, "").is_err() {
            return Some(Closed(folder.into()));
        }
        fs::remove_file(probe).unwrap();
        let mount = |words: &[&str]| {
            let mut mount = Command::new("mount");
            let output = mount.args(words).arg(folder).output();
            output.is_ok_and(|output| output.status.success())
        };
        let itself = folder.to_str().unwrap();
        let is_closed = mount(&["--bind", itself]) && mount(&["-o", "remount,bind,ro"]);
        is_closed.then(|| Closed(folder.into()))
    }

    struct Closed(std::path::PathBuf);

    impl Drop for Closed {
        fn drop(&mut self) {
            use std::os::unix::fs::PermissionsExt;
            _ = Command::new("umount").arg(&self.0).output();
            _ = fs::set_permissions(&self.0, fs::Permissions::from_mode(0o755));
        }
    }

    #[test]
    fn a_folder_of_the_project_that_cannot_be_written() {
        let project = Project::fresh();
        let Some(_closed) = closed(&project.root.join("src")) else {
            return;
        };
        let sentence = project.refusal(&first());
        assert_eq!(sentence, format!("src{CLOSED}"));
        assert!(!project.exists(".sigra"));
        assert!(!project.exists("static"));
    }
}
