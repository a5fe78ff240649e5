//! The deployment files, done as they say without a container engine: the Dockerfile's steps in folders, the release that they build
//! started as it and the Procfile start it, with nothing set but what `.env.example` names.
//!
//! What they tell one another is compared in `tests/program/templates/deployment_files.rs`.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
    time::Duration,
};

use crate::around::{
    PASSWORD,
    app::{database_url, free_port},
    client,
    image::{self, Context, Image},
    program::{Program, Settings},
    shop::{self, Database},
    smtp::SmtpServer,
    wait_for,
};
use tempfile::TempDir;

const SIGRA: &str = env!("CARGO_BIN_EXE_cargo-sigra");
const ORIGIN: &str = "https://shop.example.com";
/// What production cannot do without.
const REQUIRED: [&str; 7] = [
    "APP_URL",
    "DATABASE_URL",
    "SECRET_KEY_BASE",
    "SESSION_SIGNING_SALT",
    "TRUSTED_PROXIES",
    "SMTP_URL",
    "ENCRYPTION_KEYS",
];

/// A project that was cloned, and the image that its Dockerfile makes.
struct Deployment {
    clone: PathBuf,
    build: Image,
    image: Image,
}

/// Once for each database: a release takes minutes.
fn deployment(database: Database) -> &'static Deployment {
    static DONE: [OnceLock<Deployment>; 2] = [OnceLock::new(), OnceLock::new()];
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    DONE[database as usize].get_or_init(|| deploy(database))
}

fn deploy(database: Database) -> Deployment {
    let folder = shop::folder().join(format!("deploy-{}", database.name()));
    let clone = folder.join("clone/shop");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(clone.parent().unwrap()).unwrap();
    for folder in [folder.as_path(), folder.parent().unwrap()] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    clone_project(database, &folder, &clone);
    let stages = image::build(
        &Context::new(&clone),
        &folder.join("image"),
        &shop::target(),
    );
    Deployment {
        clone,
        build: stages["build"].clone(),
        image: stages[""].clone(),
    }
}

/// As it comes to a machine that builds: from git, without `.env`.
fn clone_project(database: Database, folder: &Path, clone: &Path) {
    let script = "cargo new --quiet --vcs git shop && cd shop && \"$0\" install --yes --quiet --database \"$1\"
        git add --all && git -c user.name=somebody -c user.email=somebody@example.com commit --quiet --message accounts
        git clone --quiet . \"$2\"";
    let mut bash = Command::new("bash");
    bash.args(["-euc", script, SIGRA, database.name()])
        .arg(clone);
    shop::run(&mut bash, folder);
    assert!(folder.join("shop/.env").exists() && !clone.join(".env").exists());
}

/// Somewhere to run: a database that nobody has used yet, and a server that takes letters.
struct Place {
    settings: Settings,
    letters: SmtpServer,
    _folder: TempDir,
}

