//! A dependency that its owner, or a bot, has changed after the installation. Whether versions fit is a question of the first one.

use cargo_sigra::{answers::Requested, cli::Mode, refusal::Exit, world::World};

use crate::support::{CARGO_TOML, Project, Said, second, sigra, templates, world};

const NEEDS: &str = r#"says = "people"
[package]
rust-version = "1.85"
[[dependencies]]
group = "web"
axum = { version = "0.8.9", features = ["macros"] }
base64 = "0.23"
tokio = { version = "1.53", features = ["macros", "net", "rt"] }
[ignore]
lines = ["/target", ".env"]
[implied.tokio]
full = ["fs", "macros", "net", "rt", "time"]
rt-multi-thread = ["rt"]
"#;

fn first() -> World {
    world(templates("0.0.1", &[("base/feature.toml", NEEDS)]))
}

/// Newer templates, which need more and close a hole.
fn newer(needs: &str) -> World {
    second(&[
        ("base/feature.toml", needs),
        ("base/src/app.rs", "pub fn run() {\n    one();\n}\n"),
        (
            "changes.toml",
            "[[change]]\nversion = \"0.0.2\"\ntemplates = [\"app\"]\nsays = \"closes a hole\"\nsecurity = true\n",
        ),
    ])
}

fn installed() -> Project {
    let project = Project::fresh();
    project.install(&first()).unwrap();
    project
}

/// An installed project in which that has become something else.
fn changed(from: &str, to: &str) -> Project {
    let project = installed();
    let manifest = project.read("Cargo.toml");
    assert!(manifest.contains(from), "{manifest}");
    project.write("Cargo.toml", &manifest.replace(from, to));
    project
}

const AXUM: &str = "axum = { version = \"0.8.9\", features = [\"macros\"] }";

/// What owners and bots make of an entry.
const CHANGED: [(&str, &str); 9] = [
    (
        AXUM,
        "axum = { version = \"0.9\", features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { version = \"=0.9.0\", features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { version = \"0.9.0-rc.1\", features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { version = \"0.7\", features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { version = \"0.8.9\", default-features = false, features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { version = \"0.8.9\", optional = true, features = [\"macros\"] }",
    ),
    (
        AXUM,
        "axum = { git = \"https://example.org/axum\", package = \"axum-next\" }",
    ),
    (
        AXUM,
        "axum = { path = \"../axum\", default-features = false }",
    ),
    ("base64 = \"0.23\"", "base64 = \"0.24\""),
];

