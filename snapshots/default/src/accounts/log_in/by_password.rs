//! Logging in with a password, and what else a password is verified for.

use super::{Entry, admit, again};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Outcome},
        client::Client,
        email::Email,
        held::Held,
        lockout::{self, Attempt},
        login_step,
        password::{Lane, Password},
        proof::Proof,
        repeat::Act,
        session::Kind,
        status::AccountStatus,
        user::{self, User},
    },
    app::App,
    db,
    id::Id,
};

/// Logs somebody in with a password, or says no without saying why: unknown, wrong, unconfirmed, locked and suspended look
/// alike and cost the same. `email` is none where what was typed is no address.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be checked.
pub async fn log_in(
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
        None => admit(app, &mut held, Proof::Password, kind, client, act.as_ref()).await?,
    };
    held.commit().await?;
    Ok(entry)
}

/// The user whose email and password these are, held: what begins in there ends with whatever ends the password. None: they
/// are nobody's.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be checked.
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
    !login_step::is_refused(AccountStatus::of(&app.config, user))
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
         from users where id = $1",
    )
    .bind(user_id)
    .fetch_optional(&app.db)
    .await?;
    Ok(found.flatten())
}
