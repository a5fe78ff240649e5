//! A feature that comes later leaves a project as if it had been there from the start, but for the
//! times in the names of migrations; and what the owner did meanwhile stays.

use crate::support::{
    Project, templates,
    timeless::{assert_alike, assert_same},
    world,
};
use cargo_sigra::{
    answers::Requested, cli::Mode, feature, refusal::Exit, templates::Templates,
    timestamp::Timestamp, world::World,
};

/// Whatever a feature can bring, beside a base that has some of it.
const SET: &[(&str, &str)] = &[
    (
        "base/feature.toml",
        r#"says = "people"
[package]
rust-version = "1.85"
[[dependencies]]
group = "web"
axum = "0.8"
tower-http = { version = "0.7.1", features = ["limit", "trace"] }
[[dependencies]]
group = "data"
serde = "1"
[dev-dependencies]
http-body-util = "0.1"
tower = { version = "0.5", features = ["util"] }
[profile.dev]
debug = "line-tables-only"
[profile.dev.package.argon2]
opt-level = 3
[ignore]
lines = ["/target", ".env", "*.db"]
[attributes]
lines = ["migrations/** -text"]
[secrets]
KEY = 3
"#,
    ),
    (
        "base/src/joint.rs",
        "mod app;\n//% if api\nmod api;\n//% endif\n//% if jwt\nmod jwt;\n//% endif\nmod people;\n\nfn start() {\n    people::start();\n}\n",
    ),
    (
        "vault/feature.toml",
        "says = \"sealed\"\n[[dependencies]]\ngroup = \"data\"\nchacha20 = \"0.11\"\n[secrets]\nVAULT = 4\n",
    ),
    ("vault/src/vault.rs", "pub fn seal() {}\n"),
    (
        "api/feature.toml",
        r#"says = "tokens"
[[dependencies]]
group = "web"
tower-http = { version = "0.7.1", features = ["cors"] }
utoipa = "6"
tower = "0.5"
[[dependencies]]
group = "documents"
schemars = "1"
[dev-dependencies]
jsonschema = "0.40"
[profile.dev.package.sha2]
opt-level = 3
[ignore]
lines = ["*.openapi"]
[attributes]
lines = ["*.openapi linguist-generated"]
"#,
    ),
    ("api/src/api.rs", "pub fn tokens() {}\n"),
    (
        "api/migrations/07_tokens.sqlite-uuid.sql",
        "create table tokens (id blob);\n",
    ),
    (
        "jwt/feature.toml",
        "says = \"more tokens\"\nneeds = [\"api\", \"vault\"]\n[[dependencies]]\ngroup = \"data\"\nserde = { version = \"1\", features = [\"derive\"] }\njsonwebtoken = \"11\"\n[ignore]\nlines = [\"*.jwk\"]\n",
    ),
    ("jwt/src/jwt.rs", "pub fn tokens() {}\n"),
    (
        "jwt/migrations/08_jwt.sqlite-uuid.sql",
        "create table jwt (id blob);\n",
    ),
];

fn set() -> Templates {
    templates("0.0.1", SET)
}

