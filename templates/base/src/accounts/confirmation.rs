//! Showing that an address is one's own, by the code or the link in a letter.
//!
//! Whoever reads the letter owns the address, but perhaps not the password: somebody else may have registered it first,
//! and waits. So only the browser that registered may confirm with what it set. Any other browser has to know that
//! password, or sets a new one, and everything set before is gone.

use time::Duration;

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    log_in::{self, Entry},
    ownership,
    password::Password,
    secret::Secret,
    session,
    token::{self, Purpose, Token, code},
    user::{self, User},
};
use crate::{
    app::App,
    db::{self, Tx},
    id::Id,
    jobs::send_letter::SendLetter,
};

/// Of a million codes, five tries find one in 200,000 times.
pub const MOST_TRIES: i32 = 5;
pub const CODE_LIFETIME: Duration = Duration::minutes(10);

/// Why somebody may confirm with a link.
pub enum Proof<'a> {
    /// The browser that registered.
    Browser(&'a Secret),
    /// The password chosen at registration.
    Password(Password),
    /// None of these: a new password, and nothing else stays.
    NewPassword(Password),
}

/// Confirms by the code, in the browser that registered, and logs in.
pub async fn with_code(
    app: &App,
    browser: &Secret,
    code: &str,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let mut tx = db::begin(&app.db).await?;
    let user = by_code(app, &mut tx, browser, code, client).await?;
    let session = enter(app, &mut tx, user, client).await?;
    tx.commit().await?;
    Ok(session)
}

/// Spends the code, or counts a wrong one, and confirms.
pub async fn by_code(
    app: &App,
    tx: &mut Tx,
    browser: &Secret,
    code: &str,
    client: &Client,
) -> anyhow::Result<Option<User>> {
    let now = app.now();
    let tried = code::count_try(tx, Purpose::Confirm, browser, MOST_TRIES, now).await?;
    let Some((id, user_id)) = tried else {
        return Ok(None);
    };
    match code::spend(tx, id, &code_hashes(app, id, code)?, now).await? {
        Some(token) => Ok(Some(confirm(app, tx, &token, client).await?)),
        None => {
            let event = NewEvent::new(Action::Confirm, client).about(Some(user_id));
            audit::record(app, tx, event.outcome(false)).await?;
            Ok(None)
        }
    }
}

/// Confirms by the link, given a proof, and logs in. None: the link is spent, or the proof is wrong.
pub async fn with_link(
    app: &App,
    link: &Secret,
    proof: &Proof<'_>,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let now = app.now();
    let Some(token) = token::look(&app.db, Purpose::Confirm, link, now).await? else {
        return Ok(None);
    };
    let new_hash = match proof {
        Proof::Browser(browser) if token.is_from(Some(browser)) => None,
        Proof::Password(password) if log_in::is_theirs(app, &token.email, password).await? => None,
        Proof::NewPassword(password) => Some(app.hasher.hash(password).await?),
        Proof::Browser(_) | Proof::Password(_) => return Ok(None),
    };

    let mut tx = db::begin(&app.db).await?;
    let Some(token) = token::spend(&mut tx, Purpose::Confirm, link, now).await? else {
        return Ok(None);
    };
    if let Some(hash) = new_hash {
        ownership::forget_everything(&mut tx, token.user_id).await?;
        user::set_password(&mut tx, token.user_id, Some(&hash)).await?;
    }
    let user = confirm(app, &mut tx, &token, client).await?;
    let session = enter(app, &mut tx, Some(user), client).await?;
    tx.commit().await?;
    Ok(session)
}

async fn confirm(app: &App, tx: &mut Tx, token: &Token, client: &Client) -> anyhow::Result<User> {
    let event = NewEvent::new(Action::Confirm, client).by_user(token.user_id);
    audit::record(app, tx, event).await?;
    user::confirm(tx, token.user_id, app.now()).await
}

async fn enter(
    app: &App,
    tx: &mut Tx,
    user: Option<User>,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    match user {
        Some(user) => log_in::admit(app, tx, &user, session::Kind::Ordinary, client).await,
        None => Ok(None),
    }
}

/// Confirms without a letter, because you say that the address is theirs, and the password too. False: it was confirmed.
pub async fn vouch(app: &App, user_id: Id, client: &Client) -> anyhow::Result<bool> {
    let mut tx = db::begin(&app.db).await?;
    let before = user::by_id(&mut *tx, user_id).await?;
    let is_new = before.is_some_and(|user| user.confirmed_at.is_none());
    user::confirm(&mut tx, user_id, app.now()).await?;
    token::forget(&mut tx, user_id, Purpose::Confirm).await?;
    let event = NewEvent::new(Action::Confirm, client).about(Some(user_id));
    audit::record(app, &mut tx, event.outcome(is_new)).await?;
    tx.commit().await?;
    Ok(is_new)
}

/// The address that this browser has registered, while it can still be confirmed.
pub async fn address_of(app: &App, browser: &Secret) -> sqlx::Result<Option<Email>> {
    let token = token::of_browser(&app.db, Purpose::Confirm, browser, app.now()).await?;
    Ok(token.map(|token| token.email))
}

/// Sends another letter to an address, if somebody waits to confirm it. Only the browser that registered may ask for a code
/// with it; without one the letter has just a link, which asks for the password.
pub async fn resend(
    app: &App,
    email: &Email,
    browser: Option<&Secret>,
    client: &Client,
) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let token_id = token::ask(&mut tx, Purpose::Confirm, Some(email), browser, now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::ConfirmationRequest, client);
    audit::record_about(app, &mut tx, event, email).await?;
    Ok(tx.commit().await?)
}

/// A code for a letter, and what the database keeps of it: signed, because a million codes are tried in a moment.
pub fn new_code(app: &App, token: Id) -> anyhow::Result<(String, code::Code)> {
    let code = format!("{:06}", random_below(1_000_000)?);
    let kept = code::Code {
        hash: app.config.keys.sign(PURPOSE, &message(token, &code))?,
        expires_at: app.now() + CODE_LIFETIME,
    };
    Ok((code, kept))
}

fn code_hashes(app: &App, token: Id, code: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    app.config
        .keys
        .signatures(PURPOSE, &message(token, &digits))
}

const PURPOSE: &str = "confirmation code";

fn message(token: Id, code: &str) -> Vec<u8> {
    format!("{token} {code}").into_bytes()
}

/// Evenly from 0 to `end` - 1. Numbers from the uneven rest at the top are drawn again.
fn random_below(end: u32) -> Result<u32, getrandom::Error> {
    loop {
        let number = getrandom::u32()?;
        if number < u32::MAX - u32::MAX % end {
            return Ok(number % end);
        }
    }
}
