//! `cargo sigra new`, and the ways in which the program is called.

use std::{fs, process::Command};

use crate::support::{Project, Said, sigra};

#[test]
fn new_makes_a_package_and_installs_into_it() {
    let folder = Project::empty();
    let said = sigra(
        &folder.root,
        &["new", "my-shop", "--yes", "--database", "postgres"],
    );
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(
        folder
            .read("my-shop/.sigra/manifest.toml")
            .contains("database = \"postgres\"")
    );
    assert!(said.err.contains("  cd my-shop\n"), "{}", said.err);
}

#[test]
fn new_refuses_what_is_not_built_before_it_makes_anything() {
    let folder = Project::empty();
    let said = sigra(&folder.root, &["new", "shop", "--yes", "--admin"]);
    assert_eq!(said.exit, 2);
    assert!(!folder.exists("shop"));
}

#[test]
fn new_refuses_a_folder_that_is_there() {
    let folder = Project::empty();
    folder.write("shop/mine", "");
    let said = sigra(&folder.root, &["new", "shop", "--yes"]);
    assert_eq!(said.exit, 1);
    assert!(
        said.err
            .ends_with("error: `cargo new shop` failed; nothing was installed\n"),
        "{}",
        said.err
    );
    assert!(folder.exists("shop/mine"));
}

#[test]
fn what_a_cargo_that_fails_or_is_killed_has_made_does_not_stay() {
    for end in ["exit 101", "kill -KILL $$"] {
        let folder = Project::empty();
        let workspace = "[workspace]\nmembers = []\n";
        folder.write("Cargo.toml", workspace);
        let half = "for dir; do :; done\nmkdir -p \"$dir/src\"\necho >\"$dir/Cargo.toml\"\n\
                    echo '# half' >>Cargo.toml\n";
        let cargo = program(&folder, "cargo-that-fails", &format!("{half}{end}"));
        let mut sigra = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        let sigra = sigra
            .args(["new", "deep/shop", "--yes"])
            .env("CARGO", cargo);
        let said = Said::of(sigra.current_dir(&folder.root));
        assert_eq!(said.exit, 1, "{end}: {}", said.err);
        assert!(
            said.err.contains("nothing was installed"),
            "{end}: {}",
            said.err
        );
        assert!(!folder.exists("deep"), "{end}");
        assert_eq!(folder.read("Cargo.toml"), workspace, "{end}");
    }
}

#[test]
fn new_needs_an_answer_before_it_makes_anything() {
    let folder = Project::empty();
    assert_eq!(sigra(&folder.root, &["new", "shop"]).exit, 2);
    assert!(!folder.exists("shop"));
}

