//! A browser that logs in twice with the same proof: the second click of two.

use super::{Entry, name_for_browser};
use crate::{
    accounts::{
        client::Client,
        held::HeldSession,
        login_step::LoginStep,
        repeat::{self, Act},
        secret::Secret,
        session::{self, Kind, Session, replaced},
        trusted_browser,
    },
    app::App,
    db::Connection,
    id::Id,
};

/// What a browser gets that does something again which has logged it in a moment ago. None: it has not.
pub async fn in_transaction(
    app: &App,
    connection: &mut Connection,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let found = repeat::find(app, connection, act).await?;
    let Some((user_id, found)) = found.and_then(|found| Some((found.user_id?, found))) else {
        return Ok(None);
    };
    let session = found.session;
    if !is_for(app, connection, user_id, session.as_ref(), client).await? {
        return Ok(None);
    }
    let login_step = session.as_ref().and_then(|session| session.login_step);
    Ok(Some(Entry {
        user_id,
        session: found.secret.filter(|_| session.is_some()),
        kind: session.as_ref().map_or(Kind::Ordinary, Session::kind),
        login_step,
        device: name_if_full(app, user_id, session.as_ref(), client)?,
        trusted: trusted_browser::again(app, connection, user_id, act, client).await?,
    }))
}

/// Whether the second of two log-ins comes with what the first one came with: the browser's trust is a part of the proof, which its
/// other cookies are not.
async fn is_for(
    app: &App,
    connection: &mut Connection,
    user_id: Id,
    session: Option<&Session>,
    client: &Client,
) -> sqlx::Result<bool> {
    let Some(session) = session else {
        return Ok(true);
    };
    let is_trusted = trusted_browser::is_trusted(app, connection, user_id, client).await?;
    Ok(match session.login_step {
        None | Some(LoginStep::Reactivation) => is_trusted || !session.proofs.rest_on_trust(),
        // A browser with a session logs in again for sudo, for which trust does not count.
        Some(LoginStep::SecondFactor) => !is_trusted || client.session.is_some(),
    })
}

/// The same, for a browser that was refused: because it has done this already?
pub async fn entry(app: &App, act: Option<&Act>, client: &Client) -> anyhow::Result<Option<Entry>> {
    let mut connection = app.db.acquire().await?;
    in_transaction(app, &mut connection, act, client).await
}

/// What a browser gets that takes a login step again which it has just taken. None: it was taken in another browser, whose
/// session is not for this one.
pub async fn finished(
    app: &App,
    held: &mut HeldSession,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let taken = repeat::find(app, held.connection(), act).await?;
    if taken.is_none() {
        return Ok(None);
    }
    let (user_id, id, sent) = (held.user().id, held.session().id, held.secret().clone());
    let newest = replaced::newest(held, id, &sent).await?;
    let session = session::with_secret(held.connection(), &newest).await?;
    let login_step = session.as_ref().and_then(|session| session.login_step);
    let device = name_if_full(app, user_id, session.as_ref(), client)?;
    let trusted = trusted_browser::again(app, held.connection(), user_id, act, client).await?;
    Ok(Some(Entry {
        user_id,
        session: Some(newest),
        kind: session.map_or(Kind::Ordinary, |session| session.kind()),
        login_step,
        device,
        trusted,
    }))
}

/// A browser gets its name with a full session, as it did the first time: by that name it is known, and has limits of its own.
fn name_if_full(
    app: &App,
    user_id: Id,
    session: Option<&Session>,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    match session {
        Some(session) if session.login_step.is_none() && !session.proofs.rest_on_trust() => {
            name_for_browser(app, user_id, client)
        }
        _ => Ok(None),
    }
}