impl Place {
    /// What is set for production, and nothing that `.env.example` does not name.
    fn new(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let letters = SmtpServer::start();
        let url = match database {
            Database::Sqlite => database_url(database, folder.path()),
            // The server of this test has no certificate.
            Database::Postgres => format!(
                "{}?sslmode=disable",
                created(database_url(database, folder.path()))
            ),
        };
        let settings = [
            ("APP_URL", ORIGIN.to_owned()),
            ("PORT", free_port().to_string()),
            ("DATABASE_URL", url),
            ("SECRET_KEY_BASE", secret()),
            ("SESSION_SIGNING_SALT", secret()),
            ("TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
            ("SMTP_URL", letters.url.clone()),
            ("ENCRYPTION_KEYS", encryption_key()),
        ];
        let settings: Settings = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let example = fs::read_to_string(deployment(database).clone.join(".env.example")).unwrap();
        for name in settings.keys() {
            let line = format!("\n{name}=");
            assert!(example.contains(&line), ".env.example does not name {name}");
        }
        Self {
            settings,
            letters,
            _folder: folder,
        }
    }

    fn port(&self) -> u16 {
        self.settings["PORT"].parse().unwrap()
    }
}

/// As `cargo sigra secret` prints one.
fn secret() -> String {
    let said = Command::new(SIGRA).arg("secret").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// As `.env.example` says.
fn encryption_key() -> String {
    let mut openssl = Command::new("openssl");
    let said = openssl.args(["rand", "-base64", "32"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// In production a database is there before the program is.
fn created(url: String) -> String {
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut psql = Command::new("psql");
    let sql = format!("create database {name}");
    shop::run(
        psql.arg(format!("{server}/postgres"))
            .args(["--quiet", "--command", &sql]),
        Path::new("/"),
    );
    url
}

impl Deployment {
    /// As the image is started: by its own user, from its own folder, with further settings. No words are its `CMD`.
    fn run(&self, words: &[&str], settings: &Settings) -> Program {
        let image = &self.image;
        let mut words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        if words.is_empty() {
            words.clone_from(&image.command);
        }
        let mut command = Command::new(image.path("/usr/local/bin").join(&words[0]));
        command.args(&words[1..]).current_dir(&image.folder);
        if image::is_root() {
            let user = image.user.expect("the image has a user of its own");
            command.uid(user).gid(user);
        }
        let mut all: Settings = image.settings.iter().cloned().collect();
        all.extend(settings.clone());
        Program::start(command, &all)
    }

    /// As a platform starts this line of the Procfile, in the folder where it has built.
    fn procfile(&self, kind: &str, settings: &Settings) -> Program {
        let line = fs::read_to_string(self.clone.join("Procfile")).unwrap();
        let line = line
            .lines()
            .find_map(|line| line.strip_prefix(kind)?.strip_prefix(": "));
        let line = line.unwrap_or_else(|| panic!("the Procfile has no {kind}"));
        let mut sh = Command::new("/bin/sh");
        sh.args(["-c", &format!("exec {line}")])
            .current_dir(&self.build.folder);
        Program::start(sh, settings)
    }

    /// What fly.toml runs before a release.
    fn release_command(&self) -> Vec<String> {
        let fly = fs::read_to_string(self.clone.join("fly.toml")).unwrap();
        let fly: toml_edit::DocumentMut = fly.parse().unwrap();
        let command = fly["deploy"]["release_command"].as_str().unwrap();
        command.split(' ').map(str::to_owned).collect()
    }
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn the_image_serves_on_sqlite() {
    let deployment = deployment(Database::Sqlite);
    let mut place = Place::new(Database::Sqlite);
    // The image says where it is, on the volume.
    place.settings.remove("DATABASE_URL");
    let mut program = deployment.run(&[], &place.settings);
    program.is_healthy(place.port());
    somebody_registers(&place);
    program.stops();
    assert!(deployment.image.path("/data/shop.db").exists());
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn the_image_serves_on_postgres_after_its_release_step() {
    let deployment = deployment(Database::Postgres);
    let place = Place::new(Database::Postgres);
    let said = deployment.run(&[], &place.settings).fails();
    assert!(said.contains("run its `migrate` command first"), "{said}");

    let migrate = deployment.release_command();
    let migrate: Vec<_> = migrate.iter().map(String::as_str).collect();
    deployment.run(&migrate, &place.settings).succeeds();
    let mut program = deployment.run(&[], &place.settings);
    program.is_healthy(place.port());
    somebody_registers(&place);
    program.stops();
}

/// Behind a proxy that speaks https, as production always is.
fn somebody_registers(place: &Place) {
    let url = format!("http://127.0.0.1:{}/users/register", place.port());
    let answer = client::agent()
        .post(url)
        .header("host", "shop.example.com")
        .header("origin", ORIGIN)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "203.0.113.9")
        .send_form([("email", "ann@example.com"), ("password", PASSWORD)]);
    assert_eq!(answer.unwrap().status().as_u16(), 303);
    let letter = wait_for("a letter", Duration::from_secs(20), || {
        place.letters.heard().letters.pop()
    });
    assert!(letter.contains(ORIGIN), "{letter}");
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn the_procfile_serves_on_sqlite() {
    let place = Place::new(Database::Sqlite);
    let mut web = deployment(Database::Sqlite).procfile("web", &place.settings);
    web.is_healthy(place.port());
    web.stops();
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn every_line_of_the_procfile_does_its_work_on_postgres() {
    let deployment = deployment(Database::Postgres);
    let place = Place::new(Database::Postgres);
    deployment.procfile("release", &place.settings).succeeds();
    let mut web = deployment.procfile("web", &place.settings);
    let mut worker = deployment.procfile("worker", &place.settings);
    web.is_healthy(place.port());
    worker.says("working jobs");
    worker.stops();
    web.stops();
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn without_one_required_setting_it_does_not_start_and_names_it() {
    for database in [Database::Sqlite, Database::Postgres] {
        let place = Place::new(database);
        for missing in REQUIRED {
            let mut settings = place.settings.clone();
            settings.remove(missing).unwrap();
            let said = deployment(database).procfile("web", &settings).fails();
            let expected = format!("error: the settings are not ready:\n  {missing} is not set\n");
            assert_eq!(said, expected);
        }
    }
}

#[test]
#[ignore = "builds a release; tests/run deploy"]
fn without_all_of_them_it_names_all_of_them() {
    for database in [Database::Sqlite, Database::Postgres] {
        let said = deployment(database)
            .procfile("web", &Settings::new())
            .fails();
        let lines: Vec<_> = REQUIRED
            .iter()
            .map(|name| format!("  {name} is not set\n"))
            .collect();
        assert_eq!(
            said,
            format!("error: the settings are not ready:\n{}", lines.concat())
        );
    }
}

/// gcr.io/distroless/cc has these and no others.
#[test]
#[ignore = "builds a release; tests/run deploy"]
fn it_needs_nothing_that_the_image_does_not_have() {
    for database in [Database::Sqlite, Database::Postgres] {
        let program = deployment(database).image.path("/usr/local/bin/shop");
        let needed = Command::new("ldd").arg(&program).output().unwrap();
        let needed = String::from_utf8(needed.stdout).unwrap();
        let there = [
            "linux-vdso",
            "ld-linux",
            "libc.",
            "libm.",
            "libgcc_s.",
            "libpthread.",
            "libdl.",
        ];
        for line in needed.lines() {
            assert!(
                there.iter().any(|name| line.contains(name)),
                "it needs {line}"
            );
        }
        let size = fs::metadata(program).unwrap().len() / 1_000_000;
        println!("shop on {}: {size} MB", database.name());
    }
}
