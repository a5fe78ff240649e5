//! Who is logged in, where. One row and one cookie each; the row knows the hash of what the cookie holds. What
//! ends them is in `credentials`.

pub mod replaced;

use sqlx::Executor;
use time::{Duration, OffsetDateTime};

use super::{
    client::Client,
    held::{Held, HeldSession},
    login_step::LoginStep,
    secret::Secret,
};
use crate::{
    db::{self, Db, Pool, Tx},
    id::{self, Id},
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
        self.sudo_at.is_some_and(|proved| now < proved + SUDO)
    }
}

pub async fn start(
    held: &mut Held,
    kind: Kind,
    login_step: Option<LoginStep>,
    client: &Client,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    let lifetime = match login_step {
        Some(_) => PENDING,
        None => kind.lifetime(),
    };
    let id = id::next(held.tx()).await?;
    sqlx::query(
        "insert into sessions (id, user_id, token_hash, remembered, login_step, address, agent, sudo_at,
           last_active_at, reissued_at, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $8)",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(secret.hash())
    .bind(kind == Kind::Remembered)
    .bind(login_step)
    .bind(&client.address)
    .bind(&client.agent)
    .bind(now)
    .bind(now + lifetime)
    .execute(held.connection())
    .await?;
    Ok(secret)
}

/// Notes that the user has just proved who they are. A new secret comes with the new power; see [`replaced`] for what the old
/// one is still good for.
pub async fn elevate(held: &mut HeldSession, now: OffsetDateTime) -> anyhow::Result<Secret> {
    let (id, sent) = (held.session().id, held.secret().clone());
    let secret = replaced::by_proof(held, id, &sent, now).await?;
    sqlx::query("update sessions set reissued_at = $2, sudo_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(held.connection())
        .await?;
    Ok(secret)
}

/// The session that the held user has in the browser that sends the request.
pub async fn here(
    held: &mut Held,
    sent: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Session>> {
    let found: Option<Session> = sqlx::query_as(
        "select s.id as session_id, s.user_id, s.remembered, s.login_step, s.address, s.agent, s.sudo_at,
           s.last_active_at, s.reissued_at, s.expires_at, s.inserted_at
         from sessions s left join replaced_secrets r on r.session_id = s.id and r.hash = $2
         where s.user_id = $1 and (s.token_hash = $2 or r.hash = $2 and (r.ends_at is null or r.ends_at > $3))",
    )
    .bind(held.user().id)
    .bind(sent.hash())
    .bind(now)
    .fetch_optional(held.connection())
    .await?;
    Ok(found.filter(|session| session.is_alive(now)))
}

/// Goes on with the session that this browser has, after another log-in of the same user or the last login step: with a new
/// secret and a new lifetime.
pub async fn renew(
    held: &mut Held,
    here: &Session,
    sent: &Secret,
    kind: Kind,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let secret = replaced::by_proof(held, here.id, sent, now).await?;
    sqlx::query(
        "update sessions set remembered = $2, login_step = null, sudo_at = $3, last_active_at = $3,
           reissued_at = $3, expires_at = $4
         where id = $1",
    )
    .bind(here.id)
    .bind(kind == Kind::Remembered)
    .bind(now)
    .bind(now + kind.lifetime())
    .execute(held.connection())
    .await?;
    Ok(secret)
}

/// The session that has this secret. None: it has ended, or a newer secret has replaced this one.
pub async fn with_secret(
    db: impl Executor<'_, Database = Db>,
    secret: &Secret,
) -> sqlx::Result<Option<Session>> {
    sqlx::query_as(
        "select id as session_id, user_id, remembered, login_step, address, agent, sudo_at, last_active_at,
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
        "select id as session_id, user_id, remembered, login_step, address, agent, sudo_at, last_active_at,
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

/// Ends the user's sessions, but for one that may stay. Only `credentials` calls this.
pub async fn end_all(held: &mut Held, but: Option<Id>) -> sqlx::Result<()> {
    sqlx::query("delete from sessions where user_id = $1 and ($2 is null or id <> $2)")
        .bind(held.user().id)
        .bind(but)
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
