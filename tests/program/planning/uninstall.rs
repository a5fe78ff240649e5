//! `cargo sigra uninstall`: a project on which nobody has worked is as it was before, byte for byte;
//! where somebody has, their work stays and is named.

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::support::{CARGO_TOML, MAIN, Project, first, second, sigra};
use cargo_sigra::{
    apply::{self, Disk, Fault},
    edit::lines,
    manifest::Found,
    refusal::Exit,
    world::World,
};
use proptest::prelude::*;

type Tree = BTreeMap<String, Vec<u8>>;

const APP: &str = "src/app.rs";
const OUT: &[&str] = &["uninstall", "--yes", "--migrations"];

/// Something of every kind that is put into files that are not ours.
const FEATURE: &str = r#"says = "people"

[package]
rust-version = "1.85"

[ignore]
lines = ["/target", ".env", "*.db"]

[attributes]
lines = ["migrations/** -text"]

[secrets]
KEY = 3

[[dependencies]]
group = "web"
axum = { version = "0.8.9", features = ["macros"] }
tokio = { version = "1.53", features = ["rt", "time"] }

[[dependencies]]
group = "data"
serde = { version = "1", features = ["derive"] }

[dev-dependencies]
tempfile = "3"

[profile.dev]
debug = "line-tables-only"

[profile.dev.package.argon2]
opt-level = 3
"#;

fn everything() -> World {
    second(&[("base/feature.toml", FEATURE)])
}

/// Without what stays on purpose.
fn comparable(project: &Project) -> Tree {
    let mut tree = project.tree();
    tree.retain(|path, _| !path.ends_with("Cargo.lock"));
    tree
}

/// Installs, throws the secrets away, takes everything out, and compares.
fn assert_undone(project: &Project, world: &World, what: &str) {
    let before = comparable(project);
    project.install(world).unwrap();
    project.remove(".env");
    assert_ne!(comparable(project), before, "{what}");
    assert_eq!(project.typed(OUT, world).unwrap(), Exit::Done, "{what}");
    let after = comparable(project);
    for (path, bytes) in &after {
        let text = String::from_utf8_lossy(bytes);
        let was = before.get(path).map(|was| String::from_utf8_lossy(was));
        assert_eq!(Some(text), was, "{what}: {path}");
    }
    assert_eq!(after.len(), before.len(), "{what}");
    assert!(!project.exists(".sigra"), "{what}");
    assert!(!project.exists("migrations"), "{what}");
}

#[test]
fn a_new_program_is_as_it_was() {
    assert_undone(&Project::fresh(), &first(), "a few files");
    assert_undone(&Project::fresh(), &everything(), "everything");
}

#[test]
fn a_newer_program_takes_out_what_an_older_one_has_written() {
    let newer = FEATURE
        .replace("group = \"web\"", "group = \"server\"")
        .replace("\"rt\", \"time\"", "\"fs\", \"rt\"")
        .replace("version = \"0.8.9\"", "version = \"0.8.12\"")
        .replace(
            "serde = { version = \"1\", features = [\"derive\"] }",
            "serde_json = \"1\"",
        )
        .replace("opt-level = 3", "opt-level = 2");
    let project = Project::fresh();
    let before = comparable(&project);
    project.install(&everything()).unwrap();
    project.remove(".env");
    let newer = second(&[("base/feature.toml", &newer)]);
    assert_eq!(project.typed(OUT, &newer).unwrap(), Exit::Done);
    assert_eq!(comparable(&project), before);
}

#[test]
fn what_an_upgrade_has_added_to_an_entry_goes_with_it() {
    let newer = FEATURE.replace("\"rt\", \"time\"", "\"fs\", \"rt\", \"time\"");
    let project = Project::fresh();
    let before = comparable(&project);
    project.install(&everything()).unwrap();
    project
        .install(&second(&[("base/feature.toml", &newer)]))
        .unwrap();
    project.remove(".env");
    let newest = newer.replace("tokio =", "time =");
    let newest = second(&[("base/feature.toml", &newest)]);
    assert_eq!(project.typed(OUT, &newest).unwrap(), Exit::Done);
    assert_eq!(comparable(&project), before);
}

