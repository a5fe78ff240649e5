//! Coming in. Every way in ends in [`admit`], the only place where a session begins.

pub mod again;

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent, Outcome},
    client::Client,
    device::{self, Familiarity},
    email::Email,
    held::Held,
    hooks,
    lockout::{self, Attempt},
    login_step::{self, LoginStep, Progress},
    password::{Lane, Password},
    repeat::{self, Act},
    secret::Secret,
    session::{self, Kind},
    status::AccountStatus,
    user::{self, User},
};
use crate::{
    app::App,
    db::{self, Tx},
    id::Id,
    jobs::send_letter::SendLetter,
};

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
}

impl Entry {
    /// Whether the browser has the session already: then it has not clicked twice, but logs in anew.
    fn is_known_to(&self, client: &Client) -> bool {
        let (new, sent) = (self.session.as_ref(), client.session.as_ref());
        new.map(Secret::hash) == sent.map(Secret::hash)
    }
}

/// Logs somebody in with a password, or says no without saying why: unknown, wrong, unconfirmed, locked and suspended look
/// alike and cost the same. `email` is none where what was typed is no address.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let Some(mut held) = prove(app, email, password, client).await? else {
        return Ok(None);
    };
    let user_id = held.user().id.to_string();
    let act = Act::new(client, "log in", &[&user_id, &format!("{kind:?}")]);
    let again = again::in_transaction(app, held.connection(), act.as_ref(), client).await?;
    let entry = match again.filter(|entry| !entry.is_known_to(client)) {
        Some(entry) => Some(entry),
        None => admit(app, &mut held, kind, client, act.as_ref()).await?,
    };
    held.commit().await?;
    Ok(entry)
}

/// The user whose email and password these are, held: what begins in there ends with whatever ends the password. None: they
/// are nobody's.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn prove(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Option<Held>> {
    let attempt = lockout::reserve(app, email, client).await?;
    let judged = judge(app, email, password, client, &attempt).await;
    if judged.is_err() {
        lockout::give_back(app, email, client, &attempt).await?;
    }
    judged
}

/// Looks at the password of an attempt. Whatever is the reason to refuse it, the work is the same.
async fn judge(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    client: &Client,
    attempt: &Attempt,
) -> anyhow::Result<Option<Held>> {
    let user = user::by_email(&app.db, email).await?;
    let hash = hash_of(app, user.as_ref().map(|user| user.id)).await?;
    let hasher = app.hasher.in_lane(attempt.lane(app, user.as_ref()));
    let right = hasher.verify(password, hash.as_deref()).await?;
    let may =
        right && attempt.is_allowed && user.as_ref().is_some_and(|user| is_welcome(app, user));
    let Some((user, hash)) = user.clone().zip(hash).filter(|_| may) else {
        return refuse(app, email, user.as_ref(), attempt, client).await;
    };
    let renewed = if hasher.is_outdated(&hash) {
        Some(hasher.hash(password).await?)
    } else {
        None
    };

    let Some(mut held) = hold(app, &user, &hash, renewed).await? else {
        return refuse(app, email, Some(&user), attempt, client).await;
    };
    lockout::succeed(&mut held, client, attempt).await?;
    Ok(Some(held))
}

/// Holds the user, if what was decided while the password was being verified is still so: it is the password, and the
/// account may be logged in to.
async fn hold(
    app: &App,
    user: &User,
    hash: &str,
    renewed: Option<String>,
) -> anyhow::Result<Option<Held>> {
    let Some(mut held) = Held::begin(app, user.id).await? else {
        return Ok(None);
    };
    let is_still_right = user::keep_password(&mut held, hash, renewed).await?;
    Ok((is_still_right && is_welcome(app, held.user())).then_some(held))
}

