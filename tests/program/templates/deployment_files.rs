//! The deployment files tell one another the same: ports, paths, commands, settings, versions. `tests/generated/deployment.rs` does what they say.

use std::{collections::BTreeSet, sync::OnceLock};

use crate::around::image::{self, Context, Stage};
use crate::support::{Project, sigra, world};
use cargo_sigra::{
    answers::Requested, cli::Mode, edit::env_file, feature::Database, templates::Templates,
};
use saphyr::{LoadableYamlNode, YamlOwned};
use toml_edit::DocumentMut;

/// Nothing starts without these; what else there is has a default.
const REQUIRED: [&str; 6] = [
    "APP_URL",
    "DATABASE_URL",
    "SECRET_KEY_BASE",
    "SESSION_SIGNING_SALT",
    "TRUSTED_PROXIES",
    "SMTP_URL",
];

/// The files of one project, read.
struct Files {
    database: Database,
    project: Project,
    build: Stage,
    image: Stage,
    compose: YamlOwned,
    workflow: YamlOwned,
    fly: DocumentMut,
}

impl Files {
    fn of(database: Database, features: &[&'static str]) -> Self {
        let project = Project::fresh();
        let requested = Requested {
            database: Some(database),
            features: features.iter().map(|name| (*name, true)).collect(),
            yes: true,
            ..Requested::default()
        };
        let world = world(Templates::embedded().unwrap());
        project
            .install_with(requested, Mode::default(), &world)
            .unwrap();
        let [build, image] = image::stages(&project.read("Dockerfile"))
            .try_into()
            .unwrap();
        Self {
            database,
            build,
            image,
            compose: yaml(&project.read("compose.yaml")),
            workflow: yaml(&project.read(".github/workflows/ci.yml")),
            fly: project.read("fly.toml").parse().unwrap(),
            project,
        }
    }

    /// Once for all tests.
    fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Files>> = OnceLock::new();
        ALL.get_or_init(|| {
            let both = |features| Database::ALL.map(|database| Self::of(database, features));
            both(&[]).into_iter().chain(both(&["jwt"])).collect()
        })
    }

    /// Those of one database.
    fn on(database: Database) -> impl Iterator<Item = &'static Self> {
        Self::all()
            .iter()
            .filter(move |files| files.database == database)
    }

    /// What production does not start without.
    fn required(&self) -> BTreeSet<&'static str> {
        let sealing = self.project.exists("src/vault.rs");
        let sealing = sealing.then_some("ENCRYPTION_KEYS");
        REQUIRED.into_iter().chain(sealing).collect()
    }

    fn app(&self) -> &YamlOwned {
        &self.compose["services"]["app"]
    }

    /// The settings of a service in compose.yaml.
    fn environment(&self, service: &str) -> BTreeSet<String> {
        keys(&self.compose["services"][service]["environment"])
    }

    fn procfile(&self) -> Vec<(String, String)> {
        let text = self.project.read("Procfile");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(kind, command)| (kind.to_owned(), command.to_owned()))
            .collect()
    }

    /// Every setting that `.env.example` names.
    fn settings(&self) -> BTreeSet<String> {
        let example = self.project.read(".env.example");
        env_file::keys(&example).map(str::to_owned).collect()
    }
}

fn yaml(text: &str) -> YamlOwned {
    YamlOwned::load_from_str(text).unwrap().remove(0)
}

fn keys(mapping: &YamlOwned) -> BTreeSet<String> {
    let mapping = mapping.as_mapping().unwrap();
    let keys = mapping.iter().map(|(key, _)| key.as_str().unwrap());
    keys.map(str::to_owned).collect()
}

