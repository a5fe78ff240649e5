//! The README is true: what it tells to type works, what it tells to write compiles, and its tables are the program's own.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::around::{
    PASSWORD,
    app::{App, free_port},
    client::Client,
    page,
    readme::{self, Block},
    shop::{self, Database, Shop},
    wait_for,
};
use crate::support::older::Older;
use cargo_sigra::{cli, feature::FEATURES};

/// The block that is compared word for word.
const DAY_AFTER: &str = "the day after";
/// What cannot be run yet, what is compared word for word, what tests/generated/copy_database.rs runs, and what `tests/run sqlite` does.
const RUN_ELSEWHERE: [&str; 4] = ["after publication", DAY_AFTER, "moved", "tested"];
/// A first build on two busy cores, and more.
const LONGEST: Duration = Duration::from_secs(20 * 60);

#[test]
#[ignore = "builds and serves what it tells to; tests/run readme"]
fn every_console_block_does_what_it_says() {
    let blocks: Vec<_> = readme::blocks()
        .into_iter()
        .filter(|block| block.language == "console")
        .collect();
    assert!(blocks.len() >= 5, "only {} console blocks", blocks.len());
    for block in blocks
        .iter()
        .filter(|block| !RUN_ELSEWHERE.contains(&block.label.as_str()))
    {
        println!("{}: {}", block.heading, block.lines.join(" ; "));
        perform(block);
    }
}

/// What a block types, in the folder that its label names.
fn perform(block: &Block) {
    let folder = tempfile::tempdir().unwrap();
    let path = shop::path_with_the_program(folder.path());
    let place = match block.label.as_str() {
        "" => folder.path().to_owned(),
        "checkout" => checkout(folder.path()),
        "shop" => installed(folder.path(), &path),
        other => panic!("the test does not know where {other:?} is, as the README labels a block"),
    };
    let (script, serves) = script(block);
    let port = free_port();
    let log = folder.path().join("log");
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(place)
        .envs(surroundings(folder.path()))
        .env("PATH", &path)
        .env("PORT", port.to_string());
    let command = shop::outside_of_cargo(&mut command);
    let mut running = Running::start(command, &log);
    if serves {
        running.answers(port, &log)
    } else {
        running.succeeds(&log)
    }
    let said = fs::read_to_string(&log).unwrap();
    let shown = block.lines.iter().map(|line| line.trim());
    for line in shown.filter(|line| !line.starts_with("$ ")) {
        assert!(
            said.contains(line),
            "the README shows {line:?}, but this was said:\n{said}"
        );
    }
}

/// The commands, and whether the last one serves until it is stopped.
fn script(block: &Block) -> (String, bool) {
    let typed = block
        .lines
        .iter()
        .filter_map(|line| line.strip_prefix("$ "));
    let typed = typed.flat_map(|command| match command {
        // Running itself inside itself would never end; whether it passes is what the reader sees.
        "tests/run" => vec!["tests/run --list".to_owned()],
        "sh install.sh" => vec![with_our_crates(command)],
        // What `cargo run` does, in its two steps: the demo is a generated project, and this program is none.
        "cargo run -- demo" => vec![
            with_our_crates("cargo build --quiet"),
            "\"$CARGO_TARGET_DIR/debug/cargo-sigra\" demo".to_owned(),
        ],
        other => vec![other.to_owned()],
    });
    let mut typed: Vec<_> = typed.collect();
    let last = typed.last_mut().expect("a console block types something");
    let serves = last.ends_with("cargo run") || last.ends_with(" demo");
    if serves {
        last.insert_str(0, "exec ");
    }
    (typed.join("\n"), serves)
}

/// The same command on this program: what that depends on was built for these tests already.
fn with_our_crates(command: &str) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_cargo-sigra")).ancestors();
    let built = built.map(Path::to_owned).nth(2).unwrap();
    let debug = "-u CARGO_PROFILE_DEV_DEBUG";
    format!(
        "env {debug} CARGO_BUILD_BUILD_DIR={} {command}",
        built.display()
    )
}

/// Where cargo and the app put what they make: nothing of it stays, but for what is built for all tests.
fn surroundings(folder: &Path) -> Vec<(&'static str, OsString)> {
    let database = folder.join("shop.db").display().to_string();
    let others = [
        ("CARGO_INSTALL_ROOT", folder.join("installed").into()),
        // What is tested is that it installs, not how fast the result is.
        ("CARGO_PROFILE_RELEASE_LTO", "off".into()),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0".into()),
        ("DATABASE_URL", format!("sqlite://{database}").into()),
    ];
    shop::building(folder).into_iter().chain(others).collect()
}

