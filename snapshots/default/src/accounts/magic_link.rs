//! Coming in with a letter instead of a password.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    emailed_link,
    log_in::{self, Entry},
    proof::Proof,
    registration::{self, PasswordAfter},
    repeat::Act,
    secret::Secret,
    session::Kind,
    token::Purpose,
};
use crate::{app::App, db};

/// Sends a letter with a link, if somebody has this address. The answer and the work are the same if nobody has it.
pub async fn request(app: &App, email: &Email, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    registration::send_link(app, &mut tx, Purpose::LogIn, email).await?;
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
    let consumed = emailed_link::consume(app, Purpose::LogIn, link, PasswordAfter::None).await?;
    let Some(mut held) = consumed else {
        return Ok(None);
    };
    held.record(app, NewEvent::new(Action::MagicLink, client))
        .await?;
    let act = Act::link(client, Purpose::LogIn, link);
    let entry = log_in::admit(app, &mut held, Proof::Email, kind, client, act.as_ref()).await?;
    held.commit().await?;
    Ok(entry)
}