#[test]
fn the_attributes_of_migrations_stay_with_them() {
    let project = Project::fresh();
    project.install(&everything()).unwrap();
    let out = ["uninstall", "--yes"];
    assert_eq!(project.typed(&out, &everything()).unwrap(), Exit::Done);
    assert_eq!(
        project.read(".gitattributes"),
        "# sigra\nmigrations/** -text\n"
    );
    let project = Project::fresh();
    project.install(&everything()).unwrap();
    assert_eq!(project.typed(OUT, &everything()).unwrap(), Exit::Done);
    assert!(!project.exists(".gitattributes"));
}

#[test]
fn a_new_program_with_a_library_is_as_it_was() {
    let folder = Project::empty();
    let mut cargo = std::process::Command::new("cargo");
    let cargo = cargo.args(["new", "-q", "--lib", "lib"]);
    assert!(cargo.current_dir(&folder.root).status().unwrap().success());
    for text in [&folder.read("lib/src/lib.rs"), "", "\n\n", "\r\n"] {
        let project = Project::fresh();
        project.write("src/lib.rs", text);
        assert_undone(&project, &first(), &format!("{text:?}"));
    }
}

#[test]
fn what_this_program_really_writes_can_be_taken_out() {
    let project = Project::fresh();
    let before = comparable(&project);
    for words in [
        &["--no-binary-id", "--jwt"][..],
        &["--database", "postgres"],
    ] {
        let install = [&["install", "--yes", "-q"], words].concat();
        assert_eq!(sigra(&project.root, &install).exit, 0);
        project.remove(".env");
        let said = sigra(&project.root, OUT);
        assert_eq!(said.exit, 0, "{}", said.err);
        assert_eq!(comparable(&project), before);
        project.remove("Cargo.lock");
    }
}

#[test]
fn windows_line_ends_come_back() {
    let project = Project::fresh();
    for (path, text) in [
        ("src/main.rs", MAIN),
        ("Cargo.toml", CARGO_TOML),
        (".gitignore", "/target\n"),
        (".gitattributes", "*.png binary\n"),
    ] {
        project.write(path, &text.replace('\n', "\r\n"));
    }
    assert_undone(&project, &everything(), "windows");
}

#[test]
fn lists_of_git_come_back_however_they_were() {
    for text in [
        "",
        "\n",
        "/target",
        "/target\n",
        "/target\n\n",
        "a\n\nb",
        "# mine\r\n/target\r\n",
    ] {
        let project = Project::fresh();
        project.write(".gitignore", text);
        project.write(".gitattributes", text);
        assert_undone(&project, &everything(), &format!("{text:?}"));
    }
    let project = Project::fresh();
    project.remove(".gitignore");
    assert_undone(&project, &everything(), "none");
}

#[test]
fn the_style_of_rustfmt_comes_back() {
    for config in [None, Some(""), Some("max_width = 80\n"), Some("# mine\n")] {
        let project = Project::fresh();
        project.write("Cargo.toml", &CARGO_TOML.replace("2024", "2021"));
        if let Some(config) = config {
            project.write("rustfmt.toml", config);
        }
        assert_undone(&project, &everything(), &format!("{config:?}"));
    }
}

#[test]
fn every_manifest_comes_back() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cargo_toml");
    let cases = fs::read_dir(folder)
        .unwrap()
        .map(|case| case.unwrap().path());
    let cases: Vec<_> = cases.filter(|case| case.join("out").exists()).collect();
    assert!(cases.len() >= 11);
    for case in cases {
        let project = Project::fresh();
        let manifest = fs::read_to_string(case.join("in/Cargo.toml")).unwrap();
        project.write("Cargo.toml", &manifest);
        assert_undone(&project, &everything(), &case.display().to_string());
    }
}

