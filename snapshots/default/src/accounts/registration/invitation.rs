//! Accounts that an operator makes for others.

use super::create;
use crate::{
    accounts::{
        audit::{self, Action, NewEvent},
        client::Client,
        email::Email,
        token::{self, Purpose},
        user,
    },
    app::App,
    db,
    jobs::send_letter::SendLetter,
};

/// Makes an account without a password for somebody else. A letter brings a link to set one, which shows at the same time that
/// the email is theirs. An account that nobody has confirmed yet gets the letter, too. False: it has a confirmed account.
pub async fn invite(app: &App, email: &Email, client: &Client) -> anyhow::Result<bool> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let id = match create(&mut tx, None, email, None, now).await? {
        Some(id) => id,
        None => match user::by_email(&mut *tx, Some(email)).await? {
            Some(user) if user.confirmed_at.is_none() => user.id,
            _ => return Ok(false),
        },
    };
    let token_id = token::ask(&mut tx, Purpose::ResetPassword, Some(email), now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::Create, client).about(Some(id));
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}
