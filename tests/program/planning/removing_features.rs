//! A feature that is no longer wanted goes, as far as its owner has not made it theirs; its
//! migrations and its tables stay.

use std::collections::BTreeMap;

use crate::support::{Project, proposed, sigra, status, templates, world};
use cargo_sigra::{
    answers::Requested,
    cli::Mode,
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    templates::Templates,
    world::World,
};

const SET: &[(&str, &str)] = &[
    (
        "base/feature.toml",
        r#"says = "people"
[package]
rust-version = "1.85"
[[dependencies]]
group = "web"
tower-http = { version = "0.7", features = ["limit"] }
[[dependencies]]
group = "data"
serde = "1"
[dev-dependencies]
http-body-util = "0.1"
"#,
    ),
    (
        "base/src/joint.rs",
        "//% if api\nmod api;\n//% endif\nmod people;\n\nfn start() {\n    people::start();\n}\n",
    ),
    (
        "base/src/erased.rs",
        "//% if api_tables\nconst TOKENS: &str = \"tokens\";\n//% endif\n",
    ),
    (
        "api/feature.toml",
        r#"says = "tokens"
[[dependencies]]
group = "data"
argon2 = "0.5"
serde = { version = "1", features = ["derive"] }
[[dependencies]]
group = "documents"
utoipa = "6"
[dev-dependencies]
jsonschema = "0.40"
"#,
    ),
    ("api/src/api.rs", "pub fn tokens() {}\n"),
    (
        "api/migrations/07_tokens.sqlite-uuid.sql",
        "create table tokens (id blob);\n",
    ),
    ("jwt/feature.toml", "says = \"more\"\nneeds = [\"api\"]\n"),
    ("jwt/src/jwt.rs", "pub fn more() {}\n"),
];

fn set() -> Templates {
    templates("0.0.1", SET)
}

