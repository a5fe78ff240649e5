//! Proving again who one is, before something dangerous.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    held::{Held, HeldSession},
    log_in::by_password::{self, Verified},
    password::Password,
    proof::{Proof, Proofs},
    secret::Secret,
    session::{self, attempts},
    user,
    visit::Visit,
};
use crate::{
    app::App,
    jobs::send_letter::{News, SendLetter},
};

/// What came of a password or a code that was typed in a running session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    Password,
    /// That was one too many: the session has ended.
    SessionEnded,
}

/// Gives this session [`session::SUDO`] more, and a new secret for its cookie.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let checked = check_password(app, visit, password, client).await?;
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    let is_right = match &checked {
        Ok(verified) => user::keep_password(&mut held, verified.hash(), None).await?,
        Err(_) => false,
    };
    let proofs = match is_right {
        true => Proofs::of(Proof::Password),
        false => Proofs::default(),
    };
    let secret = grant(app, &mut held, &proofs, client).await?;
    held.commit().await?;
    Ok(secret.ok_or(Wrong::Password))
}

/// Puts the held session in sudo if these proofs are enough for it, and returns its new secret. Records either.
pub async fn grant(
    app: &App,
    held: &mut HeldSession,
    proofs: &Proofs,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let is_enough = proofs.allow_sudo(held.user());
    let event = NewEvent::new(Action::Sudo, client).on(Target::Session(held.session().id));
    held.record(app, event.outcome(is_enough)).await?;
    if !is_enough {
        return Ok(None);
    }
    let secret = session::elevate(held, proofs, app.now()).await?;
    Ok(Some(secret))
}

/// Checks the password of whoever is logged in, for a change of it. The attempt is counted before.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn check_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Result<Verified, Wrong>> {
    let session = &visit.session;
    let Some(attempt) = attempts::reserve(app, session).await? else {
        return end(app, visit, client).await;
    };
    let verified = by_password::verify(app, visit.user.id, password).await;
    if !matches!(verified, Ok(None)) {
        attempts::give_back(app, session).await?;
    }
    match verified? {
        Some(verified) => Ok(Ok(verified)),
        None if attempt.is_last() => end(app, visit, client).await,
        None => Ok(Err(Wrong::Password)),
    }
}

/// Ends a session in which somebody guesses, and tells the owner.
async fn end(app: &App, visit: &Visit, client: &Client) -> anyhow::Result<Result<Verified, Wrong>> {
    let (user_id, session_id) = (visit.user.id, visit.session.id);
    let Some(mut held) = Held::begin(app, user_id).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    if session::end(&mut held, session_id).await? {
        let email = SendLetter::about(News::PasswordGuessed, user_id);
        app.jobs.enqueue(held.tx(), email).await?;
        let event = NewEvent::new(Action::SessionEnd, client).about(Some(user_id));
        let event = event.on(Target::Session(session_id));
        audit::record(app, held.tx(), event.with("reason", "wrong passwords")).await?;
    }
    held.commit().await?;
    Ok(Err(Wrong::SessionEnded))
}