#[test]
fn a_member_and_its_workspace_are_as_they_were() {
    let workspace = Project::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/shop\"]\n\n[workspace.dependencies]\naxum = \"0.8.9\"\nserde = { version = \"1\", features = [\"derive\"] }\n",
    );
    let mut member = Project::empty();
    member.root = workspace.root.join("crates/shop");
    member.write("Cargo.toml", CARGO_TOML);
    member.write("src/main.rs", MAIN);
    let before = workspace.tree();
    member.install(&everything()).unwrap();
    member.remove(".env");
    member.typed(OUT, &everything()).unwrap();
    assert_eq!(workspace.tree(), before);
}

#[test]
fn features_that_came_in_a_later_version_go_too() {
    let project = Project::fresh();
    project.write(
        "Cargo.toml",
        &format!("{CARGO_TOML}tokio = {{ version = \"1.53\", features = [\"fs\"] }} # mine\n"),
    );
    let before = comparable(&project);
    project.install(&everything()).unwrap();
    let later = FEATURE.replace("\"rt\", \"time\"", "\"net\", \"rt\", \"time\"");
    let later = later.replace("[\"macros\"]", "[\"macros\", \"ws\"]");
    let later = second(&[("base/feature.toml", &later)]);
    project.install(&later).unwrap();
    project.remove(".env");
    assert_eq!(project.typed(OUT, &later).unwrap(), Exit::Done);
    assert_eq!(comparable(&project), before);
}

#[test]
fn installing_again_afterwards_is_a_first_installation() {
    let project = Project::fresh();
    project.install(&everything()).unwrap();
    let installed = project.tree();
    project.remove(".env");
    project.typed(OUT, &everything()).unwrap();
    project.install(&everything()).unwrap();
    assert_eq!(project.tree(), installed);
}

/// Installs, has the owner do something, and takes out what can be.
fn after(work: impl Fn(&Project)) -> (Project, Exit) {
    let project = Project::fresh();
    project.install(&everything()).unwrap();
    work(&project);
    let exit = project.typed(&["uninstall", "--yes"], &everything());
    (project, exit.unwrap())
}

fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = project.read(path);
    assert!(text.contains(from), "{path}: {text}");
    project.write(path, &text.replace(from, to));
}

#[test]
fn what_the_owner_has_edited_stays_and_something_remains() {
    let (project, exit) = after(|project| edit(project, APP, "one();", "mine();"));
    assert_eq!(exit, Exit::Remaining);
    assert!(project.read(APP).contains("mine();"));
    assert_eq!(project.read("src/main.rs"), MAIN);
    assert!(!project.exists("static") && !project.exists(".sigra"));
}

