//! Going: from this browser, from one session far away, from all of them.

use super::{
    audit::{self, Action, Outcome},
    client::Client,
    session::{self, Session},
};
use crate::{app::App, db, id::Id};

/// Logs out of this browser. Its secret is dead from here on, whoever has a copy.
pub async fn here(app: &App, this: &Session, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end(&mut tx, this.user_id, this.id).await?;
    audit::success(app, &mut tx, Action::LogOut, this.user_id, client).await?;
    Ok(tx.commit().await?)
}

/// Ends one of their sessions. An id that is not theirs ends nothing.
pub async fn of(app: &App, user_id: Id, id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let outcome = Outcome::from(session::end(&mut tx, user_id, id).await?);
    audit::record(
        app,
        &mut tx,
        Action::SessionEnd,
        outcome,
        Some(user_id),
        client,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Ends all their sessions but this one.
pub async fn elsewhere(app: &App, this: &Session, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end_others(&mut tx, this).await?;
    audit::success(app, &mut tx, Action::SessionEnd, this.user_id, client).await?;
    Ok(tx.commit().await?)
}

/// Ends all their sessions, this one too.
pub async fn everywhere(app: &App, user_id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end_all(&mut tx, user_id).await?;
    audit::success(app, &mut tx, Action::SessionEnd, user_id, client).await?;
    Ok(tx.commit().await?)
}

/// Ends everybody's sessions: for the day when you do not know who has got in. How many.
pub async fn everyone(app: &App, client: &Client) -> anyhow::Result<u64> {
    let mut tx = db::begin(&app.db).await?;
    let ended = session::end_everybodys(&mut tx).await?;
    let (action, outcome) = (Action::SessionEnd, Outcome::Success);
    audit::record(app, &mut tx, action, outcome, None, client).await?;
    tx.commit().await?;
    Ok(ended)
}
