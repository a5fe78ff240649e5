//! Deletes the accounts whose day has come, every quarter of an hour.

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::{accounts::deletion, app::App};

#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(
    kind = "process_scheduled_deletions",
    queue = "sigra_auth",
    max_attempts = 5
)]
pub struct ProcessScheduledDeletions {}

impl Run for ProcessScheduledDeletions {
    async fn run(self, app: &App, _id: i64) -> anyhow::Result<()> {
        let erased = deletion::erase_closed(app).await?;
        let closed = deletion::close_due(app).await?;
        tracing::info!(closed, erased, "deleted accounts");
        Ok(())
    }
}
