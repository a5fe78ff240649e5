//! Projects in which the generated code could not be built: one sentence, with the file and the line, before anything is written.

use std::process::Command;

use crate::support::{CARGO_TOML, MAIN, Project, Said, second, sigra};

const LIB: &str = "";

fn with(manifest: &str) -> Project {
    let project = Project::fresh();
    project.write("Cargo.toml", manifest);
    project
}

fn library(manifest: &str) -> Project {
    let project = with(&format!("{CARGO_TOML}\n{manifest}"));
    project.write("src/lib.rs", LIB);
    project
}

#[test]
fn a_library_that_a_program_cannot_call_is_refused() {
    let call = "Cargo.toml:9 makes src/lib.rs a library that no program in Rust can call; add \"lib\" to crate-type and run this again";
    for kinds in ["[\"cdylib\"]", "[\"staticlib\", \"cdylib\"]"] {
        let project = library(&format!("[lib]\ncrate-type = {kinds}\n"));
        assert_eq!(project.refusal(&second(&[])), call, "{kinds}");
    }
    for kinds in ["[\"lib\"]", "[\"cdylib\", \"rlib\"]"] {
        let project = library(&format!("[lib]\ncrate-type = {kinds}\n"));
        project.install(&second(&[])).unwrap();
    }
}

#[test]
fn a_library_of_macros_is_refused() {
    // To its kinds no other can be added, so that is no advice.
    for macros in [
        "proc-macro = true",
        "crate-type = [\"proc-macro\"]",
        "crate-type = [\"lib\", \"proc-macro\"]",
    ] {
        let project = library(&format!("[lib]\ndoctest = false\n{macros}\n"));
        assert_eq!(
            project.refusal(&second(&[])),
            "Cargo.toml:10 makes src/lib.rs a library of macros, and accounts need an ordinary one; install into a new package (`cargo new shop`)",
            "{macros}"
        );
    }
}

#[test]
fn a_library_that_cargo_does_not_see_is_refused() {
    let manifest = CARGO_TOML.replace("edition", "autolib = false\nedition");
    let project = with(&manifest);
    project.write("src/lib.rs", LIB);
    assert_eq!(
        project.refusal(&second(&[])),
        "Cargo.toml:4 keeps src/lib.rs from being a library; take `autolib = false` out, or delete src/lib.rs, and run this again"
    );
    let project = with(&format!("{CARGO_TOML}\n[lib]\ndoctest = false\n"));
    assert_eq!(
        project.refusal(&second(&[])),
        "Cargo.toml:8 has a [lib], and there is no src/lib.rs; take that table out, or add the file, and run this again"
    );
    with(&manifest).install(&second(&[])).unwrap();
}

#[test]
fn names_that_cargo_and_the_compiler_keep_are_refused() {
    for name in [
        "build",
        "deps",
        "examples",
        "incremental",
        "test",
        "core",
        "std",
        "alloc",
        "proc-macro",
    ] {
        let project = with(&CARGO_TOML.replace("shop", name));
        assert_eq!(
            project.refusal(&second(&[])),
            format!(
                "the package is named {name}, which cargo and the compiler keep for something else; give it another name in Cargo.toml and run this again"
            )
        );
    }
}

#[test]
fn programs_in_an_inline_list_are_seen() {
    for (bins, said) in [
        (
            "[{ name = \"server\", path = \"src/main.rs\" }]",
            "[[bin]] in Cargo.toml calls src/main.rs server; write `name = \"shop\"` there, and run this again",
        ),
        (
            "[{ name = \"shop\", path = \"src/main.rs\", required-features = [\"web\"] }]",
            "[[bin]] in Cargo.toml builds shop only with its required-features; take them out and run this again",
        ),
    ] {
        let project = with(&format!("bin = {bins}\n{CARGO_TOML}"));
        assert_eq!(project.refusal(&second(&[])), said);
    }
    with(&format!(
        "bin = [{{ name = \"shop\", path = \"src/main.rs\" }}]\n{CARGO_TOML}"
    ))
    .install(&second(&[]))
    .unwrap();
}