#[test]
fn an_edited_main_stays() {
    let (project, exit) =
        after(|project| edit(project, "src/main.rs", "app::run", "crate::app::run"));
    assert_eq!(exit, Exit::Remaining);
    assert!(project.read("src/main.rs").contains("crate::app::run"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn files_of_the_owners_that_stop_compiling_are_named_wherever_cargo_looks() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let uses = "\nuse shop::brand;\n";
    project.write("src/mine.rs", "use crate::brand::NAME;\n");
    project.write("src/other.rs", "use crate::mine;\n");
    for path in [
        "build.rs",
        "tests/mine.rs",
        "tools/tool.rs",
        "tools/parts/a.rs",
    ] {
        project.write(path, uses);
    }
    project.write("elsewhere/no.rs", uses);
    let manifest = project.read("Cargo.toml");
    let bin = "\n[[bin]]\nname = \"tool\"\npath = \"./tools/tool.rs\"\n";
    project.write("Cargo.toml", &(manifest + bin));
    let step = "adapt or delete build.rs:2 (brand), src/mine.rs:1 (brand::NAME), tests/mine.rs:2 \
                (brand), tools/parts/a.rs:2 (brand), tools/tool.rs:2 (brand): what they need goes\n";
    for words in [["uninstall", "--dry-run"], ["uninstall", "--yes"]] {
        let said = sigra(&project.root, &words);
        assert!(said.err.contains(step), "{words:?}: {}", said.err);
        assert_eq!(said.exit, 4, "{words:?}");
    }
}

#[test]
fn an_edited_template_is_named_once_as_in_need_of_what_goes() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    edit(&project, APP, "use", "// mine\nuse");
    let said = sigra(&project.root, &["uninstall", "--yes"]);
    let steps = said.err.split("Next steps").nth(1).unwrap();
    assert_eq!(steps.matches(APP).count(), 1, "{steps}");
}

#[test]
fn a_file_without_a_base_and_one_that_was_forgotten_stay() {
    let (project, exit) = after(|project| {
        let manifest = project.read(".sigra/manifest.toml");
        let (_, record) = manifest.split_once("[file.app]\n").unwrap();
        let (_, sum) = record.split_once("sha256:").unwrap();
        let other = manifest.replace(&sum[..8], "00000000");
        project.write(".sigra/manifest.toml", &other);
        project
            .typed(&["forget", "static/app.css"], &everything())
            .unwrap();
    });
    assert_eq!(exit, Exit::Remaining);
    assert!(project.exists(APP) && project.exists("static/app.css"));
}

#[test]
fn a_file_that_the_owner_put_beside_ours_stays_with_its_folder() {
    let (project, exit) = after(|project| project.write("static/own.css", "b {\n}\n"));
    assert_eq!(exit, Exit::Done);
    assert!(project.exists("static/own.css") && !project.exists("static/app.css"));
}

#[test]
fn what_waits_beside_a_file_goes_and_the_file_stays() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    project.install(&everything()).unwrap();
    project
        .typed(&["uninstall", "--yes"], &everything())
        .unwrap();
    assert_eq!(project.read(APP), "// mine\n");
    assert!(!project.exists("src/app.rs.sigra-new"));
}

#[test]
fn migrations_stay_unless_they_may_go_and_are_as_they_were_written() {
    let path = "migrations/20261224180000_users.sql";
    let (project, _) = after(|_| {});
    assert!(project.exists(path));
    for (text, stays) in [("-- mine\n", true), ("", false)] {
        let project = Project::fresh();
        project.install(&everything()).unwrap();
        if !text.is_empty() {
            project.write(path, text);
        }
        project.typed(OUT, &everything()).unwrap();
        assert_eq!(project.exists(path), stays);
    }
}

#[test]
fn secrets_stay_and_so_does_the_line_that_hides_them() {
    let (project, exit) = after(|_| {});
    assert_eq!(exit, Exit::Done);
    assert_eq!(project.read(".env"), "KEY=AAEC\n");
    assert_eq!(project.read(".gitignore"), "/target\n\n# sigra\n.env\n");
}

#[test]
fn the_line_that_hides_a_database_stays_while_it_is_there() {
    for database in ["shop.db", "data/of/users/shop.db"] {
        let (project, _) = after(|project| {
            project.remove(".env");
            project.write(database, "users");
        });
        let ignored = project.read(".gitignore");
        assert_eq!(ignored, "/target\n\n# sigra\n*.db\n", "{database}");
    }
}

#[test]
fn lines_that_the_owner_put_among_ours_stay() {
    let (project, _) = after(|project| {
        project.remove(".env");
        edit(project, ".gitignore", "*.db\n", "*.db\n*.log\n");
    });
    assert_eq!(project.read(".gitignore"), "/target\n\n# sigra\n*.log\n");
}

#[test]
fn lines_of_ours_that_the_owner_moved_stay_and_are_named() {
    let (project, exit) = after(|project| {
        project.remove(".env");
        project.write(".gitignore", "*.db\n# my own order\n.env\n");
    });
    assert_eq!(exit, Exit::Remaining);
    assert_eq!(project.read(".gitignore"), "*.db\n# my own order\n.env\n");
}