fn texts(list: &YamlOwned) -> Vec<&str> {
    let list = list.as_sequence().unwrap();
    list.iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn everybody_means_the_same_port() {
    for files in Files::all() {
        let port = files.image.setting("PORT").unwrap();
        assert_eq!(files.image.all("EXPOSE").collect::<Vec<_>>(), [port]);
        let internal = files.fly["http_service"]["internal_port"].as_integer();
        assert_eq!(internal, port.parse().ok());
        assert_eq!(files.fly["env"]["PORT"].as_str(), Some(port));
        let https = files.compose["services"]["https"]["command"].as_str();
        assert!(https.unwrap().contains(&format!("--to app:{port} ")));
    }
}

#[test]
fn the_address_of_compose_is_the_one_that_https_is_served_at() {
    for files in Files::all() {
        let url = files.app()["environment"]["APP_URL"].as_str().unwrap();
        let https = &files.compose["services"]["https"];
        let command = https["command"].as_str().unwrap();
        assert!(command.contains(&format!("--from {url} ")), "{command}");
        let port = url.rsplit(':').next().unwrap();
        assert_eq!(texts(&https["ports"]), [format!("127.0.0.1:{port}:{port}")]);
    }
}

#[test]
fn what_fly_asks_for_is_there() {
    let routes = include_str!("../../../templates/base/src/web/health.rs");
    for files in Files::all() {
        let check = files.fly["http_service"]["checks"].as_array_of_tables();
        let check = check.unwrap().get(0).unwrap();
        let path = check["path"].as_str().unwrap();
        assert!(routes.contains(&format!(".route(\"{path}\",")), "{path}");
        let machines = files.fly["http_service"]["min_machines_running"].as_integer();
        assert_eq!(machines, Some(1));
    }
}

/// Without these lines, all visitors are one network to every limit; and nobody but Fly's proxy may say who they are.
#[test]
#[ignore = "long: stage cli runs it"]
fn behind_flys_proxy_each_visitor_is_one() {
    for files in Files::all() {
        let setting = |name: &str| files.fly["env"][name].as_str().map(str::to_owned);
        let header = setting("CLIENT_IP_HEADER");
        assert_eq!(header.as_deref(), Some("Fly-Client-IP"));
        let proxies = setting("TRUSTED_PROXIES");
        assert_eq!(proxies.as_deref(), Some("172.16.0.0/12,fdaa::/16"));
    }
}

#[test]
fn fly_waits_longer_than_the_program_takes_to_end() {
    let run = include_str!("../../../templates/base/src/run.rs");
    let grace = run.split("GRACE: Duration = Duration::from_secs(").nth(1);
    let grace: u32 = grace.unwrap().split(')').next().unwrap().parse().unwrap();
    for files in Files::all() {
        let killed = files.fly["kill_timeout"].as_str().unwrap();
        let killed: u32 = killed.strip_suffix('s').unwrap().parse().unwrap();
        assert!(killed > grace);
        assert_eq!(files.fly["kill_signal"].as_str(), Some("SIGTERM"));
    }
}

#[test]
fn the_file_of_sqlite_is_on_the_volume() {
    for files in Files::on(Database::Sqlite) {
        let volume = files.image.all("VOLUME").next().unwrap();
        let url = files.image.setting("DATABASE_URL").unwrap();
        assert_eq!(url, format!("sqlite://{volume}/shop.db"));
        let mounts = &files.fly["mounts"];
        assert_eq!(mounts["destination"].as_str(), Some(volume));
        let source = mounts["source"].as_str().unwrap();
        assert!(
            files
                .project
                .read("fly.toml")
                .contains(&format!("fly volumes create {source}\n"))
        );
        let mounted = texts(&files.app()["volumes"]);
        let (name, path) = mounted[0].split_once(':').unwrap();
        assert_eq!(path, volume);
        assert!(keys(&files.compose["volumes"]).contains(name));
        assert!(
            files
                .image
                .all("COPY")
                .any(|copy| copy.ends_with(&format!(" {volume}")) && copy.contains("--chown="))
        );
    }
}

#[test]
fn postgres_is_migrated_before_it_is_served_wherever_it_is_deployed() {
    for files in Files::on(Database::Postgres) {
        let release = files.fly["deploy"]["release_command"].as_str();
        assert_eq!(release, Some("shop migrate"));
        let procfile = files.procfile();
        assert!(procfile.contains(&(
            "release".to_owned(),
            "./target/release/shop migrate".to_owned()
        )));
        let services = &files.compose["services"];
        assert_eq!(texts(&services["migrate"]["command"]), ["shop", "migrate"]);
        let waits = &files.app()["depends_on"]["migrate"]["condition"];
        assert_eq!(waits.as_str(), Some("service_completed_successfully"));
        assert_eq!(files.environment("migrate"), files.environment("app"));
    }
}

#[test]
fn nothing_of_postgres_is_in_a_project_on_sqlite_and_the_other_way_round() {
    let all = |files: &Files| {
        let names = [
            "Dockerfile",
            "Procfile",
            "compose.yaml",
            "fly.toml",
            ".github/workflows/ci.yml",
        ];
        names
            .map(|name| files.project.read(name))
            .concat()
            .to_lowercase()
    };
    for sqlite in Files::on(Database::Sqlite).map(all) {
        assert!(!sqlite.contains("postgres") && sqlite.contains("sqlite"));
    }
    for postgres in Files::on(Database::Postgres).map(all) {
        assert!(!postgres.contains("sqlite") && postgres.contains("postgres"));
    }
}

#[test]
fn the_commands_are_those_of_the_program() {
    let commands = include_str!("../../../templates/base/src/commands.rs");
    for files in Files::all() {
        let program = "./target/release/shop";
        for (kind, command) in files.procfile() {
            let verb = command.strip_prefix(program).unwrap().trim();
            assert!(
                verb.is_empty() || commands.contains(&format!("\"{verb}\" =>")),
                "{kind}"
            );
        }
        assert_eq!(files.image.all("CMD").collect::<Vec<_>>(), ["[\"shop\"]"]);
    }
}

#[test]
fn what_is_set_is_a_setting_and_compose_sets_all_that_production_asks_for() {
    for files in Files::all() {
        let known = files.settings();
        let image = files.image.all("ENV");
        let image: BTreeSet<_> = image
            .map(|setting| setting.split('=').next().unwrap().to_owned())
            .collect();
        let fly = files.fly["env"].as_table().unwrap();
        let fly: BTreeSet<_> = fly.iter().map(|(name, _)| name.to_owned()).collect();
        let compose = files.environment("app");
        for set in [&image, &fly, &compose] {
            assert!(set.is_subset(&known), "{set:?}");
        }
        let there: BTreeSet<_> = image.union(&compose).map(String::as_str).collect();
        assert!(there.is_superset(&files.required()), "{there:?}");
    }
}

#[test]
fn the_example_names_every_setting() {
    let is_setting = |word: &&str| {
        word.len() > 3
            && !word.starts_with("CARGO_")
            && word
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    for files in Files::all() {
        let tree = files.project.tree().into_iter();
        let config = tree.filter(|(path, _)| path.starts_with("src/config"));
        let config = config.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        let source: String = config.collect();
        let read: BTreeSet<_> = source.split(['"', '`']).filter(is_setting).collect();
        assert!(read.is_superset(&files.required()));
        let named = files.settings();
        let forgotten: Vec<_> = read.iter().filter(|name| !named.contains(**name)).collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
    }
}

#[test]
fn no_secret_and_nothing_that_was_made_here_is_given_to_the_build() {
    let files = Files::of(Database::Sqlite, &[]);
    let project = &files.project;
    for path in [
        ".env.local",
        "shop.db",
        "shop.db-wal",
        "old/shop.db",
        "target/debug/shop",
    ] {
        project.write(path, "");
    }
    assert!(project.exists(".env"));
    let given = Context::new(&project.root).files();
    let given: Vec<_> = given.iter().map(|path| path.to_str().unwrap()).collect();
    let harmless = ["src/", "migrations/", "templates/", "static/", "docs/"];
    let rest = given
        .iter()
        .filter(|path| !harmless.iter().any(|folder| path.starts_with(folder)));
    let rest: BTreeSet<_> = rest.copied().collect();
    let expected = [".gitattributes", ".gitignore", "Cargo.lock", "Cargo.toml"];
    assert_eq!(rest, expected.into());
    assert!(given.contains(&"src/main.rs"));
}

#[test]
fn the_dependencies_are_a_layer_of_their_own_and_come_as_they_were_locked() {
    for files in Files::all() {
        let steps: Vec<_> = files
            .build
            .steps
            .iter()
            .map(|step| format!("{} {}", step.word, step.rest))
            .collect();
        let at = |wanted: &str| steps.iter().position(|step| step == wanted).unwrap();
        let build = "RUN cargo build --locked --release";
        assert!(at("COPY Cargo.toml Cargo.lock ./") < at(build) && at(build) < at("COPY . ."));
        assert_eq!(steps.iter().filter(|step| *step == build).count(), 2);
        let platform = files.project.read("RustConfig");
        assert!(platform.contains("RUST_CARGO_BUILD_FLAGS=\"--locked --release\"\n"));
    }
}

/// By the environment of the build: the profiles in Cargo.toml are the owner's.
#[test]
fn releases_are_stripped_and_optimised_as_a_whole() {
    for files in Files::all() {
        let platform = files.project.read("RustConfig");
        let build: Vec<_> = files.build.all("ENV").collect();
        for setting in [
            "CARGO_PROFILE_RELEASE_STRIP=symbols",
            "CARGO_PROFILE_RELEASE_LTO=thin",
        ] {
            assert!(build.contains(&setting), "{build:?}");
            assert!(platform.contains(&format!("export {setting}\n")));
        }
        assert!(
            !files
                .project
                .read("Cargo.toml")
                .contains("[profile.release")
        );
    }
}

#[test]
fn everybody_builds_with_the_compiler_that_the_code_asks_for() {
    let version = Templates::embedded().unwrap().rust_version().to_owned();
    for files in Files::all() {
        assert!(files.build.from.starts_with(&format!("rust:{version}-")));
        let platform = files.project.read("RustConfig");
        assert!(platform.contains(&format!("VERSION={version}\n")));
        let steps = files.workflow["jobs"]["test"]["steps"].as_sequence();
        let rust = steps
            .unwrap()
            .iter()
            .find_map(|step| step.as_mapping_get("run")?.as_str());
        assert!(
            rust.unwrap()
                .contains(&format!("rustup toolchain install {version} "))
        );
    }
}

/// The image that runs has the C library of the image that builds.
#[test]
fn both_stages_are_of_the_same_debian() {
    for files in Files::all() {
        assert!(files.build.from.ends_with("-bookworm"));
        assert_eq!(files.image.from, "gcr.io/distroless/cc-debian12:nonroot");
        let user = files.image.all("USER").next().unwrap();
        assert!(!user.starts_with('0') && user != "root");
    }
}

#[test]
fn the_workflow_checks_what_tests_run_checks() {
    let stages = include_str!("../../lib/stages.sh");
    for files in Files::all() {
        let job = &files.workflow["jobs"]["test"];
        let steps = job["steps"].as_sequence().unwrap().iter();
        let cargo: Vec<_> = steps
            .filter_map(|step| step.as_mapping_get("run")?.as_str())
            .filter(|run| run.starts_with("cargo"))
            .collect();
        assert_eq!(cargo.len(), 3, "{cargo:?}");
        for command in cargo {
            assert!(
                stages.contains(&format!("\"${{here[@]}}\" {command}\n")),
                "{command}"
            );
        }
    }
}

#[test]
fn a_member_of_a_workspace_gets_none_of_them_and_is_told() {
    let folder = Project::empty();
    folder.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = []\n",
    );
    let said = sigra(&folder.root, &["new", "shop", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(folder.exists("shop/.env.example"));
    for file in [
        "Dockerfile",
        "fly.toml",
        "Procfile",
        ".github",
        "compose.yaml",
    ] {
        assert!(!folder.exists(&format!("shop/{file}")), "{file}");
    }
    let line = "Dockerfile, fly.toml and the like are left out: they are for a package that stands alone\n";
    assert!(said.err.contains(line), "{}", said.err);
}