/// A process with all its children; ended when dropped.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::create(log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap());
        Self(command.stderr(log).process_group(0).spawn().unwrap())
    }

    fn answers(&mut self, port: u16, log: &Path) {
        let mut client = Client::new(&format!("http://localhost:{port}"));
        wait_for("the README's server", LONGEST, || {
            let gone = self.0.try_wait().unwrap();
            assert!(
                gone.is_none(),
                "{gone:?}: {}",
                fs::read_to_string(log).unwrap()
            );
            client
                .try_get("/users/register")
                .filter(|page| page.status == 200)
        });
    }

    fn succeeds(&mut self, log: &Path) {
        let ended = self.0.wait().unwrap();
        assert!(
            ended.success(),
            "{ended}: {}",
            fs::read_to_string(log).unwrap()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        _ = Command::new("kill")
            .args(["-TERM", "--", &group])
            .stderr(Stdio::null())
            .status();
        _ = self.0.wait();
    }
}

#[test]
fn the_day_after_is_told_word_for_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = shop::path_with_the_program(folder.path());
    let shop = installed(folder.path(), &path);
    age(&shop);
    let blocks = readme::blocks().into_iter();
    let mut blocks = blocks.filter(|block| block.label == DAY_AFTER);
    let shown = blocks.next().unwrap().lines.join("\n") + "\n";
    let said = typed(&shown, &shop, &path);
    if std::env::var_os("SIGRA_BLESS").is_some() {
        fs::write(readme::path(), readme::text().replace(&shown, &said)).unwrap();
        return;
    }
    assert_eq!(shown, said, "look, then run this with SIGRA_BLESS=1");
    assert!(shown.lines().count() <= 40, "that is more than one screen");
}

/// What an older version would have left: other limits, a shorter password, another sentence.
fn age(shop: &Path) {
    let mut older = Older::of(shop);
    for (path, now, then) in [
        (
            "src/accounts/password.rs",
            "MIN_LENGTH: usize = 12",
            "MIN_LENGTH: usize = 8",
        ),
        (
            "src/limits.rs",
            "register: NetworkLimit = 5 per HOUR",
            "register: NetworkLimit = 20 per HOUR",
        ),
        (
            "src/texts.rs",
            "\"That is not the password.\"",
            "\"Wrong password.\"",
        ),
    ] {
        let text = fs::read_to_string(shop.join(path)).unwrap();
        assert!(text.contains(now), "{path} has no {now:?}");
        older.wrote(path, &text.replace(now, then));
    }
    older.was_left_by("0.0.9");
}

/// The terminal after all commands of a transcript were typed into one shell.
fn typed(transcript: &str, place: &Path, path: &std::ffi::OsStr) -> String {
    let commands = transcript.lines().filter(|line| line.starts_with("$ "));
    // What is echoed has an exit code of its own, which `$?` must not see.
    let script = commands.map(|line| {
        let echo = line.replace('\'', "'\\''");
        format!(
            "printf '%s\\n' '{echo}'; (exit $last)\n{}\nlast=$?\n",
            &line[2..]
        )
    });
    let script: String = ["exec 2>&1; last=0\n".to_owned()]
        .into_iter()
        .chain(script)
        .collect();
    let mut bash = Command::new("bash");
    bash.args(["-c", &script])
        .current_dir(place)
        .env("PATH", path);
    String::from_utf8(bash.output().unwrap().stdout).unwrap()
}

/// A copy of this checkout's files, so that what is made there is thrown away.
fn checkout(folder: &Path) -> PathBuf {
    let copy = folder.join("checkout");
    fs::create_dir(&copy).unwrap();
    let files = "git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar --create --files-from - | tar --extract --directory";
    let script = format!("{files} \"$1\"");
    let mut pack = Command::new("bash");
    pack.args(["-c", &script, "pack"]).arg(&copy);
    shop::run(&mut pack, Path::new(env!("CARGO_MANIFEST_DIR")));
    copy
}