#[test]
#[ignore = "long: stage cli runs it"]
fn changed_dependencies_do_not_stop_any_verb() {
    let world = newer(NEEDS);
    for (from, to) in CHANGED {
        let project = changed(from, to);
        for words in [
            &["status"][..],
            &["status", "--check"],
            &["upgrade", "--dry-run"],
            &["upgrade", "--diff"],
            &["upgrade", "--diff=mine"],
            &["upgrade", "--diff=upstream"],
            &["upgrade", "--check"],
        ] {
            let words: Vec<_> = words.iter().chain(&["--quiet"]).copied().collect();
            let before = project.tree();
            let exit = project.typed(&words, &world);
            assert!(exit.is_ok(), "{to}: {words:?}: {}", exit.unwrap_err());
            assert_eq!(project.tree(), before);
        }
        let fix = ["upgrade", "--only-security", "--yes", "--quiet"];
        assert_eq!(project.typed(&fix, &world).unwrap(), Exit::Done, "{to}");
        assert_eq!(
            project.read("src/app.rs"),
            "pub fn run() {\n    one();\n}\n"
        );
        assert!(project.read("Cargo.toml").contains(to), "{to}");
        assert_eq!(project.install(&world).unwrap(), Exit::Done, "{to}");
        assert!(project.read("Cargo.toml").contains(to), "{to}");
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_raised_dependency_is_noted() {
    let project = Project::fresh();
    let said = sigra(&project.root, &["install", "--yes", "--quiet"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        &manifest.replace("base64 = \"0.23\"", "base64 = \"0.24\""),
    );
    let Said { exit, err, .. } = sigra(&project.root, &["install", "--yes", "--api"]);
    let note = "Note base64 in Cargo.toml is \"0.24\", and the templates were tested with \"0.23\"; it stays as you have it\n";
    assert!(err.contains(note), "{err}");
    assert_eq!(exit, 0, "{err}");
    for words in [&["status", "--check"][..], &["install", "--yes"]] {
        let said = sigra(&project.root, words);
        assert_eq!(said.err.matches(note).count(), 1, "{words:?}: {}", said.err);
        assert_eq!(said.exit, 0, "{words:?}: {}", said.err);
    }
}

#[test]
fn a_crate_of_the_owners_own_may_be_raised_too() {
    let project = Project::fresh();
    project.write("Cargo.toml", &format!("{CARGO_TOML}base64 = \"0.23.1\"\n"));
    project.install(&first()).unwrap();
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &manifest.replace("0.23.1", "0.24"));
    assert_eq!(project.install(&newer(NEEDS)).unwrap(), Exit::Done);
    assert!(project.read("Cargo.toml").contains("base64 = \"0.24\"\n"));
}

#[test]
fn a_crate_of_the_owners_own_comes_back_where_it_is_needed() {
    let project = Project::fresh();
    project.write("Cargo.toml", &format!("{CARGO_TOML}base64 = \"0.23.1\"\n"));
    project.install(&first()).unwrap();
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &manifest.replace("base64 = \"0.23.1\"\n", ""));
    project.install(&first()).unwrap();
    assert!(project.read("Cargo.toml").contains("base64 = \"0.23\"\n"));
}

#[test]
fn a_crate_that_newer_templates_need_and_that_cannot_fit_is_a_next_step() {
    let project = changed("base64 = \"0.23\"", "base64 = \"0.23\"\nurl = \"1\"");
    let world = newer(&NEEDS.replace("base64 = ", "url = \"2.5\"\nbase64 = "));
    assert_eq!(
        project.typed(&["status", "--quiet"], &world).unwrap(),
        Exit::Done
    );
    let steps = crate::support::status(&project, &world).remaining;
    let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        steps,
        ["url in Cargo.toml is \"1\", which cannot work; change it to \"2.5\" and run this again"]
    );
    assert_eq!(project.install(&world).unwrap(), Exit::Remaining);
    assert_eq!(
        project.read("src/app.rs"),
        "pub fn run() {\n    one();\n}\n"
    );
    assert!(project.read("Cargo.toml").contains("url = \"1\"\n"));
}

#[test]
fn a_new_feature_is_refused_only_for_its_own_crates() {
    let with_api = |needs: &'static str| {
        let api = "says = \"tokens\"\n[[dependencies]]\ngroup = \"web\"\nutoipa = \"6\"\n";
        world(templates(
            "0.0.1",
            &[("base/feature.toml", needs), ("api/feature.toml", api)],
        ))
    };
    let api = || Requested {
        yes: true,
        features: [("api", true)].into(),
        ..Requested::default()
    };
    let raised = changed("base64 = \"0.23\"", "base64 = \"0.24\"");
    let exit = raised.install_with(api(), Mode::default(), &with_api(NEEDS));
    assert_eq!(exit.unwrap(), Exit::Done);
    assert!(raised.read("Cargo.toml").contains("utoipa = \"6\""));

    let older = changed("base64 = \"0.23\"", "base64 = \"0.23\"\nutoipa = \"4\"");
    let before = older.tree();
    let exit = older.install_with(api(), Mode::default(), &with_api(NEEDS));
    let said = exit.unwrap_err().to_string();
    assert_eq!(
        said,
        "utoipa in Cargo.toml is \"4\", which cannot work; change it to \"6\" and run this again"
    );
    assert_eq!(older.tree(), before);
}

