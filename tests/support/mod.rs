//! A project in a temporary folder, and a world that holds still.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod older;
pub mod timeless;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use cargo_sigra::{
    answers::{Answers, Requested, Table},
    apply::{Disk, Fault},
    ask,
    changes::Changes,
    cli::{Cli, Mode},
    commands::{self, install::Run},
    feature::{Database, Feature, Key, Part, Shape},
    plan::Plan,
    project::Project as Found,
    refusal::{Exit, Refusal},
    say::{Format, Loudness, Voice},
    status::Status,
    templates::Templates,
    timestamp::Timestamp,
    world::World,
};
use tempfile::TempDir;
use walkdir::WalkDir;

pub const MAIN: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";
pub const CARGO_TOML: &str =
    "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n";

/// A template set of a few files, in version 1.
pub const FILES: &[(&str, &str)] = &[
    (
        "starter-bin/src/main.rs",
        "mod app;\n\nfn main() {\n    app::run();\n}\n",
    ),
    (
        "base/feature.toml",
        "says = \"people\"\n[package]\nrust-version = \"1.85\"\n[ignore]\nlines = [\"/target\", \".env\", \"*.db\"]\n[secrets]\nKEY = 3\n",
    ),
    (
        "base/src/app.rs",
        "pub fn run() {\n    one();\n    two();\n    three();\n    four();\n}\n",
    ),
    (
        "starter-lib/src/main.rs",
        "fn main() {\n    {= crate =}::run();\n}\n",
    ),
    (
        "starter-lib/src/lib.rs",
        "mod app;\n\npub fn run() {\n    app::run();\n}\n",
    ),
    ("base/static/app.css", "a {\n}\n"),
    ("sqlite/feature.toml", "says = \"a file\"\n"),
    (
        "sqlite/migrations/01_users.sql",
        "create table users (id blob);\n",
    ),
    ("postgres/feature.toml", "says = \"a server\"\n"),
    (
        "postgres/migrations/01_users.sql",
        "create table users (id uuid);\n",
    ),
];

/// The set with some files replaced, added, or (where the text is empty) taken away.
pub fn templates(version: &str, changed: &[(&str, &str)]) -> Templates {
    let mut files: BTreeMap<&str, &str> = FILES.iter().copied().collect();
    files.extend(changed.iter().copied());
    let files = files.iter().filter(|(_, text)| !text.is_empty());
    Templates::new(version, files.map(|(path, text)| (*path, text.as_bytes()))).unwrap()
}

/// A world in which it is always the same second, the dice always fall alike and nobody answers.
pub fn world(templates: Templates) -> World {
    World {
        templates,
        now: Timestamp::parse("20261123120000").unwrap(),
        random: |count| Ok((0..count).map(|at| at as u8).collect()),
        disk: Disk::real(),
        voice: Voice::new(Loudness::Quiet, Format::Human),
        somebody: false,
    }
}

pub fn first() -> World {
    world(templates("0.0.1", &[]))
}

pub fn second(changed: &[(&str, &str)]) -> World {
    let mut world = world(templates("0.0.2", changed));
    world.now = Timestamp::parse("20261224180000").unwrap();
    world
}

pub fn faulty(fault: Fault) -> World {
    World {
        disk: Disk::with(fault),
        ..first()
    }
}

/// A project in a folder that goes away with it.
pub struct Project {
    pub root: PathBuf,
    folder: TempDir,
}

impl Project {
    /// As `cargo new` makes it.
    pub fn fresh() -> Self {
        Self::empty().begun()
    }

    fn begun(self) -> Self {
        self.write("Cargo.toml", CARGO_TOML);
        self.write("src/main.rs", MAIN);
        self.write(".gitignore", "/target\n");
        self
    }

    /// With the first version installed; once, and then copied.
    pub fn installed() -> Self {
        static INSTALLED: OnceLock<Project> = OnceLock::new();
        INSTALLED.get_or_init(Self::newly_installed).copy()
    }

    pub fn newly_installed() -> Self {
        let project = Self::fresh();
        assert_eq!(project.install(&first()).unwrap(), Exit::Done);
        project
    }

