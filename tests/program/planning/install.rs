//! Installing and installing again: what becomes of a file, one fact per test.

use crate::support::{MAIN, Project, first, second, world};
use cargo_sigra::{
    answers::{OnConflict, Requested, RunOptions},
    cli::Mode,
    feature::Database,
    manifest::{Manifest, PATH, State},
    refusal::Exit,
};

const APP: &str = "src/app.rs";

fn manifest(project: &Project) -> Manifest {
    Manifest::parse(&project.read(PATH)).unwrap()
}

#[test]
fn the_stock_main_is_replaced() {
    assert!(
        Project::installed()
            .read("src/main.rs")
            .contains("app::run()")
    );
}

#[test]
fn a_stock_main_with_windows_line_ends_is_replaced_and_keeps_them() {
    let project = Project::fresh();
    project.write("src/main.rs", &MAIN.replace('\n', "\r\n"));
    project.install(&first()).unwrap();
    assert!(
        project
            .read("src/main.rs")
            .starts_with("mod app;\r\n\r\nfn main")
    );
}

#[test]
fn a_second_run_writes_nothing() {
    let project = Project::installed();
    let before = project.tree();
    let later = second(&[]);
    let same = cargo_sigra::world::World {
        templates: first().templates,
        ..later
    };
    assert_eq!(project.install(&same).unwrap(), Exit::Done);
    assert_eq!(project.tree(), before);
}

#[test]
fn git_has_nothing_to_say_after_a_commit_and_a_second_run() {
    let project = Project::installed();
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "installed"]);
    project.install(&first()).unwrap();
    assert_eq!(project.git(&["status", "--short"]), "");
}

#[test]
fn the_secrets_are_not_offered_to_git() {
    let project = Project::installed();
    project.git(&["init", "-q"]);
    assert!(
        !project
            .git(&["status", "--short", "-uall"])
            .contains(".env")
    );
}

#[test]
fn neither_lock_nor_transaction_is_offered_to_git() {
    let project = Project::installed();
    project.write(".sigra/txn/1/journal", "");
    project.git(&["init", "-q"]);
    let offered = project.git(&["status", "--short", "-uall"]);
    assert!(
        !offered.contains("txn") && !offered.contains("lock"),
        "{offered}"
    );
}

#[test]
fn an_edit_stays_while_there_is_no_news() {
    let project = Project::installed();
    project.write(APP, "pub fn run() {}\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), "pub fn run() {}\n");
}

#[test]
fn news_arrive_in_a_file_that_nobody_edited() {
    let project = Project::installed();
    project
        .install(&second(&[("base/src/app.rs", "pub fn run() {}\n")]))
        .unwrap();
    assert_eq!(project.read(APP), "pub fn run() {}\n");
}

#[test]
fn an_edit_and_news_in_different_places_are_merged() {
    let project = Project::installed();
    project.write(APP, &project.read(APP).replace("one();", "mine();"));
    let news = project
        .read(APP)
        .replace("mine();", "one();")
        .replace("four();", "five();");
    assert_eq!(
        project
            .install(&second(&[("base/src/app.rs", &news)]))
            .unwrap(),
        Exit::Done
    );
    let merged = project.read(APP);
    assert!(
        merged.contains("mine();") && merged.contains("five();"),
        "{merged}"
    );
}

#[test]
fn after_a_merge_only_the_next_news_are_merged() {
    let project = Project::installed();
    let ours = project.read(APP);
    project.write(APP, &ours.replace("one();", "mine();"));
    let news = ours.replace("four();", "five();");
    let world = second(&[("base/src/app.rs", &news)]);
    project.install(&world).unwrap();
    project.write(APP, &project.read(APP).replace("five();", "six();"));
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert!(project.read(APP).contains("six();"));
}

fn conflict() -> (Project, cargo_sigra::world::World) {
    let project = Project::installed();
    let ours = project.read(APP);
    project.write(APP, &ours.replace("one();", "mine();"));
    let world = second(&[("base/src/app.rs", &ours.replace("one();", "news();"))]);
    (project, world)
}

/// Installs with ours beside theirs where both do not fit together.
fn beside(project: &Project, world: &cargo_sigra::world::World) -> Exit {
    let requested = Requested {
        yes: true,
        options: RunOptions {
            on_conflict: OnConflict::Sidecar,
            ..RunOptions::default()
        },
        ..Requested::default()
    };
    let exit = project.install_with(requested, Mode::default(), world);
    exit.unwrap()
}

#[test]
fn an_edit_and_news_in_the_same_place_may_keep_the_edit_and_put_ours_beside_it() {
    let (project, world) = conflict();
    assert_eq!(beside(&project, &world), Exit::Remaining);
    assert!(project.read(APP).contains("mine();"));
    assert!(project.read("src/app.rs.sigra-new").contains("news();"));
}

#[test]
fn a_conflict_does_not_advance_the_base() {
    let (project, world) = conflict();
    let before = project.read(".sigra/base/app.base");
    beside(&project, &world);
    assert_eq!(project.read(".sigra/base/app.base"), before);
}

#[test]
fn a_conflict_that_still_waits_changes_nothing_and_is_told_again() {
    let (project, world) = conflict();
    beside(&project, &world);
    let before = project.tree();
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert_eq!(project.tree(), before);
}

#[test]
fn deleting_the_file_beside_ends_the_conflict_in_the_owners_favour() {
    let (project, world) = conflict();
    beside(&project, &world);
    project.remove("src/app.rs.sigra-new");
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert!(project.read(APP).contains("mine();"));
    assert_eq!(manifest(&project).files["app"].state, State::Here);
}

#[test]
fn taking_ours_ends_the_conflict_and_removes_the_file_beside() {
    let (project, world) = conflict();
    beside(&project, &world);
    project.write(APP, &project.read("src/app.rs.sigra-new"));
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert!(!project.exists("src/app.rs.sigra-new"));
}

#[test]
fn a_merge_that_does_not_parse_is_a_conflict() {
    let project = Project::installed();
    let ours = project.read(APP);
    let quoted = ours
        .replace("    one", "    let text = \"\n    one")
        .replace("    three", "    \";\n    three");
    let news = ours.replace("    two", "    say(\"hello\");\n    two");
    project.write(APP, &quoted);
    let exit = project
        .install(&second(&[("base/src/app.rs", &news)]))
        .unwrap();
    assert_eq!((exit, project.read(APP)), (Exit::Remaining, quoted));
}

#[test]
fn a_foreign_file_is_never_overwritten() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(APP), "// mine\n");
    assert!(project.read("src/app.rs.sigra-new").contains("pub fn run"));
}

