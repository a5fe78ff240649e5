//! Changing one's password, or setting the first one, while logged in.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    hooks, log_in,
    password::Password,
    secret::Secret,
    session, token, user,
    visit::Visit,
};
use crate::{
    app::App,
    db,
    jobs::send_letter::{News, SendLetter},
};

/// Why somebody may change the password of this session's owner.
pub enum Proof {
    /// The password so far.
    Password(Password),
    /// They have proved who they are a short while ago.
    Sudo,
}

/// Changes the password. Every other session ends, and this one gets a new secret. None: the proof is wrong.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn change(
    app: &App,
    visit: &Visit,
    proof: &Proof,
    new: &Password,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let user = &visit.user;
    let is_proved = match proof {
        Proof::Password(password) => log_in::is_theirs(app, &user.email, password).await?,
        Proof::Sudo => visit.session.is_recent(app.now()),
    };
    let hash = match is_proved {
        true => Some(app.hasher.hash(new).await?),
        false => None,
    };

    let mut tx = db::begin(&app.db).await?;
    let secret = match &hash {
        // A session that was ended meanwhile changes nothing any more.
        Some(_) => session::elevate(&mut tx, &visit.session, app.now()).await?,
        None => None,
    };
    if secret.is_some() {
        user::set_password(&mut tx, user.id, hash.as_deref()).await?;
        session::end_others(&mut tx, &visit.session).await?;
        token::forget_all(&mut tx, user.id).await?;
        hooks::password_changed(&mut tx, user.id).await?;
        app.jobs
            .enqueue(&mut tx, SendLetter::about(News::PasswordChanged, user.id))
            .await?;
    }
    let event = NewEvent::new(Action::PasswordChange, client).by_user(user.id);
    audit::record(app, &mut tx, event.outcome(secret.is_some())).await?;
    tx.commit().await?;
    Ok(secret)
}