    /// A folder with nothing in it: in memory, where there is a place for that, since these tests
    /// would wait for a disk a hundred thousand times.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self::within(folder.unwrap())
    }

    fn within(folder: TempDir) -> Self {
        let root = folder.path().canonicalize().unwrap();
        Self { root, folder }
    }

    pub fn install(&self, world: &World) -> anyhow::Result<Exit> {
        self.install_with(
            Requested {
                database: None,
                yes: true,
                ..Requested::default()
            },
            Mode::default(),
            world,
        )
    }

    pub fn install_with(
        &self,
        requested: Requested,
        mode: Mode,
        world: &World,
    ) -> anyhow::Result<Exit> {
        installing(&self.root, &requested, mode, world).perform()
    }

    /// What was typed, done here in a world of the test's.
    pub fn typed(&self, words: &[&str], world: &World) -> anyhow::Result<Exit> {
        let root = self.root.to_str().unwrap();
        let here = ["--path", root];
        let words = ["cargo-sigra"].iter().chain(words).chain(&here);
        let cli =
            Cli::from_cargo_or_shell(words.map(Into::into), world.templates.features).unwrap();
        commands::run(&cli, world)
    }

    /// The sentence and the exit code with which that is refused; the project must be as it was.
    pub fn typed_refusal(&self, words: &[&str], world: &World) -> (String, Exit) {
        let before = self.tree();
        let error = self
            .typed(words, world)
            .expect_err("this should have been refused");
        assert_eq!(self.tree(), before, "a refusal changed the project");
        let refusal = error.downcast_ref::<Refusal>();
        (
            format!("{error:#}"),
            refusal.map_or(Exit::Failed, Refusal::exit),
        )
    }

    /// The sentence with which an installation is refused; the project must be as it was.
    pub fn refusal(&self, world: &World) -> String {
        let before = self.tree();
        let error = self
            .install(world)
            .expect_err("this should have been refused");
        assert_eq!(self.tree(), before, "a refusal changed the project");
        format!("{error:#}")
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).unwrap();
    }

    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.root)
    }

    /// A copy in another folder.
    pub fn copy(&self) -> Self {
        let around = self.folder.path().parent().unwrap();
        let copy = Self::within(tempfile::tempdir_in(around).unwrap());
        for (path, bytes) in self.tree() {
            let path = copy.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        copy
    }

    /// Runs git here and returns what it says.
    pub fn git(&self, words: &[&str]) -> String {
        let who = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "core.autocrlf=false",
        ];
        let output = Command::new("git")
            .args(who)
            .args(words)
            .current_dir(&self.root)
            .output();
        let output = output.unwrap();
        let says = String::from_utf8_lossy(&output.stdout).into_owned();
        let complains = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {words:?}: {complains}");
        says
    }
}

/// Every file below a folder, but for git's own and the lock; empty folders count too.
pub fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .map(Result::unwrap);
    let named = entries.map(|entry| {
        let path = entry
            .path()
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        (path, entry)
    });
    let kept = named.filter(|(path, _)| !path.starts_with(".git/") && path != ".git");
    let kept = kept.filter(|(path, _)| !path.ends_with(".sigra/lock"));
    let read = kept.filter(|(_, entry)| !entry.file_type().is_dir());
    read.map(|(path, entry)| (path, fs::read(entry.path()).unwrap_or_default()))
        .collect()
}

/// Runs the program itself, the way a shell does.
pub fn sigra(folder: &Path, words: &[&str]) -> Said {
    Said::of(
        Command::new(env!("CARGO_BIN_EXE_cargo-sigra"))
            .args(words)
            .current_dir(folder),
    )
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

/// Runs a program that may have been written a moment ago. Another test that starts one at that moment keeps the file open for
/// writing until its own has begun, and nothing can be run from it so long (ETXTBSY).
fn output(command: &mut Command) -> std::process::Output {
    for _ in 0..100 {
        match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            output => return output.unwrap(),
        }
    }
    panic!("{command:?} stays busy")
}

impl Said {
    pub fn of(command: &mut Command) -> Self {
        let output = output(command);
        Self {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// What an installation without optional features would do, as the planner tells it.
pub fn proposed(project: &Project, world: &World) -> Changes {
    let found = Found::read(&project.root, &world.templates).unwrap();
    let plan = Plan::new(&found, &no_features(), &world.templates).unwrap();
    Changes::propose(&found, &plan, world.now, world.random).unwrap()
}

/// How a project stands, for a program of that world.
pub fn status(project: &Project, world: &World) -> Status {
    let found = Found::read(&project.root, &world.templates).unwrap();
    let requested = Requested {
        yes: true,
        ..Requested::default()
    };
    let answers = ask::missing(&found, &requested, world).unwrap();
    let plan = Plan::new(&found, &answers, &world.templates).unwrap();
    let changes = Changes::propose(&found, &plan, world.now, world.random).unwrap();
    Status::of(&found, found.manifest().unwrap(), &plan, &changes).unwrap()
}

/// What is answered where nothing optional is wanted.
pub fn no_features() -> Answers {
    Answers {
        database: Database::Sqlite,
        key: Key::default(),
        table: Table::default(),
        features: Default::default(),
        starter: Some(Shape::Bin),
    }
}

/// `install` with these options.
pub fn installing<'a>(
    root: &'a Path,
    requested: &'a Requested,
    mode: Mode,
    world: &'a World,
) -> Run<'a> {
    Run {
        verb: "install",
        root,
        requested,
        mode,
        world,
    }
}

/// The row of a feature in the README's table of flags.
pub fn readme_row(feature: &Feature) -> Option<String> {
    let (name, flag) = (feature.name, feature.flag?);
    let list = flag.values.map_or("", |_| " [LIST]");
    let default = match (feature.part, flag.is_default) {
        (Part::Planned, _) => "off, not built yet",
        (_, true) => "on",
        (_, false) => "off",
    };
    let quoted = |values: &[&str]| {
        let quoted: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
        quoted.join(", ")
    };
    let values = flag.values.map_or(String::new(), |values| {
        format!(": {}; alone {}", quoted(values.all), quoted(values.bare))
    });
    let says = flag.says;
    Some(format!(
        "| `--{name}{list}`, `--no-{name}` | {default} | {says}{values} |"
    ))
}
