//! A project as a stranger makes it: `cargo new shop`, `cargo-sigra install --yes`, and the page of the README.

use std::{
    ffi::OsString,
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
        Self::built(database, database.name(), &[], |shop| {
            shop.change("src/pages.rs", readme::with_the_protected_page);
        })
    }

    /// With every feature, and with `/orders` as the README adds it for programs.
    pub fn with_everything(database: Database) -> Self {
        let name = format!("everything-{}", database.name());
        Self::built(database, &name, &["--jwt"], |shop| {
            shop.change("src/accounts/api/scope.rs", readme::with_the_scope);
            shop.change("src/pages.rs", readme::with_the_handler_for_programs);
        })
    }

    fn built(database: Database, name: &str, flags: &[&str], change: fn(&Self)) -> Self {
        let _one_at_a_time = BUILDING.lock();
        let folder = folder().join(name);
        let shop = Self {
            database,
            root: folder.join("shop"),
            program: folder.join("program"),
        };
        if !shop.is_up_to_date() {
            shop.make(&folder, flags);
            change(&shop);
            shop.build("debug", &[]);
        }
        shop
    }

    /// A release with every feature, after somebody has changed it.
    pub fn released(database: Database, name: &str, change: impl FnOnce(&Self)) -> Self {
        let _one_at_a_time = BUILDING.lock();
        let folder = folder().join(name);
        let shop = Self {
            database,
            root: folder.join("shop"),
            program: folder.join("program"),
        };
        shop.make(&folder, &["--jwt"]);
        change(&shop);
        shop.build("release", &["--release"]);
        shop
    }

    pub fn change(&self, file: &str, change: impl FnOnce(&str) -> String) {
        let path = self.root.join(file);
        let changed = change(&fs::read_to_string(&path).unwrap());
        fs::write(path, changed).unwrap();
    }

    fn is_up_to_date(&self) -> bool {
        let Some(built) = changed(&self.program) else {
            return false;
        };
        [Path::new(SIGRA), &readme::path()]
            .iter()
            .all(|source| changed(source).is_some_and(|source| source < built))
    }

    fn make(&self, folder: &Path, flags: &[&str]) {
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
        run(Command::new(SIGRA).args(install).args(flags), &self.root);
    }

    fn build(&self, profile: &str, words: &[&str]) {
        let build = ["build", "--quiet", "--locked"];
        run(
            Command::new("cargo")
                .args(build)
                .args(words)
                .envs(building(&self.root)),
            &self.root,
        );
        let built = self.root.join("target").join(profile).join("shop");
        fs::copy(built, &self.program).unwrap();
    }
}

/// Where generated projects are put: outside of the checkout, whose clippy.toml is not theirs.
pub fn folder() -> PathBuf {
    std::env::var_os("SIGRA_TESTS_FOLDER").map_or_else(
        || std::env::temp_dir().join("cargo-sigra-tests"),
        PathBuf::from,
    )
}

/// What cargo is told about a generated project. What these depend on is built once for all of them; what comes out of a build is the
/// project's own, so that two may be built at a time. Nobody debugs them or builds them a second time.
pub fn building(root: &Path) -> [(&'static str, OsString); 4] {
    [
        ("CARGO_BUILD_BUILD_DIR", target().into()),
        ("CARGO_TARGET_DIR", root.join("target").into()),
        ("CARGO_INCREMENTAL", "0".into()),
        ("CARGO_PROFILE_DEV_DEBUG", "none".into()),
    ]
}

/// One for all generated projects.
pub fn target() -> PathBuf {
    std::env::var_os("SIGRA_TESTS_TARGET").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/generated"),
        PathBuf::from,
    )
}

/// `cargo sigra` finds the program that is tested, in a folder of its own below this one.
pub fn path_with_the_program(folder: &Path) -> OsString {
    let bin = folder.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(SIGRA, bin.join("cargo-sigra")).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

/// The same command without what cargo tells its tests about this program. Build scripts look at some of that: one that is run from
/// a test and then from a shell would have half of all crates built again each time.
pub fn outside_of_cargo(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().unwrap_or_default();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

pub fn run(command: &mut Command, folder: &Path) {
    let output = outside_of_cargo(command)
        .current_dir(folder)
        .output()
        .unwrap();
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
