//! Changing one's password, or setting the first one, while logged in.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    hooks,
    password::{Lane, Password},
    secret::Secret,
    session,
    sudo::{self, Wrong},
    token, user,
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

/// Changes the password. Every other session ends, and this one gets a new secret.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn change(
    app: &App,
    visit: &Visit,
    proof: &Proof,
    new: &Password,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let user = &visit.user;
    let proved = match proof {
        Proof::Password(password) => sudo::check_password(app, visit, password, client).await?,
        Proof::Sudo if visit.session.is_recent(app.now()) => Ok(()),
        Proof::Sudo => Err(Wrong::Password),
    };
    let hash = match proved {
        Ok(()) => Some(app.hasher.in_lane(Lane::Known).hash(new).await?),
        Err(_) => None,
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
    Ok(proved.and_then(|()| secret.ok_or(Wrong::SessionEnded)))
}
