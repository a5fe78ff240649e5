//! Who is logged in, where. One row and one cookie each; the row knows the hash of what the cookie holds. Whatever else somebody
//! can be logged in with ends together with sessions, here.

use time::{Duration, OffsetDateTime};

use super::{client::Client, login_step::LoginStep, secret::Secret};
use crate::{
    db::{Pool, Tx},
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
/// The old secret works this much longer, for requests that were under way.
pub const OLD_SECRET_LIVES: Duration = Duration::seconds(60);
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
    tx: &mut Tx,
    user_id: Id,
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
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into sessions (id, user_id, token_hash, remembered, login_step, address, agent, sudo_at,
           last_active_at, reissued_at, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $8)",
    )
    .bind(id)
    .bind(user_id)
    .bind(secret.hash())
    .bind(kind == Kind::Remembered)
    .bind(login_step)
    .bind(&client.address)
    .bind(&client.agent)
    .bind(now)
    .bind(now + lifetime)
    .execute(&mut **tx)
    .await?;
    Ok(secret)
}

/// Notes that they have just proved who they are. A new secret comes with the new power; the old one is dead. None: the
/// session was ended meanwhile.
pub async fn elevate(
    tx: &mut Tx,
    session: &Session,
    now: OffsetDateTime,
) -> anyhow::Result<Option<Secret>> {
    let secret = Secret::random()?;
    let elevated = sqlx::query("update sessions set token_hash = $2, old_token_hash = null, reissued_at = $3, sudo_at = $3 where id = $1")
        .bind(session.id)
        .bind(secret.hash())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok((elevated.rows_affected() == 1).then_some(secret))
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

/// Ends one session, if it is theirs. Whether there was one.
pub async fn end(tx: &mut Tx, user_id: Id, id: Id) -> sqlx::Result<bool> {
    let ended = sqlx::query("delete from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected() == 1)
}

pub async fn end_others(tx: &mut Tx, this: &Session) -> sqlx::Result<()> {
    //% if jwt
    super::jwt::families::end_all(tx, this.user_id).await?;
    //% endif
    sqlx::query("delete from sessions where user_id = $1 and id <> $2")
        .bind(this.user_id)
        .bind(this.id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn end_all(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    //% if jwt
    super::jwt::families::end_all(tx, user_id).await?;
    //% endif
    sqlx::query("delete from sessions where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends every session there is. How many.
pub async fn end_everybodys(tx: &mut Tx) -> sqlx::Result<u64> {
    let ended = sqlx::query("delete from sessions")
        .execute(&mut **tx)
        .await?
        .rows_affected();
    //% if jwt
    let ended = ended + super::jwt::families::end_everybodys(tx).await?;
    //% endif
    Ok(ended)
}

/// Deletes sessions that can no longer be used.
pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(
        "delete from sessions where expires_at <= $1 or (not remembered and last_active_at <= $2)",
    )
    .bind(now)
    .bind(now - IDLE)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
