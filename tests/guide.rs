//! The guides in `docs/accounts/`, followed word for word in a new project: what they show is typed, or written where they say. And then
//! a later version of the templates comes.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

mod around;
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use around::{readme::quoted, shop};
use cargo_sigra::{
    answers::Wishes,
    cli::{Format, Mode},
    commands::install,
    moment::Moment,
    refusal::Exit,
    templates::Templates,
};
use support::world;

const SIGRA: &str = env!("CARGO_BIN_EXE_cargo-sigra");
const FIELDS: &str = "docs/accounts/your-fields.md";
const API: &str = "docs/accounts/api.md";

/// What the guide tells to do.
#[derive(Debug)]
enum Step {
    Type(String),
    Make {
        file: String,
        text: String,
    },
    Add {
        file: String,
        where_to: Place,
        line: String,
        text: String,
    },
    Replace {
        files: Vec<String>,
        old: String,
        new: String,
    },
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Above,
    Below,
}

/// A paragraph, or a fenced block.
#[derive(Debug)]
enum Part {
    Words(String),
    Block { language: String, text: String },
}

fn parts(guide: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let text = block.map(|line| format!("{line}\n")).collect();
            let language = language.to_owned();
            parts.push(Part::Block { language, text });
        } else if !line.is_empty() {
            let rest = lines.by_ref().take_while(|line| !line.is_empty());
            let words: Vec<_> = std::iter::once(line).chain(rest).collect();
            parts.push(Part::Words(words.join(" ")));
        }
    }
    parts
}

/// "Make `file`:", "In `file`, below `line`, add:" (or above it), "In `file` and `file`, write `new` instead of `old`." and what stands behind "$ ".
fn steps(guide: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut parts = parts(guide).into_iter();
    while let Some(part) = parts.next() {
        match part {
            Part::Words(words) => steps.extend(step(&words, &mut parts)),
            Part::Block { language, text } if language == "console" => {
                let typed = text.lines().filter_map(|line| line.strip_prefix("$ "));
                steps.push(Step::Type(typed.collect::<Vec<_>>().join("\n")));
            }
            Part::Block { text, .. } => panic!("nothing says where this goes:\n{text}"),
        }
    }
    steps
}

fn step(words: &str, parts: &mut impl Iterator<Item = Part>) -> Option<Step> {
    let mut names = quoted(words);
    let mut block = || match parts.next() {
        Some(Part::Block { text, .. }) => text,
        other => panic!("{words:?} is not followed by a block but by {other:?}"),
    };
    if words.starts_with("Make `") {
        let (file, text) = (names.remove(0), block());
        return Some(Step::Make { file, text });
    }
    if words.starts_with("In `") && words.ends_with("add:") {
        let [file, line] = names.try_into().unwrap();
        let text = block();
        let where_to = match words.contains(", above `") {
            true => Place::Above,
            false => Place::Below,
        };
        return Some(Step::Add {
            file,
            where_to,
            line,
            text,
        });
    }
    if words.starts_with("In `") && words.contains("` instead of `") {
        let (old, new) = (names.pop().unwrap(), names.pop().unwrap());
        return Some(Step::Replace {
            files: names,
            old,
            new,
        });
    }
    None
}

/// A project in which the guide was followed.
struct Followed {
    root: PathBuf,
}

