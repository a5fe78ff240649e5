//! The first key, and each next one: made, announced, and gone when nothing needs it any more.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use time::{Duration, OffsetDateTime};

use super::PRIVATE_KEY;
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        jwt::ACCESS,
    },
    app::App,
    db::{self, Tx},
    id::{self, Id},
};

/// A new key signs this long after it was published: by then every cache of the JWKS has it.
pub const ANNOUNCED: Duration = Duration::minutes(10);

/// Makes a key, unless there is one. Of two processes that do it at once one makes it, because no number comes twice.
pub async fn add_first(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let number = next_number(&mut tx).await?;
    let is_there: bool = sqlx::query_scalar(
        "select exists (select 1 from jwt_keys where ends_at is null or ends_at > $1)",
    )
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    if !is_there {
        // Also by a clock that is a little slow.
        insert(app, &mut tx, number, now - ANNOUNCED).await?;
    }
    Ok(tx.commit().await?)
}

/// It is asked for before anything else is looked at, so that whatever came in between has taken it.
async fn next_number(tx: &mut Tx) -> sqlx::Result<i32> {
    let last: Option<i32> = sqlx::query_scalar("select max(number) from jwt_keys")
        .fetch_one(&mut **tx)
        .await?;
    Ok(last.unwrap_or_default() + 1)
}

/// Makes a key. Returns its id, or `None` if the number is taken.
async fn insert(
    app: &App,
    tx: &mut Tx,
    number: i32,
    signs_from: OffsetDateTime,
) -> anyhow::Result<Option<Id>> {
    let id = id::next(tx).await?;
    let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())?;
    let public = Ed25519KeyPair::from_pkcs8(private.as_ref())?;
    let inserted = sqlx::query(
        "insert into jwt_keys (id, number, public_key, sealed_private_key, signs_from, inserted_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (number) do nothing",
    )
    .bind(id)
    .bind(number)
    .bind(public.public_key().as_ref())
    .bind(app.vault.seal(PRIVATE_KEY, id, private.as_ref())?)
    .bind(signs_from)
    .bind(app.now())
    .execute(&mut **tx)
    .await?;
    Ok((inserted.rows_affected() == 1).then_some(id))
}

/// When the next key takes over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takeover {
    /// Once everybody knows it. Nobody notices anything.
    Announced,
    /// At once, because the old keys are in the wrong hands: every access token dies, and apps refresh.
    AtOnce,
}

/// Makes the next key. None: one is on its way already. Otherwise the moment from which it signs.
pub async fn rotate(app: &App, takeover: Takeover) -> anyhow::Result<Option<OffsetDateTime>> {
    let now = app.now();
    let (signs_from, old_end) = match takeover {
        Takeover::Announced => (now + ANNOUNCED, now + ANNOUNCED + ACCESS),
        Takeover::AtOnce => (now, now),
    };
    let mut tx = db::begin(&app.db).await?;
    let number = next_number(&mut tx).await?;
    let is_waiting: bool =
        sqlx::query_scalar("select exists (select 1 from jwt_keys where signs_from > $1)")
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
    if takeover == Takeover::Announced && is_waiting {
        return Ok(None);
    }
    let Some(id) = insert(app, &mut tx, number, signs_from).await? else {
        return Ok(None);
    };
    end_older(&mut tx, number, old_end).await?;
    let operator = Client::operator();
    let event = NewEvent::new(Action::JwtKeyRotate, &operator).on(Target::JwtKey(id));
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(Some(signs_from))
}

/// All before that one end then, or when they would have anyway.
async fn end_older(tx: &mut Tx, number: i32, at: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "update jwt_keys set ends_at = $2
         where number < $1 and (ends_at is null or ends_at > $2)",
    )
    .bind(number)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the keys that nothing was signed with any more.
pub async fn delete_ended(app: &App) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from jwt_keys where id in (",
        db::locking_free!("select id from jwt_keys where ends_at <= $1"),
        ")"
    ))
    .bind(app.now())
    .execute(&app.db)
    .await?;
    Ok(deleted.rows_affected())
}
