//! Programs that others have written, which know no more of the app than it tells: the scripts in `tests/peers`.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use super::{
    app::App,
    shop::{Database, Shop},
    told,
};

/// Believes what the scripts say of where they ask from, so that limits do not stop them all.
const BEHIND_A_PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8,::1/128");

/// How often each kind of answer came: `GET /api/me 200`.
pub type Answers = BTreeMap<String, u32>;

pub fn app(database: Database, settings: &[(&str, &str)]) -> App {
    let settings = [settings, &[BEHIND_A_PROXY]].concat();
    App::with(&Shop::with_everything(database), &settings)
}

/// Where `tests/run` has put the scripts, and what they need.
fn folder() -> PathBuf {
    PathBuf::from(told("SIGRA_PEERS"))
}

pub fn python(script: &str) -> Command {
    let mut command = Command::new(folder().join("venv/bin/python"));
    command.arg(script);
    command
}

pub fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script);
    command
}

/// What it says. It has to succeed.
pub fn run(command: &mut Command, app: &App) -> String {
    let command = command.current_dir(folder()).env("SIGRA_APP", &app.url);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// Runs schemathesis against the document that the app serves, and returns what came of it.
pub fn schemathesis(app: &App, comes_with: &str) -> Answers {
    let answers = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(folder().join("venv/bin/schemathesis"));
    command
        .args(["run", &format!("{}/api/openapi.json", app.url)])
        // Without this it leaves out the address of the document itself.
        .args(["--include-path-regex", "."])
        .args(thoroughness())
        .env("PYTHONPATH", folder())
        .env("SIGRA_COMES_WITH", comes_with)
        .env("SIGRA_ANSWERS", answers.path());
    let said = run(&mut command, app);
    let (_, summary) = said.split_once(" SUMMARY ").unwrap_or(("", &said));
    println!("schemathesis, with {comes_with}: {summary}");
    serde_json::from_str(&fs::read_to_string(answers.path()).unwrap()).unwrap()
}

/// The same every time, so that a change is what makes it fail; in the deep run more, and something else each time.
fn thoroughness() -> Vec<String> {
    match std::env::var("SIGRA_EXAMPLES") {
        Ok(examples) => vec!["--max-examples".to_owned(), examples],
        Err(_) => ["--max-examples", "20", "--seed", "1"]
            .map(str::to_owned)
            .to_vec(),
    }
}
