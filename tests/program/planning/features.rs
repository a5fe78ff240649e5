//! Optional features: what turns them on, what comes along, what is remembered, and what is refused.

use std::path::Path;

use crate::support::{Project, first, second, sigra};
use cargo_sigra::{
    answers::Requested,
    cli::Mode,
    feature::{Database, Key},
    manifest::{Manifest, PATH},
    refusal::Exit,
    templates::Templates,
    world::World,
};

/// Two features, of which one needs the other and the vault.
const SET: &[(&str, &str)] = &[
    ("vault/feature.toml", "says = \"sealed\"\n"),
    ("vault/src/vault.rs", "pub fn seal() {}\n"),
    ("api/feature.toml", "says = \"tokens\"\n"),
    ("api/src/api.rs", "pub fn tokens() {}\n"),
    (
        "api/migrations/07_tokens.sqlite-uuid.sql",
        "create table tokens (id blob);\n",
    ),
    (
        "api/migrations/07_tokens.sqlite-integer.sql",
        "create table tokens (id integer);\n",
    ),
    (
        "api/migrations/07_tokens.postgres-uuid.sql",
        "create table tokens (id uuid);\n",
    ),
    (
        "api/migrations/07_tokens.postgres-integer.sql",
        "create table tokens (id bigint);\n",
    ),
    (
        "jwt/feature.toml",
        "says = \"more tokens\"\nneeds = [\"api\", \"vault\"]\n",
    ),
    ("jwt/src/jwt.rs", "pub fn tokens() {}\n"),
    (
        "base/src/joint.rs",
        "//% if api\npub mod api;\n//% endif\n//% if jwt\npub mod jwt;\n//% endif\n//% if vault\npub mod vault;\n//% endif\n",
    ),
];

fn set() -> World {
    second(SET)
}

