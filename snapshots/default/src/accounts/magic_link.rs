//! Coming in with a letter instead of a password.

use super::{
    audit::{self, Action, Outcome},
    client::Client,
    email::Email,
    log_in::{self, Entry},
    ownership,
    secret::Secret,
    session::Kind,
    token::{self, Purpose},
};
use crate::{app::App, db, jobs::send_letter::SendLetter};

/// Sends a letter with a link, if somebody has this address. The answer and the work are the same if nobody has it.
pub async fn request(app: &App, email: &Email, client: &Client) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let token_id = token::ask(&mut tx, Purpose::LogIn, Some(email), None, now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    audit::record_about(
        app,
        &mut tx,
        Action::MagicLinkRequest,
        Outcome::Success,
        email,
        client,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Logs in with the link from the letter, which also confirms the address. None: the link is spent, or they may not come in.
pub async fn log_in(
    app: &App,
    link: &Secret,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let token = token::spend(&mut tx, Purpose::LogIn, link, now).await?;
    let outcome = Outcome::from(token.is_some());
    let user_id = token.map(|token| token.user_id);
    audit::record(app, &mut tx, Action::MagicLink, outcome, user_id, client).await?;
    let entry = match user_id {
        Some(user_id) => {
            let user = ownership::prove(&mut tx, user_id, now).await?;
            log_in::admit(app, &mut tx, &user, kind, client).await?
        }
        None => None,
    };
    tx.commit().await?;
    Ok(entry)
}
