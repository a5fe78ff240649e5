//! What an authenticator is asked to sign: issued once, answered once, within five minutes, by whom it was issued to.

use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use time::{Duration, OffsetDateTime};

use super::{Kind, Passkey};
use crate::{
    accounts::{device::KNOWN_FOR, secret::Secret, visit::Visit},
    app::App,
    db::{self, Pool, Tx},
    id::{self, Id},
    vault::Column,
};

/// How long a challenge can be answered.
pub const TTL: Duration = Duration::minutes(5);

/// Where the challenges are sealed.
pub const SEALED_STATE: Column = Column {
    table: "passkey_challenges",
    name: "sealed_state",
};

/// A challenge that was issued for one purpose is refused for every other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Purpose {
    LogIn,
    SignUp,
    SecondFactor,
    Sudo,
    /// A security key beside the password.
    SudoWithPassword,
    /// A new password.
    Password,
    /// Adding one that logs in.
    RegisterLogin,
    /// Adding a security key.
    RegisterSecondFactor,
}

impl Purpose {
    /// Whether a passkey is good for it: security keys are so only beside another factor.
    pub fn takes(self, passkey: &Passkey) -> bool {
        match self {
            Self::SecondFactor => true,
            Self::SudoWithPassword => passkey.kind == Kind::SecondFactor,
            _ => passkey.kind == Kind::Login,
        }
    }

    /// Whether a touch is enough, because another factor is proved as well.
    pub fn is_beside_another_factor(self) -> bool {
        matches!(self, Self::SecondFactor | Self::SudoWithPassword)
    }
}

/// Who asks for a challenge, and so who may answer it.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// Before a login: the browser, by a secret in its cookie.
    Browser(&'a Secret),
    /// A session, full or pending.
    Session(&'a Visit),
}

impl Asker<'_> {
    fn session_id(self) -> Option<Id> {
        match self {
            Self::Browser(_) => None,
            Self::Session(visit) => Some(visit.session.id),
        }
    }

    fn user_id(self) -> Option<Id> {
        match self {
            Self::Browser(_) => None,
            Self::Session(visit) => Some(visit.user.id),
        }
    }

    fn browser_hash(self) -> Option<Vec<u8>> {
        match self {
            Self::Browser(browser) => Some(browser.hash()),
            Self::Session(_) => None,
        }
    }
}

/// Keeps the state of a ceremony. The secret is for the page, which sends it back with the answer. `None`: the session that asks
/// has ended.
pub async fn issue(
    app: &App,
    purpose: Purpose,
    asker: Asker<'_>,
    state: &impl Serialize,
) -> anyhow::Result<Option<Secret>> {
    let state = serde_json::to_vec(state)?;
    match asker {
        Asker::Browser(_) => {
            let mut tx = db::begin(&app.db).await?;
            let secret = insert(app, &mut tx, purpose, asker, &state).await?;
            tx.commit().await?;
            Ok(Some(secret))
        }
        Asker::Session(visit) => {
            let Some(mut held) = visit.hold(app).await? else {
                return Ok(None);
            };
            let secret = insert(app, held.tx(), purpose, asker, &state).await?;
            held.commit().await?;
            Ok(Some(secret))
        }
    }
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    asker: Asker<'_>,
    state: &[u8],
) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    let id = id::next(tx).await?;
    let now = app.now();
    sqlx::query(
        "insert into passkey_challenges (id, hash, purpose, user_id, session_id, browser_hash, sealed_state,
           expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(secret.hash())
    .bind(purpose)
    .bind(asker.user_id())
    .bind(asker.session_id())
    .bind(asker.browser_hash())
    .bind(app.vault.seal(SEALED_STATE, id, state)?)
    .bind(now + TTL)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(secret)
}

/// Consumes a challenge: one statement looks and deletes, so it is answered once, right or wrong. None: it is unknown, too
/// old, or was issued for another purpose, browser or session.
pub async fn consume<T: DeserializeOwned>(
    app: &App,
    purpose: Purpose,
    asker: Asker<'_>,
    secret: &Secret,
) -> anyhow::Result<Option<T>> {
    let found: Option<(Id, Vec<u8>)> = sqlx::query_as(
        "delete from passkey_challenges
         where hash = $1 and purpose = $2 and expires_at > $3
           and ((session_id = $4 and user_id = $5) or (session_id is null and browser_hash = $6))
         returning id, sealed_state",
    )
    .bind(secret.hash())
    .bind(purpose)
    .bind(app.now())
    .bind(asker.session_id())
    .bind(asker.user_id())
    .bind(asker.browser_hash())
    .fetch_optional(&app.db)
    .await?;
    let Some((id, sealed)) = found else {
        return Ok(None);
    };
    let state = app.vault.open(SEALED_STATE, id, &sealed)?;
    Ok(Some(serde_json::from_slice(state.expose_secret())?))
}

/// Deletes what can no longer be answered.
pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "delete from passkey_challenges where id in (",
        db::locking_free!("select id from passkey_challenges where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether anybody has logged in with this browser.
pub async fn is_known_browser(
    db: &Pool,
    device: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from devices where token_hash = $1 and last_used_at > $2)",
    )
    .bind(device.hash())
    .bind(now - KNOWN_FOR)
    .fetch_one(db)
    .await
}
