//! Owners who have done more to a project of the first version than change some lines, and the versions that come afterwards.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::around::{guide, shop as builds};
use crate::evolution::{
    edit::{Edit, is_clean},
    edits::{ABOUT_A_FILE, EDITS},
    kept::{Way, assert_kept, assert_parses, forget_the_age_of_bases, is_marked},
    owner::{Choice, chosen, files, shop, upgrade},
    version,
};
use crate::support::{
    Project,
    timeless::{assert_alike, assert_same},
};
use cargo_sigra::refusal::Exit;

/// The same project on both ways to the third version, which nothing on them has anything against.
#[track_caller]
fn clean(project: &Project) -> Project {
    let [direct, stepwise] = [project.copy(), project.copy()];
    for (project, versions) in [(&direct, &[1, 3][..]), (&stepwise, &[1, 2, 3])] {
        for step in versions.windows(2) {
            let before = project.copy();
            assert_eq!(upgrade(project, step[1]), Exit::Done);
            assert!(!is_marked(project));
            assert_kept(&before, project, Way(step[0], step[1]));
            assert_parses(project, step[1]);
        }
    }
    forget_the_age_of_bases(&stepwise);
    assert_same(&direct, &stepwise);
    direct
}

/// People have a name: the guide to fields of one's own was followed.
fn with_a_field(choice: Choice) -> Project {
    let project = chosen(choice, 1);
    guide::follow(&project.root, "docs/accounts/your-fields.md");
    project
}

/// JWT is no longer wanted. Its tables stay.
fn without_jwt() -> Project {
    let project = shop(1);
    let words = ["install", "--yes", "--quiet", "--no-jwt"];
    assert_eq!(project.typed(&words, &version(1)).unwrap(), Exit::Done);
    project
}

const LINKS: [&str; 2] = ["src/web/log_in_links.rs", "src/web/letters/log_in_links.rs"];
const HEALTH: [&str; 2] = ["src/web/health.rs", "src/web/operations/health.rs"];
const PAGE: [&str; 2] = [
    "templates/log_in_links/show.html",
    "templates/letters/log_in.html",
];

/// Brings a file elsewhere, as an editor does it.
fn carry(project: &Project, [old, new]: [&str; 2]) {
    project.write(new, &project.read(old));
    project.remove(old);
}

/// Writes something else in the place of a text that is there once.
fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = project.read(path);
    assert_eq!(text.matches(from).count(), 1, "{path}: {from}");
    project.write(path, &text.replace(from, to));
}

/// Two files stand in modules of the owner's; of the one whose text had to change at that, `cargo sigra mv` was told. A page stands
/// elsewhere, too.
fn move_files(project: &Project) {
    for paths in [LINKS, HEALTH, PAGE] {
        carry(project, paths);
    }
    for (module, file) in [("letters", "log_in_links"), ("operations", "health")] {
        let (old, new) = (
            format!("pub mod {file};\n"),
            format!("pub mod {module};\npub use {module}::{file};\n"),
        );
        edit(project, "src/web.rs", &old, &new);
        let path = format!("src/web/{module}.rs");
        project.write(&path, &format!("//! Ours.\n\npub mod {file};\n"));
    }
    edit(project, LINKS[1], "use super::{", "use crate::web::{");
    edit(
        project,
        LINKS[1],
        "log_in_links/show.html",
        "letters/log_in.html",
    );
    let told = project.typed(&["mv", "--quiet", LINKS[0], LINKS[1]], &version(1));
    assert_eq!(told.unwrap(), Exit::Done);
}

#[test]
fn a_file_in_another_module_gets_its_news_there() {
    let project = shop(1);
    move_files(&project);
    let project = clean(&project);
    for [old, new] in [LINKS, HEALTH, PAGE] {
        assert!(!project.exists(old) && project.exists(new), "{new}");
    }
    let links = project.read(LINKS[1]);
    let at = |text: &str| links.find(text).unwrap();
    assert!(
        at("limits.passwords.count(") < at("match form::email(&ask.email)"),
        "the hole is open"
    );
}

#[test]
fn a_field_of_their_own_stays() {
    let project = clean(&with_a_field(Choice::Proposed));
    assert!(
        project
            .read("src/accounts/user.rs")
            .contains("display_name")
    );
}

#[test]
fn a_feature_that_was_taken_out_does_not_come_back() {
    let before = without_jwt();
    let project = clean(&before);
    let has_come = |path: &str| !before.exists(path) && files(1).contains_key(path);
    let back = project.tree().into_keys().find(|path| has_come(path));
    assert_eq!(back, None);
    assert!(!project.read("Cargo.toml").contains("jsonwebtoken"));
}

/// Every text as an editor on Windows saves it, but for migrations, whose text is their name.
fn with_windows_lines(project: &Project) {
    for (path, bytes) in project.tree() {
        if !path.starts_with(".sigra/") && !path.starts_with("migrations/") {
            let text = String::from_utf8(bytes).unwrap();
            project.write(&path, &text.replace('\n', "\r\n"));
        }
    }
}