#[test]
fn lints_that_are_errors_and_are_not_kept_are_refused() {
    let said = |line: usize, lint: &str| {
        format!(
            "Cargo.toml:{line} makes {lint} an error, and the generated code does not keep to it; make it a warning there and run this again"
        )
    };
    for (lints, line, lint) in [
        (
            "[lints.rust]\nunsafe_code = \"forbid\"\nunused_results = \"deny\"\n",
            10,
            "unused_results",
        ),
        (
            "[lints.rust]\nunreachable_pub = { level = \"deny\", priority = 1 }\n",
            9,
            "unreachable_pub",
        ),
        (
            "[lints]\nrust = { missing-debug-implementations = \"forbid\" }\n",
            9,
            "missing-debug-implementations",
        ),
    ] {
        let project = with(&format!("{CARGO_TOML}\n{lints}"));
        assert_eq!(project.refusal(&second(&[])), said(line, lint));
    }
    let fine = "[lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"deny\"\nunreachable_pub = \"warn\"\nrust_2018_idioms = \"deny\"\nwarnings = \"deny\"\n[lints.clippy]\nunwrap_used = \"deny\"\n";
    let project = with(&format!("{CARGO_TOML}\n{fine}"));
    project.install(&second(&[])).unwrap();
    let manifest = project.read("Cargo.toml").replace("\"warn\"", "\"deny\"");
    project.write("Cargo.toml", &manifest);
    project.install(&second(&[])).unwrap();
}

#[test]
fn a_library_has_to_keep_to_more_lints() {
    let lints = "[lints.rust]\nmissing_docs = \"deny\"\n";
    let said = library(lints).refusal(&second(&[]));
    assert!(
        said.starts_with("Cargo.toml:9 makes missing_docs an error"),
        "{said}"
    );
    with(&format!("{CARGO_TOML}\n{lints}"))
        .install(&second(&[]))
        .unwrap();
}

#[test]
fn lints_of_the_workspace_and_flags_of_the_compiler_count_too() {
    let project = with(&format!(
        "{CARGO_TOML}\n[lints]\nworkspace = true\n\n[workspace.lints.rust]\nunreachable_pub = \"deny\"\n"
    ));
    let said = project.refusal(&second(&[]));
    assert!(
        said.starts_with("Cargo.toml:12 makes unreachable_pub an error"),
        "{said}"
    );
    for flags in [
        "[\"-D\", \"unreachable_pub\"]",
        "[\"-Dunreachable-pub\"]",
        "\"-C debuginfo=1 --deny unreachable_pub\"",
    ] {
        let project = Project::fresh();
        project.write(
            ".cargo/config.toml",
            &format!("[build]\nrustflags = {flags}\n"),
        );
        let said = project.refusal(&second(&[]));
        assert!(
            said.starts_with(".cargo/config.toml:2 makes unreachable"),
            "{said}"
        );
    }
    let project = Project::fresh();
    project.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-D\", \"warnings\", \"-W\", \"unreachable_pub\"]\n",
    );
    project.install(&second(&[])).unwrap();
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_crate_that_brings_another_sqlite_is_refused() {
    for (version, is_refused) in [
        ("0.31", true),
        ("0.40", true),
        ("=0.29.0", true),
        ("0.32.1", false),
        ("0.39", false),
    ] {
        for table in [
            "",
            "\n[target.'cfg(unix)'.dependencies]\n",
            "\n[build-dependencies]\n",
        ] {
            let project = with(&format!("{CARGO_TOML}{table}rusqlite = \"{version}\"\n"));
            let Said { exit, err, .. } = sigra(&project.root, &["install", "--yes", "--quiet"]);
            assert_eq!(exit == 1, is_refused, "{version}: {err}");
            assert_eq!(
                err.contains("links only once; change it to one of >=0.32, <0.40"),
                is_refused,
                "{err}"
            );
        }
    }
}

#[test]
fn what_makes_an_installation_impossible_is_said_first() {
    let project = with(&format!(
        "{}axum = \"0.7\"\n",
        CARGO_TOML.replace("2024", "2018")
    ));
    project.write(
        "src/main.rs",
        &MAIN.replace("println", "mine();\n    println"),
    );
    let said = project.refusal(&second(&[]));
    assert!(
        said.starts_with("src/main.rs:2 is not what `cargo new` writes there"),
        "{said}"
    );
}

