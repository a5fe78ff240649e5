//! Suspending an account, and ending that. What it means for a request is in `status`.

use time::OffsetDateTime;

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    device, session, token,
};
use crate::{
    app::App,
    db::{self, Tx},
    id::Id,
};

/// Shuts somebody out at once: no session, no letter under way and no known browser of theirs is worth anything any more, also
/// not when they are let in again. Their password stays. False: they were shut out already.
pub async fn suspend(app: &App, user_id: Id, client: &Client) -> anyhow::Result<bool> {
    let mut tx = db::begin(&app.db).await?;
    let is_new = set(&mut tx, user_id, Some(app.now())).await?;
    session::end_all(&mut tx, user_id).await?;
    //% if api
    super::api::token::forget_all(&mut tx, user_id).await?;
    //% endif
    device::forget_all(&mut tx, user_id).await?;
    token::forget_all(&mut tx, user_id).await?;
    let event = NewEvent::new(Action::Suspend, client).about(Some(user_id));
    audit::record(app, &mut tx, event.outcome(is_new)).await?;
    tx.commit().await?;
    Ok(is_new)
}

/// Lets them log in again. False: they could.
pub async fn unsuspend(app: &App, user_id: Id, client: &Client) -> anyhow::Result<bool> {
    let mut tx = db::begin(&app.db).await?;
    let is_new = set(&mut tx, user_id, None).await?;
    let event = NewEvent::new(Action::Unsuspend, client).about(Some(user_id));
    audit::record(app, &mut tx, event.outcome(is_new)).await?;
    tx.commit().await?;
    Ok(is_new)
}

/// Since when they are shut out, or that they are not. Whether that was new.
async fn set(tx: &mut Tx, user_id: Id, at: Option<OffsetDateTime>) -> sqlx::Result<bool> {
    let set = sqlx::query(
        "update {= users =} set suspended_at = $2
         where id = $1 and deleted_at is null and (suspended_at is null) <> ($2 is null)",
    )
    .bind(user_id)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(set.rows_affected() == 1)
}