/// What is typed: the features, each with whether it is wanted.
fn typed<const N: usize>(features: [(&'static str, bool); N]) -> Requested {
    Requested {
        features: features.into(),
        yes: true,
        ..Requested::default()
    }
}

fn install(project: &Project, requested: Requested) {
    let exit = project.install_with(requested, Mode::default(), &set());
    assert_eq!(exit.unwrap(), Exit::Done);
}

fn installed<const N: usize>(features: [(&'static str, bool); N]) -> Project {
    let project = Project::fresh();
    install(&project, typed(features));
    project
}

/// Why these requested are refused after all; the project stays as it was.
fn recorded(project: &Project) -> Vec<String> {
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    manifest.wanted().map(str::to_owned).collect()
}

#[test]
fn a_feature_that_was_not_asked_for_is_not_written() {
    let project = installed([]);
    for path in ["src/api.rs", "src/jwt.rs", "src/vault.rs", "src/joint.rs"] {
        assert!(!project.exists(path), "{path}");
    }
    let answers = "api = false\njwt = false\n";
    assert!(project.read(PATH).contains(answers));
}

#[test]
fn a_feature_comes_with_what_it_needs_and_is_a_condition() {
    let project = installed([("jwt", true)]);
    for path in ["src/api.rs", "src/jwt.rs", "src/vault.rs"] {
        assert!(project.exists(path), "{path}");
    }
    let joint = "pub mod api;\npub mod jwt;\npub mod vault;\n";
    assert_eq!(project.read("src/joint.rs"), joint);
}

#[test]
fn what_nobody_needs_stays_away() {
    let project = installed([("api", true)]);
    assert!(!project.exists("src/vault.rs") && !project.exists("src/jwt.rs"));
    assert_eq!(project.read("src/joint.rs"), "pub mod api;\n");
}

#[test]
fn a_feature_is_recorded_with_those_it_needs_that_have_a_flag() {
    let project = installed([("jwt", true)]);
    assert_eq!(recorded(&project), ["api", "jwt", "passkeys"]);
    assert!(project.read(PATH).contains("api = true\njwt = true\n"));
}

#[test]
fn what_is_recorded_needs_no_flag_the_second_time() {
    let project = installed([("jwt", true)]);
    let before = project.tree();
    install(&project, typed([]));
    install(&project, typed([("jwt", true)]));
    assert_eq!(project.tree(), before);
}

#[test]
fn a_flag_counts_more_than_what_is_recorded() {
    let project = installed([("jwt", false)]);
    install(&project, typed([("jwt", true)]));
    assert_eq!(recorded(&project), ["api", "jwt", "passkeys"]);
}

#[test]
fn an_answer_in_the_manifest_is_what_its_owner_wants_now() {
    let project = installed([]);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace("jwt = false", "jwt = true"));
    install(&project, typed([]));
    assert_eq!(recorded(&project), ["api", "jwt", "passkeys"]);
    assert!(project.exists("src/jwt.rs"));
}

#[test]
fn a_manifest_from_before_there_was_the_feature_means_no() {
    let project = installed([]);
    let manifest = project.read(PATH);
    let older = manifest.replace("api = false\njwt = false\n", "");
    assert_ne!(manifest, older);
    project.write(PATH, &older);
    install(&project, typed([]));
    assert_eq!(project.read(PATH), manifest);
}

#[test]
fn refusing_a_feature_that_is_not_there_is_fine() {
    let project = installed([("api", true)]);
    install(&project, typed([("jwt", false)]));
    assert_eq!(recorded(&project), ["api", "passkeys"]);
}

#[test]
fn a_feature_cannot_be_wanted_without_one_that_it_needs() {
    let words = ["install", "--yes", "--jwt", "--no-api"];
    let said = sigra(&Project::fresh().root, &words);
    let sentence = "error: --jwt needs --api; leave --no-api out, or leave --jwt out\n";
    assert_eq!((said.exit, said.err.as_str()), (2, sentence));
}

#[test]
fn an_answer_that_nobody_knows_is_refused() {
    let project = installed([]);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace("api = false", "apy = false"));
    assert_eq!(
        project.refusal(&set()),
        ".sigra/manifest.toml has an answer apy, which this version does not know; take the line out, or update cargo-sigra"
    );
}

#[test]
fn an_answer_is_yes_or_no() {
    let project = installed([]);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace("api = false", "api = \"on\""));
    assert_eq!(
        project.refusal(&set()),
        ".sigra/manifest.toml answers api with \"on\"; write api = true or api = false"
    );
}

#[test]
fn only_the_migration_for_the_database_and_the_keys_is_written() {
    for (database, key, column) in [
        (Database::Sqlite, Key::Uuid, "blob"),
        (Database::Sqlite, Key::Integer, "integer"),
        (Database::Postgres, Key::Uuid, "uuid"),
        (Database::Postgres, Key::Integer, "bigint"),
    ] {
        let project = Project::fresh();
        let requested = Requested {
            database: Some(database),
            key: Some(key),
            ..typed([("api", true)])
        };
        install(&project, requested);
        let manifest = Manifest::parse(&project.read(PATH)).unwrap();
        let ids: Vec<_> = manifest.migrations.keys().collect();
        assert_eq!(ids, ["tokens", "users"]);
        assert_eq!(
            project.read(&manifest.migrations["tokens"].path),
            format!("create table tokens (id {column});\n")
        );
    }
}

#[test]
fn a_table_of_a_feature_is_known_before_it_is_written() {
    assert!(set().templates.relations().contains("tokens"));
}

#[test]
fn a_need_that_is_no_feature_is_an_error_when_the_set_is_read() {
    for name in ["apy", "base", "sqlite", "live"] {
        let toml = format!("needs = [\"{name}\"]\n");
        let error = Templates::new("0.0.1", [("jwt/feature.toml", toml.as_bytes())]).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            format!(
                "templates/jwt/feature.toml: key needs: \"{name}\" is no feature that another one may need"
            )
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_features_are_in_the_json() {
    let words = ["install", "--yes", "--quiet", "--jwt", "--format", "json"];
    let said = sigra(&Project::fresh().root, &words);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let features = document["features"].as_array().unwrap();
    for name in ["base", "sqlite", "vault", "api", "jwt"] {
        assert!(features.contains(&name.into()), "{features:?}");
    }
}

#[test]
fn a_flag_is_known_wherever_a_project_is_made() {
    let said = sigra(Path::new("."), &["new", "shop", "--jwt", "--no-api"]);
    assert_eq!(said.exit, 2, "{}", said.err);
}

#[test]
fn a_set_without_a_features_folder_writes_nothing_of_it() {
    let project = Project::fresh();
    let exit = project.install_with(typed([("api", true)]), Mode::default(), &first());
    assert_eq!(exit.unwrap(), Exit::Done);
}
