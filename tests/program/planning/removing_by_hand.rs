//! A feature is taken out as the map of the project says, by hand: what is left is the project without it, line for line.

use std::collections::BTreeMap;

use crate::support::{
    Project,
    taking_out::{MAP, Row, is_ours, take_out},
    world,
};
use cargo_sigra::{
    answers::Requested, cli::Mode, feature::Database, refusal::Exit, templates::Templates,
};
use similar::TextDiff;

/// The section that says what to delete goes together with the last feature.
const SECTION: &str = "//! # Taking a feature out";

fn installed(database: Database, features: &[&'static str]) -> Project {
    let project = Project::fresh();
    let requested = Requested {
        database: Some(database),
        features: features.iter().map(|name| (*name, true)).collect(),
        yes: true,
        ..Requested::default()
    };
    let world = world(Templates::embedded().unwrap());
    let exit = project.install_with(requested, Mode::default(), &world);
    assert_eq!(exit.unwrap(), Exit::Done);
    project
}

/// Every file but those that hold no code, and without the section that goes with the last feature.
fn code(project: &Project) -> BTreeMap<String, String> {
    let tree = project.tree().into_iter();
    let texts = tree.filter_map(|(path, bytes)| Some((path, String::from_utf8(bytes).ok()?)));
    texts
        .filter(|(path, _)| is_ours(path))
        .map(|(path, text)| {
            if path == MAP {
                (path, without_section(&text))
            } else {
                (path, text)
            }
        })
        .collect()
}

fn without_section(map: &str) -> String {
    let Some((before, rest)) = map.split_once(SECTION) else {
        return map.into();
    };
    let (_, after) = rest.split_once("\n\n").unwrap();
    format!("{}\n\n{after}", before.trim_end_matches("//!\n").trim_end())
}

#[track_caller]
fn are_alike(found: &Project, wanted: &Project) {
    let (found, wanted) = (code(found), code(wanted));
    assert!(found.keys().eq(wanted.keys()), "{:?}", {
        let other = |path: &&String| found.contains_key(*path) != wanted.contains_key(*path);
        let paths = found.keys().chain(wanted.keys()).filter(other);
        paths.collect::<Vec<_>>()
    });
    for (path, text) in &found {
        let diff = TextDiff::from_lines(&wanted[path], text);
        let diff = diff.unified_diff().header("wanted", path).to_string();
        assert_eq!(diff, "");
    }
}

#[test]
fn what_is_left_is_the_project_without_it() {
    for database in Database::ALL {
        let project = installed(database, &["jwt"]);
        take_out(&project, &Row::read(&project, "JWT"));
        are_alike(&project, &installed(database, &["api"]));
        take_out(&project, &Row::read(&project, "API"));
        are_alike(&project, &installed(database, &[]));
    }
}

#[test]
fn the_crates_and_tables_of_a_row_are_those_that_come_with_the_feature() {
    let crates = |project: &Project| -> Vec<String> {
        let manifest: toml_edit::DocumentMut = project.read("Cargo.toml").parse().unwrap();
        let table = manifest["dependencies"].as_table().unwrap();
        table.iter().map(|(name, _)| name.to_owned()).collect()
    };
    let tables = |project: &Project| -> Vec<String> {
        let tree = project.tree().into_iter();
        let sql = tree.filter(|(path, _)| path.ends_with(".sql"));
        let sql = sql.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        sql.flat_map(|sql| created(&sql)).collect()
    };
    let steps = [("API", [&[][..], &["api"]]), ("JWT", [&["api"], &["jwt"]])];
    for (name, features) in steps {
        let [without, with] = features.map(|features| installed(Database::Sqlite, features));
        let row = Row::read(&with, name);
        let new = |of: &dyn Fn(&Project) -> Vec<String>| {
            let (before, mut after) = (of(&without), of(&with));
            after.retain(|name| !before.contains(name));
            after.sort();
            after
        };
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        assert_eq!(sorted(row.crates), new(&crates), "{name}");
        assert_eq!(sorted(row.tables), new(&tables), "{name}");
    }
}

fn created(sql: &str) -> Vec<String> {
    let lines = sql.lines();
    let names = lines.filter_map(|line| line.strip_prefix("create table ")?.split(' ').next());
    names.map(Into::into).collect()
}
