//! Logging out: in this browser, in another one, in all of them.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    credentials::{self, Scope},
    held::{Held, HeldSession},
    session,
};
use crate::{app::App, db, id::Id};

/// Logs out of this browser: no copy of its secret is worth anything afterwards. Returns whether that was the session's to end: a
/// copied secret from before its last login step does not end it.
pub async fn here(app: &App, held: &mut HeldSession, client: &Client) -> anyhow::Result<bool> {
    if held.is_further() {
        return Ok(false);
    }
    let this = held.session().id;
    session::end(held, this).await?;
    let event = NewEvent::new(Action::LogOut, client).on(Target::Session(this));
    held.record(app, event).await?;
    Ok(true)
}

/// Ends one of the user's sessions. An id that is not theirs ends nothing, and writes nothing.
pub async fn of(app: &App, held: &mut Held, id: Id, client: &Client) -> anyhow::Result<()> {
    if session::end(held, id).await? {
        let event = NewEvent::new(Action::SessionEnd, client).on(Target::Session(id));
        held.record(app, event).await?;
    }
    Ok(())
}

/// Ends all the user's sessions but this one.
pub async fn elsewhere(app: &App, held: &mut HeldSession, client: &Client) -> anyhow::Result<()> {
    credentials::revoke_others(held, Scope::EndOthers, client).await?;
    held.record(app, NewEvent::new(Action::SessionEnd, client))
        .await?;
    Ok(())
}

/// Ends all the user's sessions.
pub async fn everywhere(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<()> {
    credentials::revoke(held, Scope::EndAll).await?;
    held.record(app, NewEvent::new(Action::SessionEnd, client))
        .await?;
    Ok(())
}

/// Ends every user's sessions: for the day when you do not know who has got in. Returns how many.
pub async fn everyone(app: &App, client: &Client) -> anyhow::Result<u64> {
    let mut tx = db::begin(&app.db).await?;
    let ended = credentials::revoke_everyones(&mut tx).await?;
    let event = NewEvent::new(Action::SessionEnd, client).with("ended", ended);
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(ended)
}
