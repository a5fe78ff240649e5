//! What a session is from a log-in, a login step or a proof on. Only `log_in`, `sudo` and what changes proofs call this.

use time::{Duration, OffsetDateTime};

use super::{Kind, PENDING, Session, replaced};
use crate::{
    accounts::{
        client::Client,
        held::{Held, HeldSession},
        login_step::LoginStep,
        proof::Proofs,
        secret::Secret,
    },
    id::{self, Id},
};

/// What a session is from a log-in or a login step on.
pub struct Standing {
    /// What it will be when it is full.
    pub kind: Kind,
    pub login_step: Option<LoginStep>,
    pub proofs: Proofs,
}

impl Standing {
    fn lifetime(&self) -> Duration {
        match self.login_step {
            Some(_) => PENDING,
            None => self.kind.lifetime(),
        }
    }
}

/// Begins a session.
pub async fn start(
    held: &mut Held,
    standing: &Standing,
    client: &Client,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let secret = Secret::random()?;
    start_with(held, &secret, standing, client, now).await?;
    Ok(secret)
}

/// The same with a secret that was made before. Returns the session's id.
pub async fn start_with(
    held: &mut Held,
    secret: &Secret,
    standing: &Standing,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<Id> {
    let id = id::next(held.tx()).await?;
    sqlx::query(
        "insert into sessions (id, user_id, token_hash, remembered, login_step, proofs, address, agent, sudo_at,
           last_active_at, reissued_at, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $10)",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(secret.hash())
    .bind(standing.kind == Kind::Remembered)
    .bind(standing.login_step)
    .bind(standing.proofs.to_string())
    .bind(&client.address)
    .bind(&client.agent)
    .bind(standing.proofs.allow_sudo(held.user()).then_some(now))
    .bind(now)
    .bind(now + standing.lifetime())
    .execute(held.connection())
    .await?;
    Ok(id)
}

/// Notes what the user has just proved, which is sudo if it is enough for that. A new secret comes with the new power; see
/// [`replaced`] for what the old one is still good for. A request with an old secret gets no sudo that another proof has given.
pub async fn elevate(
    held: &mut HeldSession,
    proofs: &Proofs,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let (id, sent) = (held.session().id, held.secret().clone());
    let new = replaced::by_proof(held, id, &sent, now).await?;
    let all = held.session().proofs.clone().and(proofs);
    sqlx::query(
        "update sessions set reissued_at = $2, proofs = $3,
           sudo_at = case when $4 then null else sudo_at end
         where id = $1",
    )
    .bind(id)
    .bind(now)
    .bind(all.to_string())
    .bind(new.is_from_replaced)
    .execute(held.connection())
    .await?;
    if proofs.allow_sudo(held.user()) {
        begin_sudo(held, now).await?;
    }
    Ok(new.secret)
}

/// Wrong passwords and codes are forgotten, with their attempts. Other attempts may still be looked at.
async fn begin_sudo(held: &mut HeldSession, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "update sessions set sudo_at = $2, failures = 0,
           attempts = case when attempts > failures then attempts - failures else 0 end
         where id = $1",
    )
    .bind(held.session().id)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// The session that the held user has in the browser that sends the request. A secret from before its last login step does not
/// lead there.
pub async fn here(
    held: &mut Held,
    sent: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Session>> {
    let found: Option<Session> = sqlx::query_as(
        "select s.id as session_id, s.user_id, s.remembered, s.login_step, s.proofs, s.address, s.agent, s.sudo_at,
           s.last_active_at, s.reissued_at, s.expires_at, s.inserted_at
         from sessions s left join replaced_secrets r on r.session_id = s.id and r.hash = $2
         where s.user_id = $1 and (s.token_hash = $2 or r.hash = $2 and (r.ends_at is null or r.ends_at > $3)
           and r.login_step is not distinct from s.login_step)",
    )
    .bind(held.user().id)
    .bind(sent.hash())
    .bind(now)
    .fetch_optional(held.connection())
    .await?;
    Ok(found.filter(|session| session.is_alive(now)))
}

/// Goes on with the session that this browser has, after another log-in of the same user or a login step: with a new
/// secret and a new lifetime.
pub async fn renew(
    held: &mut Held,
    here: &Session,
    sent: &Secret,
    standing: &Standing,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let new = replaced::by_proof(held, here.id, sent, now).await?;
    sqlx::query(
        "update sessions set remembered = $2, login_step = $3, proofs = $4, sudo_at = $5, attempts = 0, attempted_at = null, failures = 0,
           last_active_at = $6, reissued_at = $6, expires_at = $7
         where id = $1",
    )
    .bind(here.id)
    .bind(standing.kind == Kind::Remembered)
    .bind(standing.login_step)
    .bind(standing.proofs.to_string())
    .bind(standing.proofs.allow_sudo(held.user()).then_some(now))
    .bind(now)
    .bind(now + standing.lifetime())
    .execute(held.connection())
    .await?;
    Ok(new.secret)
}
