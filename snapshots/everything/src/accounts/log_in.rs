//! Logging in. Every way in gives [`admit`] its first proof, and every login step ends in [`advance`]: a session begins, and
//! becomes a full one, nowhere else.

pub mod again;
pub mod by_password;

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent, Outcome},
    client::Client,
    device::{self, Familiarity},
    held::{Held, HeldSession},
    hooks, lockout,
    login_step::{self, LoginStep, Progress},
    proof::{Proof, Proofs},
    repeat::{self, Act},
    secret::Secret,
    session::{
        self, Kind,
        standing::{self, Standing},
    },
    status::AccountStatus,
    trusted_browser::{self, Trusted},
    user::User,
};
use crate::{app::App, db::Tx, id::Id, jobs::send_letter::SendLetter};

/// After this long, somebody may have forgotten that they have an account: a log-in is told by letter.
const LONG_AGO: Duration = Duration::days(90);

/// Confirming an address and coming in are one step for people, and two for the clock.
const JUST_NOW: Duration = Duration::minutes(1);

/// What a browser gets that comes in.
pub struct Entry {
    pub user_id: Id,
    /// None: another response has brought this browser a newer one.
    pub session: Option<Secret>,
    pub kind: Kind,
    /// What is left to do. None: they are logged in.
    pub login_step: Option<LoginStep>,
    /// What the browser is known by from now on, if it was not.
    pub device: Option<Secret>,
    /// What it is trusted by from now on, if that has changed.
    pub trusted: Option<Trusted>,
}

impl Entry {
    /// Whether the browser has the session already: then it has not clicked twice, but logs in anew.
    fn is_known_to(&self, client: &Client) -> bool {
        let (new, sent) = (self.session.as_ref(), client.session.as_ref());
        new.map(Secret::hash) == sent.map(Secret::hash)
    }
}

