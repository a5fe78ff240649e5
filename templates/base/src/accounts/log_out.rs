//! Going: from this browser, from one session far away, from all of them.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    session::{self, Session},
};
use crate::{app::App, db, id::Id};

/// Logs out of this browser. Its secret is dead from here on, whoever has a copy.
pub async fn here(app: &App, this: &Session, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end(&mut tx, this.user_id, this.id).await?;
    let event = NewEvent::new(Action::LogOut, client).by_user(this.user_id);
    audit::record(app, &mut tx, event.on(Target::Session(this.id))).await?;
    Ok(tx.commit().await?)
}

/// Ends one of their sessions. An id that is not theirs ends nothing.
pub async fn of(app: &App, user_id: Id, id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let is_ended = session::end(&mut tx, user_id, id).await?;
    let event = NewEvent::new(Action::SessionEnd, client).by_user(user_id);
    let event = event.on(Target::Session(id)).outcome(is_ended);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}

/// Ends all their sessions but this one.
pub async fn elsewhere(app: &App, this: &Session, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end_others(&mut tx, this).await?;
    let event = NewEvent::new(Action::SessionEnd, client).by_user(this.user_id);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}

/// Ends all their sessions, this one too.
pub async fn everywhere(app: &App, user_id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    session::end_all(&mut tx, user_id).await?;
    let event = NewEvent::new(Action::SessionEnd, client).by_user(user_id);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}

/// Ends everybody's sessions: for the day when you do not know who has got in. How many.
pub async fn everyone(app: &App, client: &Client) -> anyhow::Result<u64> {
    let mut tx = db::begin(&app.db).await?;
    let ended = session::end_everybodys(&mut tx).await?;
    let event = NewEvent::new(Action::SessionEnd, client).with("ended", ended);
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(ended)
}
