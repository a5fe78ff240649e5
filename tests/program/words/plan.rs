//! The plan fits on one screen: what is routine is counted where there is much of it, and what needs
//! its owner's attention is always named.

use crate::support::{Project, older::Older, sigra};

const COLUMNS: usize = 80;
/// What is left of 24 lines for the plan: the question has a line, and an empty one before it.
const LINES: usize = 22;

/// The plan as it is shown, without what follows it.
fn plan(project: &Project, words: &[&str]) -> String {
    let said = sigra(&project.root, &[words, &["--dry-run"]].concat());
    let (plan, _) = said.err.split_once("\nnothing was written").unwrap();
    plan.to_owned()
}

fn assert_fits(plan: &str) {
    let lines = plan.lines();
    let rows: usize = lines
        .map(|line| line.chars().count().div_ceil(COLUMNS).max(1))
        .sum();
    assert!(rows <= LINES, "{rows} lines:\n{plan}");
}

fn assert_in_the_owners_terms(plan: &str) {
    let verbs = plan
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names = ["starter", "base", "sqlite", "uuid", "vault", "guides"];
    for verb in verbs {
        assert!(!names.contains(&verb), "{verb}:\n{plan}");
    }
    for name in ["starter-bin", "sqlite-uuid", "vault"] {
        assert!(!plan.contains(name), "{name}:\n{plan}");
    }
}

#[test]
fn the_plan_of_a_new_project_fits_on_one_screen() {
    let project = Project::fresh();
    for words in [&["install", "--yes"][..], &["install", "--yes", "--jwt"]] {
        let plan = plan(&project, words);
        assert_fits(&plan);
        assert_in_the_owners_terms(&plan);
        assert!(plan.contains("     Created "), "{plan}");
        assert!(
            plan.contains(" files: ") && plan.contains("src/ "),
            "{plan}"
        );
    }
}

#[test]
fn what_uninstall_takes_out_is_counted_and_what_stays_is_named() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "--jwt", "-q"]);
    project.write("src/app.rs", "// mine\n");
    let plan = plan(&project, &["uninstall"]);
    assert!(plan.lines().count() <= LINES, "{plan}");
    let removed: Vec<_> = plan
        .lines()
        .filter(|line| line.contains("Removed "))
        .collect();
    assert_eq!(removed.len(), 1, "{plan}");
    assert!(
        removed[0].contains(" files: ") && removed[0].contains(" src/ "),
        "{plan}"
    );
    assert!(
        plan.contains("Left src/app.rs (not as it was written)\n"),
        "{plan}"
    );
    let migrations = project.tree().into_keys();
    let migrations = migrations.filter(|path| path.starts_with("migrations/"));
    let count = format!("Left {} migrations\n", migrations.count());
    assert!(plan.contains(&count), "{count}{plan}");
    let every = self::plan(&project, &["uninstall", "--verbose"]);
    for (path, _) in project.tree() {
        let is_named = every.contains(&format!("Left {path}\n"));
        assert_eq!(
            is_named,
            path.starts_with("migrations/"),
            "{path}:\n{every}"
        );
    }
    let all = sigra(&project.root, &["uninstall", "--dry-run", "--verbose"]);
    assert!(all.err.contains("Removed src/keys.rs\n"), "{}", all.err);
}

#[test]
fn the_plan_of_a_feature_that_comes_later_fits_on_one_screen() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let plan = plan(&project, &["install", "--yes", "--jwt"]);
    assert_fits(&plan);
    assert_in_the_owners_terms(&plan);
    assert!(
        plan.contains("         jwt access and refresh tokens"),
        "{plan}"
    );
}

#[test]
fn every_file_is_named_where_all_is_to_be_told() {
    let project = Project::fresh();
    let plan = plan(&project, &["install", "--yes", "-v"]);
    let said = sigra(
        &project.root,
        &["install", "--yes", "--dry-run", "--format", "json"],
    );
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let paths = document["files"].as_array().unwrap().iter();
    let paths = paths.map(|file| file["path"].as_str().unwrap());
    // Migrations are named for the second in which they are written.
    for path in paths.filter(|path| !path.starts_with("migrations/")) {
        assert!(plan.contains(&format!(" {path}")), "{path} is left out");
    }
}

/// A project for which that many files have a newer version; the first of them is edited, too.
fn behind(count: usize) -> Project {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let mut older = Older::of(&project.root);
    let paths = older.paths().into_iter();
    let paths = paths.filter(|path| path.starts_with("src/accounts/") && path.ends_with(".rs"));
    let paths: Vec<_> = paths.take(count).collect();
    assert_eq!(paths.len(), count);
    for path in &paths {
        older.wrote(path, "// older\n");
    }
    older.was_left_by("0.0.9");
    project.write(&paths[0], "// mine\n");
    project
}

#[test]
#[ignore = "long: stage cli runs it"]
fn few_files_are_named_and_many_are_counted() {
    let plan_of = |count| plan(&behind(count), &["upgrade", "--yes"]);
    let few = plan_of(5);
    assert_eq!(
        few.matches("     Updated src/accounts/").count(),
        4,
        "{few}"
    );
    let many = plan_of(12);
    assert!(many.contains("     Updated 11 files: src/ 11\n"), "{many}");
    assert_fits(&many);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_conflict_is_named_among_many_files() {
    for count in [5, 12] {
        let plan = plan(&behind(count), &["upgrade", "--yes"]);
        assert_eq!(
            plan.matches("(changed by you and by the templates").count(),
            1,
            "{plan}"
        );
    }
}