/// Installs with some more features, in that year.
fn add(project: &Project, year: u16, features: &[&'static str], templates: &Templates) -> Exit {
    let world = World {
        now: Timestamp::parse(&format!("{year}0101000000")).unwrap(),
        ..world(templates.clone())
    };
    let requested = Requested {
        features: features.iter().map(|name| (*name, true)).collect(),
        yes: true,
        ..Requested::default()
    };
    let exit = project.install_with(requested, Mode::default(), &world);
    exit.unwrap()
}

/// A project that got its features one after the other.
fn grown(steps: &[&[&'static str]], templates: &Templates) -> Project {
    let project = Project::fresh();
    for (year, features) in (2026..).zip(steps) {
        assert_eq!(add(&project, year, features, templates), Exit::Done);
    }
    project
}

#[test]
fn one_by_one_or_at_once_is_the_same() {
    let set = set();
    let at_once = grown(&[&["jwt"]], &set);
    assert_same(&grown(&[&[], &["api"], &["jwt"]], &set), &at_once);
    assert_same(&grown(&[&[], &["jwt"]], &set), &at_once);
    assert_same(&grown(&[&["api"], &["jwt"]], &set), &at_once);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn so_it_is_with_the_templates_that_come_along() {
    let set = Templates::embedded().unwrap();
    let every: Vec<_> = feature::FEATURES.optional().collect();
    let mut steps: Vec<&[_]> = every.chunks(1).collect();
    steps.insert(0, &[]);
    assert_same(&grown(&steps, &set), &grown(&[&every], &set));
}

#[test]
fn a_migration_comes_behind_those_that_are_there_and_those_stay() {
    let project = grown(&[&[]], &set());
    let before = project.read("migrations/20260101000000_users.sql");
    add(&project, 2027, &["jwt"], &set());
    assert_eq!(project.read("migrations/20260101000000_users.sql"), before);
    assert!(project.exists("migrations/20270101000000_tokens.sql"));
    assert!(project.exists("migrations/20270101000001_jwt.sql"));
}

#[test]
fn a_joint_that_its_owner_edited_is_merged() {
    let project = grown(&[&[]], &set());
    let joint = project.read("src/joint.rs");
    let edited = joint.replace("people::start();", "people::start();\n    mine();");
    project.write("src/joint.rs", &edited);
    assert_eq!(add(&project, 2027, &["jwt"], &set()), Exit::Done);
    assert_eq!(
        project.read("src/joint.rs"),
        "mod app;\nmod api;\nmod jwt;\nmod people;\n\nfn start() {\n    people::start();\n    mine();\n}\n"
    );
}

#[test]
fn crates_come_to_their_groups_and_features_to_their_crates() {
    let project = grown(&[&[], &["jwt"]], &set());
    let manifest = project.read("Cargo.toml");
    let dependencies = "[dependencies]
# web
axum = \"0.8\"
tower-http = { version = \"0.7.1\", features = [\"cors\", \"limit\", \"trace\"] }
utoipa = \"6\"
tower = \"0.5\"

# data
serde = { version = \"1\", features = [\"derive\"] }
chacha20 = \"0.11\"
jsonwebtoken = \"11\"

# documents
schemars = \"1\"

[dev-dependencies]
http-body-util = \"0.1\"
tower = { version = \"0.5\", features = [\"util\"] }
jsonschema = \"0.40\"

[profile.dev]
debug = \"line-tables-only\"

[profile.dev.package.argon2]
opt-level = 3

[profile.dev.package.sha2]
opt-level = 3
";
    let start = manifest.find("[dependencies]").unwrap();
    assert_alike("Cargo.toml", &manifest[start..], dependencies);
}

#[test]
fn what_the_owner_did_to_the_dependencies_stays() {
    let project = grown(&[&[]], &set());
    let manifest = project.read("Cargo.toml");
    let edited = manifest
        .replace(
            "# web\naxum = \"0.8\"\n",
            "# web\nzip = \"2\" # mine\naxum = \"0.8.1\"\n",
        )
        .replace(
            "# data\nserde = \"1\"\n",
            "# mine\nserde = \"1.0.9\"\nmine = \"1\"\n",
        );
    assert_ne!(manifest, edited);
    project.write("Cargo.toml", &edited);
    add(&project, 2027, &["jwt"], &set());
    let manifest = project.read("Cargo.toml");
    let dependencies = "[dependencies]
# web
zip = \"2\" # mine
axum = \"0.8.1\"
tower-http = { version = \"0.7.1\", features = [\"cors\", \"limit\", \"trace\"] }
utoipa = \"6\"
tower = \"0.5\"

# mine
serde = { version = \"1.0.9\", features = [\"derive\"] }
chacha20 = \"0.11\"
jsonwebtoken = \"11\"

# documents
schemars = \"1\"
mine = \"1\"
";
    let start = manifest.find("[dependencies]").unwrap();
    assert_alike(
        "Cargo.toml",
        &manifest[start..][..dependencies.len()],
        dependencies,
    );
}

#[test]
fn where_the_table_is_kept_sorted_it_stays_so() {
    let project = Project::fresh();
    project.write(
        "Cargo.toml",
        &format!("{}anyhow = \"1\"\n", crate::support::CARGO_TOML),
    );
    add(&project, 2026, &[], &set());
    add(&project, 2027, &["jwt"], &set());
    let manifest = project.read("Cargo.toml");
    let names: Vec<_> = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.is_sorted() && names.len() == 9, "{names:?}");
}

#[test]
fn a_crate_that_its_owner_removed_does_not_come_back_with_a_feature() {
    let project = grown(&[&[]], &set());
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &manifest.replace("serde = \"1\"\n", ""));
    add(&project, 2027, &["jwt"], &set());
    assert!(!project.read("Cargo.toml").contains("serde = "));
}

#[test]
fn lines_for_git_come_below_the_header_that_is_there() {
    let project = grown(&[&[]], &set());
    let ignore = project.read(".gitignore");
    project.write(".gitignore", &format!("{ignore}mine\n"));
    add(&project, 2027, &["jwt"], &set());
    assert_eq!(
        project.read(".gitignore"),
        "/target\n\n# sigra\n.env\n*.db\n*.openapi\n*.jwk\nmine\n"
    );
}

#[test]
fn a_new_secret_is_made_and_the_others_stay() {
    let project = grown(&[&[]], &set());
    project.write(".env", "KEY=mine\n");
    add(&project, 2027, &["jwt"], &set());
    assert_eq!(project.read(".env"), "KEY=mine\nVAULT=AAECAw==\n");
}

const OLD: &str = "version = 4\n\n[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n";
const NEW: &str = "version = 4\n\n[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\ndependencies = [\n \"utoipa\",\n]\n\n[[package]]\nname = \"utoipa\"\nversion = \"6.0.1\"\n";

/// Templates whose tested versions are these.
fn locked(lock: &'static str) -> Templates {
    let some = "says = \"people\"\n[[dependencies]]\ngroup = \"web\"\naxum = \"0.8\"\n";
    let more = "says = \"tokens\"\n[[dependencies]]\ngroup = \"web\"\nutoipa = \"6\"\n";
    templates(
        "0.0.1",
        &[
            ("base/feature.toml", some),
            ("base/Cargo.lock", lock),
            ("api/feature.toml", more),
        ],
    )
}

#[test]
fn the_tested_versions_are_extended() {
    let project = grown(&[&[]], &locked(OLD));
    add(&project, 2027, &["api"], &locked(NEW));
    let block = "[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\n \"axum\",\n \"utoipa\",\n]\n";
    let lock = NEW.replace(
        "[[package]]\nname = \"utoipa\"",
        &format!("{block}\n[[package]]\nname = \"utoipa\""),
    );
    assert_eq!(project.read("Cargo.lock"), lock);
}

#[test]
fn versions_that_the_owner_chose_stay() {
    let own = "\n[[package]]\nname = \"zip\"\nversion = \"0.0.2\"\n";
    for (from, to) in [("0.8.9", "0.8.10"), ("\n\n", own)] {
        let project = grown(&[&[]], &locked(OLD));
        let lock = project.read("Cargo.lock").replacen(from, to, 1);
        project.write("Cargo.lock", &lock);
        add(&project, 2027, &["api"], &locked(NEW));
        assert_eq!(project.read("Cargo.lock"), lock);
    }
}

#[test]
fn without_a_new_crate_the_versions_stay() {
    let project = grown(&[&["api"]], &locked(NEW));
    let lock = project.read("Cargo.lock");
    let pruned = lock.replace(" \"utoipa\",\n", "");
    project.write("Cargo.lock", &pruned);
    add(&project, 2027, &[], &locked(NEW));
    assert_eq!(project.read("Cargo.lock"), pruned);
}
