//! Suspending an account, and ending that. What it means for a request is in `status`.

use time::OffsetDateTime;

use super::{
    audit::{Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    held::Held,
};
use crate::app::App;

/// Suspends an account at once: no session, no link under way and no known browser is worth anything any more, also not when
/// the suspension ends. The password stays. False: it was suspended.
pub async fn suspend(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<bool> {
    let is_new = set(held, Some(app.now())).await?;
    credentials::revoke(held, Scope::Suspension).await?;
    let event = NewEvent::new(Action::Suspend, client).outcome(is_new);
    held.record(app, event).await?;
    Ok(is_new)
}

/// Lets the user log in again. False: they could.
pub async fn unsuspend(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<bool> {
    let is_new = set(held, None).await?;
    let event = NewEvent::new(Action::Unsuspend, client).outcome(is_new);
    held.record(app, event).await?;
    Ok(is_new)
}

/// Since when the account is suspended, or that it is not. Whether that was new.
async fn set(held: &mut Held, at: Option<OffsetDateTime>) -> sqlx::Result<bool> {
    let set = sqlx::query(
        "update users set suspended_at = $2
         where id = $1 and (suspended_at is null) <> ($2 is null)",
    )
    .bind(held.user().id)
    .bind(at)
    .execute(held.connection())
    .await?;
    held.reload().await?;
    Ok(set.rows_affected() == 1)
}
