//! A database of its own for each test: a file that is deleted afterwards.

use std::path::Path;

use tempfile::TempDir;

use crate::db::Pool;

/// What the jobs carry, as text.
pub const JOB_ARGS: &str = "select json(args) from river_job";

/// An address that production may have.
pub const PRODUCTION_URL: &str = "sqlite:///data/shop.db";

pub struct Database {
    pub url: String,
    folder: TempDir,
}

impl Database {
    pub async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self { url, folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Waits until somebody waits for a lock. SQLite does not tell, so this is only long enough.
pub async fn until_somebody_waits(_db: &Pool, _is_done: impl Fn() -> bool) {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}