/// Begins a session for a user who has given a first proof: a full one, or one that leads to the next login step and
/// nowhere else. A full session that the same user has in this browser goes on. None: the status of the account allows neither.
///
/// `act` is what the browser did; doing it twice begins one session.
pub async fn admit(
    app: &App,
    held: &mut Held,
    kind: Kind,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Option<Entry>> {
    let (login_step, device) = match proceed(app, held, client).await? {
        Progress::Full => (None, know_browser(app, held, client).await?),
        Progress::Pending(step) => (Some(step), None),
        Progress::Refused => return Ok(None),
    };
    let session = begin(held, kind, login_step, client, app.now()).await?;
    repeat::remember(held, act, Some(&session), app.now()).await?;
    Ok(Some(Entry {
        user_id: held.user().id,
        session: Some(session),
        kind,
        login_step,
        device,
    }))
}

async fn begin(
    held: &mut Held,
    kind: Kind,
    login_step: Option<LoginStep>,
    client: &Client,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let sent = client.session.as_ref().filter(|_| login_step.is_none());
    let here = match sent {
        Some(sent) => session::here(held, sent, now).await?.zip(Some(sent)),
        None => None,
    };
    match here {
        Some((here, sent)) => session::renew(held, &here, sent, kind, now).await,
        None => session::start(held, kind, login_step, client, now).await,
    }
}

/// Asks how far the user gets, records it, and does what is due for a full log-in.
pub async fn proceed(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<Progress> {
    let user = held.user().clone();
    let progress = login_step::progress(AccountStatus::of(&app.config, &user));
    let (action, outcome) = match progress {
        Progress::Full => (Action::LogIn, Outcome::Success),
        Progress::Pending(_) => (Action::LogInHeld, Outcome::Success),
        Progress::Refused => (Action::LogIn, Outcome::Failure),
    };
    let event = NewEvent::new(action, client).outcome(outcome);
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
    let new = name_for_browser(app, client)?;
    if let Some(device) = client.device.as_ref().or(new.as_ref()) {
        device::remember(held, device, app.now()).await?;
    }
    Ok(new)
}

/// What a browser is known by from now on, if it has no name yet: always the same for the same browser, because of several
/// responses it may keep any. Users who share a browser share its name, and each of them knows it.
fn name_for_browser(app: &App, client: &Client) -> anyhow::Result<Option<Secret>> {
    if client.device.is_some() {
        return Ok(None);
    }
    let Some(browser) = &client.browser else {
        return Ok(Some(Secret::random()?));
    };
    let keys = &app.config.keys;
    let name = keys.sign("name of a known browser", browser.reveal().as_bytes())?;
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

/// Whether this is the password of whoever has this address. As slow for nobody's.
pub async fn is_theirs(
    app: &App,
    email: &Email,
    password: &Password,
    lane: Lane,
) -> anyhow::Result<bool> {
    let user = user::by_email(&app.db, Some(email)).await?;
    let hash = hash_of(app, user.map(|user| user.id)).await?;
    let hasher = app.hasher.in_lane(lane);
    hasher.verify(password, hash.as_deref()).await
}

/// A user's password that was found to be right. Whether it still is, [`user::keep_password`] says, once the user is held.
pub struct Verified(String);

impl Verified {
    pub fn hash(&self) -> &str {
        &self.0
    }
}

/// Verifies the password of a user who is logged in. None: it is wrong.
pub async fn verify(
    app: &App,
    user_id: Id,
    password: &Password,
) -> anyhow::Result<Option<Verified>> {
    let hash = hash_of(app, Some(user_id)).await?;
    let hasher = app.hasher.in_lane(Lane::of_account(app, user_id));
    let is_right = hasher.verify(password, hash.as_deref()).await?;
    Ok(hash.filter(|_| is_right).map(Verified))
}

fn is_welcome(app: &App, user: &User) -> bool {
    login_step::progress(AccountStatus::of(&app.config, user)) != Progress::Refused
}

async fn refuse(
    app: &App,
    email: Option<&Email>,
    user: Option<&User>,
    attempt: &Attempt,
    client: &Client,
) -> anyhow::Result<Option<Held>> {
    let user_id = user.map(|user| user.id);
    let mut tx = db::begin(&app.db).await?;
    user::lock_by_email(&mut tx, email).await?;
    lockout::fail(app, &mut tx, email, client, attempt).await?;
    let event = NewEvent::new(Action::LogIn, client).about(user_id);
    audit::record(app, &mut tx, event.outcome(Outcome::Failure)).await?;
    tx.commit().await?;
    Ok(None)
}

async fn hash_of(app: &App, user_id: Option<Id>) -> sqlx::Result<Option<String>> {
    let found: Option<Option<String>> = sqlx::query_scalar(
        "select password_hash
         from members where id = $1",
    )
    .bind(user_id)
    .fetch_optional(&app.db)
    .await?;
    Ok(found.flatten())
}
