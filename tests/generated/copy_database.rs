//! From SQLite to PostgreSQL, as the README tells it, with somebody who was there before and does not notice.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    app::{App, database_url, free_port},
    client::{Answer, Client},
    readme,
    shop::{self, Database, Shop},
};
use serde_json::{Value, json};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

/// A shop that has been served on SQLite, in a folder of its own.
fn old_shop() -> Shop {
    let built = Shop::with_everything(Database::Sqlite);
    let folder = shop::folder().join("moved");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(&built.root).arg(folder.join("shop"));
    shop::run(&mut copy, &folder);
    Shop {
        root: folder.join("shop"),
        ..built
    }
}

/// What the README's block types, in that folder.
fn typed(root: &Path, database: &str) -> Output {
    let blocks = readme::blocks().into_iter();
    let mut blocks = blocks.filter(|block| block.label == "moved");
    let block = blocks.next().expect("the README's block");
    let typed = block.lines.iter();
    let typed: Vec<_> = typed.filter_map(|line| line.strip_prefix("$ ")).collect();
    let output = run(root, &typed.join("\n"), database);
    let said = String::from_utf8_lossy(&output.stdout);
    let shown = block.lines.iter().filter(|line| !line.starts_with("$ "));
    for line in shown {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    output
}

fn run(root: &Path, script: &str, database: &str) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", script])
        .current_dir(root)
        .env("PATH", shop::path_with_the_program(root.parent().unwrap()))
        .envs(shop::building(root))
        .env("DATABASE_URL", database);
    shop::outside_of_cargo(&mut bash).output().unwrap()
}

fn register(app: &App, email: &str) -> Client {
    let mut browser = app.client();
    let fields = [("email", email), ("password", PASSWORD)];
    browser.post("/users/register", &fields);
    browser
}

/// With a code that is still to come, and one that was typed.
fn join(app: &App) -> Client {
    let mut browser = register(app, ANN);
    let code = app.letter_to(ANN).code();
    let answer = browser.post("/users/confirm", &[("code", &code)]);
    assert_eq!(answer.location, "/");
    browser
}

fn tokens(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// Whom an access token is of.
fn me(app: &App, tokens: &Value) -> Answer {
    let mut program = app.client();
    let token = tokens["access_token"].as_str().unwrap();
    let bearer = ("authorization".to_owned(), format!("Bearer {token}"));
    program.headers.push(bearer);
    program.get("/api/me")
}

#[test]
#[ignore = "builds an app on both databases; tests/run moved"]
fn nobody_notices() {
    let (old, port) = (old_shop(), free_port());
    let app = App::at(port, &old, &[("DATABASE_URL", "sqlite://shop.db")]);
    let mut browser = join(&app);
    let mut waiting = register(&app, BOB);
    let code = app.letter_to(BOB).code();
    let log_in = json!({ "email": ANN, "password": PASSWORD });
    let pair = tokens(&app.client().post_json("/api/auth/token", &log_in));
    // Killed, so that the last rows are not in the file itself yet.
    drop(app);

    let database = database_url(Database::Postgres, Path::new(""));
    let output = typed(&old.root, &database);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let program: PathBuf = old.root.with_file_name("moved");
    fs::copy(old.root.join("target/debug/shop"), &program).unwrap();
    let new = Shop {
        program,
        database: Database::Postgres,
        ..old
    };

    let again = "cargo run --quiet --features copy-database -- copy-database shop.db";
    let again = run(&new.root, again, &database);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(
        !again.status.success() && said.contains("there are rows in PostgreSQL already"),
        "{said}"
    );

    let app = App::at(port, &new, &[("DATABASE_URL", &database)]);
    // Logged in as before, in the same browser.
    let settings = browser.get("/users/settings");
    assert_eq!((settings.status, settings.body.contains(ANN)), (200, true));
    // A code from a letter that the old program has sent.
    let confirmed = waiting.post("/users/confirm", &[("code", &code)]);
    assert_eq!(confirmed.location, "/");
    // A token signed by the old program, and the key for the next one opened.
    assert!(me(&app, &pair).body.contains(ANN));
    let refresh = json!({ "refresh_token": pair["refresh_token"] });
    let next = tokens(&app.client().post_json("/api/auth/token/refresh", &refresh));
    assert!(me(&app, &next).body.contains(ANN));
    // The password, and whatever is written from now on.
    let change = [
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    assert_eq!(
        browser.post("/users/settings/password", &change).status,
        303
    );
    let mut elsewhere = app.client();
    let fields = [("email", ANN), ("password", OTHER_PASSWORD)];
    assert_eq!(elsewhere.post("/users/log-in", &fields).location, "/");
    assert!(elsewhere.get("/users/settings").body.contains(ANN));
}
