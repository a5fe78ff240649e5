//! Three versions of the real templates: whoever comes from the first to the third has the same as whoever starts there.

use std::process::Command;

use crate::evolution::{VERSIONS, owner::shop, path_in, version};
use crate::support::{Project, timeless::assert_same, world};
use cargo_sigra::{
    answers::{Requested, Table},
    cli::Mode,
    feature::{Database, Key},
    refusal::Exit,
    templates::Templates,
};

/// As different as two projects can be.
fn choices() -> [Requested; 2] {
    let yes = Requested {
        yes: true,
        ..Requested::default()
    };
    let jwt = [("jwt", true)].into();
    [
        Requested {
            features: jwt,
            ..yes.clone()
        },
        Requested {
            database: Some(Database::Postgres),
            key: Some(Key::Integer),
            table: Some(Table::parse("members").unwrap()),
            ..yes
        },
    ]
}

fn install(project: &Project, requested: &Requested, number: usize) -> Exit {
    let exit = project.install_with(requested.clone(), Mode::default(), &version(number));
    exit.unwrap()
}

/// A program, or a library with one, that got these versions one after the other.
fn grown(is_library: bool, requested: &Requested, versions: &[usize]) -> Project {
    let project = Project::fresh();
    if is_library {
        project.write("src/lib.rs", "");
    }
    for number in versions {
        assert_eq!(install(&project, requested, *number), Exit::Done);
    }
    project
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_first_version_is_the_real_one() {
    let mut real = world(Templates::embedded().unwrap());
    real.templates.version = VERSIONS[0].into();
    let project = Project::fresh();
    project
        .install_with(choices()[0].clone(), Mode::default(), &real)
        .unwrap();
    assert_same(&project, &shop(1));
}

#[test]
fn each_version_has_the_files_where_it_says() {
    for number in 2..=3 {
        let (first, later) = (shop(1), shop(number));
        let is_ours = |path: &str| !path.contains("migrations/") && !path.starts_with(".sigra/");
        for path in first.tree().into_keys().filter(|path| is_ours(path)) {
            let now = path_in(1, number, &path);
            assert!(now.is_none_or(|now| later.exists(now)), "{path}");
            assert!(now == Some(&path) || !later.exists(&path), "{path}");
        }
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_the_later_versions_write_is_formatted() {
    for number in 2..=3 {
        let project = shop(number);
        let files = project.tree().into_keys();
        let files: Vec<_> = files.filter(|path| path.ends_with(".rs")).collect();
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.args(["--check", "--edition", "2024"]).args(files);
        let said = rustfmt.current_dir(&project.root).output().unwrap();
        assert!(
            said.status.success(),
            "{}",
            String::from_utf8_lossy(&said.stdout)
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn without_an_edit_every_way_leads_to_the_same_project() {
    for (is_library, requested) in [false, true].into_iter().zip(choices()) {
        let there = |versions: &[usize]| grown(is_library, &requested, versions);
        assert_same(&there(&[1, 2]), &there(&[2]));
        let third = there(&[3]);
        for way in [&[1, 3][..], &[2, 3], &[1, 2, 3]] {
            assert_same(&there(way), &third);
        }
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_feature_comes_before_an_upgrade_after_it_or_with_it() {
    let plain = Requested {
        yes: true,
        ..Requested::default()
    };
    let [jwt, _] = choices();
    let there = |steps: &[(&Requested, usize)]| {
        let project = Project::fresh();
        for (requested, number) in steps {
            assert_eq!(install(&project, requested, *number), Exit::Done);
        }
        project
    };
    let at_once = there(&[(&jwt, 3)]);
    for steps in [
        &[(&plain, 1), (&jwt, 3)][..],
        &[(&plain, 1), (&jwt, 1), (&plain, 3)],
        &[(&plain, 1), (&plain, 3), (&jwt, 3)],
        &[(&plain, 1), (&jwt, 2), (&plain, 3)],
    ] {
        assert_same(&there(steps), &at_once);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_same_version_again_changes_nothing() {
    let [jwt, _] = choices();
    let project = Project::fresh();
    for number in 1..=3 {
        install(&project, &jwt, number);
        let before = project.tree();
        assert_eq!(install(&project, &jwt, number), Exit::Done);
        let check = Mode {
            check: true,
            ..Mode::default()
        };
        let exit = project.install_with(jwt.clone(), check, &version(number));
        assert_eq!(exit.unwrap(), Exit::Done);
        assert_eq!(project.tree(), before);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_three_versions_have_written_can_be_taken_out() {
    for requested in choices() {
        let (fresh, project) = (Project::fresh(), Project::fresh());
        (1..=3).for_each(|number| assert_eq!(install(&project, &requested, number), Exit::Done));
        // What stays on purpose.
        [".env", "Cargo.lock"]
            .iter()
            .for_each(|path| project.remove(path));
        let exit = project.typed(&["uninstall", "--yes", "--migrations"], &version(3));
        assert_eq!(exit.unwrap(), Exit::Done);
        assert_eq!(project.tree(), fresh.tree());
    }
}
