//! What a package may be like, and stand in: editions, names, workspaces, repositories.

use std::process::Command;

use crate::support::{CARGO_TOML, MAIN, Project, Said, first, second, sigra};
use cargo_sigra::{
    apply::{Disk, Fault},
    refusal::Exit,
    world::World,
};

const NEEDS: &str = r#"says = "people"
[package]
rust-version = "1.85"
[[dependencies]]
group = "web"
axum = { version = "0.8.9", features = ["macros"] }
tokio = { version = "1.53", features = ["rt", "time"] }
[profile.dev.package.argon2]
opt-level = 3
[ignore]
lines = ["/target", ".env"]
[attributes]
lines = ["migrations/** -text"]
[secrets]
KEY = 3
"#;

fn needs() -> World {
    second(&[("base/feature.toml", NEEDS)])
}

fn package(keys: &str) -> Project {
    let project = Project::fresh();
    project.write(
        "Cargo.toml",
        &format!("[package]\n{keys}\n[dependencies]\n"),
    );
    project
}

fn of_edition(edition: &str) -> Project {
    package(&format!("name = \"shop\"\nedition = \"{edition}\""))
}

#[test]
fn a_project_of_2021_is_told_the_style_that_the_code_is_written_in() {
    let project = of_edition("2021");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read("rustfmt.toml"), "style_edition = \"2024\"\n");
}

#[test]
fn a_project_of_2024_has_that_style_by_itself() {
    let project = of_edition("2024");
    project.install(&first()).unwrap();
    assert!(!project.exists("rustfmt.toml"));
}

#[test]
fn the_style_is_put_beside_the_settings_that_are_there() {
    for name in ["rustfmt.toml", ".rustfmt.toml"] {
        let project = of_edition("2021");
        project.write(name, "# mine\nmax_width = 90\n");
        project.install(&first()).unwrap();
        assert_eq!(
            project.read(name),
            "# mine\nmax_width = 90\nstyle_edition = \"2024\"\n"
        );
    }
}

#[test]
fn a_style_that_somebody_chose_stays() {
    let project = of_edition("2021");
    project.write("rustfmt.toml", "style_edition = \"2021\"\n");
    project.install(&first()).unwrap();
    assert_eq!(project.read("rustfmt.toml"), "style_edition = \"2021\"\n");
}

#[test]
fn a_style_that_its_owner_removed_does_not_come_back() {
    let project = of_edition("2021");
    project.install(&first()).unwrap();
    project.remove("rustfmt.toml");
    project.install(&first()).unwrap();
    assert!(!project.exists("rustfmt.toml"));
}

#[test]
fn an_edition_that_is_too_old_is_refused() {
    for edition in ["2015", "2018"] {
        assert_eq!(
            of_edition(edition).refusal(&first()),
            format!(
                "this package has edition {edition}, and the generated code needs 2021 or 2024; write `edition = \"2024\"` below [package] in Cargo.toml and run this again"
            )
        );
    }
}

#[test]
fn a_package_that_names_no_edition_has_the_oldest() {
    let sentence = package("name = \"shop\"").refusal(&first());
    assert!(
        sentence.starts_with("this package has edition 2015"),
        "{sentence}"
    );
}

#[test]
fn a_rust_version_that_is_too_old_is_refused() {
    let project = package("name = \"shop\"\nedition = \"2024\"\nrust-version = \"1.80.1\"");
    assert_eq!(
        project.refusal(&first()),
        "this package has rust-version 1.80.1, and the generated code needs 1.85; write `rust-version = \"1.85\"` below [package] in Cargo.toml and run this again"
    );
}

#[test]
fn a_rust_version_that_is_new_enough_stays() {
    for named in ["1.85", "1.85.0", "1.100"] {
        let keys = format!("name = \"shop\"\nedition = \"2024\"\nrust-version = \"{named}\"");
        let project = package(&keys);
        assert_eq!(project.install(&first()).unwrap(), Exit::Done, "{named}");
        assert!(project.read("Cargo.toml").contains(&keys), "{named}");
    }
}

#[test]
fn a_name_may_have_dashes_and_digits() {
    for name in ["a", "my-shop-2", "shop_3", &"a".repeat(60)] {
        let project = package(&format!("name = \"{name}\"\nedition = \"2024\""));
        assert_eq!(project.install(&first()).unwrap(), Exit::Done, "{name}");
    }
}

