//! Showing that an address is one's own, by the code or the link in a letter.
//!
//! Whoever reads the letter owns the address, but perhaps not the password: somebody else may have registered it first,
//! and waits. So only the browser that registered may confirm with what it set. Any other browser has to know that
//! password, or sets a new one, and everything set before is gone.

use time::Duration;

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    email::Email,
    held::Held,
    log_in::{self, Entry},
    password::Password,
    secret::Secret,
    session::Kind,
    token::{self, Purpose, code},
    user,
};
use crate::{app::App, db, id::Id, jobs::send_letter::SendLetter};

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
    let Some(mut held) = by_code(app, browser, code, client).await? else {
        return Ok(None);
    };
    let entry = log_in::admit(app, &mut held, Kind::Ordinary, client).await?;
    held.commit().await?;
    Ok(entry)
}

/// Consumes the code and confirms, or counts a wrong one.
pub async fn by_code(
    app: &App,
    browser: &Secret,
    code: &str,
    client: &Client,
) -> anyhow::Result<Option<Held>> {
    let now = app.now();
    let Some(found) = token::of_browser(&app.db, Purpose::Confirm, browser, now).await? else {
        return Ok(None);
    };
    let Some(mut held) = Held::begin(app, found.user_id).await? else {
        return Ok(None);
    };
    let tx = held.tx();
    let tried = code::count_try(tx, Purpose::Confirm, browser, MOST_TRIES, now).await?;
    let Some((id, _)) = tried else {
        return Ok(None);
    };
    match code::spend(tx, id, &code_hashes(app, id, code)?, now).await? {
        Some(_) => {
            confirm(app, &mut held, client).await?;
            Ok(Some(held))
        }
        None => {
            let event = NewEvent::new(Action::Confirm, client).about(Some(found.user_id));
            audit::record(app, held.tx(), event.outcome(false)).await?;
            held.commit().await?;
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

    let Some((mut held, _)) = Held::for_token(app, Purpose::Confirm, link).await? else {
        return Ok(None);
    };
    if let Some(hash) = new_hash {
        credentials::revoke(&mut held, Scope::FirstProof).await?;
        user::set_password(&mut held, Some(&hash)).await?;
    }
    confirm(app, &mut held, client).await?;
    let entry = log_in::admit(app, &mut held, Kind::Ordinary, client).await?;
    held.commit().await?;
    Ok(entry)
}

async fn confirm(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<()> {
    held.record(app, NewEvent::new(Action::Confirm, client))
        .await?;
    user::confirm(held, app.now()).await
}

/// Confirms without a letter, because you say that the address is theirs, and the password too. False: it was confirmed.
pub async fn vouch(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<bool> {
    let is_new = held.user().confirmed_at.is_none();
    user::confirm(held, app.now()).await?;
    token::end_for(held, Purpose::Confirm).await?;
    let event = NewEvent::new(Action::Confirm, client).outcome(is_new);
    held.record(app, event).await?;
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
