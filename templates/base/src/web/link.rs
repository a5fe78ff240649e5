//! Links from emails: what one is good for, and what is said when it is good for nothing any more.

use axum::response::Response;

use super::{
    error::Error,
    page::{self, Page},
};
use crate::{
    accounts::{
        client::Client,
        emailed_link::{self, Addressee},
        log_in::{self, Entry},
        repeat::{self, Act},
        secret::Secret,
        token::Purpose,
    },
    app::App,
    texts::{layout, link_expired, link_used},
};

/// The secret in a link's address, and whom it was sent to. None: it is spent, too old, made up,
/// or for something else.
///
/// Looking spends nothing: mail scanners open every link, so each leads to a page with a button.
pub async fn find(
    app: &App,
    purpose: Purpose,
    text: &str,
) -> Result<Option<(Secret, Addressee)>, Error> {
    let Some(secret) = Secret::parse(text) else {
        return Ok(None);
    };
    let addressee = emailed_link::find(app, purpose, &secret).await?;
    Ok(addressee.map(|addressee| (secret, addressee)))
}

/// Whether this browser has done with the link what it is for, a moment ago: then the answer is
/// the same again.
pub async fn was_just_used(
    app: &App,
    client: &Client,
    purpose: Purpose,
    text: &str,
) -> Result<bool, Error> {
    let act = act(client, purpose, text);
    let mut connection = app.db.acquire().await?;
    let found = repeat::find(app, &mut connection, act.as_ref()).await?;
    Ok(found.is_some())
}

/// What this browser gets that has logged in with the link a moment ago.
pub async fn log_in_again(
    app: &App,
    client: &Client,
    purpose: Purpose,
    text: &str,
) -> Result<Option<Entry>, Error> {
    let act = act(client, purpose, text);
    Ok(log_in::again::entry(app, act.as_ref(), client).await?)
}

fn act(client: &Client, purpose: Purpose, text: &str) -> Option<Act> {
    Act::link(client, purpose, &Secret::parse(text)?)
}

/// The page for a link that no longer works. The browser that has used it is told so; others learn
/// nothing about it.
pub async fn gone(
    app: &App,
    client: &Client,
    page: Page,
    purpose: Purpose,
    text: &str,
) -> Result<Response, Error> {
    let act = act(client, purpose, text);
    if repeat::was_done(app, act.as_ref()).await? {
        let (result, next) = result(purpose);
        return page::link_used(page, result, next);
    }
    match purpose {
        Purpose::Confirm if page.is_confirmed() => page::link_used(page, link_used::CONFIRM, "/"),
        Purpose::LogIn if page.is_confirmed() => page::link_used(page, link_used::LOGGED_IN, "/"),
        _ => {
            let (again, label) = another(purpose);
            page::link_expired(page, again, label)
        }
    }
}

/// What the link has done, and where to go on.
fn result(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::Confirm => (link_used::CONFIRM, "/"),
        Purpose::LogIn => (link_used::LOG_IN, "/"),
        Purpose::ResetPassword => (link_used::RESET, "/users/log-in"),
        Purpose::Unlock => (link_used::UNLOCK, "/users/log-in"),
        Purpose::ChangeEmail => (link_used::CHANGE_EMAIL, "/users/settings"),
        Purpose::VetoEmail => (link_used::VETO_EMAIL, "/users/log-in"),
    }
}

/// Where another link is to be had, and what leads there.
fn another(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::Confirm => ("/users/confirm/resend", link_expired::CONFIRM),
        Purpose::LogIn => ("/users/log-in", link_expired::LOG_IN),
        Purpose::Unlock => ("/users/log-in", layout::LOG_IN),
        Purpose::ResetPassword | Purpose::VetoEmail => {
            ("/users/reset-password", link_expired::RESET)
        }
        Purpose::ChangeEmail => ("/users/settings", link_expired::SETTINGS),
    }
}