/// A fresh project with the account system in it.
fn installed(folder: &Path, bin: &std::ffi::OsStr) -> PathBuf {
    let script = "cargo new --quiet --vcs git shop && cd shop && cargo sigra install --yes --quiet";
    shop::run(
        Command::new("bash").args(["-c", script]).env("PATH", bin),
        folder,
    );
    folder.join("shop")
}

#[test]
#[ignore = "builds and serves an app; tests/run readme"]
fn the_protected_page_sends_a_stranger_to_log_in_and_back() {
    let app = App::start(&Shop::with_dashboard(Database::Sqlite));
    register(&app, "ann@example.com");
    let mut ann = app.client();
    let answer = ann.get("/dashboard?tab=orders");
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (303, "/users/log-in")
    );
    let answer = ann.post(
        "/users/log-in",
        &[("email", "ann@example.com"), ("password", PASSWORD)],
    );
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (303, "/dashboard?tab=orders")
    );
    let page = ann.get(&answer.location);
    assert_eq!(
        (page.status, page.body.as_str()),
        (200, "Hello ann@example.com")
    );
}

#[test]
#[ignore = "builds and serves an app; tests/run readme"]
fn the_protected_page_answers_401_to_a_program() {
    let app = App::start(&Shop::with_dashboard(Database::Sqlite));
    let answer = crate::around::client::agent()
        .get(format!("{}/dashboard", app.url))
        .call()
        .unwrap();
    assert_eq!(answer.status().as_u16(), 401);
}

fn register(app: &App, email: &str) {
    let mut browser = app.client();
    assert_eq!(
        browser
            .post(
                "/users/register",
                &[("email", email), ("password", PASSWORD)]
            )
            .location,
        "/users/confirm"
    );
    let code = app.letter_to(email).code();
    assert_eq!(
        browser.post("/users/confirm", &[("code", &code)]).location,
        "/"
    );
}

