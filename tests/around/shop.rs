//! A project as a stranger makes it: `cargo new shop`, `cargo-sigra install --yes`, and the page of the README.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::SystemTime,
};

use super::readme;

const SIGRA: &str = env!("CARGO_BIN_EXE_cargo-sigra");

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A built project.
#[derive(Clone, Debug)]
pub struct Shop {
    pub database: Database,
    pub root: PathBuf,
    pub program: PathBuf,
}

/// One build at a time, whichever test asks first.
static BUILDING: Mutex<()> = Mutex::new(());

impl Shop {
    /// With `/dashboard` as the README adds it. Built again only when the CLI or the README has changed.
    pub fn with_dashboard(database: Database) -> Self {
        let _one_at_a_time = BUILDING.lock();
        let folder = folder().join(database.name());
        let shop = Self {
            database,
            root: folder.join("shop"),
            program: folder.join("program"),
        };
        if !shop.is_up_to_date() {
            shop.make(&folder);
        }
        shop
    }

    fn is_up_to_date(&self) -> bool {
        let Some(built) = changed(&self.program) else {
            return false;
        };
        [Path::new(SIGRA), &readme::path()]
            .iter()
            .all(|source| changed(source).is_some_and(|source| source < built))
    }

    fn make(&self, folder: &Path) {
        _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        run(
            Command::new("cargo").args(["new", "--quiet", "--vcs", "git", "shop"]),
            folder,
        );
        let install = [
            "install",
            "--yes",
            "--quiet",
            "--database",
            self.database.name(),
        ];
        run(Command::new(SIGRA).args(install), &self.root);
        let pages = self.root.join("src/pages.rs");
        let with_page = readme::with_the_protected_page(&fs::read_to_string(&pages).unwrap());
        fs::write(&pages, with_page).unwrap();
        let build = ["build", "--quiet", "--locked"];
        run(
            Command::new("cargo")
                .args(build)
                .env("CARGO_TARGET_DIR", target()),
            &self.root,
        );
        fs::copy(target().join("debug/shop"), &self.program).unwrap();
    }
}

/// Where generated projects are put: outside of the checkout, whose clippy.toml is not theirs.
pub fn folder() -> PathBuf {
    std::env::var_os("SIGRA_TESTS_FOLDER").map_or_else(
        || std::env::temp_dir().join("cargo-sigra-tests"),
        PathBuf::from,
    )
}

/// One for all generated projects, so that what they depend on is built once.
pub fn target() -> PathBuf {
    std::env::var_os("SIGRA_TESTS_TARGET").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/generated"),
        PathBuf::from,
    )
}

pub fn run(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?} in {}:\n{}",
        folder.display(),
        String::from_utf8_lossy(&said)
    );
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
