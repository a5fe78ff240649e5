//! Changing one's password, or setting the first one, while logged in.

use super::{
    audit::{Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    held::HeldSession,
    hooks,
    log_in::by_password::Verified,
    password::{Lane, Password},
    proof::{Proof, Proofs},
    repeat::{self, Act},
    second_factor::code,
    secret::Secret,
    session::{replaced, standing},
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
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let checked = if visit.user.has_password {
        let tried = NewEvent::new(Action::PasswordChange, client);
        sudo::check_password(app, visit, current, tried)
            .await?
            .map(Some)
    } else {
        Ok(None)
    };
    let hash = match checked {
        Ok(_) => {
            let lane = Lane::of_account(app, visit.user.id);
            Some(app.hasher.in_lane(lane).hash(new).await?)
        }
        Err(_) => None,
    };
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    if let Some(secret) = newest(app, &mut held, act).await? {
        return Ok(Ok(secret));
    }
    // The password alone is no log-in then, and a secret that was replaced would outlive its minute. One that this very request
    // has replaced, for its age, would not: the browser gets the new one with the response.
    let is_current = held.has_newest_secret() || visit.reissued.is_some();
    if held.user().second_factor_at.is_some() && !is_current {
        return Ok(Err(Wrong::SessionEnded));
    }
    let proofs = match &checked {
        Ok(Some(_)) => Proofs::of(Proof::Password),
        _ => Proofs::default(),
    };
    let is_allowed = match &checked {
        Ok(verified) => is_allowed(app, &mut held, verified.as_ref()).await?,
        Err(_) => false,
    };
    let event = NewEvent::new(Action::PasswordChange, client);
    held.record(app, event.outcome(is_allowed)).await?;
    let secret = match hash.filter(|_| is_allowed) {
        Some(hash) => {
            let secret = set(app, &mut held, &hash, &proofs, client).await?;
            repeat::remember(&mut held, act, None, app.now()).await?;
            Ok(secret)
        }
        None => Err(Wrong::Password),
    };
    held.commit().await?;
    Ok(secret)
}

/// What a browser does that sends this. A second click comes with the password that was the current one.
pub fn act(visit: &Visit, current: &Password, new: &Password, client: &Client) -> Option<Act> {
    let session = visit.session.id.to_string();
    let with = [&session, current.text(), new.text()];
    Act::typed(client, "change password", &with)
}

/// The secret of the session after a change that was made a moment ago, for a second click, which is no try.
pub async fn again(app: &App, visit: &Visit, act: Option<&Act>) -> anyhow::Result<Option<Secret>> {
    let mut connection = app.db.acquire().await?;
    let found = repeat::find(app, &mut connection, act).await?;
    drop(connection);
    if found.is_none() {
        return Ok(None);
    }
    match visit.hold(app).await? {
        Some(mut held) => newest(app, &mut held, act).await,
        None => Ok(None),
    }
}

/// The same, while it is held: the first click may have been faster only now.
async fn newest(
    app: &App,
    held: &mut HeldSession,
    act: Option<&Act>,
) -> anyhow::Result<Option<Secret>> {
    if repeat::find(app, held.connection(), act).await?.is_none() {
        return Ok(None);
    }
    let (id, sent) = (held.session().id, held.secret().clone());
    let newest = replaced::newest(held, id, &sent).await?;
    Ok(Some(newest))
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

/// Sets the password of the held user, and ends what it has let in before. Returns the new secret of the session.
pub(super) async fn set(
    app: &App,
    held: &mut HeldSession,
    hash: &str,
    proofs: &Proofs,
    client: &Client,
) -> anyhow::Result<Secret> {
    let user_id = held.user().id;
    user::set_password(held, Some(hash)).await?;
    code::forgive(held).await?;
    credentials::revoke_others(held, Scope::PasswordChange, client).await?;
    hooks::password_changed(held.tx(), user_id).await?;
    app.jobs
        .enqueue(held.tx(), SendLetter::about(News::PasswordChanged, user_id))
        .await?;
    standing::elevate(held, proofs, app.now()).await
}