fn install(project: &Project, features: &[(&'static str, bool)]) -> anyhow::Result<Exit> {
    install_with(project, features, world(set()))
}

fn install_with(
    project: &Project,
    features: &[(&'static str, bool)],
    world: World,
) -> anyhow::Result<Exit> {
    let requested = Requested {
        features: features.iter().copied().collect(),
        yes: true,
        ..Requested::default()
    };
    project.install_with(requested, Mode::default(), &world)
}

fn with(features: &[(&'static str, bool)]) -> Project {
    let project = Project::fresh();
    install(&project, features).unwrap();
    project
}

/// Everything but what stays for the sake of databases.
fn without_migrations(project: &Project) -> BTreeMap<String, String> {
    let files = project.tree().into_iter();
    let files = files.filter(|(path, _)| !path.starts_with("migrations/") && path != PATH);
    files
        .map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

#[test]
fn it_is_as_if_it_had_never_been_there_but_for_its_migrations() {
    let project = with(&[("api", true)]);
    let migrations = project.read(PATH);
    assert_eq!(install(&project, &[("api", false)]).unwrap(), Exit::Done);
    let mut left = without_migrations(&project);
    // What knows the tables stays with them.
    let erased = left.remove("src/erased.rs").unwrap();
    assert_eq!(erased, "const TOKENS: &str = \"tokens\";\n");
    left.remove(".sigra/base/erased.base");
    assert_eq!(left, without_migrations(&with(&[])));
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    let before = Manifest::parse(&migrations).unwrap();
    assert_eq!(manifest.migrations, before.migrations);
    assert!(project.exists(&manifest.migrations["tokens"].path));
    let tree = project.tree();
    assert_eq!(install(&project, &[]).unwrap(), Exit::Done);
    assert_eq!(project.tree(), tree, "the second run changes nothing");
}

#[test]
#[ignore = "long: stage cli runs it"]
fn so_it_is_with_the_templates_that_come_along() {
    let install = |words: &[&str], project: &Project| {
        let words = [&["install", "--yes", "-q"], words].concat();
        let said = sigra(&project.root, &words);
        assert_eq!(said.exit, 0, "{}", said.err);
    };
    let (plain, project) = (Project::fresh(), Project::fresh());
    install(&[], &plain);
    install(&["--jwt"], &project);
    install(&["--no-jwt", "--no-api"], &project);
    let lists = [".gitignore", ".gitattributes", ".env"];
    let comparable = |project: &Project| {
        let mut files = without_migrations(project);
        files.retain(|path, _| !lists.contains(&path.as_str()));
        files
    };
    let (plain, project) = (comparable(&plain), comparable(&project));
    assert_eq!(
        plain.keys().collect::<Vec<_>>(),
        project.keys().collect::<Vec<_>>()
    );
    // The tables stay, and what is in them is erased with its user.
    let left = "    (\"api_tokens\", Deleted),\n    (\"jwt_families\", Deleted),\n";
    assert!(project["src/accounts/user_data.rs"].contains(left));
    for (path, text) in plain {
        assert_eq!(text, project[&path].replace(left, ""), "{path}");
    }
}

/// Another database has only the tables of what is wanted when it is made.
#[test]
fn with_another_database_the_tables_do_not_stay() {
    let project = Project::fresh();
    for words in [
        &["--jwt"][..],
        &["--no-jwt", "--no-api", "--database", "postgres"],
        &[],
    ] {
        let words = [&["install", "--yes", "-q"], words].concat();
        let said = sigra(&project.root, &words);
        assert_eq!(said.exit, 0, "{}", said.err);
        let erased = project.read("src/accounts/user_data.rs");
        let has_tables = erased.contains("jwt_families") || erased.contains("api_tokens");
        assert_eq!(has_tables, words.contains(&"--jwt"), "{words:?}");
    }
}

#[test]
fn it_can_come_back() {
    let project = with(&[("api", true)]);
    let before = project.tree();
    install(&project, &[("api", false)]).unwrap();
    install(&project, &[("api", true)]).unwrap();
    assert_eq!(project.tree(), before);
}

#[test]
fn what_its_owner_has_edited_stays_and_is_theirs() {
    let project = with(&[("api", true)]);
    project.write("src/api.rs", "// mine\n");
    install(&project, &[("api", false)]).unwrap();
    assert_eq!(project.read("src/api.rs"), "// mine\n");
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert_eq!(manifest.files["api"].state, State::Orphan);
}

#[test]
fn a_joint_that_its_owner_has_edited_loses_only_what_was_ours() {
    let project = with(&[("api", true)]);
    let joint = project.read("src/joint.rs");
    project.write(
        "src/joint.rs",
        &joint.replace("start() {\n", "start() {\n    mine();\n"),
    );
    install(&project, &[("api", false)]).unwrap();
    let joint = project.read("src/joint.rs");
    assert!(
        joint.contains("    mine();\n") && !joint.contains("mod api;"),
        "{joint}"
    );
}

#[test]
fn crates_that_the_owner_has_changed_or_explained_stay_and_are_named() {
    let project = with(&[("api", true)]);
    let toml = project.read("Cargo.toml");
    let toml = toml.replace(
        "utoipa = \"6\"",
        "utoipa = { version = \"6\", features = [\"uuid\"] }",
    );
    let toml = toml.replace(
        "serde = { version = \"1\", features = [\"derive\"] }",
        "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
    );
    project.write("Cargo.toml", &toml);
    assert_eq!(
        install(&project, &[("api", false)]).unwrap(),
        Exit::Remaining
    );
    let toml = project.read("Cargo.toml");
    assert!(
        toml.contains("utoipa = { version = \"6\", features = [\"uuid\"] }"),
        "{toml}"
    );
    assert!(toml.contains("features = [\"derive\", \"rc\"]"), "{toml}");
    assert!(
        !toml.contains("argon2") && !toml.contains("jsonschema"),
        "{toml}"
    );
}

#[test]
fn a_crate_that_was_the_owners_before_loses_only_our_feature() {
    let project = Project::fresh();
    let toml = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{toml}serde = \"1\"\n"));
    install(&project, &[("api", true)]).unwrap();
    assert!(project.read("Cargo.toml").contains("derive"));
    install(&project, &[("api", false)]).unwrap();
    let toml = project.read("Cargo.toml");
    assert!(
        toml.contains("serde = ") && !toml.contains("derive"),
        "{toml}"
    );
}

#[test]
fn what_another_feature_needs_is_refused_and_both_can_go() {
    let project = with(&[("jwt", true)]);
    let before = project.tree();
    let error = install(&project, &[("api", false)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this project has jwt, which needs api; leave --no-api out, or add --no-jwt"
    );
    assert_eq!(project.tree(), before);
    install(&project, &[("api", false), ("jwt", false)]).unwrap();
    assert!(!project.exists("src/api.rs") && !project.exists("src/jwt.rs"));
}

#[test]
fn without_the_one_the_other_stays() {
    let project = with(&[("jwt", true)]);
    install(&project, &[("jwt", false)]).unwrap();
    assert!(project.exists("src/api.rs") && !project.exists("src/jwt.rs"));
}

#[test]
fn that_the_tables_stay_is_told() {
    let project = with(&[("api", true)]);
    let notes = proposed(&project, &world(set())).notes;
    let said: String = notes.iter().map(|note| format!("{note}\n")).collect();
    assert!(
        said.contains("the migrations stay, and so do the tables tokens"),
        "{said}"
    );
}

#[test]
fn an_answer_that_was_edited_by_hand_means_the_same() {
    let (typed, edited) = (with(&[("api", true)]), with(&[("api", true)]));
    install(&typed, &[("api", false)]).unwrap();
    let manifest = edited.read(PATH);
    edited.write(PATH, &manifest.replace("api = true", "api = false"));
    install(&edited, &[]).unwrap();
    assert_eq!(edited.tree(), typed.tree());
}

/// Which files are named as in need of what goes.
fn dangling(project: &Project) -> Vec<String> {
    let changes = proposed(project, &world(set()));
    let told = changes.remaining.iter().map(ToString::to_string);
    told.filter(|step| step.starts_with("adapt or delete "))
        .collect()
}

#[test]
fn files_of_the_owners_that_need_a_module_that_goes_are_named() {
    let project = with(&[("api", true)]);
    project.write("src/mine.rs", "\nuse crate::api::tokens;\n");
    project.write("src/api/more.rs", "pub fn more() {}\n");
    project.write(
        "src/joint.rs",
        &(project.read("src/joint.rs")
            + "\nfn mine() {\n    assert!(super::api::tokens() == ());\n}\n"),
    );
    project.write(
        "tests/whole.rs",
        "#[test]\nfn a() {\n    shop::api::tokens();\n}\n",
    );
    assert_eq!(
        dangling(&project),
        [
            "adapt or delete src/api/more.rs (in api), src/joint.rs:8 (api::tokens), src/mine.rs:2 (api::tokens), \
         tests/whole.rs:3 (api::tokens): what they need goes"
        ]
    );
    assert_eq!(
        install(&project, &[("api", false)]).unwrap(),
        Exit::Remaining
    );
}

#[test]
fn files_that_only_sound_like_it_are_not_named() {
    let project = with(&[("api", true)]);
    let text = "// crate::api::tokens\nmod api {\n    pub fn tokens() {}\n}\nfn a() {\n    api::tokens();\n    let _ = \"crate::api\";\n}\nuse crate::apis::x;\nuse other::api;\n";
    project.write("src/mine.rs", text);
    project.write("src/bin/tool.rs", "mod api;\nuse crate::api::x;\n");
    assert_eq!(dangling(&project), Vec::<String>::new());
    assert_eq!(install(&project, &[("api", false)]).unwrap(), Exit::Done);
}

/// What somebody built on the account system with everything: a line beside lines of the features,
/// wherever a list of theirs ends.
const BESIDE: [(&str, &str, &str); 7] = [
    ("src/tests.rs", "mod api;\n", "mod bookings;\n"),
    ("src/texts.rs", "pub mod jwt;\n", "pub mod bookings;\n"),
    ("src/web/settings.rs", "pub mod jwt;\n", "pub mod names;\n"),
    ("src/web/notice.rs", "    JwtEnded,\n", "    BookingMade,\n"),
    (
        "src/web/notice.rs",
        "            Self::JwtEnded => \"jwt-ended\",\n",
        "            Self::BookingMade => \"booking-made\",\n",
    ),
    (
        "src/jobs/send_letter.rs",
        "    JwtStolen,\n",
        "    BookingMade,\n",
    ),
    (
        "src/jobs/cleanup_expired_tokens.rs",
        "        crate::accounts::api::token::delete_expired(&app.db, app.now()).await?;\n",
        "        crate::bookings::delete_old(&app.db).await?;\n",
    ),
];

#[test]
#[ignore = "long: stage cli runs it"]
fn what_its_owner_wrote_beside_lines_of_a_feature_is_no_conflict() {
    let project = Project::fresh();
    let installed = sigra(&project.root, &["install", "--yes", "-q", "--jwt"]);
    assert_eq!(installed.exit, 0, "{}", installed.err);
    for (path, beside, line) in BESIDE {
        let text = project.read(path);
        assert!(text.contains(beside), "{path} has no {beside}");
        project.write(path, &text.replacen(beside, &format!("{beside}{line}"), 1));
    }
    let said = sigra(&project.root, &["install", "--yes", "--no-jwt", "--no-api"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    let plain = Project::fresh();
    sigra(&plain.root, &["install", "--yes", "-q"]);
    for (path, _, line) in BESIDE {
        let mut lines = project.read(path);
        assert!(lines.contains(line), "{path}");
        for (_, _, line) in BESIDE.iter().filter(|(other, ..)| *other == path) {
            lines = lines.replacen(line, "", 1);
        }
        let filled = |text: &str| {
            text.lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert!(
            filled(&lines) == filled(&plain.read(path)),
            "{path}:\n{lines}"
        );
    }
}

#[test]
fn what_is_to_be_adapted_is_told_until_it_is() {
    let project = with(&[("api", true)]);
    project.write("src/mine.rs", "use crate::api::tokens;\n");
    assert_eq!(
        install(&project, &[("api", false)]).unwrap(),
        Exit::Remaining
    );
    let world = world(set());
    let step = "adapt or delete src/mine.rs:1 (api::tokens): what they need goes";
    let steps = || -> Vec<_> {
        let remaining = status(&project, &world).remaining;
        remaining.iter().map(ToString::to_string).collect()
    };
    assert_eq!(steps(), [step]);
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert_eq!(steps(), [step]);
    project.write("src/mine.rs", "// nothing\n");
    assert_eq!(steps(), [""; 0]);
    let check = ["status", "--check", "--quiet"];
    assert_eq!(project.typed(&check, &world).unwrap(), Exit::Done);
    // It comes back, and goes again while nobody names it.
    install(&project, &[("api", true)]).unwrap();
    assert_eq!(install(&project, &[("api", false)]).unwrap(), Exit::Done);
    assert_eq!(steps(), [""; 0]);
}
