//! What stands in the way of a new file: the other file of its module, a path that differs only in capitals, a file where a
//! folder has to be.
use cargo_sigra::{refusal::Exit, render};

use crate::support::{Project, first, second};

/// What the run says, and that it changes nothing.
#[track_caller]
fn refused(path: &str, changed: &[(&str, &str)]) -> String {
    let project = Project::fresh();
    project.write(path, "// mine\n");
    project.refusal(&second(changed))
}

#[test]
fn a_module_that_is_there_as_a_folder_is_refused_before_anything_is_written() {
    for (path, ours) in [
        ("src/app/mod.rs", "src/app.rs"),
        ("src/config/mod.rs", "src/config.rs"),
        ("src/web/api/mod.rs", "src/web/api.rs"),
    ] {
        let template = format!("base/{ours}");
        assert_eq!(
            refused(path, &[(&template, "pub fn run() {}\n")]),
            format!(
                "{path} is there and {ours} would be written, and a module has only one file \
                 (E0584); move {path} to another module and run this again"
            )
        );
    }
}

#[test]
fn a_module_that_is_there_as_a_file_is_refused_where_ours_is_a_folder() {
    let said = refused(
        "src/web.rs",
        &[("base/src/web/mod.rs", "pub fn run() {}\n")],
    );
    assert!(said.starts_with("src/web.rs is there and src/web/mod.rs would be written"));
}

#[test]
fn a_new_module_of_a_later_version_is_refused_beside_an_owners_folder_too() {
    let project = Project::installed();
    project.write("src/robots/mod.rs", "// mine\n");
    let new = [("base/src/robots.rs", "pub fn run() {}\n")];
    let said = project.refusal(&second(&new));
    assert!(said.starts_with("src/robots/mod.rs is there and src/robots.rs would be written"));
    let skip = ["upgrade", "--yes", "--quiet", "--skip", "src/robots.rs"];
    assert_eq!(project.typed(&skip, &second(&new)).unwrap(), Exit::Done);
}

#[test]
fn a_folder_of_modules_and_what_is_no_module_are_in_nobodys_way() {
    let project = Project::fresh();
    project.write("src/app/own.rs", "// mine\n");
    project.write("src/main/mod.rs", "// mine\n");
    project.write("app/mod.rs", "// mine\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
}

#[test]
fn a_module_of_ours_that_its_owner_made_a_folder_stays_one() {
    let project = Project::installed();
    std::fs::create_dir(project.root.join("src/app")).unwrap();
    project
        .typed(&["mv", "src/app.rs", "src/app/mod.rs", "--quiet"], &first())
        .unwrap();
    let newer = "pub fn run() {\n    zero();\n}\n";
    let world = second(&[("base/src/app.rs", newer)]);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(project.read("src/app/mod.rs"), newer);
    assert!(!project.exists("src/app.rs"));
}

/// Owners' files, where ours would go, and what is said about it.
const MOVES: [(&str, &str, &str); 3] = [
    ("src/clock.rs", "src/clock/mod.rs", MODULE),
    ("src/clock.rs", "src/Clock.rs", CAPITALS),
    (
        "src/clock.rs",
        "src/clock.rs/app.rs",
        "src/clock.rs is a file, and files have to be written into a folder of that name; move it \
         out of the way and run this again",
    ),
];
const MODULE: &str = "src/clock.rs is there and src/clock/mod.rs would be written, and a module has \
                      only one file (E0584); move src/clock.rs to another module and run this again";
const CAPITALS: &str = "src/clock.rs is there and src/Clock.rs would be written, and on macOS and \
                        Windows both are the same file; rename src/clock.rs and run this again";

#[test]
fn mv_refuses_to_make_what_an_installation_refuses() {
    for (path, to, sentence) in MOVES {
        let project = Project::installed();
        project.write(path, "// mine\n");
        let (said, exit) = project.typed_refusal(&["mv", "src/app.rs", to], &first());
        assert_eq!((said.as_str(), exit), (sentence, Exit::Failed), "{to}");
    }
    let project = Project::installed();
    let words = ["mv", "src/app.rs", "src/App.rs", "--quiet"];
    assert_eq!(project.typed(&words, &first()).unwrap(), Exit::Done);
}

#[test]
fn restore_refuses_to_make_a_module_in_two_files() {
    let project = Project::installed();
    project.remove("src/app.rs");
    project.write("src/app/mod.rs", "// mine\n");
    let (said, _) = project.typed_refusal(&["restore", "src/app.rs"], &first());
    assert!(said.starts_with("src/app/mod.rs is there and src/app.rs would be written"));
}

#[test]
fn a_path_that_differs_only_in_capitals_is_refused() {
    for (path, ours) in [
        ("src/App.rs", "src/app.rs"),
        ("Static/app.css", "static/app.css"),
        ("Readme.md", "README.md"),
    ] {
        let said = refused(path, &[("base/README.md", "# Shop\n")]);
        assert_eq!(
            said,
            format!(
                "{path} is there and {ours} would be written, and on macOS and Windows both are \
                 the same file; rename {path} and run this again"
            )
        );
    }
}

#[test]
fn a_folder_with_other_capitals_is_no_file_of_ours() {
    let project = Project::fresh();
    project.write("Static/logo.svg", "<svg/>\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
}

#[test]
fn a_file_where_a_folder_has_to_be_is_refused_in_a_dry_run_too() {
    for path in ["static", "migrations"] {
        let project = Project::fresh();
        project.write(path, "mine\n");
        let wanted = format!(
            "{path} is a file, and files have to be written into a folder of that name; move it \
             out of the way and run this again"
        );
        assert_eq!(project.refusal(&first()), wanted);
        for look in ["--dry-run", "--check", "--diff"] {
            let words = ["install", "--yes", "--quiet", look];
            assert_eq!(project.typed_refusal(&words, &first()).0, wanted);
        }
    }
}

#[test]
fn a_folder_where_a_file_goes_is_refused() {
    let said = refused("src/app.rs/mine.rs", &[]);
    assert_eq!(
        said,
        "src/app.rs is not a plain file; move it out of the way and run this again"
    );
}

#[test]
fn a_module_that_is_there_twice_after_a_merge_is_a_conflict() {
    let main = |modules: &str| format!("{modules}\nfn main() {{\n    app::run();\n}}\n");
    let project = Project::installed();
    project.write(
        "src/main.rs",
        &format!("{}mod web {{}}\n", main("mod app;\n")),
    );
    let newer = main("mod app;\nmod web;\n");
    let world = second(&[
        ("starter-bin/src/main.rs", &newer),
        ("base/src/web.rs", "// web\n"),
    ]);
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
}

#[test]
fn two_modules_for_two_platforms_are_fine() {
    let platforms = "#[cfg(unix)]\nmod os;\n#[cfg(windows)]\nmod os {}\n";
    assert_eq!(render::rust(platforms), Ok(()));
    let twice = "mod one;\nmod two;\nmod one {}\n";
    let why = render::rust(twice).unwrap_err();
    assert_eq!(why, "3: duplicate module one");
}
