//! Browsers that a user trusts: for thirty days, a log-in there does not ask for the second factor.
//!
//! Each has a cookie of its own, and gets a new one whenever it is used. The trust never counts for sudo, and ends with every
//! change of what the account is protected by: see `credentials`.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{Action, NewEvent},
    client::Client,
    held::{Held, HeldSession},
    proof::Proof,
    repeat::{self, Act},
    secret::Secret,
    session::{self, replaced},
};
use crate::{
    app::App,
    db::{self, Connection, Pool},
    id::{self, Id},
};

/// Shorter is safer; longer is kinder. Using it does not make it longer.
pub const TRUSTED_BROWSER_TTL: Duration = Duration::days(30);

/// What a browser gets that is trusted.
pub struct Trusted {
    pub secret: Secret,
    pub expires_at: OffsetDateTime,
}

#[derive(sqlx::FromRow)]
pub struct TrustedBrowser {
    pub id: Id,
    pub address: String,
    pub agent: String,
    pub last_used_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    token_hash: Vec<u8>,
}

/// Trusts the browser in which the held session has just taken its login step, by `act`. The same browser gets the same secret if
/// it has sent that twice: of several responses it may keep any.
pub async fn trust(
    app: &App,
    held: &mut HeldSession,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Trusted> {
    let secret = match act {
        Some(act) => first(app, act)?,
        None => Secret::random()?,
    };
    let (now, id) = (app.now(), id::next(held.tx()).await?);
    let expires_at = now + TRUSTED_BROWSER_TTL;
    let trusted = sqlx::query(
        "insert into trusted_browsers (id, user_id, token_hash, address, agent, last_used_at, expires_at,
           inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $6)
         on conflict (token_hash) do nothing",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(secret.hash())
    .bind(&client.address)
    .bind(&client.agent)
    .bind(now)
    .bind(expires_at)
    .execute(held.connection())
    .await?;
    if trusted.rows_affected() == 1 {
        held.record(app, NewEvent::new(Action::BrowserTrust, client))
            .await?;
    }
    Ok(Trusted { secret, expires_at })
}

/// Returns what the browser has for the held user's trust, if it is trusted, and gives it a new secret.
pub async fn accept(
    app: &App,
    held: &mut Held,
    client: &Client,
) -> anyhow::Result<Option<Trusted>> {
    let user_id = held.user().id;
    let Some(sent) = &client.trusted else {
        return Ok(None);
    };
    let Some(found) = find(held.connection(), user_id, sent, app.now()).await? else {
        return Ok(None);
    };
    let next = follow(app, "next trusted browser", sent)?;
    if found.token_hash == sent.hash() {
        reissue(app, held, &found, &next, client).await?;
    }
    Ok(Some(Trusted {
        secret: next,
        expires_at: found.expires_at,
    }))
}

/// The same for an act that the browser has sent twice: the first time has given it a new secret, or has made it a trusted one.
pub async fn again(
    app: &App,
    connection: &mut Connection,
    user_id: Id,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Option<Trusted>> {
    if let Some(sent) = &client.trusted {
        let found = find(connection, user_id, sent, app.now()).await?;
        if let Some(found) = found.filter(|found| found.token_hash != sent.hash()) {
            return Ok(Some(Trusted {
                secret: follow(app, "next trusted browser", sent)?,
                expires_at: found.expires_at,
            }));
        }
    }
    match act {
        Some(act) => just_trusted(app, connection, user_id, act).await,
        None => Ok(None),
    }
}

/// Whether the user trusts the browser that sends a request.
pub async fn is_trusted(
    app: &App,
    connection: &mut Connection,
    user_id: Id,
    client: &Client,
) -> sqlx::Result<bool> {
    Ok(match &client.trusted {
        Some(sent) => find(connection, user_id, sent, app.now()).await?.is_some(),
        None => false,
    })
}

/// Returns what [`trust`] has given the browser for this act a moment ago.
async fn just_trusted(
    app: &App,
    connection: &mut Connection,
    user_id: Id,
    act: &Act,
) -> anyhow::Result<Option<Trusted>> {
    let (secret, now) = (first(app, act)?, app.now());
    let found = find(connection, user_id, &secret, now).await?;
    let found = found.filter(|found| found.expires_at > now + TRUSTED_BROWSER_TTL - repeat::WITHIN);
    Ok(found.map(|found| Trusted {
        secret,
        expires_at: found.expires_at,
    }))
}

/// The first secret of a trusted browser. It comes from the act that has made it one, and so from the code that was typed, or the
/// challenge that was answered: copies of the browser's cookies alone do not lead to it.
fn first(app: &App, act: &Act) -> anyhow::Result<Secret> {
    let secret = act.as_secret();
    let secret = secret.ok_or_else(|| anyhow::anyhow!("a MAC has not 256 bits"))?;
    follow(app, "trusted browser", &secret)
}

/// The secret after another one: always the same, and not to be computed from that one alone.
fn follow(app: &App, purpose: &str, secret: &Secret) -> anyhow::Result<Secret> {
    let signed = app.config.keys.sign(purpose, secret.reveal().as_bytes())?;
    Secret::derived(&signed).ok_or_else(|| anyhow::anyhow!("a signature has not 256 bits"))
}

/// The user's trusted browser with this secret, or that had it until a moment ago.
async fn find(
    connection: &mut Connection,
    user_id: Id,
    secret: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<TrustedBrowser>> {
    sqlx::query_as(
        "select id, address, agent, last_used_at, expires_at, token_hash from trusted_browsers
         where user_id = $1 and expires_at > $3
           and (token_hash = $2 or old_token_hash = $2 and last_used_at > $4)",
    )
    .bind(user_id)
    .bind(secret.hash())
    .bind(now)
    .bind(now - replaced::GRACE)
    .fetch_optional(connection)
    .await
}

async fn reissue(
    app: &App,
    held: &mut Held,
    browser: &TrustedBrowser,
    next: &Secret,
    client: &Client,
) -> sqlx::Result<()> {
    sqlx::query(
        "update trusted_browsers set token_hash = $2, old_token_hash = $3, last_used_at = $4,
           address = $5, agent = $6
         where id = $1 and token_hash = $3",
    )
    .bind(browser.id)
    .bind(next.hash())
    .bind(&browser.token_hash)
    .bind(app.now())
    .bind(&client.address)
    .bind(&client.agent)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Returns the browsers that a user trusts, the last used first.
pub async fn list(
    db: &Pool,
    user_id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<TrustedBrowser>> {
    sqlx::query_as(
        "select id, address, agent, last_used_at, expires_at, token_hash from trusted_browsers
         where user_id = $1 and expires_at > $2 order by last_used_at desc, id desc",
    )
    .bind(user_id)
    .bind(now)
    .fetch_all(db)
    .await
}

/// Ends the trust in one browser, and with it the other sessions that trust has let in. An id that is not the user's ends nothing.
pub async fn end(app: &App, held: &mut HeldSession, id: Id, client: &Client) -> anyhow::Result<()> {
    let ended = sqlx::query("delete from trusted_browsers where id = $1 and user_id = $2")
        .bind(id)
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    let is_ended = ended.rows_affected() == 1;
    if is_ended {
        let own = held.session().id;
        session::end_with(held, Proof::TrustedBrowser, own).await?;
    }
    let event = NewEvent::new(Action::BrowserTrustRevoke, client).outcome(is_ended);
    held.record(app, event).await?;
    Ok(())
}

/// Ends the trust in every browser of the user. Only `credentials` calls this.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from trusted_browsers where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from trusted_browsers where id in (",
        db::locking_free!("select id from trusted_browsers where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
