//! Coming in with an app, and going.

use super::{Tokens, families, keys, refresh};
use crate::{
    accounts::{
        api::scope::Scopes,
        audit::{Action, Actor, NewEvent, Target},
        client::Client,
        email::Email,
        held::Held,
        log_in,
        login_step::{LoginStep, Progress},
        password::Password,
        secret::Secret,
    },
    app::App,
    id::Id,
};

/// How far an app gets with a password.
pub enum Entry {
    In(Box<Tokens>),
    /// This step is left. It is taken in a browser.
    Pending(LoginStep),
    Refused,
    /// No key signs here. Another process may have one.
    Unavailable,
}

/// Logs an app in with a password, or says no without saying why, as [`log_in::with_password`] does for browsers.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    scopes: Scopes,
    client: &Client,
) -> anyhow::Result<Entry> {
    // Before anything is held: it may have to be read from the database.
    let Some(key) = keys::current(app).await? else {
        return Ok(Entry::Unavailable);
    };
    let Some(mut held) = log_in::prove(app, email, password, client).await? else {
        return Ok(Entry::Refused);
    };
    let entry = match log_in::proceed(app, &mut held, client).await? {
        Progress::Full => {
            let family = families::start(&mut held, scopes, client, app.now()).await?;
            let refresh = refresh::issue(&mut held, family.id, app.now()).await?;
            let tokens = Tokens::sign(app, &key, family, refresh)?;
            // As a browser: other people's tries do not lock it out.
            let client = log_in::know_browser(app, &mut held, client).await?;
            Entry::In(Box::new(Tokens { client, ..tokens }))
        }
        Progress::Pending(step) => Entry::Pending(step),
        Progress::Refused => Entry::Refused,
    };
    held.commit().await?;
    Ok(entry)
}

/// Logs out the app that holds this refresh token, also with one that was exchanged since. An unknown one is no error
/// (RFC 7009, section 2.2): what should end has ended.
pub async fn out(app: &App, token: &Secret, client: &Client) -> anyhow::Result<()> {
    let Some((mut held, family)) = refresh::hold(app, token).await? else {
        return Ok(());
    };
    families::end(&mut held, family).await?;
    let client = Client {
        actor: Actor::ConnectedApp(family),
        ..client.clone()
    };
    let event = NewEvent::new(Action::LogOut, &client).on(Target::ConnectedApp(family));
    held.record(app, event).await?;
    Ok(held.commit().await?)
}

/// Logs out one of the user's apps. An id that is not theirs ends nothing, and writes nothing.
pub async fn out_of(app: &App, held: &mut Held, id: Id, client: &Client) -> anyhow::Result<()> {
    if families::end(held, id).await? {
        let event = NewEvent::new(Action::SessionEnd, client).on(Target::ConnectedApp(id));
        held.record(app, event).await?;
    }
    Ok(())
}
