//! The guides in `docs/accounts/`, followed word for word in a new project: what they show is typed, or written where they say. And then
//! a later version of the templates comes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::around::shop;
use crate::support::{installing, world};
use cargo_sigra::{answers::Requested, cli::Mode, refusal::Exit, templates::Templates};

const SIGRA: &str = env!("CARGO_BIN_EXE_cargo-sigra");
const FIELDS: &str = "docs/accounts/your-fields.md";
const API: &str = "docs/accounts/api.md";

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
        crate::around::guide::follow(&followed.root, guide);
        followed
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn cargo(&self, words: &[&str]) {
        let mut cargo = Command::new("cargo");
        cargo.args(words).envs(shop::building(&self.root));
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
        "--jwt",
    ];
    let followed = Followed::new(FIELDS, "everything", &flags);
    followed.cargo(&["fmt", "--check"]);
    let about = [
        "display_name",
        "tests::api",
        "tests::jwt",
        "tests::security::access",
    ];
    let words = [&["test", "--quiet", "--locked", "--"], &about[..]].concat();
    followed.cargo(&words);
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
    let said = crate::support::sigra(&followed.root, &["install", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(said.err.contains("nothing to change"), "{}", said.err);
    assert_eq!(
        crate::support::sigra(&followed.root, &["install", "--check"]).exit,
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
    let mut files = crate::support::tree(&folder);
    for (path, bytes) in &mut files {
        if path.ends_with(".rs") {
            bytes.extend(b"\n// From a later version.\n");
        }
    }
    let files = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let later = world(Templates::new("99.0.0", files).unwrap());
    let requested = Requested {
        yes: true,
        ..Requested::default()
    };
    let exit = installing(&root, &requested, Mode::default(), &later).perform();
    assert_eq!(exit.unwrap(), Exit::Done);
    let user = followed.read("src/accounts/user.rs");
    assert!(user.contains("display_name") && user.contains("// From a later version."));
    assert!(followed.has("src/accounts/display_name.rs"));
    followed.cargo(&["check", "--quiet", "--locked", "--all-targets"]);
}
