//! Coming in with a letter instead of a password.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    held::Held,
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
    let event = NewEvent::new(Action::MagicLinkRequest, client);
    audit::record_about(app, &mut tx, event, email).await?;
    Ok(tx.commit().await?)
}

/// Logs in with the link from the letter, which also confirms the address. None: the link is spent, or they may not come in.
pub async fn log_in(
    app: &App,
    link: &Secret,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let Some((mut held, _)) = Held::for_token(app, Purpose::LogIn, link).await? else {
        return Ok(None);
    };
    held.record(app, NewEvent::new(Action::MagicLink, client))
        .await?;
    ownership::prove(&mut held, app.now()).await?;
    let entry = log_in::admit(app, &mut held, kind, client).await?;
    held.commit().await?;
    Ok(entry)
}
