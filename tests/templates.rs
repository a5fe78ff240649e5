//! The rules that every template keeps, read off the folder itself.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use cargo_sigra::{
    answers::{Answers, Wishes},
    changes::Changes,
    cli::Mode,
    edit::cargo_lock,
    feature::{Database, FEATURES, Key, Part},
    plan::Plan,
    project::{self, Project as Found},
    templates::{LOCK_FILE, Needs, Templates},
};
use proc_macro2::{TokenStream, TokenTree};
use saphyr::{LoadableYamlNode, YamlOwned};
use support::{CARGO_TOML, Project, world};

/// The only files with conditions in them: where features meet. Everything else is whole files.
const JOINTS: &[&str] = &[
    "base/.env.example",
    "deploy/.github/workflows/ci.yml",
    "deploy/Dockerfile",
    "deploy/Procfile",
    "deploy/compose.yaml",
    "deploy/fly.toml",
];

/// Every template with its path, such as `base/src/app.rs`.
fn templates() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let files: Vec<_> = support::tree(&folder).into_iter().collect();
    files
        .into_iter()
        .filter(|(path, _)| path.contains('/'))
        .collect()
}

fn texts() -> Vec<(String, String)> {
    let texts = templates().into_iter();
    texts
        .filter_map(|(path, bytes)| Some((path, String::from_utf8(bytes).ok()?)))
        .collect()
}

#[test]
fn the_whole_set_is_compiled_in() {
    let embedded = Templates::embedded().unwrap();
    for (path, bytes) in templates() {
        let (folder, file) = path.split_once('/').unwrap();
        let folder = embedded.folder(folder).unwrap();
        let is_ours = file == "feature.toml" || file == LOCK_FILE;
        assert!(
            is_ours || folder.files.get(file) == Some(&bytes),
            "{path} is not compiled in"
        );
    }
}

#[test]
fn the_whole_set_is_in_the_package_that_is_published() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline"]);
    let list = cargo.current_dir(checkout).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let listed: BTreeSet<_> = list.lines().collect();
    for path in support::tree(&checkout.join("templates")).keys() {
        let path = format!("templates/{path}");
        assert!(listed.contains(path.as_str()), "{path} is left out");
    }
}

