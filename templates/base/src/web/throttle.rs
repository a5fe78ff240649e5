//! Which limits a request is counted by. Users we know have budgets that nobody else can use up: see `limits`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::error::Error;
use crate::{
    accounts::{client::Client, device, email::Email, secret::Secret, visit::Visit},
    app::App,
    limits::Limit,
};

/// Counts a login: from a known browser by account and browser, from any other by network, and by the email that was typed.
pub async fn login(app: &App, email: Option<&Email>, client: &Client) -> Result<(), Error> {
    if let Some(browser) = known_browser(app, email, client).await? {
        return Ok(app.limits.login_browser.count(&browser)?);
    }
    app.limits.login.count(client.network)?;
    if let Some(email) = email {
        app.limits.login_account.count(email.as_str())?;
    }
    Ok(())
}

/// Counts a password that is typed in a running session.
pub fn session_password(app: &App, visit: &Visit) -> Result<(), Error> {
    let session = visit.session.id.to_string();
    Ok(app.limits.session_password.count(&session)?)
}

/// Counts a change of email that a session asks for: a thief's session does not use up the owner's budget.
pub fn email_change(app: &App, visit: &Visit) -> Result<(), Error> {
    let session = visit.session.id.to_string();
    Ok(app.limits.email_change.count(&session)?)
}

/// Counts an email that a request asks for, and returns whether to send it. A session's own user, the browser that registered,
/// and a known browser have their own budget (`own` names the first two). Anonymous requests are counted by network, which
/// they are told, and by the address, which they are not: the response is the same, and no email is sent.
pub async fn may_send(
    app: &App,
    budgets: &[&Limit],
    email: &Email,
    client: &Client,
    own: Option<String>,
) -> Result<bool, Error> {
    let own = match own {
        Some(own) => Some(own),
        None => known_browser(app, Some(email), client).await?,
    };
    if own.is_none() {
        app.limits.emails.count(client.network)?;
    }
    let key = own.as_deref().unwrap_or(email.as_str());
    Ok(budgets.iter().all(|budget| budget.allows(key)))
}

/// The budget of a session for emails to its own user.
pub fn of_session(visit: Option<&Visit>, email: &Email) -> Option<String> {
    let own = visit.filter(|visit| visit.user.email == *email);
    own.map(|visit| format!("session {}", visit.session.id))
}

/// The budget of a browser for emails about what it has registered.
pub fn of_browser(browser: &Secret) -> String {
    let browser = BASE64_URL_SAFE_NO_PAD.encode(browser.hash());
    format!("registered {browser}")
}

/// The key of a browser that has logged in to this account. To every other account it is unknown.
async fn known_browser(
    app: &App,
    email: Option<&Email>,
    client: &Client,
) -> sqlx::Result<Option<String>> {
    let device = client.device.as_ref();
    let is_known = device::is_known(&app.db, email, device, app.now()).await?;
    let known = email.zip(device).filter(|_| is_known);
    Ok(known.map(|(email, device)| {
        let browser = BASE64_URL_SAFE_NO_PAD.encode(device.hash());
        format!("browser {browser} {email}")
    }))
}
