//! Things that can be done once, by whoever has read a letter.
//!
//! A *token* says what may be done and by whom; it is asked for in the request. The *secret* that allows it is made when
//! the letter is written, in a job, so that it is never stored: the database learns its hash. A letter that is written
//! again after a crash gets a secret of its own, and the first one stays good. Spending one deletes the token with all of them.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{email::Email, held::Held, lockout, secret::Secret};
use crate::{
    db::{self, Pool, Tx},
    id::{self, Id},
};

/// A secret made for one purpose is refused for every other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
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
    pub inserted_at: OffsetDateTime,
}

/// Asks for a token for whoever has this address. It ends no older one: anybody can type any address, and could else make
/// every letter worthless that its owner waits for. Where nobody has the address the same statements run, and the token of
/// that id does not exist.
pub async fn ask(
    tx: &mut Tx,
    purpose: Purpose,
    email: Option<&Email>,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into tokens (id, user_id, purpose, email, expires_at, inserted_at)
         select $1, id, $2, email, $3, $4 from users where email = $5 and deleted_at is null",
    )
    .bind(id)
    .bind(purpose)
    .bind(now + purpose.lifetime())
    .bind(now)
    .bind(email)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// A token of somebody we know, whose letter goes to that address. Older ones stay.
pub async fn add(
    held: &mut Held,
    purpose: Purpose,
    email: &Email,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    let id = id::next(held.tx()).await?;
    sqlx::query(
        "insert into tokens (id, user_id, purpose, email, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(purpose)
    .bind(email)
    .bind(now + purpose.lifetime())
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(id)
}

/// A token that is still good, for the job that writes its letter.
pub async fn by_id(db: &Pool, id: Id, now: OffsetDateTime) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "select id, user_id, purpose, email, inserted_at from tokens where id = $1 and expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// A new secret for a token, for one letter. Those of letters before stay good.
pub async fn arm(db: &Pool, token: Id, now: OffsetDateTime) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    sqlx::query("insert into token_secrets (hash, token_id, inserted_at) values ($1, $2, $3)")
        .bind(secret.hash())
        .bind(token)
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
        "select t.id, t.user_id, t.purpose, t.email, t.inserted_at
         from tokens t join token_secrets s on s.token_id = t.id join users u on u.id = t.user_id
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

/// Consumes a token of the held user. One statement looks and deletes, so a token is consumed once. The others for the same
/// purpose end with it, but vetoes: they are for different emails.
pub async fn spend(
    held: &mut Held,
    purpose: Purpose,
    secret: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    let user = held.user().clone();
    let token: Option<Token> = sqlx::query_as(
        "delete from tokens
         where id = (select token_id from token_secrets where hash = $1)
           and user_id = $2 and purpose = $3 and expires_at > $4 and ($5 or email = $6)
         returning id, user_id, purpose, email, inserted_at",
    )
    .bind(secret.hash())
    .bind(user.id)
    .bind(purpose)
    .bind(now)
    .bind(purpose.is_for_another_address())
    .bind(&user.email)
    .fetch_optional(held.connection())
    .await?;
    if token.is_some() && purpose != Purpose::VetoEmail {
        end_for(held, purpose).await?;
    }
    Ok(token)
}

/// Ends the user's tokens for one purpose. Whether there was one.
pub async fn end_for(held: &mut Held, purpose: Purpose) -> sqlx::Result<bool> {
    let ended = sqlx::query("delete from tokens where user_id = $1 and purpose = $2")
        .bind(held.user().id)
        .bind(purpose)
        .execute(held.connection())
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends every token of the user but the vetoes. Only `credentials` calls this, and [`end_vetoes`].
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from tokens where user_id = $1 and purpose <> $2")
        .bind(held.user().id)
        .bind(Purpose::VetoEmail)
        .execute(held.connection())
        .await?;
    Ok(())
}

pub async fn end_vetoes(held: &mut Held) -> sqlx::Result<()> {
    end_for(held, Purpose::VetoEmail).await?;
    Ok(())
}

/// Ends vetoes that are not older than this: they belong to emails that came after it.
pub async fn end_vetoes_since(held: &mut Held, since: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query("delete from tokens where user_id = $1 and purpose = $2 and inserted_at >= $3")
        .bind(held.user().id)
        .bind(Purpose::VetoEmail)
        .bind(since)
        .execute(held.connection())
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
        "select id, user_id, purpose, email, inserted_at from tokens
         where user_id = $1 and purpose = $2 and expires_at > $3 order by id desc limit 1",
    )
    .bind(user_id)
    .bind(purpose)
    .bind(now)
    .fetch_optional(db)
    .await
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from tokens where id in (",
        db::locking_free!("select id from tokens where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