#[test]
fn every_feature_that_is_built_says_what_it_needs() {
    for feature in FEATURES {
        let path = format!("templates/{}/feature.toml", feature.name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        match feature.part {
            Part::Planned(_) => assert!(!path.exists(), "{} is planned and there", feature.name),
            _ => {
                let needs = Needs::parse(&fs::read_to_string(&path).unwrap()).unwrap();
                assert!(
                    !needs.says.is_empty(),
                    "{} does not say what it is",
                    feature.name
                );
            }
        }
    }
}

#[test]
fn every_template_is_a_file_of_its_own_language() {
    for (path, text) in texts() {
        match path.rsplit('.').next() {
            Some("rs") => {
                drop(syn::parse_file(&text).unwrap_or_else(|why| panic!("{path}: {why}")))
            }
            Some("toml") => {
                _ = text
                    .parse::<toml_edit::DocumentMut>()
                    .unwrap_or_else(|why| panic!("{path}: {why}"))
            }
            Some("yaml" | "yml") => {
                _ = YamlOwned::load_from_str(&text).unwrap_or_else(|why| panic!("{path}: {why}"))
            }
            _ => {}
        }
    }
}

#[test]
fn no_template_is_named_cargo_toml() {
    // `cargo package` leaves out every folder that holds one.
    let bad = templates()
        .into_iter()
        .find(|(path, _)| path.ends_with("/Cargo.toml"));
    assert_eq!(bad.map(|(path, _)| path), None);
}

#[test]
fn every_template_ends_with_a_line_end_and_has_plain_ones() {
    for (path, text) in texts() {
        assert!(text.ends_with('\n') && !text.contains('\r'), "{path}");
    }
}

#[test]
fn conditions_stand_only_where_features_meet() {
    let mut counted = 0;
    for (path, text) in texts() {
        let conditions = text.lines().filter(|line| is_condition(line)).count();
        counted += conditions;
        assert!(
            conditions == 0 || JOINTS.contains(&path.as_str()),
            "{path} has conditions and is no joint"
        );
    }
    eprintln!("{counted} conditions in {} joints", JOINTS.len());
}

fn is_condition(line: &str) -> bool {
    let line = line.trim_start();
    ["//%", "#%", "--%"]
        .iter()
        .any(|prefix| line.starts_with(prefix))
        || line.contains("<!--%")
        || line.contains("/*%")
}

#[test]
fn a_placeholder_in_rust_stands_only_in_text() {
    for (path, text) in texts()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
    {
        let code = without_literals(text.parse().unwrap());
        assert!(
            !code.contains("{ ="),
            "{path} has a placeholder outside a text"
        );
    }
}

fn without_literals(tokens: TokenStream) -> String {
    let kept = tokens.into_iter().map(|token| match token {
        TokenTree::Literal(_) => "_ ".to_owned(),
        TokenTree::Group(group) => {
            let brace = if group.delimiter() == proc_macro2::Delimiter::Brace {
                "{ "
            } else {
                ""
            };
            format!("{brace}{}", without_literals(group.stream()))
        }
        other => format!("{other} "),
    });
    kept.collect()
}

#[test]
fn migrations_are_numbered_and_named() {
    for (path, _) in templates() {
        if let Some((_, name)) = path.split_once("/migrations/") {
            let (number, rest) = name.split_once('_').unwrap_or_default();
            assert!(number.len() == 2 && number.parse::<u8>().is_ok(), "{path}");
            assert!(
                rest.strip_suffix(".sql")
                    .is_some_and(|name| !name.is_empty()),
                "{path}"
            );
        }
    }
}

/// The migrations of a database.
fn migrations(database: Database, key: Key) -> Vec<(String, String)> {
    let prefix = format!("{}-{}/migrations/", database.name(), key.name());
    let texts = texts().into_iter();
    texts
        .filter_map(|(path, sql)| Some((path.strip_prefix(&prefix)?.to_owned(), sql)))
        .collect()
}

/// The statements without what differs between databases and keys.
fn neutral(sql: &str) -> String {
    let counting = ["create table ids", "create sequence ids", "insert into ids"];
    let blocks = sql
        .split("\n\n")
        .filter(|block| !counting.iter().any(|mark| block.contains(mark)));
    let words = blocks.flat_map(|block| block.split_inclusive(|c: char| !c.is_alphanumeric()));
    words
        .map(|word| {
            let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
            let (bare, rest) = word.split_at(end);
            match bare {
                "blob" | "bytea" | "uuid" | "bigint" | "integer" => format!("a type{rest}"),
                "timestamptz" => format!("text{rest}"),
                _ => word.to_owned(),
            }
        })
        .collect()
}

#[test]
fn every_database_has_the_same_tables_for_every_key() {
    let neutral_of = |database, key| -> Vec<(String, String)> {
        let all = migrations(database, key).into_iter();
        all.map(|(name, sql)| (name, neutral(&sql).trim().to_owned()))
            .collect()
    };
    let first = neutral_of(Database::Sqlite, Key::Uuid);
    assert!(!first.is_empty());
    for database in Database::ALL {
        for key in Key::ALL {
            assert_eq!(first, neutral_of(database, key), "{database:?} {key:?}");
        }
    }
}

/// A project of that name with everything in it.
fn installed(name: &str, database: Database) -> Project {
    let project = Project::fresh();
    project.write(
        "Cargo.toml",
        &CARGO_TOML.replace("\"shop\"", &format!("\"{name}\"")),
    );
    let wishes = Wishes {
        database: Some(database),
        yes: true,
        ..Wishes::default()
    };
    project
        .install_with(
            wishes,
            Mode::default(),
            &world(Templates::embedded().unwrap()),
        )
        .unwrap();
    project
}

#[test]
fn what_is_written_is_formatted_whatever_the_project_is_called() {
    let long = "a".repeat(60);
    for (name, database) in [("a", Database::Sqlite), (long.as_str(), Database::Postgres)] {
        let project = installed(name, database);
        let rust = project
            .tree()
            .into_keys()
            .filter(|path| path.ends_with(".rs"));
        let mut rustfmt = Command::new("rustfmt");
        rustfmt
            .args(["--check", "--edition", "2024"])
            .args(rust)
            .current_dir(&project.root);
        let output = rustfmt.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn installing_twice_changes_nothing() {
    for database in Database::ALL {
        let project = installed("shop", database);
        let before = project.tree();
        project
            .install(&world(Templates::embedded().unwrap()))
            .unwrap();
        assert_eq!(project.tree(), before);
    }
}

#[test]
fn a_fresh_project_has_no_collision_and_nothing_left_to_do() {
    for database in Database::ALL {
        let project = Project::fresh();
        let world = world(Templates::embedded().unwrap());
        let found =
            Found::read(&project::folder(&project.root).unwrap(), &world.templates).unwrap();
        let plan = Plan::new(
            &found,
            &Answers {
                database,
                key: Key::Uuid,
                table: cargo_sigra::answers::Table::default(),
                starter: true,
            },
            &world.templates,
        )
        .unwrap();
        let changes = Changes::propose(&found, &plan, world.now, world.random).unwrap();
        assert_eq!(changes.remaining, Vec::<String>::new());
    }
}

#[test]
fn the_tested_lock_covers_every_dependency() {
    for database in Database::ALL {
        let project = installed("shop", database);
        assert!(
            project.exists("Cargo.lock"),
            "templates/{}/Cargo.lock is missing",
            database.name()
        );
        let lock = project.read("Cargo.lock");
        let packages: Vec<_> = cargo_lock::packages(&lock).collect();
        assert!(
            packages.contains(&"shop") && packages.contains(&"axum"),
            "{packages:?}"
        );
        assert!(packages.is_sorted(), "the blocks are not sorted");
    }
}
