//! A dry run ends as the real run would: with the same next steps and the same exit code. And what is to be done next is told
//! whole.

use crate::support::{Project, Said, older::Older, sigra};
use serde_json::Value;

const FILES: [&str; 7] = [
    "src/app.rs",
    "src/brand.rs",
    "src/clock.rs",
    "src/config.rs",
    "src/db.rs",
    "src/id.rs",
    "src/http.rs",
];

/// A project in which the owner and the templates have changed the same lines of seven files.
fn before_seven_conflicts() -> Project {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let mut older = Older::of(&project.root);
    for path in FILES {
        older.wrote(path, "//! Older.\n");
    }
    older.was_left_by("0.0.9");
    for path in FILES {
        project.write(path, "//! Mine.\n");
    }
    project
}

fn steps(said: &Said) -> Vec<String> {
    let (_, steps) = said.err.split_once("\nNext steps").unwrap();
    steps.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_dry_run_ends_as_the_real_run_and_no_step_is_left_out() {
    let project = before_seven_conflicts();
    let before = project.tree();
    let dry = sigra(&project.root, &["upgrade", "--dry-run"]);
    assert_eq!(project.tree(), before);
    let diff = sigra(&project.root, &["upgrade", "--diff"]);
    let real = sigra(&project.root, &["upgrade", "--yes"]);
    assert_eq!((dry.exit, real.exit), (4, 4), "{}", dry.err);
    assert_eq!(steps(&dry), steps(&real));
    assert_eq!(steps(&diff), steps(&real));
    assert_eq!(steps(&real).len(), FILES.len());
    for path in FILES {
        assert!(
            real.err
                .contains(&format!("resolve the conflict in {path}:"))
        );
    }
}

#[test]
fn its_document_says_the_same() {
    let project = before_seven_conflicts();
    let document = |mode: &str| -> Value {
        let said = sigra(&project.root, &["upgrade", mode, "--format", "json"]);
        serde_json::from_str(&said.out).unwrap()
    };
    let (dry, real) = (document("--dry-run"), document("--yes"));
    for key in ["remaining", "notes", "exit"] {
        assert_eq!(dry[key], real[key], "{key}");
    }
    assert_eq!(real["remaining"].as_array().unwrap().len(), FILES.len());
}

#[test]
fn a_dry_run_of_uninstall_ends_as_the_real_one() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    project.write("src/app.rs", "//! Mine.\n");
    let dry = sigra(&project.root, &["uninstall", "--dry-run"]);
    let real = sigra(&project.root, &["uninstall", "--yes"]);
    assert_eq!((dry.exit, real.exit), (4, 4), "{}", dry.err);
    assert_eq!(steps(&dry), steps(&real));
}
