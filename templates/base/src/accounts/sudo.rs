//! Proving again who one is, before something dangerous.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    log_in,
    password::Password,
    secret::Secret,
    session,
    visit::Visit,
};
use crate::{app::App, db};

/// Gives this session [`session::SUDO`] more, and a new secret for its cookie. None: that was not the password.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let right = log_in::is_theirs(app, &visit.user.email, password).await?;
    let mut tx = db::begin(&app.db).await?;
    let secret = match right {
        true => session::elevate(&mut tx, &visit.session, app.now()).await?,
        false => None,
    };
    let event = NewEvent::new(Action::Sudo, client).by_user(visit.user.id);
    let event = event.on(Target::Session(visit.session.id));
    audit::record(app, &mut tx, event.outcome(secret.is_some())).await?;
    tx.commit().await?;
    Ok(secret)
}