/// Ways of writing the same features.
const IMPLIED: [&str; 4] = [
    "tokio = { version = \"1.53\", features = [\"full\"] }",
    "tokio = { version = \"1.53\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }",
    "tokio = { git = \"https://example.org/tokio\" }",
    "tokio = { path = \"../tokio\", features = [\"full\"] }",
];

#[test]
#[ignore = "long: stage cli runs it"]
fn features_that_another_one_turns_on_are_not_missing() {
    let ours = "tokio = { version = \"1.53\", features = [\"macros\", \"net\", \"rt\"] }";
    let real = [
        (
            "tokio = { version = \"1.53\", features = [\"macros\", \"net\", \"rt-multi-thread\", \"signal\", \"sync\", \"time\"] }",
            "tokio = { version = \"1.53\", features = [\"full\"] }",
        ),
        (
            "default-features = false, features = [\"dashmap\", \"std\"]",
            "features = []",
        ),
    ];
    for to in IMPLIED {
        let project = changed(ours, to);
        project
            .install(&newer(
                &NEEDS.replace("\"net\", \"rt\"]", "\"net\", \"rt\", \"time\"]"),
            ))
            .unwrap();
        let is_full = to.contains("full");
        assert_eq!(project.read("Cargo.toml").contains(to), is_full, "{to}");
    }
    for (from, to) in real {
        let project = Project::fresh();
        assert_eq!(
            sigra(&project.root, &["install", "--yes", "--quiet"]).exit,
            0
        );
        let manifest = project.read("Cargo.toml");
        assert!(manifest.contains(from), "{manifest}");
        project.write("Cargo.toml", &manifest.replace(from, to));
        let said = sigra(&project.root, &["status"]);
        assert!(!said.err.contains("Missing"), "{}", said.err);
    }
    let project = changed(ours, IMPLIED[2]);
    assert_eq!(missing(&project), Vec::<String>::new());
    let project = changed(ours, "tokio = { version = \"1.53\", features = [\"net\"] }");
    assert_eq!(missing(&project), ["tokio (features: macros, rt)"]);
}

/// What `status` calls missing.
fn missing(project: &Project) -> Vec<String> {
    use cargo_sigra::{changes::Changes, plan::Plan, project::Project as Found, status::Status};
    let world = first();
    let found = Found::read(&project.root, &world.templates).unwrap();
    let manifest = found.manifest().cloned().unwrap();
    let plan = Plan::new(&found, &crate::support::no_features(), &world.templates).unwrap();
    let changes = Changes::propose(&found, &plan, world.now, world.random).unwrap();
    Status::of(&found, &manifest, &plan, &changes).unwrap().deps
}

#[test]
fn advice_about_an_optional_dependency_names_what_would_break() {
    let features = "serde = { version = \"1\", optional = true }\n[features]\nall = [\"json\", \"dep:serde\"]\njson = [\"serde?/derive\"]\n";
    let project = Project::fresh();
    project.write("Cargo.toml", &format!("{CARGO_TOML}{features}"));
    let needs = NEEDS.replace("base64 = ", "serde = \"1\"\nbase64 = ");
    assert_eq!(
        project.refusal(&second(&[("base/feature.toml", &needs)])),
        "serde in Cargo.toml is optional, and accounts always need it; remove `optional = true`, and \
         \"dep:serde\" of all, \"serde?/derive\" of json from [features], and run this again"
    );
}

#[test]
fn an_entry_of_the_owners_own_that_lacks_a_feature_is_told() {
    for entry in [
        "axum = { git = \"https://example.com/axum\" }",
        "axum = { path = \"../axum\" }",
    ] {
        let project = changed(AXUM, entry);
        let note = "axum in Cargo.toml is a version of your own that does not name the features macros; \
                    the code needs them, so add them unless it has them by default";
        let status = crate::support::status(&project, &first());
        let notes: Vec<_> = status.notes.iter().map(ToString::to_string).collect();
        assert_eq!(notes, [note], "{entry}");
        assert_eq!(status.deps, [""; 0]);
    }
}