#[test]
fn a_name_that_is_a_word_of_rust_is_refused() {
    for name in ["fn", "crate", "self"] {
        let project = package(&format!("name = \"{name}\"\nedition = \"2024\""));
        assert_eq!(
            project.refusal(&first()),
            format!(
                "the package is named {name}, which is no name in Rust; give it another one in Cargo.toml and run this again"
            )
        );
    }
}

/// What `cargo new --lib` writes, as the cargo of this machine does.
fn library(name: &str) -> Project {
    let folder = Project::empty();
    let mut new = Command::new("cargo");
    new.args(["new", "--quiet", "--lib", "--vcs", "none", name]);
    assert!(new.current_dir(&folder.root).status().unwrap().success());
    let project = package(&format!("name = \"{name}\"\nedition = \"2024\""));
    project.write("src/lib.rs", &folder.read(&format!("{name}/src/lib.rs")));
    project
}

#[test]
fn where_there_is_a_library_the_modules_are_in_it_and_the_program_calls_it() {
    let project = library("my-shop");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert!(project.read("src/lib.rs").starts_with("mod app;\n"));
    assert_eq!(
        project.read("src/main.rs"),
        "fn main() {\n    my_shop::run();\n}\n"
    );
}

#[test]
fn an_empty_library_is_as_good_as_a_new_one() {
    let project = Project::fresh();
    project.write("src/lib.rs", "\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert!(project.read("src/lib.rs").starts_with("mod app;\n"));
}

#[test]
fn what_a_project_consists_of_is_remembered() {
    let project = library("shop");
    project.install(&first()).unwrap();
    let before = project.tree();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before);
    project.write("src/lib.rs", "mod app;\n\npub fn run() {}\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read("src/lib.rs"), "mod app;\n\npub fn run() {}\n");
}

#[test]
fn a_library_that_comes_later_is_its_owners() {
    let project = Project::installed();
    project.write("src/lib.rs", "pub fn mine() {}\n");
    let before = project.tree();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before);
}

/// A workspace with this manifest, and its member `crates/shop`.
fn member(above: &str) -> (Project, Project) {
    let workspace = Project::empty();
    let head = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/shop\"]\n";
    workspace.write("Cargo.toml", &format!("{head}{above}"));
    let mut member = Project::fresh();
    member.root = workspace.root.join("crates/shop");
    member.write("Cargo.toml", CARGO_TOML);
    member.write("src/main.rs", MAIN);
    (workspace, member)
}

#[test]
fn edition_and_rust_version_may_be_the_workspaces() {
    let keys = "[workspace.package]\nedition = \"2021\"\nrust-version = \"1.90\"\n";
    let (_workspace, member) = member(keys);
    member.write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\nedition.workspace = true\nrust-version.workspace = true\n",
    );
    assert_eq!(member.install(&needs()).unwrap(), Exit::Done);
    assert_eq!(member.read("rustfmt.toml"), "style_edition = \"2024\"\n");
    assert!(
        member
            .read("Cargo.toml")
            .contains("rust-version.workspace = true\n")
    );
}

#[test]
fn an_edition_of_the_workspaces_that_is_too_old_is_refused() {
    let (_workspace, member) = member("[workspace.package]\nedition = \"2018\"\n");
    member.write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\nedition.workspace = true\n",
    );
    let sentence = member.refusal(&needs());
    assert!(
        sentence.starts_with("this package has edition 2018"),
        "{sentence}"
    );
}

