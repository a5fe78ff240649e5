//! Deletes what has expired, every night at three.

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::{
    accounts::{device, lockout, registration, repeat, session, token, totp, trusted_browser},
    app::App,
};

#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(
    kind = "cleanup_expired_tokens",
    queue = "sigra_auth",
    max_attempts = 5
)]
pub struct CleanupExpiredTokens {}

impl Run for CleanupExpiredTokens {
    async fn run(self, app: &App, _id: i64) -> anyhow::Result<()> {
        let tokens = token::delete_expired(&app.db, app.now()).await?;
        let registrations = registration::pending::delete_expired(&app.db, app.now()).await?;
        let sessions = session::delete_expired(&app.db, app.now()).await?;
        let devices = device::delete_expired(&app.db, app.now()).await?;
        trusted_browser::delete_expired(&app.db, app.now()).await?;
        totp::delete_abandoned(&app.db, app.now()).await?;
        lockout::delete_expired(&app.db, app.now()).await?;
        session::replaced::delete_ended(&app.db, app.now()).await?;
        repeat::delete_old(&app.db, app.now()).await?;
        crate::accounts::passkey::challenge::delete_expired(&app.db, app.now()).await?;
        crate::accounts::passkey::sign_up::delete_ended(&app.db, app.now()).await?;
        tracing::info!(
            tokens,
            registrations,
            sessions,
            devices,
            "deleted what had expired"
        );
        Ok(())
    }
}
