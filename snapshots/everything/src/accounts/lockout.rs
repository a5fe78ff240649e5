//! Stopping somebody who guesses a password, without shutting its owner out.
//!
//! Only browsers in which this person has never logged in are locked out: the owner's own still get in, and a letter brings
//! a link that ends it at once. The answer is the one for a wrong password, and the work is the same for nobody's address.
//!
//! Tries are [reserved](reserve) before the password is checked. That is what makes five tries five, however many come at once.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    device,
    email::Email,
    held::Held,
    password::Lane,
    repeat::{self, Act},
    secret::Secret,
    token::{self, Purpose},
    user::User,
};
use crate::{
    app::App,
    db::{self, Pool, Tx},
    id::Id,
    jobs::send_letter::SendLetter,
};

/// So many wrong passwords from unknown browsers lock them out; so many from a known one, and it is known no longer.
pub const MOST_FAILURES: i32 = 5;
pub const LOCKED_FOR: Duration = Duration::minutes(15);
/// Wrong passwords are forgotten when none has come for this long.
const FORGOTTEN_AFTER: Duration = Duration::hours(1);

/// A try at a password. It is counted before the password is looked at, so that of many tries at once no more are looked at
/// than of as many one after the other.
pub struct Attempt {
    /// It comes from a browser that this user has logged in with.
    pub is_known: bool,
    /// The password may be looked at.
    pub is_allowed: bool,
}

impl Attempt {
    /// The lane in which the password of this user waits.
    pub fn lane(&self, app: &App, user: Option<&User>) -> Lane {
        match user.filter(|_| self.is_known) {
            Some(user) => Lane::of_account(app, user.id),
            None => Lane::Anonymous,
        }
    }
}

/// Counts a try, by account and browser if the browser is known, or else among all tries of unknown browsers. No account has
/// the email: the same statements run, and nothing is counted.
pub async fn reserve(app: &App, email: Option<&Email>, client: &Client) -> sqlx::Result<Attempt> {
    let now = app.now();
    let is_known = device::reserve(&app.db, email, client.device.as_ref(), now).await?;
    let is_allowed = is_known || reserve_unknown(app, email, now).await?;
    Ok(Attempt {
        is_known,
        is_allowed,
    })
}

/// One statement counts and judges: the row is locked meanwhile. Five that are still being looked at count like five wrong
/// ones, which is why a lock is over [`LOCKED_FOR`] after the last try also where nobody has noted its end.
async fn reserve_unknown(
    app: &App,
    email: Option<&Email>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let reserved: Option<i32> = sqlx::query_scalar(
        "insert into lockouts (user_id, failures, failed_at)
         select id, 1, $2 from members where email = $1 and deleted_at is null
         on conflict (user_id) do update set failed_at = $2, locked_until = null,
           failures = case
             when lockouts.failures >= $3 or lockouts.failed_at <= $4 then 1
             else lockouts.failures + 1 end
         where lockouts.failures < $3 or lockouts.locked_until <= $2
           or (lockouts.locked_until is null and lockouts.failed_at <= $5)
         returning failures",
    )
    .bind(email)
    .bind(now)
    .bind(MOST_FAILURES)
    .bind(now - FORGOTTEN_AFTER)
    .bind(now - LOCKED_FOR)
    .fetch_optional(&app.db)
    .await?;
    Ok(reserved.is_some())
}

/// Takes a try back that the server was too busy to look at.
pub async fn give_back(
    app: &App,
    email: Option<&Email>,
    client: &Client,
    attempt: &Attempt,
) -> sqlx::Result<()> {
    if !attempt.is_allowed {
        return Ok(());
    }
    if attempt.is_known {
        return device::give_back(&app.db, email, client.device.as_ref()).await;
    }
    sqlx::query(
        "update lockouts set failures = failures - 1, locked_until = null
         where failures > 0
           and user_id = (select id from members where email = $1 and deleted_at is null)",
    )
    .bind(email)
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Ends a try that was right: nothing is counted any more.
pub async fn succeed(held: &mut Held, client: &Client, attempt: &Attempt) -> sqlx::Result<()> {
    match client.device.as_ref().filter(|_| attempt.is_known) {
        Some(device) => device::forget_failures(held, device).await,
        None => end(held).await,
    }
}

/// Ends a try that was wrong, or was not looked at. The last one of a row locks unknown browsers out, and is told by email.
pub async fn fail(
    app: &App,
    tx: &mut Tx,
    email: Option<&Email>,
    client: &Client,
    attempt: &Attempt,
) -> anyhow::Result<()> {
    if attempt.is_known {
        return Ok(());
    }
    let now = app.now();
    let locked_user = lock(tx, email, now).await?;
    let locked = locked_user.is_some();
    if locked {
        tracing::warn!("an account is locked for unknown browsers");
    }
    // For everybody whom this does not lock out, the same statements run and the job finds nothing to send. The budget is the
    // account's: what guesses at other accounts use up must not keep this email from its owner.
    let email = email.filter(|email| locked && app.limits.unlock_email.allows(email.as_str()));
    let token_id = token::ask(tx, Purpose::Unlock, email, now).await?;
    app.jobs
        .enqueue(tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::Lock, client).about(locked_user);
    audit::record_if_any(app, tx, event).await?;
    Ok(())
}

/// Locks, if that was one too many. Returns the user if it did: of many at once, one.
async fn lock(tx: &mut Tx, email: Option<&Email>, now: OffsetDateTime) -> sqlx::Result<Option<Id>> {
    sqlx::query_scalar(
        "update lockouts set locked_until = $3
         where failures >= $4 and (locked_until is null or locked_until <= $2)
           and user_id = (select id from members where email = $1 and deleted_at is null)
         returning user_id",
    )
    .bind(email)
    .bind(now)
    .bind(now + LOCKED_FOR)
    .bind(MOST_FAILURES)
    .fetch_optional(&mut **tx)
    .await
}

/// Lets unknown browsers try again.
pub async fn end(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from lockouts where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Unlocks with the link from the letter. False: the link is spent, or the lock is over.
pub async fn unlock(app: &App, link: &Secret, client: &Client) -> anyhow::Result<bool> {
    let Some((mut held, _)) = Held::for_token(app, Purpose::Unlock, link).await? else {
        return Ok(false);
    };
    end(&mut held).await?;
    held.record(app, NewEvent::new(Action::Unlock, client))
        .await?;
    let act = Act::link(client, Purpose::Unlock, link);
    repeat::remember(&mut held, act.as_ref(), None, app.now()).await?;
    held.commit().await?;
    Ok(true)
}

/// Deletes what is counted no longer.
pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from lockouts where user_id in (",
        db::locking_free!("select user_id from lockouts where failed_at <= $1"),
        ")"
    ))
    .bind(now - FORGOTTEN_AFTER)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
