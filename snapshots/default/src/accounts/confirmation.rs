//! Showing that an email is one's own, by the code or the link in a letter.
//!
//! Whoever reads the letter owns the email, but perhaps not the password: somebody else may have registered it first,
//! and waits. So only the browser that registered may confirm with what it set. Any other browser has to know that
//! password, or sets a new one, and everything set before is gone.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    email::Email,
    emailed_link::{self, Addressee},
    held::Held,
    log_in::{self, Entry},
    password::{Lane, Password},
    proof::Proof,
    registration::{self, HeldEmail, PasswordAfter, code, pending},
    repeat::{self, Act},
    secret::Secret,
    session::Kind,
    token::Purpose,
};
use crate::{app::App, db, jobs::send_letter::SendLetter};

/// Why somebody may confirm with a link.
pub enum Authority<'a> {
    /// The browser that registered.
    Browser(&'a Secret),
    /// The password chosen at registration.
    Password(Password),
    /// None of these: a new password, and nothing else stays.
    NewPassword(Password),
}

impl Authority<'_> {
    fn new_password(&self) -> Option<&Password> {
        match self {
            Self::NewPassword(password) => Some(password),
            Self::Browser(_) | Self::Password(_) => None,
        }
    }
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
    let act = act(client, code);
    let entry = log_in::admit(
        app,
        &mut held,
        Proof::Email,
        Kind::Ordinary,
        client,
        act.as_ref(),
    )
    .await?;
    held.commit().await?;
    Ok(entry)
}

/// What a browser gets that has confirmed with this code a moment ago.
pub async fn again(app: &App, code: &str, client: &Client) -> anyhow::Result<Option<Entry>> {
    log_in::again::entry(app, act(client, code).as_ref(), client).await
}

fn act(client: &Client, code: &str) -> Option<Act> {
    Act::typed(client, "confirm", &[code.trim()])
}

/// Consumes the code and confirms, or counts a wrong one.
pub async fn by_code(
    app: &App,
    browser: &Secret,
    typed: &str,
    client: &Client,
) -> anyhow::Result<Option<Held>> {
    let now = app.now();
    let Some(found) = pending::of_browser(&app.db, browser, now).await? else {
        return Ok(None);
    };
    let mut proved = HeldEmail::begin(app, &found.email).await?;
    if !pending::count_try(proved.tx(), found.id, now).await? {
        return Ok(None);
    }
    let hashes = code::hashes(app, found.id, typed)?;
    let Some(pending) = pending::consume_code(proved.tx(), found.id, &hashes, now).await? else {
        let event = NewEvent::new(Action::Confirm, client).about(Some(found.id));
        let event = event.on(Target::Registration(found.id)).outcome(false);
        audit::record(app, proved.tx(), event).await?;
        proved.commit().await?;
        return Ok(None);
    };
    let confirmed = registration::complete(app, proved, &pending, PasswordAfter::Registered);
    let Some(mut held) = confirmed.await? else {
        return Ok(None);
    };
    held.record(app, NewEvent::new(Action::Confirm, client))
        .await?;
    Ok(Some(held))
}

/// Confirms by the link, if that is allowed, and logs in. None: the link is spent, or the password is wrong. Passwords wait in
/// `lane`.
pub async fn with_link(
    app: &App,
    link: &Secret,
    authority: &Authority<'_>,
    lane: Lane,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let Some(addressee) = emailed_link::find(app, Purpose::Confirm, link).await? else {
        return Ok(None);
    };
    let password = match authority {
        Authority::Browser(browser) if addressee.is_from(Some(browser)) => {
            PasswordAfter::Registered
        }
        Authority::Password(password) if is_password(app, &addressee, password, lane).await? => {
            PasswordAfter::Registered
        }
        Authority::NewPassword(password) => {
            PasswordAfter::New(app.hasher.in_lane(lane).hash(password).await?)
        }
        Authority::Browser(_) | Authority::Password(_) => return Ok(None),
    };

    let consumed = emailed_link::consume(app, Purpose::Confirm, link, password).await?;
    let Some(mut held) = consumed else {
        return Ok(None);
    };
    held.record(app, NewEvent::new(Action::Confirm, client))
        .await?;
    let act = link_act(link, authority.new_password(), client);
    let entry = log_in::admit(
        app,
        &mut held,
        Proof::Email,
        Kind::Ordinary,
        client,
        act.as_ref(),
    )
    .await?;
    // Also without the password: that the link was used.
    let used = Act::link(client, Purpose::Confirm, link);
    repeat::remember(&mut held, used.as_ref(), None, app.now()).await?;
    held.commit().await?;
    Ok(entry)
}