#[test]
fn a_package_in_a_folder_of_a_repository_is_fine() {
    let folder = Project::empty();
    folder.git(&["init", "-q"]);
    let said = sigra(&folder.root, &["new", "deep", "--yes", "--quiet"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    let offered = folder.git(&["status", "--short", "-uall"]);
    assert!(
        offered.contains("deep/src/main.rs") && !offered.contains("deep/.env\n"),
        "{offered}"
    );
}

#[test]
fn a_new_member_of_a_workspace_is_fine() {
    let folder = Project::empty();
    folder.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = []\n",
    );
    let said = sigra(&folder.root, &["new", "shop", "--yes", "--quiet"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(
        folder
            .read("Cargo.toml")
            .contains("[profile.dev.package.argon2]")
    );
    assert!(!folder.exists("shop/Cargo.lock"));
}

#[test]
fn cargo_finds_the_program_as_its_own_verb() {
    let project = Project::fresh();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_cargo-sigra"))
        .parent()
        .unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut cargo = Command::new("cargo");
    cargo
        .args(["sigra", "install", "--yes", "--quiet"])
        .env("PATH", path.unwrap())
        .current_dir(&project.root);
    let said = Said::of(&mut cargo);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(project.exists(".sigra/manifest.toml"));
}

#[test]
fn another_folder_is_named_with_path() {
    let project = Project::fresh();
    let elsewhere = Project::empty();
    let said = sigra(
        &elsewhere.root,
        &[
            "install",
            "--yes",
            "-q",
            "--path",
            project.root.to_str().unwrap(),
        ],
    );
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(project.exists(".sigra/manifest.toml"));
}

#[test]
fn demo_refuses_a_folder_that_it_did_not_make() {
    let folder = Project::empty();
    folder.write("sigra-demo/mine.txt", "mine\n");
    let before = folder.tree();
    let said = demo(&folder, "0");
    assert_eq!(said.exit, 1);
    assert_eq!(
        said.err,
        "error: sigra-demo is there already and was not made by `cargo sigra demo`; move it away and run this again\n"
    );
    assert_eq!(folder.tree(), before);
}

#[test]
fn demo_refuses_a_project_of_another_name() {
    let folder = Project::empty();
    folder.write("sigra-demo/Cargo.toml", crate::support::CARGO_TOML);
    folder.write("sigra-demo/src/main.rs", crate::support::MAIN);
    assert_eq!(demo(&folder, "0").exit, 1);
    assert!(!folder.exists("sigra-demo/.sigra"));
}

#[test]
fn demo_finds_out_about_a_busy_port_before_it_builds() {
    let folder = Project::empty();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let said = demo(&folder, &port);
    assert_eq!(said.exit, 1);
    assert!(
        said.err
            .starts_with(&format!("error: port {port} cannot be used")),
        "{}",
        said.err
    );
    assert!(!folder.exists("sigra-demo"));
}

#[cfg(unix)]
#[test]
#[ignore = "long: stage cli runs it"]
fn demo_builds_serves_and_says_where() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Project::empty();
    // Builds nothing and serves nothing, but says what it was asked.
    let real = which_cargo();
    let script = format!(
        "#!/bin/sh\ncase $1 in\nbuild|run) echo \"$@ on $PORT\";;\n*) exec {} \"$@\";;\nesac\n",
        real.display()
    );
    let cargo = folder.root.join("cargo");
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    for _ in 0..2 {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        program
            .arg("demo")
            .env("CARGO", &cargo)
            .env("PORT", "48123")
            .current_dir(&folder.root);
        let said = Said::of(&mut program);
        assert_eq!(said.exit, 0, "{}", said.err);
        assert_eq!(said.out, "build on 48123\nrun --quiet on 48123\n");
        assert!(
            said.err.contains("  http://localhost:48123/dev/mailbox"),
            "{}",
            said.err
        );
    }
}

fn which_cargo() -> std::path::PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), Into::into)
}

fn demo(folder: &Project, port: &str) -> Said {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    Said::of(
        program
            .arg("demo")
            .env("PORT", port)
            .current_dir(&folder.root),
    )
}

/// A program of that name that says something, and how often it was asked.
#[cfg(unix)]
fn program(folder: &Project, name: &str, says: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.root.join(name);
    let script = format!("#!/bin/sh\necho asked >> \"$0.log\"\n{says}\n");
    folder.write(name, &script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn the_compiler_is_asked_once() {
    let folder = Project::empty();
    let rustc = program(&folder, "rustc", "echo 'rustc 1.99.0 (abc 2026-01-01)'");
    let mut new = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    new.args(["new", "shop", "--yes", "--quiet"])
        .env("RUSTC", &rustc)
        .current_dir(&folder.root);
    let said = Said::of(&mut new);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert_eq!(folder.read("rustc.log"), "asked\n");
}

#[cfg(unix)]
#[test]
fn the_compiler_that_stands_beside_cargo_is_the_one_that_is_asked() {
    let folder = Project::empty();
    let project = Project::fresh();
    program(&folder, "rustc", "echo 'rustc 1.70.0 (abc 2023-01-01)'");
    let mut install = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    install
        .args(["install", "--yes"])
        .env_remove("RUSTC")
        .env("CARGO", folder.root.join("cargo"))
        .current_dir(&project.root);
    let said = Said::of(&mut install);
    assert!(
        said.err.starts_with("error: rustc 1.70.0 is older"),
        "{}",
        said.err
    );
    assert!(!project.exists(".sigra"));
}

#[cfg(unix)]
#[test]
fn cargo_is_not_asked_about_a_package_that_stands_alone() {
    let folder = Project::empty();
    let project = Project::fresh();
    let cargo = program(&folder, "cargo", "exit 1");
    let mut install = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    install
        .args(["install", "--yes", "--quiet"])
        .env("CARGO", cargo)
        .current_dir(&project.root);
    assert_eq!(Said::of(&mut install).exit, 0);
    assert!(!folder.exists("cargo.log"));
}