impl Followed {
    fn new(guide: &str, name: &str, flags: &[&str]) -> Self {
        let folder = shop::folder().join(format!("guide-{name}"));
        _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut new = Command::new(SIGRA);
        new.args(["new", "shop", "--yes", "--quiet"]).args(flags);
        shop::run(&mut new, &folder);
        let followed = Self {
            root: folder.join("shop"),
        };
        let steps = steps(&followed.read(guide));
        assert!(steps.len() >= 7, "only {} steps", steps.len());
        for step in steps {
            followed.take(step);
        }
        followed
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn take(&self, step: Step) {
        match step {
            Step::Type(command) => {
                self.wait_for_the_clock();
                shop::run(Command::new("bash").args(["-euc", &command]), &self.root);
            }
            Step::Make { file, text } => {
                assert!(!self.root.join(&file).exists(), "{file} is there already");
                self.write(&file, &text);
            }
            Step::Add {
                file,
                where_to,
                line,
                text,
            } => {
                let found = self.read(&file);
                let is_it = |there: &str| there.trim() == line;
                let count = found.lines().filter(|there| is_it(there)).count();
                assert_eq!(count, 1, "how often {file} has the line {line}");
                let lines = found.lines().map(|there| match where_to {
                    _ if !is_it(there) => format!("{there}\n"),
                    Place::Above => format!("{text}{there}\n"),
                    Place::Below => format!("{there}\n{text}"),
                });
                self.write(&file, &lines.collect::<String>());
            }
            Step::Replace { files, old, new } => {
                for file in files {
                    let found = self.read(&file);
                    assert!(found.contains(&old), "{file} has no {old}");
                    self.write(&file, &found.replace(&old, &new));
                }
            }
        }
    }

    /// A reader takes longer than a second for each migration that `install` has written; a test does not.
    fn wait_for_the_clock(&self) {
        let names = fs::read_dir(self.root.join("migrations")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let newest = names.max().unwrap();
        while Moment::now().stamp().as_str() <= &newest[..14] {
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn cargo(&self, words: &[&str]) {
        let mut cargo = Command::new("cargo");
        cargo.args(words).env("CARGO_TARGET_DIR", shop::target());
        shop::run(&mut cargo, &self.root);
    }

    /// The paths of all files that were written, by the guide or before it.
    fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}

#[test]
#[ignore = "builds what the guide makes; tests/run guide"]
fn the_guide_makes_what_passes_every_check_and_its_own_test() {
    let followed = Followed::new(FIELDS, "sqlite", &[]);
    followed.cargo(&["fmt", "--check"]);
    followed.cargo(&[
        "clippy",
        "--quiet",
        "--locked",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    followed.cargo(&["test", "--quiet", "--locked"]);
}

#[test]
#[ignore = "builds what the guide makes; tests/run guide"]
fn the_steps_are_the_same_for_every_choice() {
    let flags = [
        "--database",
        "postgres",
        "--no-binary-id",
        "--table",
        "members",
    ];
    let followed = Followed::new(FIELDS, "everything", &flags);
    followed.cargo(&["fmt", "--check"]);
    followed.cargo(&["test", "--quiet", "--locked", "display_name"]);
}

#[test]
#[ignore = "builds what the guide makes; tests/run guide"]
fn an_endpoint_of_ones_own_passes_every_check_and_every_test_of_the_api() {
    let followed = Followed::new(API, "api", &["--api"]);
    followed.cargo(&["fmt", "--check"]);
    let clippy = ["clippy", "--quiet", "--locked", "--all-targets", "--"];
    followed.cargo(&[&clippy[..], &["-D", "warnings"]].concat());
    followed.cargo(&["test", "--quiet", "--locked"]);
}

#[test]
#[ignore = "follows the guide; tests/run guide"]
fn what_the_guide_makes_is_nobodys_business_but_the_owners() {
    let followed = Followed::new(FIELDS, "again", &[]);
    let said = support::sigra(&followed.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(said.err.contains("nothing to change"), "{}", said.err);
    assert_eq!(
        support::sigra(&followed.root, &["install", "--check"]).exit,
        0
    );
}

/// Every template of Rust has another line at its end.
#[test]
#[ignore = "builds what the guide makes; tests/run guide"]
fn a_later_version_of_every_file_is_merged_into_it() {
    let followed = Followed::new(FIELDS, "later", &[]);
    let root = followed.root.canonicalize().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = support::tree(&folder);
    for (path, bytes) in &mut files {
        if path.ends_with(".rs") {
            bytes.extend(b"\n// From a later version.\n");
        }
    }
    let files = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let later = world(Templates::new("99.0.0", files).unwrap());
    let wishes = Wishes {
        yes: true,
        ..Wishes::default()
    };
    let exit = install::install(&root, &wishes, Mode::default(), Format::Human, &later);
    assert_eq!(exit.unwrap(), Exit::Done);
    let user = followed.read("src/accounts/user.rs");
    assert!(user.contains("display_name") && user.contains("// From a later version."));
    assert!(followed.has("src/accounts/display_name.rs"));
    followed.cargo(&["check", "--quiet", "--locked", "--all-targets"]);
}
