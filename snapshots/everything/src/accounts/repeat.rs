//! The same thing, done twice by the same browser.
//!
//! A double click sends a form twice, and browsers keep the second response. The first has
//! consumed the link, or the code, so the second would be refused and its user left outside.
//! Therefore the first is remembered for the browser that sent it: for [`WITHIN`] the second one
//! has the same result, and the cookie of the same session. Nothing is done again. Other browsers
//! are refused.
//!
//! What was remembered opens nothing by itself: a session that has ended is not begun again,
//! whatever ended it.

use std::sync::OnceLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::Executor;
use time::{Duration, OffsetDateTime};

use super::{
    client::Client,
    held::Held,
    secret::Secret,
    session::{self, Session},
    token::Purpose,
};
use crate::{
    app::App,
    db::{self, Connection, Db, Pool, Tx},
    id::Id,
};

/// How long doing something again has the same result.
pub const WITHIN: Duration = Duration::seconds(60);
/// How long a page of a used link says so to the browser that has used it.
const REMEMBERED: Duration = Duration::days(2);

/// In bytes.
const NONCE_LENGTH: usize = 16;

/// Something that a browser does, once.
pub struct Act {
    browser: Secret,
    /// What is done, and with what: HMAC-SHA-256 with the browser's secret as the key.
    hash: [u8; 32],
    /// The key of the rate limit for lookups, if the act contains something that can be guessed.
    counted_by: Option<String>,
    /// The result of counting it, which is done once.
    is_within: OnceLock<bool>,
}

impl Act {
    /// `with` is what makes it this one act: the secret of a link, a code, what was typed. None:
    /// it is not a browser's.
    pub fn new(client: &Client, what: &str, with: &[&str]) -> Option<Self> {
        let browser = client.browser.clone()?;
        let mut message = what.to_owned();
        for part in with {
            message.push('\n');
            message.push_str(&part.len().to_string());
            message.push(' ');
            message.push_str(part);
        }
        Some(Self {
            hash: browser.mac(message.as_bytes()),
            browser,
            counted_by: None,
            is_within: OnceLock::new(),
        })
    }

    /// Like [`new`](Self::new), with a typed code or password. An attacker with a copy of the browser's cookie could guess it, and
    /// would get the response to a second click: therefore lookups are rate-limited by form and browser.
    pub fn typed(client: &Client, what: &str, with: &[&str]) -> Option<Self> {
        let act = Self::new(client, what, with)?;
        let browser = BASE64_URL_SAFE_NO_PAD.encode(act.browser.hash());
        Some(Self {
            counted_by: Some(format!("{what} {browser}")),
            ..act
        })
    }

    fn is_allowed(&self, app: &App) -> bool {
        let Some(key) = &self.counted_by else {
            return true;
        };
        let is_within = || app.limits.repeats.count(key).is_ok();
        *self.is_within.get_or_init(is_within)
    }

    /// What is done with the secret of a link.
    pub fn link(client: &Client, purpose: Purpose, secret: &Secret) -> Option<Self> {
        Self::new(client, "link", &[&format!("{purpose:?}"), &secret.reveal()])
    }

    /// Returns a secret that comes from the browser and from all that makes it this one act.
    pub fn as_secret(&self) -> Option<Secret> {
        Secret::derived(&self.hash)
    }

    /// Hides the secret that an act made. The nonce makes it another message each time: no two secrets have the same pad, also
    /// of an act that is done again.
    fn hide(&self, secret: &Secret) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce)?;
        let hidden = self.browser.hide(&self.message(&nonce), secret);
        Ok([&nonce[..], &hidden].concat())
    }

    fn secret(&self, row: &Row) -> Option<Secret> {
        let (nonce, hidden) = row.secret.as_ref()?.split_at_checked(NONCE_LENGTH)?;
        self.browser.reveal_hidden(&self.message(nonce), hidden)
    }

    fn message(&self, nonce: &[u8]) -> Vec<u8> {
        [&self.hash[..], nonce].concat()
    }
}

