//! Files that cannot be written or merged: that stops those files, and nothing else.

use std::fs;

use crate::support::{Project, first, second};
use cargo_sigra::{
    manifest::{Manifest, PATH},
    refusal::Exit,
    world::World,
};

const APP: &str = "src/app.rs";
const CSS: &str = "static/app.css";
const PAGE: &str = "templates/help.html";
const MARKS: &str = "<<<<<<< yours\na\n=======\nb\n>>>>>>> theirs\n";

fn news_of(path: &str, text: &str) -> World {
    let path = format!("base/{path}");
    let app = Project::installed().read(APP).replace("four", "five");
    second(&[("base/src/app.rs", &app), (&path, text)])
}

fn manifest(project: &Project) -> Manifest {
    Manifest::parse(&project.read(PATH)).unwrap()
}

#[cfg(unix)]
fn linked() -> (Project, Project) {
    let (project, elsewhere) = (Project::installed(), Project::empty());
    elsewhere.write("app.css", "b {\n}\n");
    project.remove(CSS);
    let link = project.root.join(CSS);
    std::os::unix::fs::symlink(elsewhere.root.join("app.css"), link).unwrap();
    (project, elsewhere)
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_one_file_blocks_that_file_alone() {
    let (project, elsewhere) = linked();
    let world = news_of(CSS, "c {\n}\n");
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert!(project.read(APP).contains("five"));
    assert!(project.root.join(CSS).is_symlink());
    assert_eq!(elsewhere.read("app.css"), "b {\n}\n");
    let record = &manifest(&project).files[CSS];
    assert_eq!(record.templates.as_deref(), Some("0.0.1"));

    project.remove(CSS);
    project.write(CSS, "a {\n}\n");
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(project.read(CSS), "c {\n}\n");
}

#[cfg(unix)]
#[test]
fn beside_a_link_every_verb_works() {
    let (project, _elsewhere) = linked();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    for verb in [
        &["status", "--check"][..],
        &["mv", APP, "src/start.rs"],
        &["mv", "src/start.rs", APP],
        &["forget", APP],
        &["restore", APP, "--yes"],
    ] {
        let exit = project.typed(verb, &first());
        assert_eq!(exit.unwrap(), Exit::Done, "{verb:?}");
    }
    let (why, _) = project.typed_refusal(&["restore", CSS, "--yes"], &first());
    assert!(
        why.starts_with("static/app.css is not a plain file"),
        "{why}"
    );
    let exit = project.typed(&["uninstall", "--yes"], &first());
    assert_eq!(exit.unwrap(), Exit::Remaining);
    assert!(project.root.join(CSS).is_symlink());
    assert!(!project.exists(APP));
}

#[cfg(unix)]
#[test]
fn a_forgotten_link_is_nobodys_business() {
    let (project, _elsewhere) = linked();
    project.typed(&["forget", CSS], &first()).unwrap();
    let world = news_of(CSS, "c {\n}\n");
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert!(project.root.join(CSS).is_symlink());
}

#[test]
fn a_page_that_shows_conflict_markers_is_not_merged_and_stops_nothing_else() {
    let page = "<h1>Help</h1>\n<p>one</p>\n<p>two</p>\n<p>three</p>\n";
    let project = Project::fresh();
    project
        .install(&second(&[("base/templates/help.html", page)]))
        .unwrap();
    let mine = page.replace("Help</h1>\n", &format!("Help</h1>\n<pre>\n{MARKS}</pre>\n"));
    project.write(PAGE, &mine);
    let same = news_of(PAGE, page);
    assert_eq!(project.typed(&["status"], &same).unwrap(), Exit::Done);
    assert_eq!(project.install(&same).unwrap(), Exit::Done);
    let news = news_of(PAGE, &page.replace("three", "four"));
    assert_eq!(project.install(&news).unwrap(), Exit::Remaining);
    assert_eq!(project.read(PAGE), mine);
    project.write(PAGE, &page.replace("one", "mine"));
    assert_eq!(project.install(&news).unwrap(), Exit::Done);
    assert_eq!(
        project.read(PAGE),
        page.replace("one", "mine").replace("three", "four")
    );
}

#[test]
fn conflict_markers_in_a_string_are_no_conflict() {
    let project = Project::installed();
    let mine = format!(
        "{}\nconst HELP: &str = r\"\n{MARKS}\";\n",
        project.read(APP)
    );
    project.write(APP, &mine);
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), mine);
}

#[test]
fn status_during_a_first_installation_says_that_one_is_at_work() {
    let project = Project::fresh();
    project.write(".sigra/lock", "");
    let lock = fs::File::open(project.root.join(".sigra/lock")).unwrap();
    lock.lock().unwrap();
    let (why, exit) = project.typed_refusal(&["status"], &first());
    assert_eq!(
        (why.as_str(), exit),
        (
            "another `cargo sigra` is writing into this project; wait for it and run this again",
            Exit::Unfinished
        )
    );
    lock.unlock().unwrap();
    let (why, _) = project.typed_refusal(&["status"], &first());
    assert!(why.starts_with("there is no .sigra/manifest.toml"), "{why}");
}