#[test]
#[ignore = "builds and serves an app; tests/run readme"]
fn the_message_about_missing_settings_is_the_one_that_is_shown() {
    let shop = Shop::with_dashboard(Database::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(&shop.program);
    program
        .current_dir(&folder)
        .env_clear()
        .env("APP_ENV", "production");
    let said = program.output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    let shown = readme::block("Go to production", "text").lines.join("\n");
    assert_eq!(String::from_utf8(said.stderr).unwrap().trim(), shown.trim());
}

#[test]
fn the_home_page_and_the_source_show_the_same_handler() {
    let block = readme::block("Protect your own page", "rust");
    let handler = block
        .lines
        .iter()
        .skip_while(|line| !line.starts_with("async fn"));
    let handler: Vec<_> = handler.map(|line| line.trim()).collect();
    for shown in ["starter/templates/home.html", "starter/src/pages.rs"] {
        let text = template(shown);
        for line in &handler {
            assert!(text.contains(line), "{shown} does not show {line:?}");
        }
    }
}

#[test]
fn the_flags_are_those_of_the_program() {
    let cli = cli::command(FEATURES);
    let install = cli.find_subcommand("install").unwrap();
    let known: BTreeSet<_> = install
        .get_arguments()
        .chain(cli.get_arguments())
        .filter_map(clap::Arg::get_long)
        .collect();
    let rows = readme::table("Flags");
    let words: Vec<_> = rows
        .iter()
        .flat_map(|row| readme::quoted(&row[0]))
        .collect();
    let told = words.iter().map(|flag| {
        flag.trim_start_matches("--")
            .split([' ', '='])
            .next()
            .unwrap()
    });
    let told: BTreeSet<_> = told.collect();
    assert_eq!(
        told,
        known
            .into_iter()
            .filter(|flag| !["help", "version"].contains(flag))
            .collect()
    );
}

#[test]
fn what_is_not_built_yet_is_said() {
    let rows = readme::table("Flags");
    let not_yet = rows
        .iter()
        .filter(|row| row[1].contains("not built yet"))
        .flat_map(|row| readme::quoted(&row[0]));
    let not_yet: BTreeSet<_> = not_yet
        .filter_map(|flag| {
            Some(
                flag.strip_prefix("--")?
                    .split([' ', '['])
                    .next()?
                    .to_owned(),
            )
        })
        .collect();
    let expected: BTreeSet<_> = FEATURES.planned().map(str::to_owned).collect();
    let negations = not_yet.iter().filter(|flag| {
        flag.strip_prefix("no-")
            .is_some_and(|flag| not_yet.contains(flag))
    });
    let negations: BTreeSet<_> = negations.cloned().collect();
    assert_eq!(
        not_yet
            .difference(&negations)
            .cloned()
            .collect::<BTreeSet<_>>(),
        expected
    );
}

#[test]
fn the_commands_are_those_of_the_program() {
    let cli = cli::command(FEATURES);
    let known: BTreeSet<_> = cli
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let rows = readme::table("Commands");
    let told = rows.iter().flat_map(|row| readme::quoted(&row[0]));
    let told: BTreeSet<_> = told
        .filter_map(|words| {
            Some(
                words
                    .strip_prefix("cargo sigra ")?
                    .split(' ')
                    .next()?
                    .to_owned(),
            )
        })
        .collect();
    assert_eq!(told, known);
}

#[test]
fn the_settings_are_those_of_the_generated_config() {
    let names = |text: &str| -> BTreeSet<String> {
        let is_setting = |word: &&str| {
            word.len() > 3
                && !word.starts_with("CARGO_")
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        };
        text.split(['"', '`'])
            .filter(is_setting)
            .map(str::to_owned)
            .collect()
    };
    let source = [
        "base/src/config.rs",
        "base/src/config/mail.rs",
        "base/src/config/network.rs",
        "base/src/config/reader.rs",
        "api/src/config/api_docs.rs",
        "jwt/src/config/jwt.rs",
        "passkeys/src/config/passkeys.rs",
        "vault/src/config/encryption.rs",
    ]
    .map(template);
    let read = names(&source.concat());
    let rows = readme::table("Settings");
    let told: BTreeSet<_> = rows
        .iter()
        .flat_map(|row| readme::quoted(&row[0]))
        .collect();
    assert_eq!(told, read);
}

#[test]
fn the_defaults_of_settings_are_those_of_the_generated_config() {
    let reader = ["base/src/config/network.rs", "base/src/config/reader.rs"].map(template);
    let reader = reader.concat();
    for (name, default) in [("PORT", "4000"), ("POOL_SIZE", "10")] {
        assert!(
            reader.contains(&format!("\"{name}\", \"{default}\"")),
            "{name} has another default now"
        );
        let rows = readme::table("Settings");
        let row = rows
            .iter()
            .find(|row| readme::quoted(&row[0]).contains(&name.to_owned()))
            .unwrap();
        assert_eq!(readme::quoted(&row[1]), [default], "{name}");
    }
}

#[test]
fn every_file_in_the_tree_is_one_that_is_written() {
    let tree = readme::block("What you get", "text");
    let told = tree
        .lines
        .iter()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|path| *path != ".sigra/");
    for path in told
        .flat_map(|path| path.split(','))
        .filter(|path| *path != "Cargo.toml")
    {
        let stem = path.trim_end_matches('/');
        let exists = [
            "starter",
            "starter-bin",
            "base",
            "sqlite",
            "sqlite-uuid",
            "uuid",
            "deploy",
            "guides",
        ]
        .iter()
        .any(|part| templates().join(part).join(stem).exists());
        assert!(exists, "the README tells of {path}, which nothing writes");
    }
}

/// `SIGRA_BLESS=1 tests/run browser` takes them anew. For another one, make an empty file first.
#[test]
fn every_picture_is_one_that_a_browser_test_takes() {
    let text = readme::text();
    let links = text.split("](.github/pictures/").skip(1);
    let named = links.filter_map(|rest| Some(rest.split_once(".png)")?.0.to_owned()));
    let named: BTreeSet<String> = named.collect();
    let files = fs::read_dir(page::shown()).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let is_png = |path: &PathBuf| fs::read(path).unwrap().starts_with(b"\x89PNG");
    let there = files
        .filter(is_png)
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(named, there.collect());
    assert!(!named.is_empty());

    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated");
    let sources = [
        "browser.rs",
        "browser/passkeys.rs",
        "browser/second_factor.rs",
    ];
    let sources = sources.map(|path| fs::read_to_string(tests.join(path)).unwrap());
    for name in &named {
        let looks = [format!("look({name:?})"), format!("codes(ann, {name:?})")];
        let is_taken = looks.iter().any(|look| sources.concat().contains(look));
        assert!(is_taken, "no browser test takes {name}");
    }
}

fn template(path: &str) -> String {
    fs::read_to_string(templates().join(path)).unwrap()
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")
}
