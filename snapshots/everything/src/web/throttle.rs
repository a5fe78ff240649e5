//! Which limits a request is counted by. Users we know have budgets that nobody else can use up: see `limits`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::error::Error;
use crate::{
    accounts::{
        client::Client, device, email::Email, password::Lane, second_factor::code, secret::Secret,
        visit::Visit,
    },
    app::App,
    id::Id,
    limits::Limit,
};

/// Counts a login: from a known browser by account and browser, from any other by network, and by the email that was typed.
pub async fn login(app: &App, email: Option<&Email>, client: &Client) -> Result<(), Error> {
    if let Some(browser) = known_browser(app, email, client).await? {
        return browser.count(app);
    }
    app.limits.login.count(client.network)?;
    if let Some(email) = email {
        app.limits.login_account.count(email.as_str())?;
    }
    Ok(())
}

/// Counts a code of the second factor, typed in a session: from a known browser by user and browser, and together with the other
/// known ones; from any other by user. With a copy of a trusted browser's secret, every browser can log in: codes in such sessions
/// are counted by user, apart from all others.
pub async fn second_factor(app: &App, visit: &Visit, client: &Client) -> Result<(), Error> {
    let (limits, user) = (&app.limits, visit.user.id.to_string());
    if visit.session.proofs.rest_on_trust() {
        limits.mfa_challenge_trusted.count(&user)?;
        return Ok(limits.mfa_challenge_trusted_daily.count(&user)?);
    }
    match known_browser(app, Some(&visit.user.email), client).await? {
        Some(browser) => {
            limits.mfa_challenge_browser.count(&browser.key)?;
            limits.mfa_challenge_known.count(&user)?;
        }
        None if code::was_guessed_at(&app.db, visit.user.id).await? => {
            limits.mfa_challenge_guessed.count(&user)?;
        }
        None => limits.mfa_challenge.count(&user)?,
    }
    Ok(())
}

/// Counts a password that is sent with an emailed link, and returns the lane in which it is hashed. A known browser of the
/// addressee is counted and waits as it does to log in, any other by network.
pub async fn after_link(app: &App, email: &Email, client: &Client) -> Result<Lane, Error> {
    let Some(browser) = known_browser(app, Some(email), client).await? else {
        app.limits.passwords.count(client.network)?;
        return Ok(Lane::Anonymous);
    };
    browser.count(app)?;
    Ok(Lane::of_account(app, browser.user_id))
}

/// Counts a password that is typed in a running session.
pub fn session_password(app: &App, visit: &Visit) -> Result<(), Error> {
    let session = visit.session.id.to_string();
    app.limits.session_password.count(&session)?;
    let user = visit.user.id.to_string();
    Ok(app.limits.session_account.count(&user)?)
}

/// Counts what a session changes in the settings.
pub fn settings(app: &App, visit: &Visit) -> Result<(), Error> {
    let session = visit.session.id.to_string();
    Ok(app.limits.settings.count(&session)?)
}

/// Counts a change of email that a session asks for. A thief's session does not use up the owner's budget, and other users who
/// name the same address do not use up this user's; only their wide cap is common to all. Beyond any of them, the session is told.
pub fn email_change(app: &App, visit: &Visit, new: &Email, client: &Client) -> Result<(), Error> {
    let (limits, user) = (&app.limits, visit.user.id.to_string());
    // Anybody can have as many of such accounts as they like.
    if visit.user.confirmed_at.is_none() {
        limits.emails.count(client.network)?;
    }
    limits.email_change.count(&visit.session.id.to_string())?;
    limits.email_change_account.count(&user)?;
    limits
        .email_change_address
        .count(&format!("{user} {new}"))?;
    Ok(limits.email_change_hourly.count(new.as_str())?)
}

