//! A database of its own for each test: a file that is deleted afterwards.

use tempfile::TempDir;

use crate::db::Pool;

/// What the jobs carry, as text.
pub const JOB_ARGS: &str = "select json(args) from river_job";

pub struct Database {
    pub url: String,
    _folder: TempDir,
}

impl Database {
    pub async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self {
            url,
            _folder: folder,
        }
    }
}

/// Waits until somebody waits for a lock. SQLite does not tell, so this is only long enough.
pub async fn until_somebody_waits(_db: &Pool, _is_done: impl Fn() -> bool) {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}
