//! The project that the faults are seeded in, and its tests.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::around::shop;

/// A test that waits for what a fault keeps from happening has noticed it.
const MAX_TIME: Duration = Duration::from_secs(600);
/// How often it is looked whether the tests have ended.
const GLANCE: Duration = Duration::from_millis(50);

/// What the tests have to say of a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// By the tests that should notice.
    Noticed,
    /// By these others.
    NoticedElsewhere(Vec<String>),
    Unnoticed,
    /// It cannot be seeded, or is no program any more.
    Broken(String),
}

/// A project with every feature, on SQLite, as `cargo-sigra install` writes it.
pub struct Project {
    pub root: PathBuf,
    tests: BTreeSet<String>,
}

/// Writes a project into a folder, and says where.
pub fn generate(folder: &Path) -> PathBuf {
    let root = folder.join("shop");
    let mut new = Command::new("cargo");
    new.args(["new", "--quiet", "--vcs", "none", "shop"]);
    shop::run(&mut new, folder);
    let mut install = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    install.args(["install", "--yes", "--quiet", "--jwt"]);
    shop::run(&mut install, &root);
    root
}

impl Project {
    /// Generates and builds it.
    pub fn build() -> Self {
        let folder = shop::folder().join("faults");
        _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut project = Self {
            root: generate(&folder),
            tests: BTreeSet::new(),
        };
        let program = project.compile().unwrap();
        let listed = Command::new(&program)
            .args(["--list", "--format", "terse"])
            .current_dir(&project.root)
            .output()
            .unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let names = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        project.tests = names.map(str::to_owned).collect();
        project
    }

    /// Fails unless all its tests pass without any fault.
    pub fn expect_good(&self) {
        let program = self.compile().unwrap();
        assert_eq!(self.run(&program, &[]), Vec::<String>::new());
    }

    /// Builds the project as it is now, and runs the tests that should notice what is wrong with it, and then all.
    pub fn judge(&self, first: &[String]) -> Outcome {
        for part in first {
            if !self.tests.iter().any(|name| name.contains(part.as_str())) {
                return Outcome::Broken(format!("no test is called {part}"));
            }
        }
        let program = match self.compile() {
            Ok(program) => program,
            Err(error) => return Outcome::Broken(error),
        };
        if !first.is_empty() && !self.run(&program, first).is_empty() {
            return Outcome::Noticed;
        }
        if env::var_os("SIGRA_FAULTS_BRIEFLY").is_some() {
            return Outcome::Unnoticed;
        }
        match self.run(&program, &[]) {
            failed if failed.is_empty() => Outcome::Unnoticed,
            failed => Outcome::NoticedElsewhere(failed),
        }
    }

    /// Builds the tests, and says where they are; or what the compiler says.
    fn compile(&self) -> Result<PathBuf, String> {
        let mut cargo = Command::new("cargo");
        cargo.args(["test", "--locked", "--no-run", "--message-format=json"]);
        cargo.envs(shop::building(&self.root));
        // A fault is a small change, and only this project is built with it.
        cargo.env("CARGO_INCREMENTAL", "1").current_dir(&self.root);
        let output = shop::outside_of_cargo(&mut cargo).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let messages = lines
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let messages: Vec<serde_json::Value> = messages.collect();
        if !output.status.success() {
            let errors = messages
                .iter()
                .filter_map(|one| one["message"]["rendered"].as_str());
            let error = errors.filter(|text| text.starts_with("error")).collect();
            return Err(error);
        }
        let programs = messages.iter().filter(|one| one["profile"]["test"] == true);
        let mut programs = programs.filter_map(|one| one["executable"].as_str());
        programs
            .next()
            .map(PathBuf::from)
            .ok_or_else(|| "there are no tests".to_owned())
    }

    /// Runs the tests with these parts of names, or all, and returns those that have failed.
    fn run(&self, program: &Path, parts: &[String]) -> Vec<String> {
        let said = self.root.join("target/said");
        let file = File::create(&said).unwrap();
        let threads = 2 * thread::available_parallelism().map_or(2, usize::from);
        let mut tests = Command::new(program);
        tests
            .args(parts)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        tests.env("RUST_TEST_THREADS", threads.to_string());
        tests.stdout(file.try_clone().unwrap()).stderr(file);
        // As cargo tells a test of its own.
        let mut tests = shop::outside_of_cargo(&mut tests)
            .env("CARGO_MANIFEST_DIR", &self.root)
            .env("CARGO_PKG_NAME", "shop")
            .spawn()
            .unwrap();
        let started = Instant::now();
        let status = loop {
            match tests.try_wait().unwrap() {
                Some(status) => break status,
                None if started.elapsed() > MAX_TIME => {
                    tests.kill().unwrap();
                    tests.wait().unwrap();
                    return vec!["one that does not end".to_owned()];
                }
                None => thread::sleep(GLANCE),
            }
        };
        if status.success() {
            return Vec::new();
        }
        let said = String::from_utf8_lossy(&fs::read(said).unwrap()).into_owned();
        let failed = said
            .lines()
            .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
        let failed: Vec<String> = failed.map(str::to_owned).collect();
        // A program that breaks down names no test.
        if failed.is_empty() {
            vec![status.to_string()]
        } else {
            failed
        }
    }
}