/// Counts an email that a request asks for, and returns whether to send it. A confirmed user's own session (`own`) and known
/// browser have budgets of their own. Anonymous requests are counted by network, which they are told, and by the address, which
/// they are not: the response is the same, and no email is sent.
pub async fn may_send(
    app: &App,
    budgets: &[&Limit],
    email: &Email,
    client: &Client,
    own: Option<String>,
) -> Result<bool, Error> {
    let own = match own {
        Some(own) => Some(own),
        None => own_browser(app, email, client).await?,
    };
    let Some(own) = own else {
        app.limits.emails.count(client.network)?;
        return Ok(allow(budgets, email.as_str()));
    };
    let may_send = allow(budgets, &own);
    if may_send {
        app.limits.own_emails.count(email.as_str())?;
    }
    Ok(may_send)
}

/// The same for another email to confirm an address. `own` is the browser that registered, or the user who is logged in and has
/// not confirmed: see the rule in `limits`.
pub fn may_resend(
    app: &App,
    email: &Email,
    client: &Client,
    own: Option<String>,
) -> Result<bool, Error> {
    let limits = &app.limits;
    let Some(own) = own else {
        limits.emails.count(client.network)?;
        let budgets = [&limits.resend, &limits.confirm_email_hourly];
        return Ok(allow(&budgets, email.as_str()));
    };
    if !limits.resend.allows(&own) {
        return Ok(false);
    }
    let network = client.network.site();
    limits.resend_network.count(&format!("{network} {email}"))?;
    limits.resend_hourly.count(email.as_str())?;
    Ok(true)
}

fn allow(budgets: &[&Limit], key: &str) -> bool {
    budgets.iter().all(|budget| budget.allows(key))
}

/// The budget of a session for emails to its own user, who has confirmed the address: it is nobody else's mailbox.
pub fn of_session(visit: Option<&Visit>, email: &Email) -> Option<String> {
    let own = visit.filter(|visit| visit.user.email == *email);
    let own = own.filter(|visit| visit.user.confirmed_at.is_some());
    own.map(|visit| format!("session {}", visit.session.id))
}

/// The budget of a user who is logged in, for emails to confirm the address: however many sessions they begin.
pub fn of_user(visit: Option<&Visit>, email: &Email) -> Option<String> {
    let own = visit.filter(|visit| visit.user.email == *email);
    own.map(|visit| format!("user {}", visit.user.id))
}

/// The budget of a browser for emails about what it has registered.
pub fn of_browser(browser: &Secret) -> String {
    let browser = BASE64_URL_SAFE_NO_PAD.encode(browser.hash());
    format!("registered {browser}")
}

/// The budget of a known browser for emails to its user, likewise.
async fn own_browser(app: &App, email: &Email, client: &Client) -> sqlx::Result<Option<String>> {
    let known = known_browser(app, Some(email), client).await?;
    Ok(known
        .filter(|browser| browser.is_confirmed)
        .map(|browser| browser.key))
}

/// A browser that has logged in to an account.
struct KnownBrowser {
    /// What it is counted by.
    key: String,
    user_id: Id,
    is_confirmed: bool,
}

impl KnownBrowser {
    /// Counts a password that is typed in it.
    fn count(&self, app: &App) -> Result<(), Error> {
        app.limits.login_browser.count(&self.key)?;
        Ok(app.limits.known_account.count(&self.user_id.to_string())?)
    }
}

/// The browser of a request, if it is known to the account with this email. To every other account it is unknown.
async fn known_browser(
    app: &App,
    email: Option<&Email>,
    client: &Client,
) -> sqlx::Result<Option<KnownBrowser>> {
    let device = client.device.as_ref();
    let known = device::known_to(&app.db, email, device, app.now()).await?;
    let known = known.zip(email.zip(device));
    Ok(known.map(|(known, (email, device))| {
        let browser = BASE64_URL_SAFE_NO_PAD.encode(device.hash());
        KnownBrowser {
            key: format!("browser {browser} {email}"),
            user_id: known.user_id,
            is_confirmed: known.is_confirmed,
        }
    }))
}