/// What a browser gets that has confirmed with this link a moment ago, and has set the same password with it, if any. With
/// another password it is another try, and comes too late.
pub async fn again_with_link(
    app: &App,
    link: &Secret,
    new_password: Option<&Password>,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let act = link_act(link, new_password, client);
    log_in::again::entry(app, act.as_ref(), client).await
}

fn link_act(link: &Secret, new_password: Option<&Password>, client: &Client) -> Option<Act> {
    let password = new_password.map_or("", Password::text);
    Act::typed(client, "confirm with a link", &[&link.reveal(), password])
}

/// Whether this is the password that was chosen at registration, or that of the account if there is one already.
async fn is_password(
    app: &App,
    addressee: &Addressee,
    password: &Password,
    lane: Lane,
) -> anyhow::Result<bool> {
    match addressee {
        Addressee::Registration(pending) if pending.user_id.is_none() => {
            let hash = pending.password_hash.as_deref();
            app.hasher.in_lane(lane).verify(password, hash).await
        }
        _ => log_in::by_password::is_theirs(app, addressee.email(), password, lane).await,
    }
}

/// What became of an email that an operator has vouched for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vouched {
    Confirmed,
    /// It was confirmed before.
    Already,
    /// Nobody has registered it.
    Nobody,
    /// Several have registered it, and nobody can tell whose password is the owner's.
    Several,
}

/// Confirms without a letter, because you say that the email is theirs, and the password too.
pub async fn vouch(app: &App, email: &Email, client: &Client) -> anyhow::Result<Vouched> {
    let now = app.now();
    let mut proved = HeldEmail::begin(app, email).await?;
    let pending = pending::of_email(proved.tx(), email, now).await?;
    let (mut held, is_new) = match (proved.account(), pending.as_slice()) {
        (Some(user), _) => {
            let is_new = user.confirmed_at.is_none();
            (registration::confirm_account(app, proved).await?, is_new)
        }
        (None, []) => return Ok(Vouched::Nobody),
        (None, [id]) => match pending::by_id(&mut **proved.tx(), *id, now).await? {
            Some(one) => (
                registration::complete_unproved(app, proved, &one).await?,
                true,
            ),
            None => return Ok(Vouched::Nobody),
        },
        (None, _) => return Ok(Vouched::Several),
    };
    let event = NewEvent::new(Action::Confirm, client).outcome(is_new);
    held.record(app, event).await?;
    held.commit().await?;
    Ok(if is_new {
        Vouched::Confirmed
    } else {
        Vouched::Already
    })
}

/// The email that this browser has registered, while it can still be confirmed.
pub async fn address_of(app: &App, browser: &Secret) -> sqlx::Result<Option<Email>> {
    let pending = pending::of_browser(&app.db, browser, app.now()).await?;
    Ok(pending.map(|pending| pending.email))
}

/// Sends another letter to an email, if somebody waits to confirm it. Only the browser that registered gets a code: asked for
/// elsewhere, the letter has just a link. No letter ends what another one has brought.
pub async fn resend(
    app: &App,
    email: &Email,
    browser: Option<&Secret>,
    client: &Client,
) -> anyhow::Result<()> {
    let pending = match browser {
        Some(browser) => pending::of_browser(&app.db, browser, app.now()).await?,
        None => None,
    };
    let mut tx = db::begin(&app.db).await?;
    match pending {
        Some(pending) => {
            let letter = SendLetter::with_code(pending.id);
            app.jobs.enqueue(&mut tx, letter).await?;
        }
        None => registration::send_link(app, &mut tx, Purpose::Confirm, email).await?,
    }
    let event = NewEvent::new(Action::ConfirmationRequest, client);
    audit::record_about(app, &mut tx, event, email).await?;
    Ok(tx.commit().await?)
}
