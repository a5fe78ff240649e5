//! Changing one's password, or setting the first one, while logged in.

use super::{
    audit::{Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    held::HeldSession,
    hooks,
    log_in::Verified,
    password::{Lane, Password},
    secret::Secret,
    session,
    sudo::{self, Wrong},
    user,
    visit::Visit,
};
use crate::{
    app::App,
    jobs::send_letter::{News, SendLetter},
};

/// Changes the password, for which the current one is always needed (OWASP ASVS 6.2.3). A user who has none yet sets the first
/// one, for which the session has to be in sudo. Every other session ends, and this one gets a new secret.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn change(
    app: &App,
    visit: &Visit,
    current: &Password,
    new: &Password,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let checked = if visit.user.has_password {
        sudo::check_password(app, visit, current, client)
            .await?
            .map(Some)
    } else {
        Ok(None)
    };
    let hash = match checked {
        Ok(_) => Some(app.hasher.in_lane(Lane::Known).hash(new).await?),
        Err(_) => None,
    };
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    let is_allowed = match &checked {
        Ok(verified) => is_allowed(app, &mut held, verified.as_ref()).await?,
        Err(_) => false,
    };
    let event = NewEvent::new(Action::PasswordChange, client);
    held.record(app, event.outcome(is_allowed)).await?;
    let secret = match hash.filter(|_| is_allowed) {
        Some(hash) => Ok(set(app, &mut held, &hash).await?),
        None => Err(Wrong::Password),
    };
    held.commit().await?;
    Ok(secret)
}

/// Whether the current password still is the one that was verified, or there is none and the session is in sudo.
async fn is_allowed(
    app: &App,
    held: &mut HeldSession,
    current: Option<&Verified>,
) -> sqlx::Result<bool> {
    match current {
        Some(current) => user::keep_password(held, current.hash(), None).await,
        None => Ok(!held.user().has_password && held.session().is_recent(app.now())),
    }
}

async fn set(app: &App, held: &mut HeldSession, hash: &str) -> anyhow::Result<Secret> {
    let user_id = held.user().id;
    user::set_password(held, Some(hash)).await?;
    credentials::revoke_others(held, Scope::PasswordChange).await?;
    hooks::password_changed(held.tx(), user_id).await?;
    app.jobs
        .enqueue(held.tx(), SendLetter::about(News::PasswordChanged, user_id))
        .await?;
    session::elevate(held, app.now()).await
}
