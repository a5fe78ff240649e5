//! The rules that every template keeps, read off the folder itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use crate::support::{CARGO_TOML, Project, world};
use cargo_sigra::{
    answers::{Answers, Named, Requested, Table},
    changes::Changes,
    cli::Mode,
    feature::{Database, FEATURES, Key, Part, Shape},
    plan::Plan,
    project::{self, Project as Found},
    refusal::Exit,
    templates::{LOCK_FILE, Needs, Templates},
};
use proc_macro2::{TokenStream, TokenTree};
use saphyr::{LoadableYamlNode, YamlOwned};
use toml_edit::Item;

/// The only files with conditions in them: where features meet. Everything else is whole files.
const JOINTS: &[&str] = &[
    "api/src/accounts/api/caller.rs",
    "api/src/web/api.rs",
    "api/src/web/api/openapi.rs",
    "api/src/web/api/routes.rs",
    "base/.env.example",
    "base/Cargo.lock",
    "base/src/accounts.rs",
    "base/src/accounts/audit/action.rs",
    "base/src/accounts/audit/actor.rs",
    "base/src/accounts/credentials.rs",
    "base/src/accounts/housekeeping.rs",
    "base/src/accounts/login_methods.rs",
    "base/src/accounts/proof.rs",
    "base/src/accounts/registration.rs",
    "base/src/accounts/registration/first_method.rs",
    "base/src/accounts/second_factor.rs",
    "base/src/accounts/user_data.rs",
    "base/src/app.rs",
    "base/src/commands.rs",
    "base/src/config.rs",
    "base/src/jobs/cleanup_expired_tokens.rs",
    "base/src/jobs/send_letter.rs",
    "base/src/limits.rs",
    "base/src/mail/letters.rs",
    "base/src/run.rs",
    "base/src/tests.rs",
    "base/src/tests/security.rs",
    "base/src/tests/security/access.rs",
    "base/src/tests/security/audit.rs",
    "base/src/tests/security/configuration.rs",
    "base/src/tests/security/privacy.rs",
    "base/src/tests/security/revocation.rs",
    "base/src/tests/security/web_surface.rs",
    "base/src/texts.rs",
    "base/src/web.rs",
    "base/src/web/assets.rs",
    "base/src/web/confirmation_links.rs",
    "base/src/web/cookies.rs",
    "base/src/web/notice.rs",
    "base/src/web/page.rs",
    "base/src/web/routes.rs",
    "base/src/web/second_factor.rs",
    "base/src/web/sessions.rs",
    "base/src/web/settings.rs",
    "base/src/web/sudo.rs",
    "base/templates/confirmation_links/show.html",
    "base/templates/layout.html",
    "base/templates/registrations/new.html",
    "base/templates/second_factor/new.html",
    "base/templates/sessions/new.html",
    "base/templates/settings/second_factor.html",
    "base/templates/settings/show.html",
    "base/templates/sudo/new.html",
    "deploy/.github/workflows/ci.yml",
    "deploy/Dockerfile",
    "deploy/Procfile",
    "deploy/compose.yaml",
    "deploy/fly.toml",
    "guides/docs/accounts/cryptography.md",
    "guides/docs/accounts/your-fields.md",
    "moved/src/commands/copy_database.rs",
    "moved/src/tests/copying.rs",
    "postgres/src/tests/cleanup.rs",
    "starter-bin/src/main.rs",
    "starter-lib/src/lib.rs",
    "vault/src/commands/rotate_keys.rs",
];

/// The only Rust with the crate's name in it, outside of texts: it is a file of its language once that was put in, and
/// [`what_is_written_is_formatted_whatever_the_project_is_like`] looks then.
const NAMING: &[&str] = &["starter-lib/src/main.rs"];

/// Every template with its path, such as `base/src/app.rs`.
fn templates() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let files: Vec<_> = crate::support::tree(&folder).into_iter().collect();
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
    for path in crate::support::tree(&checkout.join("templates")).keys() {
        let path = format!("templates/{path}");
        assert!(listed.contains(path.as_str()), "{path} is left out");
    }
}

