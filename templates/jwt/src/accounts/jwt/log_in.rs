//! Coming in with an app, and going.

use super::{Tokens, families, refresh};
use crate::{
    accounts::{
        api::scope::Scopes,
        audit::{self, Action, Actor, NewEvent, Target},
        client::Client,
        email::Email,
        log_in,
        login_step::{LoginStep, Progress},
        password::Password,
        secret::Secret,
    },
    app::App,
    db,
    id::Id,
};

/// How far an app gets with a password.
pub enum Entry {
    In(Box<Tokens>),
    /// This step is left. It is taken in a browser.
    Pending(LoginStep),
    Refused,
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
    let Some((mut tx, user)) = log_in::prove(app, email, password, client).await? else {
        return Ok(Entry::Refused);
    };
    let begun = match log_in::proceed(app, &mut tx, &user, client).await? {
        Progress::Full => {
            let family = families::start(&mut tx, user.id, scopes, client, app.now()).await?;
            let refresh = refresh::issue(&mut tx, family.id, app.now()).await?;
            Ok((family, refresh))
        }
        Progress::Pending(step) => Err(Entry::Pending(step)),
        Progress::Refused => Err(Entry::Refused),
    };
    tx.commit().await?;
    match begun {
        Ok((family, refresh)) => Ok(Entry::In(Box::new(Tokens::of(app, family, refresh).await?))),
        Err(entry) => Ok(entry),
    }
}

/// Logs out the app that holds this refresh token, also with one that was exchanged since. An unknown one is no error
/// (RFC 7009, section 2.2): what should end has ended.
pub async fn out(app: &App, token: &Secret, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let Some((family_id, user_id)) = refresh::end_family(&mut tx, token).await? else {
        return Ok(());
    };
    let client = Client {
        actor: Actor::ConnectedApp(family_id),
        ..client.clone()
    };
    let event = NewEvent::new(Action::LogOut, &client).by_user(user_id);
    audit::record(app, &mut tx, event.on(Target::ConnectedApp(family_id))).await?;
    Ok(tx.commit().await?)
}

/// Logs out one of somebody's apps. An id that is not theirs ends nothing.
pub async fn out_of(app: &App, user_id: Id, id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let is_ended = families::end(&mut tx, user_id, id).await?;
    let event = NewEvent::new(Action::SessionEnd, client).by_user(user_id);
    let event = event.on(Target::ConnectedApp(id)).outcome(is_ended);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}
