//! The browsers in which somebody has logged in before. Lockouts spare them, and a log-in from another one is told by letter.

use time::{Duration, OffsetDateTime};

use super::{email::Email, held::Held, lockout::MOST_FAILURES, secret::Secret};
use crate::{
    db::{self, Connection, Pool, Tx},
    id::{self, Id},
};

/// A browser is known this long after it was last used to log in. Browsers keep no cookie for longer than 400 days.
pub const KNOWN_FOR: Duration = Duration::days(400);
/// So many browsers of a user are known: each has a limit of its own for passwords.
pub const MAX_KNOWN: i64 = 20;

/// Whether somebody has logged in with this browser, and when they last did with any.
#[derive(Clone, Copy, Debug)]
pub struct Familiarity {
    pub is_known: bool,
    pub last_log_in: Option<OffsetDateTime>,
}

/// How well we know this browser of theirs.
pub async fn familiarity(
    tx: &mut Tx,
    user_id: Id,
    device: Option<&Secret>,
) -> sqlx::Result<Familiarity> {
    let is_known = is_name(tx, user_id, device).await?;
    let last_log_in = sqlx::query_scalar(
        "select last_used_at from devices where user_id = $1 order by last_used_at desc limit 1",
    )
    .bind(user_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(Familiarity {
        is_known,
        last_log_in,
    })
}

/// Whether this is the name of a browser in which the user has logged in.
async fn is_name(
    connection: &mut Connection,
    user_id: Id,
    device: Option<&Secret>,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from devices where user_id = $1 and token_hash = $2)",
    )
    .bind(user_id)
    .bind(device.map(Secret::hash))
    .fetch_one(connection)
    .await
}

/// Knows this browser from now on, and forgets wrong passwords from it.
pub async fn remember(held: &mut Held, device: &Secret, now: OffsetDateTime) -> sqlx::Result<()> {
    let id = id::next(held.tx()).await?;
    sqlx::query(
        "insert into devices (id, user_id, token_hash, failures, last_used_at, inserted_at)
         values ($1, $2, $3, 0, $4, $4)
         on conflict (user_id, token_hash) do update set failures = 0, last_used_at = $4",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(device.hash())
    .bind(now)
    .execute(held.connection())
    .await?;
    forget_oldest(held, device).await
}

/// The same for a browser that is known already; another one stays unknown.
pub async fn renew(
    held: &mut Held,
    device: Option<&Secret>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query(
        "update devices set failures = 0, last_used_at = $3 where user_id = $1 and token_hash = $2",
    )
    .bind(held.user().id)
    .bind(device.map(Secret::hash))
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Keeps [`MAX_KNOWN`] browsers, and this one. Those that have come back go before those that came once: else an app that is new
/// each time would take the place of the owner's browsers.
async fn forget_oldest(held: &mut Held, this: &Secret) -> sqlx::Result<()> {
    sqlx::query(
        "delete from devices where user_id = $1 and token_hash <> $2 and id not in (
           select id from devices where user_id = $1
           order by case when last_used_at > inserted_at then 0 else 1 end,
             last_used_at desc, id desc
           limit $3)",
    )
    .bind(held.user().id)
    .bind(this.hash())
    .bind(MAX_KNOWN)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Whose browser it is.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct KnownTo {
    pub user_id: Id,
    /// Whether the user has proved that the email is theirs.
    pub is_confirmed: bool,
}

/// The user with this email, if they have logged in with this browser. Known to one user, a browser is unknown to every other.
pub async fn known_to(
    db: &Pool,
    email: Option<&Email>,
    device: Option<&Secret>,
    now: OffsetDateTime,
) -> sqlx::Result<Option<KnownTo>> {
    let Some(device) = device else {
        return Ok(None);
    };
    sqlx::query_as(
        "select u.id as user_id, u.confirmed_at is not null as is_confirmed
         from devices d join users u on u.id = d.user_id
         where u.email = $1 and u.deleted_at is null
           and d.token_hash = $2 and d.failures < $3 and d.last_used_at > $4",
    )
    .bind(email)
    .bind(device.hash())
    .bind(MOST_FAILURES)
    .bind(now - KNOWN_FOR)
    .fetch_optional(db)
    .await
}

/// The user who was the last to log in with this browser.
pub async fn last_user(db: &Pool, device: Option<&Secret>) -> sqlx::Result<Option<Id>> {
    let Some(device) = device else {
        return Ok(None);
    };
    sqlx::query_scalar(
        "select user_id from devices where token_hash = $1 order by last_used_at desc limit 1",
    )
    .bind(device.hash())
    .fetch_optional(db)
    .await
}

/// Counts a try at a password from a known browser, before it is looked at. False: the browser is unknown. After some wrong
/// ones it is, like any other: see `lockout`.
pub async fn reserve(
    db: &Pool,
    email: Option<&Email>,
    device: Option<&Secret>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let Some(device) = device else {
        return Ok(false);
    };
    let reserved = sqlx::query(
        "update devices set failures = failures + 1
         where user_id = (select id from users where email = $1 and deleted_at is null)
           and token_hash = $2 and failures < $3 and last_used_at > $4",
    )
    .bind(email)
    .bind(device.hash())
    .bind(MOST_FAILURES)
    .bind(now - KNOWN_FOR)
    .execute(db)
    .await?;
    Ok(reserved.rows_affected() == 1)
}

/// Takes a try back.
pub async fn give_back(
    db: &Pool,
    email: Option<&Email>,
    device: Option<&Secret>,
) -> sqlx::Result<()> {
    sqlx::query(
        "update devices set failures = failures - 1
         where user_id = (select id from users where email = $1 and deleted_at is null)
           and token_hash = $2 and failures > 0",
    )
    .bind(email)
    .bind(device.map(Secret::hash))
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets wrong passwords from this browser.
pub async fn forget_failures(held: &mut Held, device: &Secret) -> sqlx::Result<()> {
    sqlx::query("update devices set failures = 0 where user_id = $1 and token_hash = $2")
        .bind(held.user().id)
        .bind(device.hash())
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Forgets the browsers of the user, but for one that may stay. Only `credentials` calls this.
pub async fn forget_all(held: &mut Held, but: Option<&Secret>) -> sqlx::Result<()> {
    sqlx::query("delete from devices where user_id = $1 and ($2 is null or token_hash <> $2)")
        .bind(held.user().id)
        .bind(but.map(Secret::hash))
        .execute(held.connection())
        .await?;
    Ok(())
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from devices where id in (",
        db::locking_free!("select id from devices where last_used_at <= $1"),
        ")"
    ))
    .bind(now - KNOWN_FOR)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
