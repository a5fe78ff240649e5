//! Deletes old audit rows, every night at four.

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::{accounts::audit, app::App};

#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(kind = "audit_cleanup", queue = "sigra_audit", max_attempts = 5)]
pub struct AuditCleanup {}

impl Run for AuditCleanup {
    async fn run(self, app: &App, _id: i64) -> anyhow::Result<()> {
        let events = audit::delete_old(&app.db, app.now()).await?;
        tracing::info!(events, "deleted old audit rows");
        Ok(())
    }
}
