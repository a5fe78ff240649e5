//! Who is logged in, where. One row and one cookie each; the row knows the hash of what the cookie holds. What
//! ends them is in `credentials`.

pub mod attempts;
pub mod replaced;
pub mod standing;

use sqlx::Executor;
use time::{Duration, OffsetDateTime};

use super::{
    held::Held,
    login_step::LoginStep,
    proof::{Proof, Proofs},
    secret::Secret,
};
use crate::{
    db::{self, Db, Pool, Tx},
    id::Id,
};

/// An ordinary session ends after a day, however busy it is.
pub const ORDINARY: Duration = Duration::hours(24);
/// An ordinary session ends when nothing has happened for this long.
pub const IDLE: Duration = Duration::minutes(30);
/// "Remember me" lasts this long. Shorter is safer; longer is kinder.
pub const REMEMBERED: Duration = Duration::days(60);
/// A remembered session gets a new secret this often, so that a stolen one is noticed.
pub const REISSUED_AFTER: Duration = Duration::days(7);
/// A pending session, which leads to a login step, is worth nothing else, and not for long.
pub const PENDING: Duration = Duration::minutes(10);
/// How long after the last proof of who they are somebody may do dangerous things.
pub const SUDO: Duration = Duration::minutes(15);
/// The clocks of two processes differ by no more.
const TOLERANCE: Duration = Duration::minutes(1);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Ends with the browser.
    Ordinary,
    Remembered,
}

impl Kind {
    fn lifetime(self) -> Duration {
        match self {
            Self::Ordinary => ORDINARY,
            Self::Remembered => REMEMBERED,
        }
    }

    /// How long a browser keeps the cookie. None: until it is closed.
    pub fn cookie_lasts(self) -> Option<Duration> {
        (self == Self::Remembered).then_some(REMEMBERED)
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    #[sqlx(rename = "session_id")]
    pub id: Id,
    pub user_id: Id,
    pub remembered: bool,
    /// What is left to do before it is a full session. None: it is one.
    pub login_step: Option<LoginStep>,
    /// What it was given so far.
    #[sqlx(try_from = "String")]
    pub proofs: Proofs,
    pub address: String,
    pub agent: String,
    pub sudo_at: Option<OffsetDateTime>,
    pub last_active_at: OffsetDateTime,
    pub reissued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub inserted_at: OffsetDateTime,
}

impl Session {
    pub fn is_alive(&self, now: OffsetDateTime) -> bool {
        now < self.expires_at && (self.remembered || now < self.last_active_at + IDLE)
    }

    pub fn kind(&self) -> Kind {
        match self.remembered {
            true => Kind::Remembered,
            false => Kind::Ordinary,
        }
    }

    pub fn is_recent(&self, now: OffsetDateTime) -> bool {
        // A clock that was ahead gives no more.
        let is_recent = |proved| proved <= now + TOLERANCE && now < proved + SUDO;
        self.sudo_at.is_some_and(is_recent)
    }
}

/// The session that has this secret. None: it has ended, or a newer secret has replaced this one.
pub async fn with_secret(
    db: impl Executor<'_, Database = Db>,
    secret: &Secret,
) -> sqlx::Result<Option<Session>> {
    sqlx::query_as(
        "select id as session_id, user_id, remembered, login_step, proofs, address, agent, sudo_at, last_active_at,
           reissued_at, expires_at, inserted_at
         from sessions where token_hash = $1",
    )
    .bind(secret.hash())
    .fetch_optional(db)
    .await
}

/// The living sessions of a person, the last active first.
pub async fn list(db: &Pool, user_id: Id, now: OffsetDateTime) -> sqlx::Result<Vec<Session>> {
    let all: Vec<Session> = sqlx::query_as(
        "select id as session_id, user_id, remembered, login_step, proofs, address, agent, sudo_at, last_active_at,
           reissued_at, expires_at, inserted_at
         from sessions where user_id = $1 and login_step is null order by last_active_at desc, id desc",
    )
    .bind(user_id)
    .fetch_all(db)
    .await?;
    Ok(all
        .into_iter()
        .filter(|session| session.is_alive(now))
        .collect())
}

/// Ends one session, if it is the user's. Whether there was one.
pub async fn end(held: &mut Held, id: Id) -> sqlx::Result<bool> {
    let ended = sqlx::query("delete from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends one session of the user that has a login step left. Returns whether there was one.
pub async fn end_pending(held: &mut Held, id: Id) -> sqlx::Result<bool> {
    let ended = sqlx::query(
        "delete from sessions where id = $1 and user_id = $2 and login_step is not null",
    )
    .bind(id)
    .bind(held.user().id)
    .execute(held.connection())
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends the user's sessions, but for one that may stay. Only `credentials` calls this.
pub async fn end_all(held: &mut Held, but: Option<Id>) -> sqlx::Result<()> {
    sqlx::query("delete from sessions where user_id = $1 and ($2 is null or id <> $2)")
        .bind(held.user().id)
        .bind(but)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Ends the user's sessions that have begun with this proof, but for one.
pub async fn end_with(held: &mut Held, proof: Proof, but: Id) -> sqlx::Result<()> {
    sqlx::query(
        "delete from sessions
         where user_id = $1 and id <> $2 and ' ' || proofs || ' ' like '% ' || $3 || ' %'",
    )
    .bind(held.user().id)
    .bind(but)
    .bind(proof.name())
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Ends every session there is. Returns how many.
pub async fn end_everyones(tx: &mut Tx) -> sqlx::Result<u64> {
    let ended = sqlx::query("delete from sessions")
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected())
}

/// Deletes sessions that can no longer be used.
pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from sessions where id in (",
        db::locking_free!("select id from sessions where expires_at <= $1 or (not remembered and last_active_at <= $2)"),
        ")"
    ))
    .bind(now)
    .bind(now - IDLE)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
