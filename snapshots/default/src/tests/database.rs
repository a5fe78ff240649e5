//! A database of its own for each test: a file that is deleted afterwards.

use tempfile::TempDir;

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