/// Remembers what was just done for the held user, with the secret that it made: that of a session, if it began one.
pub async fn remember(
    held: &mut Held,
    act: Option<&Act>,
    secret: Option<&Secret>,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let Some(act) = act else {
        return Ok(());
    };
    let hidden = secret.map(|secret| act.hide(secret)).transpose()?;
    sqlx::query(
        "insert into repeats (hash, user_id, session_id, secret, inserted_at)
         values ($1, $2, (select id from sessions where token_hash = $3), $4, $5)
         on conflict (hash) do update set user_id = excluded.user_id, session_id = excluded.session_id,
           secret = excluded.secret, inserted_at = excluded.inserted_at",
    )
    .bind(&act.hash[..])
    .bind(held.user().id)
    .bind(secret.map(Secret::hash))
    .bind(hidden)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// The same before something is done that nothing else stops from being done twice, with the
/// secret that the browser gets for it. Returns the secret that it got a moment ago, if this is
/// the second time; of two at once, one waits for the other here.
pub async fn claim(
    app: &App,
    tx: &mut Tx,
    act: Option<&Act>,
    secret: &Secret,
) -> anyhow::Result<Option<Secret>> {
    let Some(act) = act.filter(|act| act.is_allowed(app)) else {
        return Ok(None);
    };
    let now = app.now();
    let claimed = sqlx::query(
        "insert into repeats (hash, secret, inserted_at) values ($1, $2, $3)
         on conflict (hash) do update set secret = excluded.secret, inserted_at = excluded.inserted_at
         where repeats.inserted_at <= $4",
    )
    .bind(&act.hash[..])
    .bind(act.hide(secret)?)
    .bind(now)
    .bind(now - WITHIN)
    .execute(&mut **tx)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let first = row(&mut **tx, act, now - WITHIN).await?;
    Ok(first.and_then(|first| act.secret(&first)))
}

/// What an act had as its result.
pub struct Repeated {
    pub user_id: Option<Id>,
    /// The secret that it made.
    pub secret: Option<Secret>,
    /// The session that it began, unless that has another secret by now: then the browser has got
    /// that in another response.
    pub session: Option<Session>,
}

#[derive(sqlx::FromRow)]
struct Row {
    user_id: Option<Id>,
    secret: Option<Vec<u8>>,
}

/// Returns the result of an act that the same browser did a moment ago.
pub async fn find(
    app: &App,
    connection: &mut Connection,
    act: Option<&Act>,
) -> sqlx::Result<Option<Repeated>> {
    let Some(act) = act.filter(|act| act.is_allowed(app)) else {
        return Ok(None);
    };
    let Some(row) = row(&mut *connection, act, app.now() - WITHIN).await? else {
        return Ok(None);
    };
    let secret = act.secret(&row);
    let session = match &secret {
        Some(secret) => session::with_secret(connection, secret).await?,
        None => None,
    };
    Ok(Some(Repeated {
        user_id: row.user_id,
        secret,
        session,
    }))
}

/// Whether this browser has done this lately, for pages that say so.
pub async fn was_done(app: &App, act: Option<&Act>) -> sqlx::Result<bool> {
    match act {
        Some(act) => Ok(row(&app.db, act, app.now() - REMEMBERED).await?.is_some()),
        None => Ok(false),
    }
}

async fn row(
    db: impl Executor<'_, Database = Db>,
    act: &Act,
    since: OffsetDateTime,
) -> sqlx::Result<Option<Row>> {
    sqlx::query_as("select user_id, secret from repeats where hash = $1 and inserted_at > $2")
        .bind(&act.hash[..])
        .bind(since)
        .fetch_optional(db)
        .await
}

/// Ends what would be answered again. Only `credentials` calls this.
pub async fn forget_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from repeats where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Erases the secrets that nobody gets again, [`WITHIN`] being over. What was done is remembered for longer, without them.
pub async fn erase_secrets(
    db: impl Executor<'_, Database = Db>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "update repeats set secret = null where hash in (",
        db::locking_free!(
            "select hash from repeats where secret is not null and inserted_at <= $1"
        ),
        ")"
    ))
    .bind(now - WITHIN)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_old(db: &Pool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "delete from repeats where hash in (",
        db::locking_free!("select hash from repeats where inserted_at <= $1"),
        ")"
    ))
    .bind(now - REMEMBERED)
    .execute(db)
    .await?;
    Ok(())
}
