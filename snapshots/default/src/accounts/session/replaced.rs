//! The secrets that a session's cookie held before.
//!
//! Requests that a browser has sent already still carry the old secret when the session gets a new
//! one: another tab, or the second of two clicks. So a replaced secret stays valid for [`GRACE`],
//! without sudo and for no later login step. Only who does the same thing twice is led to the new
//! secret (see `repeat`): whichever response the browser keeps, its cookie works. Any other proof
//! that comes with a replaced secret makes another new one, for the browser that has given that proof.
//!
//! One that was replaced because of its age stays valid until its successor was used, and
//! [`GRACE`] longer: a response may be lost. After that it is in two hands.

use anyhow::Context;
use sqlx::Executor;
use time::{Duration, OffsetDateTime};

use crate::{
    accounts::{held::Held, login_step::LoginStep, secret::Secret},
    db::{self, Db, Pool, Tx},
    id::Id,
};

/// How long a replaced secret stays valid.
pub const GRACE: Duration = Duration::seconds(60);

/// A secret has one successor, so this hides one secret only.
const SUCCESSOR: &[u8] = b"the secret that replaced this one";

/// What is known of a secret that a newer one has replaced.
pub struct Replaced<'a>(&'a Columns);

/// The columns of a [`Replaced`], where a query joins them. All are null if the secret is the
/// current one.
#[derive(sqlx::FromRow)]
pub struct Columns {
    successor: Option<Vec<u8>>,
    old_login_step: Option<LoginStep>,
    by_age: Option<bool>,
    ends_at: Option<OffsetDateTime>,
}

impl Columns {
    pub fn replaced(&self) -> Option<Replaced<'_>> {
        self.successor.as_ref().map(|_| Replaced(self))
    }
}

impl Replaced<'_> {
    /// Returns the login step that was left.
    pub fn login_step(&self) -> Option<LoginStep> {
        self.0.old_login_step
    }

    pub fn is_by_age(&self) -> bool {
        self.0.by_age == Some(true)
    }

    /// Whether its successor was not used yet.
    pub fn is_unseen(&self) -> bool {
        self.0.ends_at.is_none()
    }

    pub fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.0.ends_at.is_none_or(|end| now < end)
    }

    /// Returns the secret that replaced this one, for the browser that has it.
    pub fn successor(&self, secret: &Secret) -> Option<Secret> {
        secret.reveal_hidden(SUCCESSOR, self.0.successor.as_ref()?)
    }
}

/// What a session has after a proof.
pub struct New {
    pub secret: Secret,
    /// Whether the request came with another secret than the current one, which an attacker may
    /// have copied: then this request gets nothing that the session was allowed before.
    pub is_from_replaced: bool,
}

/// Gives a session of the held user another secret after a proof. `sent` came with the request.
pub async fn by_proof(
    held: &mut Held,
    id: Id,
    sent: &Secret,
    now: OffsetDateTime,
) -> anyhow::Result<New> {
    let current = newest(held, id, sent).await?;
    let secret = Secret::random()?;
    keep(held.tx(), id, &current, &secret, Some(now + GRACE)).await?;
    sqlx::query("update sessions set token_hash = $2 where id = $1")
        .bind(id)
        .bind(secret.hash())
        .execute(held.connection())
        .await?;
    end_unseen(held.connection(), id, now).await?;
    Ok(New {
        is_from_replaced: current.hash() != sent.hash(),
        secret,
    })
}

/// Goes from the secret of a request to the one that replaced it, and on to the current one. That is for a browser which has
/// just done the same.
pub async fn newest(held: &mut Held, id: Id, sent: &Secret) -> anyhow::Result<Secret> {
    let current: Vec<u8> = sqlx::query_scalar(db::locking!(
        "select token_hash from sessions where id = $1"
    ))
    .bind(id)
    .fetch_one(held.connection())
    .await?;
    let mut secret = sent.clone();
    while secret.hash() != current {
        let columns = find(held.tx(), id, &secret).await?;
        let replaced = columns.as_ref().and_then(Columns::replaced);
        let replaced = replaced.context("a secret leads to no current one")?;
        let next = replaced.successor(&secret);
        secret = next.context("a secret does not hide its successor")?;
    }
    Ok(secret)
}

async fn find(tx: &mut Tx, session_id: Id, secret: &Secret) -> sqlx::Result<Option<Columns>> {
    sqlx::query_as(
        "select successor, login_step as old_login_step, by_age, ends_at
         from replaced_secrets where hash = $1 and session_id = $2",
    )
    .bind(secret.hash())
    .bind(session_id)
    .fetch_optional(&mut **tx)
    .await
}

/// Remembers that one secret has replaced another. Without an end, because of its age.
async fn keep(
    tx: &mut Tx,
    session_id: Id,
    old: &Secret,
    new: &Secret,
    ends_at: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into replaced_secrets (hash, session_id, successor, login_step, by_age, ends_at)
         select $1, id, $2, login_step, $3, $4 from sessions where id = $5",
    )
    .bind(old.hash())
    .bind(old.hide(SUCCESSOR, new))
    .bind(ends_at.is_none())
    .bind(ends_at)
    .bind(session_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Replaces a secret because it is old. Of several requests at once one does it; the others are
/// told with their next request.
pub async fn by_age(
    db: &Pool,
    session_id: Id,
    (old, new): (&Secret, &Secret),
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let mut tx = db::begin_impatient(db).await?;
    let changed = sqlx::query(
        "update sessions set token_hash = $3, reissued_at = $4, sudo_at = null
         where id = $1 and token_hash = $2",
    )
    .bind(session_id)
    .bind(old.hash())
    .bind(new.hash())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let is_first = changed.rows_affected() == 1;
    if is_first {
        keep(&mut tx, session_id, old, new, None).await?;
        tx.commit().await?;
    }
    Ok(is_first)
}

/// Limits what was without an end: the successor was used, or was replaced itself.
pub async fn end_unseen(
    db: impl Executor<'_, Database = Db>,
    session_id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query(
        "update replaced_secrets set ends_at = $2 where session_id = $1 and ends_at is null",
    )
    .bind(session_id)
    .bind(now + GRACE)
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes those that are no use any more. Those that were replaced because of their age stay as
/// long as the session, to notice a thief.
pub async fn delete_ended(db: &Pool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "delete from replaced_secrets where hash in (",
        db::locking_free!("select hash from replaced_secrets where ends_at <= $1 and not by_age"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}
