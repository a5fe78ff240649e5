//! What the program says, word for word: `tests/transcripts/`. Each file is a session in a folder
//! of its own; `SIGRA_BLESS=1` writes it anew.

use std::{fs, path::Path};

use crate::support::{Project, Said, sigra};

/// Runs commands one after the other, and writes down what is said.
fn session(project: &Project, commands: &[&str]) -> String {
    commands
        .iter()
        .map(|command| spoken(command, &sigra(&project.root, &words(command))))
        .collect()
}

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

fn spoken(command: &str, said: &Said) -> String {
    let text = format!(
        "$ cargo {command}\n{}{}[exit {}]\n\n",
        said.out, said.err, said.exit
    );
    still(&text)
}

/// Without what changes with every template: the files that are created, and how many there are.
fn still(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(still_line).collect();
    lines.dedup();
    lines.join("\n") + "\n"
}

fn still_line(line: &str) -> String {
    for verb in ["Created", "Removed"] {
        if line.trim_start().starts_with(verb) {
            return format!("{verb:>12} [file]");
        }
    }
    if let Some(at) = line.find("migrations/2") {
        return format!("{}migrations/[time]_[name].sql", &line[..at]);
    }
    let mut words: Vec<_> = line.split(' ').collect();
    for at in 1..words.len() {
        if ["more", "created,", "created", "files", "migrations", "of"].contains(&words[at])
            && words[at - 1].parse::<usize>().is_ok()
        {
            words[at - 1] = "[n]";
        }
    }
    words.join(" ")
}

fn assert_spoken(name: &str, project: &Project, commands: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/transcripts/{name}.txt"));
    let said = session(project, commands);
    if std::env::var_os("SIGRA_BLESS").is_some() {
        fs::write(&path, &said).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(said, written, "look, then run this with SIGRA_BLESS=1");
}

#[test]
fn help() {
    assert_spoken(
        "help",
        &Project::empty(),
        &["sigra --help", "sigra install --help"],
    );
}

#[test]
fn help_for_what_comes_afterwards() {
    let verbs = ["status", "restore", "forget", "recover", "uninstall"];
    let commands = verbs.map(|verb| format!("sigra {verb} --help"));
    let commands: Vec<_> = commands.iter().map(String::as_str).collect();
    assert_spoken("help_afterwards", &Project::empty(), &commands);
}

/// A day in the life of a project, as somebody sees it.
#[test]
fn afterwards() {
    let project = Project::fresh();
    sigra(&project.root, &["install", "--yes", "-q"]);
    project.write("src/app.rs", "// mine\n");
    project.remove("src/keys.rs");
    project.remove("static/sizes.css");
    let commands = [
        "sigra status",
        "sigra restore src/key.rs",
        "sigra restore src/keys.rs",
        "sigra restore src/keys.rs",
        "sigra restore --yes src/app.rs",
        "sigra restore src/app.rs",
        "sigra forget static/sizes.css",
        "sigra forget static/sizes.css",
        "sigra status --check",
        "sigra recover",
        "sigra uninstall",
        "sigra uninstall --yes",
        "sigra uninstall --yes",
    ];
    assert_spoken("afterwards", &project, &commands);
}

#[test]
fn features() {
    assert_spoken("features", &Project::empty(), &["sigra features"]);
}

#[test]
fn plan() {
    let commands = [
        "sigra install --dry-run --yes",
        "sigra install --check --yes",
    ];
    assert_spoken("plan", &Project::fresh(), &commands);
}

#[test]
fn installing_twice() {
    let commands = ["sigra install --yes", "sigra install --yes"];
    assert_spoken("twice", &Project::fresh(), &commands);
}

#[test]
fn refusals() {
    let commands = [
        "sigra install",
        "sigra install --yes",
        "sigra install --admin",
        "sigra install --jwt --no-api",
        "sigra install --oauth --admin",
        "sigra install --table order",
        "sigra install --nonsense",
        "sigra install --dry-run --diff",
    ];
    assert_spoken("refusals", &Project::empty(), &commands);
}

#[test]
fn a_file_in_the_way() {
    let project = Project::fresh();
    project.write("src/app.rs", "// mine\n");
    let said = sigra(&project.root, &["install", "--yes"]);
    assert_eq!(said.exit, 4);
    let collision = "Collision src/app.rs (not written by us; yours stays, ours is beside it)\n";
    assert!(said.err.contains(collision), "{}", said.err);
    let step = "  take what you want of src/app.rs.sigra-new into src/app.rs, then delete it\n";
    assert!(said.err.contains(step), "{}", said.err);
}

#[test]
fn quiet_says_nothing() {
    let said = sigra(&Project::fresh().root, &["install", "--yes", "--quiet"]);
    assert_eq!(
        (said.exit, said.out.as_str(), said.err.as_str()),
        (0, "", "")
    );
}

#[test]
fn json_is_one_document_with_every_file() {
    let said = sigra(
        &Project::fresh().root,
        &["install", "--yes", "--quiet", "--format", "json"],
    );
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&document["schema"], &document["exit"]),
        (&1.into(), &0.into())
    );
    let files = document["files"].as_array().unwrap();
    assert!(
        files
            .iter()
            .any(|file| file["path"] == "src/main.rs" && file["action"] == "updated")
    );
    assert!(
        document["deps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|name| name == "axum")
    );
}

#[test]
fn json_holds_no_secret() {
    let project = Project::fresh();
    let said = sigra(
        &project.root,
        &["install", "--yes", "-v", "--format", "json"],
    );
    for line in project.read(".env").lines() {
        let (_, secret) = line.split_once('=').unwrap();
        assert!(!said.out.contains(secret) && !said.err.contains(secret));
    }
}

#[test]
fn colours_come_only_when_asked_for() {
    let project = Project::fresh();
    let plain = sigra(&project.root, &["install", "--yes", "--dry-run"]);
    assert!(!plain.err.contains('\u{1b}'));
    let colourful = sigra(
        &project.root,
        &["install", "--yes", "--dry-run", "--color", "always"],
    );
    assert!(colourful.err.contains('\u{1b}'));
}

#[test]
fn a_secret_is_64_bytes_in_base64_and_never_the_same() {
    let secret = || sigra(Path::new("."), &["secret"]).out;
    let (one, other) = (secret(), secret());
    assert_eq!((one.len(), one.ends_with("==\n")), (89, true));
    assert_ne!(one, other);
}
