//! Registrations whose email was not proved yet, and the links and codes that were sent for them.
//!
//! Each is a row of its own: whoever registers an email cannot replace, use up or take over what others have registered.
//! The first proof creates the user and ends the others.

use sqlx::Executor;
use time::OffsetDateTime;

use super::code;
use crate::{
    accounts::{audit, email::Email, held::Held, secret::Secret, token::Purpose},
    db::{self, Db, Pool, Tx},
    id::{self, Id},
};

#[derive(sqlx::FromRow)]
pub struct PendingRegistration {
    /// The key of the user, too, if this registration creates one.
    pub id: Id,
    pub email: Email,
    /// None: a passkey is registered in its place.
    pub password_hash: Option<String>,
    /// The account that it has made already, where users may log in before they confirm.
    pub user_id: Option<Id>,
    browser_hash: Vec<u8>,
    tries: i32,
}

impl PendingRegistration {
    pub fn is_from(&self, browser: Option<&Secret>) -> bool {
        browser.is_some_and(|browser| self.browser_hash == browser.hash())
    }

    /// Whether a code is still worth anything.
    pub fn takes_codes(&self) -> bool {
        self.tries < code::MOST_TRIES
    }
}

/// Adds one. `user_id` is the account that was made with it.
pub async fn insert(
    tx: &mut Tx,
    email: &Email,
    password_hash: Option<&str>,
    user_id: Option<Id>,
    browser: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    let id = match user_id {
        Some(id) => id,
        None => id::next(tx).await?,
    };
    sqlx::query(
        "insert into registrations (id, email, password_hash, user_id, browser_hash, tries, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, 0, $6, $7)",
    )
    .bind(id)
    .bind(email)
    .bind(password_hash)
    .bind(user_id)
    .bind(browser.hash())
    .bind(now + Purpose::Confirm.lifetime())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Returns one that has not expired.
pub async fn by_id(
    db: impl Executor<'_, Database = Db>,
    id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingRegistration>> {
    sqlx::query_as(
        "select id, email, password_hash, user_id, browser_hash, tries
         from registrations where id = $1 and expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// Returns the one that was made in this browser.
pub async fn of_browser(
    db: &Pool,
    browser: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingRegistration>> {
    sqlx::query_as(
        "select id, email, password_hash, user_id, browser_hash, tries
         from registrations where browser_hash = $1 and expires_at > $2",
    )
    .bind(browser.hash())
    .bind(now)
    .fetch_optional(db)
    .await
}

/// Returns the newest two of an email that has no account yet, the newest first.
pub async fn of_email(tx: &mut Tx, email: &Email, now: OffsetDateTime) -> sqlx::Result<Vec<Id>> {
    sqlx::query_scalar(
        "select id from registrations
         where email = $1 and expires_at > $2 and not exists (
           select 1 from {= users =} u where u.email = $1 and u.deleted_at is null)
         order by id desc limit 2",
    )
    .bind(email)
    .bind(now)
    .fetch_all(&mut **tx)
    .await
}

/// Returns the one that a link was sent for. Looking does not consume it: mail scanners open every link.
pub async fn of_link(
    db: &Pool,
    purpose: Purpose,
    link: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingRegistration>> {
    sqlx::query_as(
        "select r.id, r.email, r.password_hash, r.user_id, r.browser_hash, r.tries
         from registrations r join registration_secrets s on s.registration_id = r.id
         where s.hash = $1 and s.purpose = $2 and s.expires_at > $3 and r.expires_at > $3",
    )
    .bind(link.hash())
    .bind(purpose)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// Makes a secret for the link of one email, perhaps with a code beside it. The ones before stay good.
pub async fn issue(
    db: &Pool,
    id: Id,
    purpose: Purpose,
    code: Option<code::Kept>,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    let (code_hash, code_expires_at) = code.map(|code| (code.hash, code.expires_at)).unzip();
    sqlx::query(
        "insert into registration_secrets
           (hash, registration_id, purpose, code_hash, code_expires_at, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(secret.hash())
    .bind(id)
    .bind(purpose)
    .bind(code_hash)
    .bind(code_expires_at)
    .bind(now + purpose.lifetime())
    .bind(now)
    .execute(db)
    .await?;
    Ok(secret)
}

/// Counts a try at a code, before looking at it, so that tries that come at once are all counted. Returns whether there was
/// one left.
pub async fn count_try(tx: &mut Tx, id: Id, now: OffsetDateTime) -> sqlx::Result<bool> {
    let counted = sqlx::query(
        "update registrations set tries = tries + 1
         where id = $1 and tries < $2 and expires_at > $3",
    )
    .bind(id)
    .bind(code::MOST_TRIES)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Consumes a registration by the code of one of its emails: `hashes` are what the code may be kept as. One statement looks
/// and deletes, so of many that come at once only one gets it.
pub async fn consume_code(
    tx: &mut Tx,
    id: Id,
    hashes: &[Vec<u8>],
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingRegistration>> {
    sqlx::query_as(
        "delete from registrations
         where id = $1 and expires_at > $4 and exists (
           select 1 from registration_secrets s
           where s.registration_id = $1 and s.code_hash in ($2, $3) and s.code_expires_at > $4)
         returning id, email, password_hash, user_id, browser_hash, tries",
    )
    .bind(id)
    .bind(hashes.first())
    .bind(hashes.last())
    .bind(now)
    .fetch_optional(&mut **tx)
    .await
}

/// Consumes a registration by the link of one of its emails, likewise.
pub async fn consume_link(
    tx: &mut Tx,
    purpose: Purpose,
    link: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingRegistration>> {
    sqlx::query_as(
        "delete from registrations
         where expires_at > $3 and id = (
           select registration_id from registration_secrets
           where hash = $1 and purpose = $2 and expires_at > $3)
         returning id, email, password_hash, user_id, browser_hash, tries",
    )
    .bind(link.hash())
    .bind(purpose)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await
}

/// Ends all registrations of an email: the held user has proved it, or their account is deleted. What the audit log knows of them
/// is about that account from here on, and is erased with it.
pub async fn end_all(held: &mut Held, email: &Email) -> sqlx::Result<()> {
    let user_id = held.user().id;
    audit::give(held.tx(), email, user_id).await?;
    sqlx::query("delete from registrations where email = $1")
        .bind(email)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Ends the registration that made the user's account. Only `credentials` calls this.
pub async fn end_of_user(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from registrations where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from registrations where id in (",
        db::locking_free!("select id from registrations where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
