//! Forgetting a password.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    hooks, lockout, ownership,
    password::Password,
    secret::Secret,
    token::{self, Purpose},
    user,
};
use crate::{
    app::App,
    db,
    jobs::send_letter::{News, SendLetter},
};

/// Sends a letter with a link, if somebody has this address. The answer and the work are the same if nobody has it.
pub async fn request(app: &App, email: &Email, client: &Client) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let token_id = token::ask(&mut tx, Purpose::ResetPassword, Some(email), None, now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::ResetRequest, client);
    audit::record_about(app, &mut tx, event, email).await?;
    Ok(tx.commit().await?)
}

/// Sets a new password with the link from a letter. Every session and every other letter ends with the old one.
///
/// It logs nobody in: that way it can never be a way around a second factor. False: the link is spent.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn finish(
    app: &App,
    link: &Secret,
    password: &Password,
    client: &Client,
) -> anyhow::Result<bool> {
    let hash = app.hasher.hash(password).await?;
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let Some(token) = token::spend(&mut tx, Purpose::ResetPassword, link, now).await? else {
        return Ok(false);
    };

    let user_id = token.user_id;
    // Who reads the letters of an address has shown that it is theirs.
    ownership::prove(&mut tx, user_id, now).await?;
    ownership::forget_everything(&mut tx, user_id).await?;
    user::set_password(&mut tx, user_id, Some(&hash)).await?;
    lockout::end(&mut tx, user_id).await?;
    hooks::password_changed(&mut tx, user_id).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::about(News::PasswordChanged, user_id))
        .await?;
    let event = NewEvent::new(Action::Reset, client).by_user(user_id);
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}