#[test]
fn dependencies_that_the_owner_changed_or_explained_stay() {
    let (project, exit) = after(|project| {
        let cargo = "Cargo.toml";
        edit(
            project,
            cargo,
            "axum = { version = \"0.8.9\"",
            "axum = { version = \"0.8.10\"",
        );
        edit(project, cargo, "serde = {", "# for my own rows\nserde = {");
        edit(
            project,
            cargo,
            "tempfile = \"3\"",
            "tempfile = \"3\" # mine, too",
        );
        edit(
            project,
            cargo,
            "debug = \"line-tables-only\"",
            "debug = true",
        );
    });
    assert_eq!(exit, Exit::Remaining);
    assert_eq!(
        project.read("Cargo.toml"),
        format!(
            "{CARGO_TOML}# web\naxum = {{ version = \"0.8.10\", features = [\"macros\"] }}\n\n# data\n# for my own rows\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\n[dev-dependencies]\ntempfile = \"3\" # mine, too\n\n[profile.dev]\ndebug = true\n"
        )
    );
}

#[test]
fn dependencies_of_the_owner_stay_where_they_are() {
    let (project, exit) = after(|project| {
        edit(
            project,
            "Cargo.toml",
            "tempfile = \"3\"\n",
            "insta = \"1\"\ntempfile = \"3\"\n",
        );
        edit(
            project,
            "Cargo.toml",
            "[dependencies]\n",
            "[dependencies]\nrand = \"0.9\"\n\n",
        );
    });
    assert_eq!(exit, Exit::Done);
    assert_eq!(
        project.read("Cargo.toml"),
        format!("{CARGO_TOML}rand = \"0.9\"\n\n[dev-dependencies]\ninsta = \"1\"\n")
    );
}

#[test]
fn features_of_ours_leave_an_entry_that_the_owner_went_on_with() {
    let project = Project::fresh();
    project.write("Cargo.toml", &format!("{CARGO_TOML}axum = \"0.8.9\"\n"));
    project.install(&everything()).unwrap();
    edit(
        &project,
        "Cargo.toml",
        "[\"macros\"]",
        "[\"macros\", \"ws\"]",
    );
    project.typed(OUT, &everything()).unwrap();
    let entry = "axum = { version = \"0.8.9\", features = [\"ws\"] }\n";
    assert_eq!(project.read("Cargo.toml"), format!("{CARGO_TOML}{entry}"));
}