fn without_windows_lines(project: &Project) -> BTreeMap<String, String> {
    let files = project.tree().into_iter();
    // The way back from conflicts tells files by what was in them.
    let files = files.filter(|(path, _)| !path.starts_with(".sigra/txn/"));
    let plain = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    files.map(|(path, bytes)| (path, plain(bytes))).collect()
}

#[test]
fn line_ends_of_windows_stay_and_make_no_difference() {
    for edits in [&[][..], EDITS] {
        let [windows, plain] = [shop(1), shop(1)];
        for project in [&windows, &plain] {
            edits.iter().for_each(|edit| edit.apply(project));
        }
        with_windows_lines(&windows);
        assert_eq!(upgrade(&windows, 3), upgrade(&plain, 3));
        for (path, bytes) in windows.tree() {
            let is_new = path.starts_with(".sigra/") || path.starts_with("migrations/");
            let is_new = is_new || !files(1).contains_key(&path);
            let text = String::from_utf8(bytes).unwrap();
            let lines = (text.matches("\r\n").count(), text.matches('\n').count());
            assert!(is_new || lines.0 == lines.1, "{path} has both line ends");
        }
        let (windows, plain) = (
            without_windows_lines(&windows),
            without_windows_lines(&plain),
        );
        for (path, text) in &plain {
            assert_alike(path, &windows[path], text);
        }
    }
}

/// Whoever has done all of that.
fn busy(choice: Choice) -> Project {
    let project = with_a_field(choice);
    let edits = EDITS.iter().filter(is_clean);
    let is_possible = |edit: &&Edit| choice == Choice::Proposed || edit.name != ABOUT_A_FILE;
    let edits = edits.filter(is_possible);
    edits.for_each(|edit| edit.apply(&project));
    move_files(&project);
    project
}

#[test]
fn all_of_that_goes_together() {
    Choice::ALL.into_iter().for_each(|choice| {
        clean(&busy(choice));
    });
}

#[test]
fn what_its_owner_has_worked_on_stays_when_the_rest_is_taken_out() {
    let project = clean(&busy(Choice::Proposed));
    let before = project.copy();
    let out = project.typed(&["uninstall", "--yes", "--quiet"], &version(3));
    assert_eq!(out.unwrap(), Exit::Remaining);
    let is_shared = |path: &str| ["Cargo.toml", ".gitignore"].contains(&path);
    for (path, bytes) in before.tree() {
        // A file that stands elsewhere as it was written is not worked on.
        let is_as_written = files(3).values().any(|ours| *ours == bytes);
        let is_theirs = !is_as_written && !path.starts_with(".sigra/");
        if is_theirs && !is_shared(&path) {
            assert_alike(
                &path,
                &project.read(&path),
                &String::from_utf8(bytes).unwrap(),
            );
        }
    }
    assert!(!project.exists("src/accounts/session.rs") && !project.exists(".sigra"));
}

#[test]
fn a_crate_that_got_a_feature_keeps_what_was_written_about_it() {
    let project = shop(1);
    let line = "time = { version = \"0.3.55\", features = [\"formatting\", \"macros\"] }\n";
    let theirs = "# Not chrono.\ntime = { version = \"0.3.55\", features = [\"formatting\", \"macros\", \"rand\"] } # ours\n";
    edit(&project, "Cargo.toml", line, theirs);
    assert_eq!(upgrade(&project, 3), Exit::Done);
    let manifest = project.read("Cargo.toml");
    let merged = theirs.replace("\"rand\"", "\"parsing\", \"rand\"");
    assert!(manifest.contains(&merged), "{manifest}");
}

/// Builds a project and runs its own tests.
fn passes_its_tests(project: &Project, name: &str) {
    let root = builds::folder().join("upgrades").join(name).join("shop");
    _ = fs::remove_dir_all(&root);
    for (path, bytes) in project.tree() {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    cargo(&root, &["test", "--quiet", "--offline"]);
}

fn cargo(root: &Path, words: &[&str]) {
    let mut cargo = Command::new("cargo");
    cargo.args(words).envs(builds::building(root));
    builds::run(&mut cargo, root);
}

#[test]
#[ignore = "builds what the later versions write; tests/run upgrades"]
fn what_the_later_versions_write_passes_its_tests() {
    passes_its_tests(&shop(2), "second");
    passes_its_tests(&shop(3), "third");
}

#[test]
#[ignore = "builds what is left when all is merged; tests/run upgrades"]
fn what_a_busy_owner_has_after_all_versions_passes_its_tests() {
    passes_its_tests(&clean(&busy(Choice::Proposed)), "busy");
}

#[test]
#[ignore = "builds what is left when all is merged, and needs a server; tests/run upgrades"]
fn it_passes_them_too_where_everything_else_was_chosen() {
    passes_its_tests(&clean(&busy(Choice::Other)), "busy-other");
}

#[test]
#[ignore = "builds what is left when all is merged; tests/run upgrades"]
fn what_is_left_without_a_feature_passes_its_tests() {
    passes_its_tests(&clean(&without_jwt()), "without-jwt");
    let project = shop(1);
    let words = ["install", "--yes", "--quiet", "--no-jwt", "--no-api"];
    assert_eq!(project.typed(&words, &version(1)).unwrap(), Exit::Done);
    passes_its_tests(&project, "no-jwt");
}