/// Begins a session for a user who has given a first proof: a full one, or one that leads to the next login step and
/// nowhere else. A full session that the same user has in this browser goes on, with a new secret. `None`: the status of the
/// account allows neither.
///
/// `act` is what the browser did; doing it twice begins one session.
pub async fn admit(
    app: &App,
    held: &mut Held,
    proof: Proof,
    kind: Kind,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Option<Entry>> {
    let mut proofs = Proofs::of(proof);
    let repeated = repeat::find(app, held.connection(), act).await?;
    let trusted = match is_for_sudo(held, repeated.is_some(), client, app.now()).await? {
        // Trust is not enough for that.
        true => None,
        false => trust(app, held, &proofs, client).await?,
    };
    if trusted.is_some() {
        proofs = proofs.with(Proof::TrustedBrowser);
    }
    let Some((standing, device)) = stand(app, held, proofs, kind, client).await? else {
        return Ok(None);
    };
    let session = begin(held, &standing, client, app.now()).await?;
    let entry = enter(app, held, standing, session, device, act).await?;
    Ok(Some(Entry { trusted, ..entry }))
}

/// Goes on with a pending session after a login step: to the next one, or to a full session, and in either case with a new
/// secret. `proof` is what the step has proved, if anything. `None`: the status of the account allows neither.
///
/// What is proved has to be consumed in the same transaction, and `act` is what the browser did: doing it twice has the same
/// result.
pub async fn advance(
    app: &App,
    pending: &mut HeldSession,
    proof: Option<Proof>,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Option<Entry>> {
    let (session, sent) = (pending.session().clone(), pending.secret().clone());
    let proofs = proof.into_iter().fold(session.proofs.clone(), Proofs::with);
    let kind = session.kind();
    let Some((standing, device)) = stand(app, pending, proofs, kind, client).await? else {
        return Ok(None);
    };
    let secret = standing::renew(pending, &session, &sent, &standing, app.now()).await?;
    enter(app, pending, standing, secret, device, act)
        .await
        .map(Some)
}

/// Whether the held user is logged in already in the browser that sends the request, and so logs in again for sudo. What is repeated
/// in a session that rests on trust is the second of two clicks, on a slow network.
async fn is_for_sudo(
    held: &mut Held,
    is_repeated: bool,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let Some(sent) = &client.session else {
        return Ok(false);
    };
    let here = standing::here(held, sent, now).await?;
    Ok(here.is_some_and(|session| {
        let is_second_click = is_repeated && session.proofs.rest_on_trust();
        session.login_step.is_none() && !is_second_click
    }))
}

/// Accepts the user's trust in this browser, where a second factor would be asked for otherwise.
async fn trust(
    app: &App,
    held: &mut Held,
    proofs: &Proofs,
    client: &Client,
) -> anyhow::Result<Option<Trusted>> {
    let status = AccountStatus::of(&app.config, held.user());
    match login_step::progress(status, held.user(), proofs) {
        Progress::Pending(LoginStep::SecondFactor) => {
            trusted_browser::accept(app, held, client).await
        }
        _ => Ok(None),
    }
}

/// What a session is from now on, and what its browser is known by. `None`: it is refused.
async fn stand(
    app: &App,
    held: &mut Held,
    proofs: Proofs,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<(Standing, Option<Secret>)>> {
    let (login_step, device) = match proceed(app, held, &proofs, client).await? {
        Progress::Full if proofs.rest_on_trust() => {
            // With a copy of what a browser is trusted by, every browser could become a known one.
            device::renew(held, client.device.as_ref(), app.now()).await?;
            (None, None)
        }
        Progress::Full => (None, know_browser(app, held, client).await?),
        Progress::Pending(step) => (Some(step), None),
        Progress::Refused => return Ok(None),
    };
    let standing = Standing {
        kind,
        login_step,
        proofs,
    };
    Ok(Some((standing, device)))
}

async fn enter(
    app: &App,
    held: &mut Held,
    standing: Standing,
    session: Secret,
    device: Option<Secret>,
    act: Option<&Act>,
) -> anyhow::Result<Entry> {
    repeat::remember(held, act, Some(&session), app.now()).await?;
    Ok(Entry {
        user_id: held.user().id,
        session: Some(session),
        kind: standing.kind,
        login_step: standing.login_step,
        device,
        trusted: None,
    })
}

/// A session of the same user in this browser goes on if the new one would be full, and ends if it would not: nobody is logged
/// in halfway.
async fn begin(
    held: &mut Held,
    standing: &Standing,
    client: &Client,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let here = match &client.session {
        Some(sent) => standing::here(held, sent, now).await?.zip(Some(sent)),
        None => None,
    };
    match here {
        Some((here, sent)) if standing.login_step.is_none() => {
            standing::renew(held, &here, sent, standing, now).await
        }
        Some((here, _)) => {
            session::end(held, here.id).await?;
            standing::start(held, standing, client, now).await
        }
        None => standing::start(held, standing, client, now).await,
    }
}

/// Asks how far the user gets with these proofs, records it, and does what is due for a full log-in.
pub async fn proceed(
    app: &App,
    held: &mut Held,
    proofs: &Proofs,
    client: &Client,
) -> anyhow::Result<Progress> {
    let user = held.user().clone();
    let progress = login_step::progress(AccountStatus::of(&app.config, &user), &user, proofs);
    let (action, outcome) = match progress {
        Progress::Full => (Action::LogIn, Outcome::Success),
        Progress::Pending(_) => (Action::LogInHeld, Outcome::Success),
        Progress::Refused => (Action::LogIn, Outcome::Failure),
    };
    let event = NewEvent::new(action, client).outcome(outcome);
    let event = event.with("proofs", proofs.to_string());
    let event = held.record(app, event).await?;
    if progress == Progress::Full {
        hooks::logged_in(held.tx(), user.id).await?;
        let seen = device::familiarity(held.tx(), user.id, client.device.as_ref()).await?;
        if is_worth_a_letter(app, held.tx(), &user, seen).await? {
            app.jobs
                .enqueue(held.tx(), SendLetter::log_in(user.id, event))
                .await?;
        }
    }
    Ok(progress)
}

/// Knows this browser from now on. The secret is its name, if it had none.
pub async fn know_browser(
    app: &App,
    held: &mut Held,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let new = name_for_browser(app, held.user().id, client)?;
    if let Some(device) = client.device.as_ref().or(new.as_ref()) {
        device::remember(held, device, app.now()).await?;
    }
    Ok(new)
}

/// What a browser is known by from now on, if it has no name yet: always the same for the same browser, because of several
/// responses it may keep any. Another user gets another one from a copy of its cookie. Users who share a browser share the name
/// that it has.
fn name_for_browser(app: &App, user_id: Id, client: &Client) -> anyhow::Result<Option<Secret>> {
    if client.device.is_some() {
        return Ok(None);
    }
    let Some(browser) = &client.browser else {
        return Ok(Some(Secret::random()?));
    };
    let keys = &app.config.keys;
    let whose = format!("{user_id} {}", browser.reveal());
    let name = keys.sign("name of a known browser", whose.as_bytes())?;
    Ok(Secret::derived(&name))
}

/// A new browser, a row of wrong passwords, or a long time: the owner should know. The first log-in of all follows a letter
/// that they have just read.
async fn is_worth_a_letter(
    app: &App,
    tx: &mut Tx,
    user: &User,
    seen: Familiarity,
) -> anyhow::Result<bool> {
    let Some(last) = seen.last_log_in else {
        return Ok(user
            .confirmed_at
            .is_some_and(|at| app.now() > at + JUST_NOW));
    };
    let failures = audit::failures_since(tx, user.id, Action::LogIn, last).await?;
    Ok(!seen.is_known
        || failures >= i64::from(lockout::MOST_FAILURES)
        || app.now() >= last + LONG_AGO)
}