#[test]
fn every_feature_that_is_built_says_what_it_needs() {
    for feature in FEATURES.iter() {
        let path = format!("templates/{}/feature.toml", feature.name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        match feature.part {
            Part::Planned => assert!(!path.exists(), "{} is planned and there", feature.name),
            _ => {
                let needs = Needs::parse(&fs::read_to_string(&path).unwrap(), FEATURES).unwrap();
                let says = feature.flag.map_or(needs.says.as_str(), |flag| flag.says);
                assert!(!says.is_empty(), "{} does not say what it is", feature.name);
                assert!(
                    feature.flag.is_none() || needs.says.is_empty(),
                    "{} says it twice: in its line and in its folder",
                    feature.name
                );
            }
        }
    }
}

#[test]
fn a_crate_that_several_parts_want_differs_in_its_features_alone() {
    // Written together, they are one entry with the features of both.
    let mut seen: BTreeMap<String, (String, String)> = BTreeMap::new();
    let set = Templates::embedded().unwrap();
    for feature in FEATURES.iter() {
        let Some(folder) = set.folder(feature.name) else {
            continue;
        };
        let groups = folder.needs.dependencies.iter();
        for wanted in groups.flat_map(|group| &group.crates) {
            let said = spelled_without_features(&wanted.item);
            let (first, known) = seen
                .entry(wanted.name.clone())
                .or_insert_with(|| (feature.name.into(), said.clone()));
            assert_eq!(
                known, &said,
                "{} in {first} and in {}",
                wanted.name, feature.name
            );
        }
    }
}

/// The version and all else but the features, whether it stands alone or in a table.
fn spelled_without_features(item: &Item) -> String {
    let mut said: Vec<_> = match item.as_table_like() {
        Some(table) => table
            .iter()
            .filter(|(key, _)| *key != "features")
            .map(|(key, value)| format!("{key} = {}", value.to_string().trim()))
            .collect(),
        None => vec![format!("version = {}", item.to_string().trim())],
    };
    said.sort();
    said.join(", ")
}

#[test]
fn every_template_is_a_file_of_its_own_language() {
    for (path, text) in texts() {
        match path.rsplit('.').next() {
            Some("rs") if NAMING.contains(&path.as_str()) => {}
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
        .filter(|(path, _)| path.ends_with(".rs") && !NAMING.contains(&path.as_str()))
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
                "_ "
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
        if let Some((folder, name)) = path.split_once("/migrations/") {
            let (number, rest) = name.split_once('_').unwrap_or_default();
            assert!(number.len() == 2 && number.parse::<u8>().is_ok(), "{path}");
            let rest = rest.strip_suffix(".sql").unwrap_or_default();
            let (name, choice) = rest.split_once('.').unwrap_or((rest, folder));
            let is_one_of_all = choices().contains(&choice.to_owned());
            assert!(!name.is_empty() && is_one_of_all, "{path}");
        }
    }
}

/// The names that a migration can have behind its own, in the folder of a feature.
fn choices() -> Vec<String> {
    let of = |database: Database| Key::ALL.map(|key| choice(database, key));
    Database::ALL.into_iter().flat_map(of).collect()
}

fn choice(database: Database, key: Key) -> String {
    format!("{}-{}", database.name(), key.name())
}

/// The migrations of a database, in the folder of its tables and in those of features.
fn migrations(database: Database, key: Key) -> Vec<(String, String)> {
    let choice = choice(database, key);
    let of = |(path, sql): (String, String)| {
        let (folder, name) = path.split_once("/migrations/")?;
        let own = name.strip_suffix(&format!(".{choice}.sql"));
        let own = own.map(|name| format!("{folder}/{name}.sql"));
        Some((own.or((folder == choice).then(|| name.into()))?, sql))
    };
    texts().into_iter().filter_map(of).collect()
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
                "timestamptz" | "jsonb" => format!("text{rest}"),
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

/// What projects differ in.
#[derive(Clone, Copy)]
struct Kind<'a> {
    name: &'a str,
    edition: &'a str,
    shape: Shape,
    database: Database,
    key: Key,
    table: &'a str,
    feature: Option<&'static str>,
}

impl Kind<'_> {
    /// The usual one on that database.
    fn on(database: Database) -> Self {
        Self {
            name: "shop",
            edition: "2024",
            shape: Shape::Bin,
            database,
            key: Key::Uuid,
            table: "users",
            feature: None,
        }
    }

    fn features(&self) -> Named {
        self.feature.map(|name| (name, true)).into_iter().collect()
    }

    /// A project like this with everything in it.
    fn installed(&self) -> Project {
        let project = Project::fresh();
        let manifest = CARGO_TOML.replace("\"shop\"", &format!("{:?}", self.name));
        project.write("Cargo.toml", &manifest.replace("2024", self.edition));
        if self.shape == Shape::Lib {
            project.write("src/lib.rs", "");
        }
        let requested = Requested {
            database: Some(self.database),
            key: Some(self.key),
            table: Some(Table::parse(self.table).unwrap()),
            features: self.features(),
            yes: true,
            ..Requested::default()
        };
        let world = world(Templates::embedded().unwrap());
        let exit = project.install_with(requested, Mode::default(), &world);
        assert_eq!(exit.unwrap(), Exit::Done);
        project
    }

    /// The same, where it was on the other database before.
    fn moved(&self) -> Project {
        let project = self.installed();
        let requested = Requested {
            database: Some(Database::Postgres),
            yes: true,
            ..Requested::default()
        };
        let world = world(Templates::embedded().unwrap());
        let exit = project.install_with(requested, Mode::default(), &world);
        assert_eq!(exit.unwrap(), Exit::Done);
        project
    }
}

/// The shortest and the longest names, and all else that there are two of: twelve projects, in
/// which any two choices meet in each of their ways.
fn every_two_choices(mut check: impl FnMut(Kind<'_>)) {
    let (long_name, long_table) = ("a".repeat(60), "t".repeat(40));
    for n in 0..8 {
        let [a, b, c] = [n & 1, n >> 1 & 1, n >> 2 & 1];
        let features: [&[_]; 2] = [&[None, Some("api")], &[Some("jwt")]];
        for feature in features[a ^ b ^ c] {
            check(Kind {
                name: ["a", &long_name][a],
                edition: ["2024", "2021"][b],
                shape: [Shape::Bin, Shape::Lib][c],
                database: Database::ALL[a ^ b],
                key: Key::ALL[a ^ c],
                table: ["t", &long_table][b ^ c],
                feature: *feature,
            });
        }
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_is_written_is_formatted_whatever_the_project_is_like() {
    let mut said = String::new();
    every_two_choices(|kind| {
        said += &rustfmt(&kind.installed(), kind.edition);
        if kind.database == Database::Sqlite {
            said += &rustfmt(&kind.moved(), kind.edition);
        }
    });
    assert_eq!(said, "");
}

/// What rustfmt has to say about a project.
fn rustfmt(project: &Project, edition: &str) -> String {
    let roots = ["src/main.rs", "src/lib.rs"];
    let mut rustfmt = Command::new("rustfmt");
    // It follows the modules from there.
    rustfmt
        .args(["--check", "--edition", edition])
        .args(roots.iter().filter(|root| project.exists(root)))
        .current_dir(&project.root);
    let output = rustfmt.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn templates_name_what_is_not_in_every_editions_prelude() {
    for (path, text) in texts() {
        let is_used = ["impl Future<", ": Future<", "dyn Future<"]
            .iter()
            .any(|used| text.contains(used));
        assert!(
            !is_used || text.contains("future::Future"),
            "{path} uses Future, which is not in the prelude of 2021"
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn installing_twice_changes_nothing() {
    for database in Database::ALL {
        let project = Kind::on(database).installed();
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
                table: Table::default(),
                features: Default::default(),
                starter: Some(Shape::Bin),
            },
            &world.templates,
        )
        .unwrap();
        let changes = Changes::propose(&found, &plan, world.now, world.random).unwrap();
        assert!(changes.remaining.is_empty(), "{:?}", changes.remaining);
    }
}

#[test]
fn the_map_of_a_library_is_that_of_a_program_with_public_modules() {
    let all = texts();
    let text = |wanted: &str| &all.iter().find(|(path, _)| path == wanted).unwrap().1;
    let line = |line: &str| match line {
        "#[tokio::main]" => {
            "/// The program: `src/main.rs` calls it, and so can any other.\n#[tokio::main]\n"
                .into()
        }
        "async fn main() -> ExitCode {" => format!("pub {line}\n"),
        _ if line.starts_with("mod ") && line != "mod tests;" => format!("pub {line}\n"),
        _ => format!("{line}\n"),
    };
    let program: String = text("starter-bin/src/main.rs").lines().map(line).collect();
    assert_eq!(text("starter-lib/src/lib.rs"), &program);
}
