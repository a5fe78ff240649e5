//! Things that can be done once, by whoever has read a letter.
//!
//! A *token* says what may be done and by whom; it is asked for in the request. The *secret* that allows it is made when
//! the letter is written, in a job, so that it is never stored: the database learns its hash. A letter that is written
//! again after a crash gets a secret of its own, and the first one stays good. Spending one deletes the token with all of them.

pub mod code;

use time::{Duration, OffsetDateTime};

use super::{email::Email, lockout, secret::Secret, user::User};
use crate::{
    db::{Pool, Tx},
    id::{self, Id},
};

/// A secret made for one purpose is refused for every other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Purpose {
    Confirm,
    LogIn,
    ResetPassword,
    Unlock,
    /// Goes to the new address.
    ChangeEmail,
    /// Goes to the old one.
    VetoEmail,
}

impl Purpose {
    /// How long a letter is good for.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::Confirm => Duration::hours(48),
            Self::LogIn => Duration::minutes(10),
            Self::ResetPassword => Duration::hours(1),
            Self::Unlock => lockout::LOCKED_FOR,
            Self::ChangeEmail => Duration::hours(24),
            Self::VetoEmail => Duration::hours(72),
        }
    }

    /// Whether the letter goes to an address that is not, or no longer, the person's.
    fn is_for_another_address(self) -> bool {
        matches!(self, Self::ChangeEmail | Self::VetoEmail)
    }
}

#[derive(Debug, sqlx::FromRow)]
pub struct Token {
    pub id: Id,
    pub user_id: Id,
    pub purpose: Purpose,
    /// The address the letter goes to. Most tokens die when the person has another one.
    pub email: Email,
    /// The browser that asked, if that matters.
    pub browser_hash: Option<Vec<u8>>,
    pub inserted_at: OffsetDateTime,
}

impl Token {
    pub fn is_from(&self, browser: Option<&Secret>) -> bool {
        browser.is_some_and(|browser| self.browser_hash.as_ref() == Some(&browser.hash()))
    }
}

/// Asks for a token for whoever has this address. Older ones for the same purpose die, also those whose letter is still to
/// be written. Where nobody has the address the same statements run, and the token of that id does not exist.
pub async fn ask(
    tx: &mut Tx,
    purpose: Purpose,
    email: Option<&Email>,
    browser: Option<&Secret>,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    sqlx::query(
        "delete from tokens where purpose = $1
           and user_id = (select id from members where email = $2 and deleted_at is null)",
    )
    .bind(purpose)
    .bind(email)
    .execute(&mut **tx)
    .await?;
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into tokens (id, user_id, purpose, email, browser_hash, tries, expires_at, inserted_at)
         select $1, id, $2, email, $3, 0, $4, $5 from members where email = $6 and deleted_at is null",
    )
    .bind(id)
    .bind(purpose)
    .bind(browser.map(Secret::hash))
    .bind(now + purpose.lifetime())
    .bind(now)
    .bind(email)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// A token of somebody we know, whose letter goes to that address. Older ones stay.
pub async fn add(
    tx: &mut Tx,
    purpose: Purpose,
    user: &User,
    email: &Email,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into tokens (id, user_id, purpose, email, tries, expires_at, inserted_at)
         values ($1, $2, $3, $4, 0, $5, $6)",
    )
    .bind(id)
    .bind(user.id)
    .bind(purpose)
    .bind(email)
    .bind(now + purpose.lifetime())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// A token that is still good, for the job that writes its letter.
pub async fn by_id(db: &Pool, id: Id, now: OffsetDateTime) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "select id, user_id, purpose, email, browser_hash, inserted_at from tokens where id = $1 and expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// The newest token this browser has asked for.
pub async fn of_browser(
    db: &Pool,
    purpose: Purpose,
    browser: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "select id, user_id, purpose, email, browser_hash, inserted_at from tokens
         where browser_hash = $1 and purpose = $2 and expires_at > $3",
    )
    .bind(browser.hash())
    .bind(purpose)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// A new secret for a token, for one letter, perhaps with a code that does the same in the browser that asked.
pub async fn arm(
    db: &Pool,
    token: Id,
    code: Option<code::Code>,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    let (code_hash, code_expires_at) = code.map(|code| (code.hash, code.expires_at)).unzip();
    sqlx::query(
        "insert into token_secrets (hash, token_id, code_hash, code_expires_at, inserted_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(secret.hash())
    .bind(token)
    .bind(code_hash)
    .bind(code_expires_at)
    .bind(now)
    .execute(db)
    .await?;
    Ok(secret)
}

/// Whose secret this is. Looking does not spend it: mail scanners open every link.
pub async fn look(
    db: &Pool,
    purpose: Purpose,
    secret: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "select t.id, t.user_id, t.purpose, t.email, t.browser_hash, t.inserted_at
         from tokens t join token_secrets s on s.token_id = t.id join members u on u.id = t.user_id
         where s.hash = $1 and t.purpose = $2 and t.expires_at > $3
           and u.deleted_at is null and ($4 or u.email = t.email)",
    )
    .bind(secret.hash())
    .bind(purpose)
    .bind(now)
    .bind(purpose.is_for_another_address())
    .fetch_optional(db)
    .await
}

/// Spends a secret. One statement looks and deletes, so of many that come at once only one gets the token.
pub async fn spend(
    tx: &mut Tx,
    purpose: Purpose,
    secret: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "delete from tokens
         where id = (select token_id from token_secrets where hash = $1) and purpose = $2 and expires_at > $3
           and exists (
             select 1 from members u
             where u.id = tokens.user_id and u.deleted_at is null and ($4 or u.email = tokens.email))
         returning id, user_id, purpose, email, browser_hash, inserted_at",
    )
    .bind(secret.hash())
    .bind(purpose)
    .bind(now)
    .bind(purpose.is_for_another_address())
    .fetch_optional(&mut **tx)
    .await
}

/// Ends the tokens of a person for one purpose. Whether there was one.
pub async fn forget(tx: &mut Tx, user_id: Id, purpose: Purpose) -> sqlx::Result<bool> {
    let forgotten = sqlx::query("delete from tokens where user_id = $1 and purpose = $2")
        .bind(user_id)
        .bind(purpose)
        .execute(&mut **tx)
        .await?;
    Ok(forgotten.rows_affected() > 0)
}

/// Ends what was asked for by a person so far: after a new password or address, nothing of it is worth anything. All but
/// the vetoes against a change of address, which are there for the one who lost the account to somebody else.
pub async fn forget_all(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query("delete from tokens where user_id = $1 and purpose <> $2")
        .bind(user_id)
        .bind(Purpose::VetoEmail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends every token of a person whose account is gone.
pub async fn delete_all(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query("delete from tokens where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends vetoes that are not older than this: they belong to addresses that came after it.
pub async fn forget_vetoes_since(
    tx: &mut Tx,
    user_id: Id,
    since: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query("delete from tokens where user_id = $1 and purpose = $2 and inserted_at >= $3")
        .bind(user_id)
        .bind(Purpose::VetoEmail)
        .bind(since)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The newest token of a person for one purpose.
pub async fn of_user(
    db: &Pool,
    purpose: Purpose,
    user_id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "select id, user_id, purpose, email, browser_hash, inserted_at from tokens
         where user_id = $1 and purpose = $2 and expires_at > $3 order by id desc limit 1",
    )
    .bind(user_id)
    .bind(purpose)
    .bind(now)
    .fetch_optional(db)
    .await
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query("delete from tokens where expires_at <= $1")
        .bind(now)
        .execute(db)
        .await?;
    Ok(deleted.rows_affected())
}