#[test]
fn looking_writes_nothing_and_the_patch_is_what_would_happen() {
    let project = Project::fresh();
    project.install(&everything()).unwrap();
    let before = project.tree();
    project
        .typed(&["uninstall", "--dry-run"], &everything())
        .unwrap();
    project
        .typed(&["uninstall", "--diff"], &everything())
        .unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn the_patch_is_what_happens() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let copy = project.copy();
    copy.git(&["init", "-q"]);
    let said = sigra(&project.root, &["uninstall", "--diff"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    fs::write(copy.root.join(".git/the.patch"), said.out).unwrap();
    copy.git(&["apply", ".git/the.patch"]);
    sigra(&project.root, &["uninstall", "--yes"]);
    assert_eq!(copy.tree(), project.tree());
}

#[test]
fn without_a_yes_nobody_is_there_to_ask() {
    let project = Project::installed();
    let (why, exit) = project.typed_refusal(&["uninstall"], &first());
    assert_eq!(
        why,
        "nobody can confirm here; look at it with --dry-run or --diff, then give --yes"
    );
    assert_eq!(exit, Exit::Usage);
}

#[test]
fn where_nothing_was_installed_it_says_so() {
    assert_eq!(
        sigra(&Project::fresh().root, &["uninstall", "--yes"]).exit,
        1
    );
}

#[test]
#[ignore = "long: stage cli runs it"]
fn whatever_stops_it_there_is_the_old_tree_or_the_new_one() {
    let whole = first();
    let project = Project::installed();
    let old = project.tree();
    project.typed(OUT, &whole).unwrap();
    let new = project.tree();
    for fault in [Fault::Full, Fault::Crash, Fault::Once] {
        for at in 0..whole.disk.operations() {
            let project = Project::installed();
            let disk = Disk::with(fault(at));
            let done = project.typed(OUT, &World { disk, ..first() });
            apply::go_back(&project.root, &Disk::real()).unwrap();
            let found = project.tree();
            let is_fine = match done {
                Ok(_) => found == new,
                Err(_) => found == old || found == new,
            };
            assert!(is_fine, "stopped at {at}");
        }
    }
}

#[test]
fn one_that_was_stopped_can_be_finished() {
    let stopped = |at| {
        let project = Project::installed();
        let disk = Disk::with(Fault::Crash(at));
        _ = project.typed(OUT, &World { disk, ..first() });
        project
    };
    let mut places = (0..100).map(stopped);
    let project = places
        .find(|project| apply::is_unfinished(&project.root))
        .unwrap();
    apply::go_on(&project.root, &Disk::real()).unwrap();
    assert!(!project.exists(".sigra") && !project.exists(APP));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn everything_is_told_once_and_why_something_stays() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    let said = sigra(&project.root, &["uninstall", "--yes"]);
    for words in [
        "Removed ",
        "Restored src/main.rs: as `cargo new` writes it\n",
        "Edited Cargo.toml: takes out ",
        "Note .env stays",
        "Note the migrations stay",
    ] {
        assert_eq!(said.err.matches(words).count(), 1, "{words}: {}", said.err);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn json_names_what_goes_and_what_stays() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    project.write(APP, "// mine\n");
    let said = sigra(
        &project.root,
        &["uninstall", "--yes", "-q", "--format", "json"],
    );
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.exit, &document["exit"]), (4, &4.into()));
    assert_eq!(document["command"], "uninstall");
    let has = |path: &str, action: &str| {
        let files = document["files"].as_array().unwrap();
        files
            .iter()
            .any(|file| file["path"] == path && file["action"] == action)
    };
    assert!(has(APP, "yours") && has("src/keys.rs", "removed"));
    let deps = document["deps"].as_array().unwrap();
    assert!(deps.iter().any(|name| name == "axum"));
}

/// Lines as people have them in their lists of git.
fn lists() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["", "a", "/target", "# mine", "*.log", " .env ", "!b"]);
    let lines = prop::collection::vec(line, 0..8);
    let end = prop::sample::select(vec!["\n", "\r\n"]);
    (lines, end, any::<bool>()).prop_map(|(lines, end, is_ended)| {
        let text = lines.join(end);
        text + if is_ended { end } else { "" }
    })
}

proptest! {
    #[test]
    fn lines_that_are_put_in_and_taken_out_leave_no_trace(text in lists()) {
        let wanted = ["/target", ".env", "*.db"].map(String::from);
        let (with, added) = lines::unite(&text, &wanted, "");
        let ours: Vec<_> = added.iter().map(String::as_str).collect();
        let is_unended = Found::of(Some(&text)) == Found::Unended;
        let (without, out) = lines::take_out(&with, &ours, is_unended);
        if !added.is_empty() {
            prop_assert_eq!(without, text);
        }
        prop_assert_eq!(out, added);
    }

    #[test]
    #[ignore = "long: stage cli runs it"]
    fn whatever_the_owner_has_written_is_there_afterwards(
        edits in prop::collection::vec((0_usize..4, "[a-z]{1,8}"), 0..6)
    ) {
        let project = Project::installed();
        let mut expected = Tree::new();
        for (at, word) in edits {
            let path = [APP, "src/main.rs", "static/app.css", "src/own.rs"][at];
            let text = format!("// {word}\n");
            project.write(path, &text);
            expected.insert(path.into(), text.into_bytes());
        }
        project.typed(&["uninstall", "--yes"], &first()).unwrap();
        let tree = project.tree();
        for (path, text) in &expected {
            prop_assert_eq!(tree.get(path), Some(text));
        }
    }
}
