//! A database of its own for each test: a file that is deleted afterwards.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    config::Config,
    db::{self, Pool},
};

/// What the jobs carry, as text.
pub const JOB_ARGS: &str = "select json(args) from river_job";

/// An address that production may have.
pub const PRODUCTION_URL: &str = "sqlite:///data/shop.db";

const FILE: &str = "test.db";

static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();

pub struct Database {
    pub url: String,
    folder: TempDir,
}

async fn migrate() -> Vec<u8> {
    let database = Database::create().await;
    let setting = |name: &str| match name {
        "DATABASE_URL" => Some(database.url.clone()),
        _ => None,
    };
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    let pool = db::connect(&config).await.unwrap();
    db::migrate(&pool).await.unwrap();
    // The last connection writes what is in the log beside it into the file.
    pool.close().await;
    std::fs::read(database.file()).unwrap()
}

impl Database {
    pub async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join(FILE).display());
        Self { url, folder }
    }

    /// With every table: the migrations are run once, and their file is copied.
    pub async fn migrated() -> Self {
        let tables = MIGRATED.get_or_init(migrate).await;
        let database = Self::create().await;
        std::fs::write(database.file(), tables).unwrap();
        database
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Returns when a request waits for the write lock, or is done. SQLite does not report waiters: a second connection that stays
/// in use is one.
pub async fn until_somebody_waits(db: &Pool, is_done: impl Fn() -> bool) {
    let (begun, mut since) = (Instant::now(), Instant::now());
    while !is_done() && since.elapsed() < Duration::from_millis(20) {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "the request neither waits nor ends"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
        if db.size() as usize - db.num_idle() < 2 {
            since = Instant::now();
        }
    }
}