#[test]
fn a_rustfmt_toml_above_the_package_is_not_switched_off() {
    let (workspace, member) = member("");
    workspace.write("rustfmt.toml", "max_width = 90\n");
    member.write("Cargo.toml", &CARGO_TOML.replace("2024", "2021"));
    let said = sigra(&member.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(!member.exists("rustfmt.toml"));
    assert!(
        said.err.contains("`cargo fmt` brings them into that"),
        "{}",
        said.err
    );
}

#[test]
fn what_the_workspace_has_is_inherited() {
    let (workspace, member) = member(
        "[workspace.dependencies]\naxum = { version = \"0.8\", features = [\"macros\"] }\ntokio = { version = \"1\", default-features = false, features = [\"rt\"] }\n",
    );
    assert_eq!(member.install(&needs()).unwrap(), Exit::Done);
    assert!(
        member.read("Cargo.toml").ends_with(
            "[dependencies]\n# web\naxum.workspace = true\ntokio = { workspace = true, default-features = true, features = [\"time\"] }\n"
        ),
        "{}",
        member.read("Cargo.toml")
    );
    let before = workspace.tree();
    member.install(&needs()).unwrap();
    assert_eq!(workspace.tree(), before);
}

#[test]
fn what_the_workspace_has_in_a_version_that_cannot_work_is_refused() {
    let (_workspace, member) = member("[workspace.dependencies]\naxum = \"0.7\"\n");
    assert_eq!(
        member.refusal(&needs()),
        "axum in [workspace.dependencies] is \"0.7\", which cannot work; change it to \"0.8.9\" and run this again"
    );
}

#[test]
fn what_the_workspace_has_under_another_name_is_refused() {
    let (_workspace, member) =
        member("[workspace.dependencies]\naxum = { package = \"other\", version = \"1\" }\n");
    assert_eq!(
        member.refusal(&needs()),
        "axum in [workspace.dependencies] is another package under that name; rename that entry and run this again"
    );
}

#[test]
fn features_that_an_inherited_entry_has_already_are_not_added() {
    let (_workspace, member) =
        member("[workspace.dependencies]\naxum = { version = \"0.8\", features = [\"macros\"] }\n");
    member.write(
        "Cargo.toml",
        &format!("{CARGO_TOML}axum.workspace = true\n"),
    );
    member.install(&needs()).unwrap();
    assert!(
        member
            .read("Cargo.toml")
            .contains("\naxum.workspace = true\n")
    );
}

#[test]
fn an_inherited_entry_without_default_features_is_refused() {
    let (_workspace, member) = member(
        "[workspace.dependencies]\naxum = { version = \"0.8\", default-features = false }\n",
    );
    member.write(
        "Cargo.toml",
        &format!("{CARGO_TOML}axum.workspace = true\n"),
    );
    assert_eq!(
        member.refusal(&needs()),
        "axum in [workspace.dependencies] has `default-features = false`, and accounts need them; remove that and run this again"
    );
}

#[test]
fn the_plan_says_what_becomes_of_the_workspaces_lock() {
    let (workspace, member) = member("");
    let said = sigra(&member.root, &["install", "--yes", "--dry-run"]);
    let note = "        Note a workspace has a Cargo.lock of its own: the next build adds what is new, in the newest versions that fit rather than in those that were tested together\n";
    assert!(said.err.contains(note), "{}", said.err);
    let edit = "Edited ../../Cargo.toml: adds profile.dev.debug";
    assert!(said.err.contains(edit), "{}", said.err);
    assert!(!workspace.read("Cargo.toml").contains("profile"));
}

#[test]
fn the_plan_says_when_the_versions_were_chosen_already() {
    let project = Project::fresh();
    let lock = "version = 4\n\n[[package]]\nname = \"anyhow\"\nversion = \"1.0.0\"\n";
    project.write("Cargo.lock", lock);
    let said = sigra(&project.root, &["install", "--yes", "--dry-run"]);
    let note = "Note Cargo.lock stays as it is: the next build adds what is new, ";
    assert!(said.err.contains(note), "{}", said.err);
}

#[test]
fn lines_for_git_go_to_the_member() {
    let (workspace, member) = member("");
    member.install(&needs()).unwrap();
    assert!(member.exists(".gitignore") && member.exists(".gitattributes"));
    assert!(!workspace.exists(".gitignore") && !workspace.exists(".gitattributes"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_member_is_found_from_the_root_of_its_workspace() {
    let (workspace, member) = member("");
    let words = ["install", "--yes", "--quiet", "--path", "crates/shop"];
    let said = sigra(&workspace.root, &words);
    assert_eq!((said.exit, said.err.as_str()), (0, ""));
    assert!(member.exists(".sigra/manifest.toml"));
    assert!(!workspace.exists(".sigra"));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_failure_leaves_the_workspace_as_it_was_too() {
    let faulty = |at| World {
        disk: Disk::with(Fault::Once(at)),
        ..needs()
    };
    let (_workspace, undisturbed) = member("");
    let world = needs();
    undisturbed.install(&world).unwrap();
    for at in 0..world.disk.operations() - 2 {
        let (workspace, member) = member("");
        let before = workspace.tree();
        member.install(&faulty(at)).unwrap_err();
        assert_eq!(workspace.tree(), before, "operation {at}");
    }
}

#[test]
fn a_package_that_its_workspace_does_not_know_is_refused_in_cargos_words() {
    let (workspace, _member) = member("");
    workspace.write(
        "crates/other/Cargo.toml",
        &CARGO_TOML.replace("shop", "other"),
    );
    workspace.write("crates/other/src/main.rs", MAIN);
    let said = sigra(
        &workspace.root,
        &["install", "--yes", "--path", "crates/other"],
    );
    assert_eq!(said.exit, 1);
    let reason = "current package believes it's in a workspace when it's not";
    assert!(said.err.contains(reason), "{}", said.err);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_package_that_its_workspace_leaves_out_stands_alone() {
    let (workspace, _member) = member("exclude = [\"crates/other\"]\n");
    workspace.write(
        "crates/other/Cargo.toml",
        &CARGO_TOML.replace("shop", "other"),
    );
    workspace.write("crates/other/src/main.rs", MAIN);
    let before = workspace.read("Cargo.toml");
    let words = ["install", "--yes", "--quiet", "--path", "crates/other"];
    assert_eq!(sigra(&workspace.root, &words).exit, 0);
    assert_eq!(workspace.read("Cargo.toml"), before);
    assert!(workspace.exists("crates/other/Cargo.lock"));
}

#[test]
fn new_makes_a_member_with_what_the_workspace_shares() {
    let workspace = Project::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\n\n[workspace.package]\nedition = \"2021\"\n",
    );
    let said = sigra(&workspace.root, &["new", "crates/shop", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(
        workspace
            .read("Cargo.toml")
            .contains("members = [\"crates/shop\"]")
    );
    assert!(
        workspace
            .read("crates/shop/Cargo.toml")
            .contains("edition.workspace = true")
    );
    assert!(workspace.exists("crates/shop/rustfmt.toml"));
    assert!(said.err.contains("  cd crates/shop\n"), "{}", said.err);
}

fn committed(project: Project) -> Project {
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "mine"]);
    project
}

const MIXED: &str = "        Note 1 file has changes that are not committed; git will show them and these together. Commit first to see them apart\n";

#[test]
#[ignore = "long: stage cli runs it"]
fn the_plan_says_that_changes_which_were_not_committed_will_be_mixed() {
    let project = committed(Project::fresh());
    project.write("Cargo.toml", &format!("{CARGO_TOML}\n"));
    project.write("notes.txt", "new, so it cannot be mixed up\n");
    let said = sigra(&project.root, &["install", "--yes", "--dry-run"]);
    assert!(said.err.contains(MIXED), "{}", said.err);
    assert_eq!(
        sigra(&project.root, &["install", "--yes", "--quiet"]).exit,
        0
    );
}

#[test]
fn a_clean_tree_and_one_without_commits_need_no_words() {
    let fresh = Project::fresh();
    fresh.git(&["init", "-q"]);
    for project in [committed(Project::fresh()), fresh, Project::fresh()] {
        let said = sigra(&project.root, &["install", "--yes", "--dry-run"]);
        assert!(!said.err.contains("committed"), "{}", said.err);
    }
}

#[test]
fn changes_elsewhere_in_the_repository_are_not_ours_to_mention() {
    let repository = Project::empty();
    repository.write("other/notes.txt", "one\n");
    repository.write("shop/Cargo.toml", CARGO_TOML);
    repository.write("shop/src/main.rs", MAIN);
    let repository = committed(repository);
    repository.write("other/notes.txt", "two\n");
    let words = ["install", "--yes", "--dry-run", "--path", "shop"];
    let said = sigra(&repository.root, &words);
    assert!(!said.err.contains("committed"), "{}", said.err);
}

#[test]
fn a_machine_without_git_will_do() {
    let project = Project::fresh();
    let rust = std::path::PathBuf::from(std::env::var_os("CARGO").unwrap());
    let mut install = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    install
        .args(["install", "--dry-run", "--yes"])
        .env("PATH", rust.parent().unwrap())
        .current_dir(&project.root);
    let said = Said::of(&mut install);
    assert_eq!(said.exit, 0, "{}", said.err);
}

#[test]
fn no_secret_goes_into_an_env_file_that_git_keeps() {
    let project = Project::fresh();
    project.write(".env", "PORT=1\n");
    let project = committed(project);
    assert_eq!(project.install(&needs()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(".env"), "PORT=1\n");
    let said = sigra(&project.root, &["install", "--yes"]);
    let step = "  take .env out of version control with `git rm --cached .env`, then run `cargo sigra install` again for SECRET_KEY_BASE, SESSION_SIGNING_SALT, ENCRYPTION_KEYS\n";
    assert!(said.err.contains(step), "{}", said.err);
}

#[test]
fn a_line_for_env_may_stand_in_the_repositorys_own_file() {
    let repository = Project::empty();
    repository.git(&["init", "-q"]);
    repository.write(".gitignore", ".env\n");
    let mut project = Project::fresh();
    project.root = repository.root.join("shop");
    project.write("Cargo.toml", CARGO_TOML);
    project.write("src/main.rs", MAIN);
    project.install(&first()).unwrap();
    project.write(".gitignore", "/target\n");
    project.remove(".env");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read(".env"), "KEY=AAEC\n");
}

/// A package with files that only one that stands alone gets.
fn alone() -> World {
    second(&[
        ("base/feature.toml", NEEDS),
        ("deploy/feature.toml", "says = \"containers\"\n"),
        ("deploy/Dockerfile", "FROM scratch\n"),
    ])
}

#[test]
fn dependencies_in_folders_are_named_for_the_dockerfile() {
    let project = Project::fresh();
    let more = "helper = { path = \"crates/helper\" }\n\n\
                [target.'cfg(unix)'.dev-dependencies.\"other\"]\npath = \"../other\"\n";
    project.write("Cargo.toml", &format!("{CARGO_TOML}{more}"));
    let notes = |project: &Project| -> Vec<String> {
        let changes = crate::support::proposed(project, &alone());
        changes.notes.iter().map(ToString::to_string).collect()
    };
    let told = "Cargo.toml depends on packages in ../other, crates/helper; the Dockerfile builds \
                dependencies before it copies anything but Cargo.toml: add a COPY for them above \
                its first cargo build";
    assert_eq!(notes(&project), [told]);
    project.install(&alone()).unwrap();
    assert!(notes(&project).is_empty());
}

/// The same package, moved into a workspace.
fn moved_into_a_workspace(edit: impl Fn(String) -> String) -> (Project, Project) {
    let project = Project::fresh();
    project.install(&alone()).unwrap();
    let (workspace, member) = member("");
    for (path, bytes) in project.tree() {
        member.write(&path, &edit(String::from_utf8(bytes).unwrap()));
    }
    (workspace, member)
}

#[test]
fn a_package_that_has_moved_into_a_workspace_loses_no_file() {
    let (workspace, member) = moved_into_a_workspace(|text| text);
    assert_eq!(member.install(&alone()).unwrap(), Exit::Done);
    assert_eq!(member.read("Dockerfile"), "FROM scratch\n");
    let setting = "[profile.dev.package.argon2]\nopt-level = 3\n";
    assert!(workspace.read("Cargo.toml").ends_with(setting));
    assert!(!member.read("Cargo.toml").contains("profile"));

    let before = workspace.tree();
    assert_eq!(member.install(&alone()).unwrap(), Exit::Done);
    assert_eq!(workspace.tree(), before);
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    assert_eq!(member.typed(&out, &alone()).unwrap(), Exit::Done);
    assert!(!workspace.read("Cargo.toml").contains("profile"));
    assert!(!member.exists("Dockerfile"));
}

#[test]
fn a_profile_that_the_owner_has_changed_is_named_after_a_move() {
    let (workspace, member) =
        moved_into_a_workspace(|text| text.replace("opt-level = 3", "opt-level = 1"));
    let before = workspace.read("Cargo.toml");
    let changes = crate::support::proposed(&member, &alone());
    let notes: Vec<_> = changes.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "this package has moved into a workspace; Dockerfile are for one that stands alone, and stay until you delete them",
            "cargo does not honour profile.dev.package.argon2.opt-level in Cargo.toml any more; you have changed it, so move it to ../../Cargo.toml yourself",
        ]
    );
    member.install(&alone()).unwrap();
    assert_eq!(workspace.read("Cargo.toml"), before);
    assert!(member.read("Cargo.toml").contains("opt-level = 1"));
}