#[test]
fn a_package_into_which_nothing_can_be_installed_does_not_stay() {
    let folder = Project::empty();
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"one\"]\n";
    folder.write("Cargo.toml", workspace);
    folder.write("one/Cargo.toml", &CARGO_TOML.replace("shop", "one"));
    folder.write("one/src/main.rs", MAIN);
    for name in ["tokio", "apps/deep/tokio"] {
        let before = folder.tree();
        let said = sigra(&folder.root, &["new", name, "--yes"]);
        assert_eq!(said.exit, 1, "{}", said.err);
        assert!(
            said.err.contains("so is a crate that it needs"),
            "{}",
            said.err
        );
        assert_eq!(folder.tree(), before, "{name}");
        assert!(!folder.exists("apps") && !folder.exists("tokio"));
    }
}

#[test]
fn the_stack_of_a_tool_is_not_shown() {
    let project = Project::fresh();
    project.write(
        "rust-toolchain.toml",
        "[toolchain]\nchannel = \"no-such-toolchain\"\n",
    );
    let folder = project.root.join("bin");
    let script = "#!/bin/sh\necho \"error: broken\" >&2\n[ -n \"$RUST_BACKTRACE$RUST_LIB_BACKTRACE\" ] && echo \"stack backtrace:\" >&2\nexit 1\n";
    project.write("bin/rustc", script);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.join("rustc"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        let mut install = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        install
            .args(["install", "--yes"])
            .current_dir(&project.root)
            .env("RUSTC", folder.join("rustc"))
            .env("RUST_BACKTRACE", "1")
            .env("RUST_LIB_BACKTRACE", "1");
        let said = Said::of(&mut install);
        assert_eq!(said.exit, 1);
        assert_eq!(said.err, "error: `rustc --version` failed: error: broken\n");
    }
}

/// What cargo refuses in a manifest, each with its own words for that.
const REFUSED_BY_CARGO: [(&str, &str); 7] = [
    (
        "\n[[bin]]\nname = \"shop\"\npath = \"src/main.rs\"\n\n[[bin]]\nname = \"shop\"\npath = \"src/main.rs\"\n",
        "found duplicate binary name shop",
    ),
    ("\n[[bin]]\nname = \"other\"\n", "can't find `other` bin"),
    (
        "\n[features]\nmore = [\"none\"]\n",
        "`more` includes `none`",
    ),
    ("\n[features]\nmore = [\"dep:none\"]\n", "`dep:none`"),
    ("serde = \"not a version\"\n", "not a version"),
    ("serde = { version = \"1\", git = 1 }\n", "git"),
    (
        "\n[dev-dependencies]\nserde = { path = \"a\", git = \"b\" }\n",
        "serde",
    ),
];

#[test]
fn a_manifest_that_cargo_refuses_is_refused_in_cargos_words() {
    for (more, words) in REFUSED_BY_CARGO {
        let project = with(&format!("{CARGO_TOML}{more}"));
        let refusal = project.refusal(&second(&[]));
        let ours = "cargo refuses this package; correct it and run this again: ";
        assert!(refusal.starts_with(ours), "{more}: {refusal}");
        assert!(refusal.contains(words), "{more}: {refusal}");
    }
    let chosen = CARGO_TOML.replace("edition", "default-run = \"none\"\nedition");
    let refusal = with(&chosen).refusal(&second(&[]));
    assert!(
        refusal.contains("default-run target `none` not found"),
        "{refusal}"
    );
    let project = with(CARGO_TOML);
    project.write("src/bin/shop.rs", MAIN);
    assert!(project.refusal(&second(&[])).contains("cargo refuses"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn without_a_cargo_that_answers_the_package_is_taken_as_it_is() {
    let manifest = format!("{CARGO_TOML}\n[features]\nmore = []\n");
    let failing = Project::empty();
    failing.write(
        "cargo",
        "#!/bin/sh\necho 'error: no such command: `metadata`' >&2\nexit 101\n",
    );
    let failing = failing.root.join("cargo");
    let mut chmod = Command::new("chmod");
    assert!(chmod.arg("+x").arg(&failing).status().unwrap().success());
    for cargo in [failing.to_str().unwrap(), "/nowhere/cargo"] {
        let project = with(&manifest);
        let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        let program = program
            .args(["install", "--yes"])
            .current_dir(&project.root);
        let said = Said::of(program.env("CARGO", cargo).env("RUSTC", "rustc"));
        assert_eq!(said.exit, 0, "{cargo}: {}", said.err);
    }
}