#[test]
fn a_foreign_file_beside_is_not_overwritten_either() {
    let project = Project::fresh();
    project.write(APP, "// mine\n");
    project.write("src/app.rs.sigra-new", "// also mine\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Remaining);
    assert_eq!(project.read("src/app.rs.sigra-new"), "// also mine\n");
}

#[test]
fn a_foreign_file_that_is_the_same_is_adopted() {
    let project = Project::installed();
    let ours = project.read(APP);
    let fresh = Project::fresh();
    fresh.write(APP, &ours);
    assert_eq!(fresh.install(&first()).unwrap(), Exit::Done);
    assert_eq!(fresh.read(".sigra/base/app.base"), ours);
}

#[test]
fn a_deleted_file_stays_deleted() {
    let project = Project::installed();
    project.remove(APP);
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert!(!project.exists(APP));
    assert_eq!(manifest(&project).files["app"].state, State::Deleted);
}

#[test]
fn a_deleted_file_stays_deleted_when_there_is_news() {
    let project = Project::installed();
    project.remove(APP);
    project.install(&first()).unwrap();
    project
        .install(&second(&[("base/src/app.rs", "// news\n")]))
        .unwrap();
    assert!(!project.exists(APP));
}

#[test]
fn after_a_tombstone_a_further_run_changes_nothing() {
    let project = Project::installed();
    project.remove(APP);
    project.install(&first()).unwrap();
    let before = project.tree();
    project.install(&first()).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn a_file_that_comes_back_is_ours_again() {
    let project = Project::installed();
    let ours = project.read(APP);
    project.remove(APP);
    project.install(&first()).unwrap();
    project.write(APP, &ours);
    project.install(&first()).unwrap();
    assert_eq!(manifest(&project).files["app"].state, State::Here);
}

#[test]
fn an_unedited_file_that_the_templates_drop_is_removed_with_its_folder() {
    let project = Project::installed();
    project
        .install(&second(&[("base/static/app.css", "")]))
        .unwrap();
    assert!(!project.exists("static"));
    assert!(!project.exists(".sigra/base/static"));
    assert!(!manifest(&project).files.contains_key("static/app.css"));
}

#[test]
fn an_edited_file_that_the_templates_drop_stays() {
    let project = Project::installed();
    project.write("static/app.css", "b {\n}\n");
    project
        .install(&second(&[("base/static/app.css", "")]))
        .unwrap();
    assert_eq!(project.read("static/app.css"), "b {\n}\n");
    assert_eq!(
        manifest(&project).files["static/app.css"].state,
        State::Orphan
    );
}

#[test]
fn a_file_with_windows_line_ends_counts_as_unedited() {
    let project = Project::installed();
    project.write(APP, &project.read(APP).replace('\n', "\r\n"));
    project
        .install(&second(&[("base/src/app.rs", "pub fn run() {}\n")]))
        .unwrap();
    assert_eq!(project.read(APP), "pub fn run() {}\r\n");
}

#[test]
fn a_base_that_was_rewritten_is_repaired_where_the_templates_are_the_same() {
    let project = Project::installed();
    let base = project.read(".sigra/base/app.base");
    project.write(".sigra/base/app.base", "garbage");
    project.write(APP, "// mine\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    assert_eq!(project.read(".sigra/base/app.base"), base);
}

#[test]
fn without_a_base_an_edited_file_is_never_written() {
    let project = Project::installed();
    project.write(".sigra/base/app.base", "garbage");
    project.write(APP, "// mine\n");
    let exit = project
        .install(&second(&[("base/src/app.rs", "// news\n")]))
        .unwrap();
    assert_eq!(exit, Exit::Remaining);
    assert_eq!(project.read(APP), "// mine\n");
    assert_eq!(project.read("src/app.rs.sigra-new"), "// news\n");
}

#[test]
fn an_update_without_edits_is_a_fresh_installation() {
    let changed = [
        ("base/src/app.rs", "// news\n"),
        ("base/src/more.rs", "// more\n"),
    ];
    let updated = Project::installed();
    updated.install(&second(&changed)).unwrap();
    let fresh = Project::fresh();
    let same_time = cargo_sigra::world::World {
        now: first().now,
        ..second(&changed)
    };
    fresh.install(&same_time).unwrap();
    assert_eq!(updated.tree(), fresh.tree());
}

#[test]
fn a_migration_gets_its_timestamp_once() {
    let project = Project::installed();
    let before = project.tree();
    project.install(&second(&[])).unwrap();
    let migrations = |tree: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<String> {
        tree.keys()
            .filter(|path| path.starts_with("migrations/"))
            .cloned()
            .collect()
    };
    assert_eq!(migrations(&project.tree()), migrations(&before));
    assert_eq!(migrations(&before), ["migrations/20261123120000_users.sql"]);
}

#[test]
fn a_migration_that_was_written_is_never_changed() {
    let project = Project::installed();
    let news = [(
        "sqlite/migrations/01_users.sql",
        "create table users (id text);\n",
    )];
    project.install(&second(&news)).unwrap();
    let users = project.read("migrations/20261123120000_users.sql");
    assert_eq!(users, "create table users (id blob);\n");
}

#[test]
fn a_new_migration_comes_after_the_newest_there_is() {
    let project = Project::installed();
    project.write("migrations/20991231235959_mine.sql", "select 1;\n");
    project
        .install(&second(&[("sqlite/migrations/02_more.sql", "select 2;\n")]))
        .unwrap();
    assert!(project.exists("migrations/21000101000000_more.sql"));
}

#[test]
fn migrations_keep_the_order_of_their_numbers_across_features() {
    let project = Project::fresh();
    let files = [
        ("sqlite/migrations/03_zebra.sql", "select 3;\n"),
        ("base/migrations/02_aardvark.sql", "select 2;\n"),
    ];
    project.install(&second(&files)).unwrap();
    assert!(project.exists("migrations/20261224180000_users.sql"));
    assert!(project.exists("migrations/20261224180001_aardvark.sql"));
    assert!(project.exists("migrations/20261224180002_zebra.sql"));
}

#[test]
fn a_deleted_migration_is_written_again_as_it_was() {
    let project = Project::installed();
    let before = project.read("migrations/20261123120000_users.sql");
    project.remove("migrations/20261123120000_users.sql");
    project.install(&second(&[])).unwrap();
    let tree = project.tree();
    let migrations = tree
        .iter()
        .filter(|(path, _)| path.starts_with("migrations/"));
    let migrations: Vec<_> = migrations.collect();
    assert_eq!(migrations.len(), 1);
    assert_eq!(*migrations[0].1, before.into_bytes());
}

#[test]
fn the_secrets_are_written_once() {
    let project = Project::installed();
    project.write(".env", "KEY=mine\n");
    project.install(&first()).unwrap();
    assert_eq!(project.read(".env"), "KEY=mine\n");
}

#[test]
fn a_missing_secret_is_added_below_what_is_there() {
    let project = Project::fresh();
    project.write(".env", "OTHER=1");
    project.install(&first()).unwrap();
    assert_eq!(project.read(".env"), "OTHER=1\nKEY=AAEC\n");
}

#[test]
fn a_clone_without_its_env_file_gets_new_secrets() {
    let project = Project::installed();
    project.remove(".env");
    project.install(&first()).unwrap();
    assert_eq!(project.read(".env"), "KEY=AAEC\n");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::newly_installed();
    let mode = std::fs::metadata(project.root.join(".env"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn secrets_wait_until_git_ignores_them() {
    let project = Project::installed();
    project.remove(".env");
    project.write(".gitignore", "/target\n");
    assert_eq!(project.install(&first()).unwrap(), Exit::Remaining);
    assert!(!project.exists(".env"));
}

#[test]
fn the_secrets_are_nowhere_below_our_own_folder() {
    let project = Project::installed();
    let own = project
        .tree()
        .into_iter()
        .filter(|(path, _)| path.starts_with(".sigra/"));
    for (path, bytes) in own {
        assert!(!String::from_utf8_lossy(&bytes).contains("AAEC"), "{path}");
    }
}

#[test]
fn somebody_elses_env_example_gets_only_the_keys_that_it_lacks() {
    let project = Project::fresh();
    project.write(".env.example", "# mine\nPORT=1\n");
    let example = "# The port.\nPORT=4000\n# The key.\nKEY=\n";
    let world = second(&[("base/.env.example", example)]);
    assert_eq!(project.install(&world).unwrap(), Exit::Done);
    assert_eq!(
        project.read(".env.example"),
        "# mine\nPORT=1\n# The key.\nKEY=\n"
    );
    let before = project.tree();
    project.install(&world).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn an_ignore_line_that_its_owner_removed_does_not_come_back() {
    let project = Project::installed();
    project.write(".gitignore", "/target\n.env\n");
    project.install(&first()).unwrap();
    assert_eq!(project.read(".gitignore"), "/target\n.env\n");
}

#[test]
fn postgres_brings_its_own_files() {
    let project = Project::fresh();
    let requested = Requested {
        database: Some(Database::Postgres),
        yes: true,
        ..Requested::default()
    };
    project
        .install_with(requested, Mode::default(), &first())
        .unwrap();
    assert!(
        project
            .read("migrations/20261123120000_users.sql")
            .contains("uuid")
    );
    assert_eq!(manifest(&project).database, Some(Database::Postgres));
}

#[test]
fn the_recorded_database_needs_no_flag_the_second_time() {
    let project = Project::fresh();
    let requested = Requested {
        database: Some(Database::Postgres),
        yes: true,
        ..Requested::default()
    };
    project
        .install_with(requested, Mode::default(), &first())
        .unwrap();
    let before = project.tree();
    project.install(&first()).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn a_render_of_white_space_is_no_file() {
    let project = Project::fresh();
    let only = "//% if postgres\n// for postgres\n//% endif\n";
    project
        .install(&second(&[("base/src/only.rs", only)]))
        .unwrap();
    assert!(!project.exists("src/only.rs"));
}

#[cfg(unix)]
#[test]
fn a_script_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::fresh();
    project
        .install(&second(&[("base/bin/start", "#!/bin/sh\n")]))
        .unwrap();
    let mode = std::fs::metadata(project.root.join("bin/start"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111);
}

#[test]
fn looking_writes_nothing() {
    let modes = [
        Mode {
            dry_run: true,
            ..Mode::default()
        },
        Mode {
            diff: Some(cargo_sigra::cli::Diff::Tree),
            ..Mode::default()
        },
        Mode {
            check: true,
            ..Mode::default()
        },
    ];
    for mode in modes {
        let project = Project::fresh();
        let before = project.tree();
        project
            .install_with(
                Requested {
                    database: None,
                    yes: true,
                    ..Requested::default()
                },
                mode,
                &first(),
            )
            .unwrap();
        assert_eq!(project.tree(), before, "{mode:?}");
        assert!(!project.exists(".sigra"), "{mode:?}");
    }
}

#[test]
fn check_tells_by_its_exit_code_whether_something_would_change() {
    let check = Mode {
        check: true,
        ..Mode::default()
    };
    let requested = Requested {
        database: None,
        yes: true,
        ..Requested::default()
    };
    let project = Project::fresh();
    assert_eq!(
        project
            .install_with(requested.clone(), check, &first())
            .unwrap(),
        Exit::Changes
    );
    project.install(&first()).unwrap();
    assert_eq!(
        project.install_with(requested, check, &first()).unwrap(),
        Exit::Done
    );
}

#[test]
fn an_unknown_name_in_a_template_is_an_error_that_names_the_file() {
    let project = Project::fresh();
    let set =
        crate::support::templates("0.0.1", &[("base/src/bad.rs", "//% if typo\n//% endif\n")]);
    let sentence = project.refusal(&world(set));
    assert!(sentence.contains("src/bad.rs"), "{sentence}");
}

#[test]
fn a_render_that_does_not_parse_is_an_error_that_names_the_line() {
    let project = Project::fresh();
    let bad = "//% if sqlite\nfn a() {}\nfn {\n//% endif\n";
    let set = crate::support::templates("0.0.1", &[("base/src/bad.rs", bad)]);
    let sentence = project.refusal(&world(set));
    assert!(sentence.contains("src/bad.rs:2"), "{sentence}");
}
