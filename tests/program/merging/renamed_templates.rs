//! Templates that are renamed: the file goes along, and with it what its owner has made of it.

use crate::support::{FILES, Project, second, sigra};
use cargo_sigra::{
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    templates::Templates,
    world::World,
};

const APP: &str = "src/app.rs";
const WEB: &str = "src/web/start.rs";
const TEXT: &str = "pub fn run() {\n    one();\n    two();\n    three();\n    four();\n}\n";

fn feature(renamed: &str) -> String {
    let (_, text) = FILES
        .iter()
        .find(|(path, _)| *path == "base/feature.toml")
        .unwrap();
    format!("{text}[renamed]\n{renamed}")
}

/// The second version, in which `app` is `web/start`.
fn renamed(text: &str) -> World {
    second(&[
        ("base/feature.toml", &feature("app = \"web/start\"\n")),
        ("base/src/app.rs", ""),
        ("base/src/web/start.rs", text),
    ])
}

fn manifest(project: &Project) -> Manifest {
    Manifest::parse(&project.read(PATH)).unwrap()
}

#[test]
fn an_unedited_file_is_renamed() {
    let project = Project::installed();
    assert_eq!(project.install(&renamed(TEXT)).unwrap(), Exit::Done);
    assert!(!project.exists(APP) && !project.exists(".sigra/base/app.base"));
    assert_eq!(project.read(WEB), TEXT);
    assert_eq!(project.read(".sigra/base/web/start.base"), TEXT);
    let manifest = manifest(&project);
    assert!(!manifest.files.contains_key("app"));
    assert_eq!(manifest.files["web/start"].path, WEB);
}

#[test]
fn so_it_is_as_if_it_had_always_been_there() {
    let (renewed, fresh) = (Project::installed(), Project::fresh());
    renewed.install(&renamed(TEXT)).unwrap();
    let mut world = renamed(TEXT);
    world.now = crate::support::first().now;
    fresh.install(&world).unwrap();
    assert_eq!(renewed.tree(), fresh.tree());
}

#[test]
fn an_edit_goes_along_and_is_merged_with_the_news() {
    let project = Project::installed();
    project.write(APP, &TEXT.replace("one", "mine"));
    project
        .install(&renamed(&TEXT.replace("four", "five")))
        .unwrap();
    assert!(!project.exists(APP));
    assert_eq!(
        project.read(WEB),
        TEXT.replace("one", "mine").replace("four", "five")
    );
}

#[test]
fn an_edit_goes_along_without_news_too() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    project.install(&renamed(TEXT)).unwrap();
    assert!(!project.exists(APP));
    assert_eq!(project.read(WEB), "// mine\n");
    assert_eq!(project.read(".sigra/base/web/start.base"), TEXT);
}

#[test]
fn a_conflict_is_marked_at_the_new_path() {
    let project = Project::installed();
    project.write(APP, &TEXT.replace("one", "mine"));
    let world = renamed(&TEXT.replace("one", "news"));
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert!(!project.exists(APP));
    assert!(project.read(WEB).contains("<<<<<<< yours\n"));
    assert_eq!(project.read(".sigra/base/web/start.base"), TEXT);
    assert!(!project.exists(".sigra/base/app.base"));
    let resolved = TEXT.replace("one", "both");
    project.write(WEB, &resolved);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(project.read(WEB), resolved);
}

#[test]
fn a_foreign_file_at_the_new_path_stays_and_so_does_the_edited_one() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    project.write(WEB, "// also mine\n");
    assert_eq!(project.install(&renamed(TEXT)).unwrap(), Exit::Remaining);
    assert_eq!(project.read(APP), "// mine\n");
    assert_eq!(project.read(WEB), "// also mine\n");
    assert_eq!(project.read("src/web/start.rs.sigra-new"), TEXT);
    assert_eq!(manifest(&project).files["web/start"].state, State::Sidecar);
    let before = project.tree();
    assert_eq!(project.install(&renamed(TEXT)).unwrap(), Exit::Remaining);
    assert_eq!(project.tree(), before);
}

#[test]
fn the_same_file_at_the_new_path_is_adopted() {
    let project = Project::installed();
    project.write(WEB, TEXT);
    assert_eq!(project.install(&renamed(TEXT)).unwrap(), Exit::Done);
    assert!(!project.exists(APP));
    assert_eq!(project.read(WEB), TEXT);
}

#[test]
fn a_deleted_file_stays_deleted_under_its_new_name() {
    let project = Project::installed();
    project.remove(APP);
    project.install(&renamed(TEXT)).unwrap();
    assert!(!project.exists(APP) && !project.exists(WEB));
    assert_eq!(manifest(&project).files["web/start"].state, State::Deleted);
    project.install(&renamed(TEXT)).unwrap();
    assert!(!project.exists(APP) && !project.exists(WEB));
}

#[test]
fn a_version_that_was_left_out_makes_no_difference() {
    let project = Project::installed();
    project.write(APP, &TEXT.replace("one", "mine"));
    let third = second(&[
        (
            "base/feature.toml",
            &feature("app = \"web/start\"\n\"web/start\" = \"web/go\"\n"),
        ),
        ("base/src/app.rs", ""),
        ("base/src/web/go.rs", TEXT),
    ]);
    project.install(&third).unwrap();
    assert_eq!(project.read("src/web/go.rs"), TEXT.replace("one", "mine"));
    assert!(!project.exists(APP));
}

#[test]
fn an_id_that_was_renamed_is_never_another_templates() {
    let toml = "[renamed]\napp = \"web/start\"\n";
    let files = [
        ("base/feature.toml", toml.as_bytes()),
        ("base/src/app.rs", b"// another one\n"),
        ("base/src/web/start.rs", b"// the one it was\n"),
    ];
    let error = Templates::new("0.0.1", files).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "templates/base/src/app.rs: app was renamed to web/start; a template's id is never used again"
    );
}

#[cfg(unix)]
#[test]
fn a_script_can_still_be_run_at_its_new_path() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let script = "#!/bin/sh\n";
    let project = Project::fresh();
    project
        .install(&second(&[("base/bin/start", script)]))
        .unwrap();
    fs::set_permissions(
        project.root.join("bin/start"),
        fs::Permissions::from_mode(0o700),
    )
    .unwrap();
    let renamed = feature("\"bin/start\" = \"bin/run\"\n");
    let world = second(&[("base/feature.toml", &renamed), ("base/bin/run", script)]);
    project.install(&world).unwrap();
    let mode = fs::metadata(project.root.join("bin/run"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(!project.exists("bin/start"));
}

#[test]
fn a_new_id_is_text() {
    let toml = "[renamed]\napp = 1\n";
    let error = Templates::new("0.0.1", [("base/feature.toml", toml.as_bytes())]).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "templates/base/feature.toml: key renamed: app has no new id"
    );
    assert!(sigra(&Project::fresh().root, &["features"]).exit == 0);
}
