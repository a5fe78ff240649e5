//! Refresh tokens: each is exchanged once, for an access token and its successor (RFC 9700, section 4.14).
//!
//! One that comes again long after its exchange is in two hands, and we cannot tell whose are the thief's: its whole family
//! ends. One that comes again within [`GRACE`] was only asked for twice, and nothing happens to anybody.

use time::OffsetDateTime;

use super::{
    GRACE, Tokens,
    families::{self, Family},
};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        secret::Secret,
        status::AccountStatus,
    },
    app::App,
    db::{self, Pool, Tx},
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

pub enum Exchange {
    Done(Box<Tokens>),
    /// It was exchanged a moment ago: the other answer has what is asked for here.
    JustSpent,
    /// It is unknown, or ended, or has just ended its family.
    Refused,
}

/// A refresh token for a family.
pub async fn issue(tx: &mut Tx, family_id: Id, now: OffsetDateTime) -> anyhow::Result<Secret> {
    let token = Secret::random()?;
    sqlx::query(
        "insert into jwt_refresh_tokens (token_hash, family_id, inserted_at) values ($1, $2, $3)",
    )
    .bind(token.hash())
    .bind(family_id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(token)
}

/// Exchanges a refresh token.
pub async fn exchange(app: &App, token: &Secret, client: &Client) -> anyhow::Result<Exchange> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    // Holds the family's row first, as everything does that ends it. So of many exchanges one comes after the other, and none
    // goes on with a family that has ended.
    let Some(family) = hold_family(&mut tx, token, client, now).await? else {
        return Ok(Exchange::Refused);
    };
    let is_active = match families::find(&mut *tx, family.id, now).await? {
        Some((_, user)) => AccountStatus::of(&app.config, &user) == AccountStatus::Active,
        None => false,
    };
    if !is_active {
        return Ok(Exchange::Refused);
    }
    if spend(&mut tx, token, now).await? {
        let next = issue(&mut tx, family.id, now).await?;
        tx.commit().await?;
        let tokens = Tokens::of(app, family, next).await?;
        return Ok(Exchange::Done(Box::new(tokens)));
    }
    if was_just_spent(&mut tx, token, now).await? {
        return Ok(Exchange::JustSpent);
    }
    end_stolen(app, &mut tx, &family, client).await?;
    tx.commit().await?;
    Ok(Exchange::Refused)
}

async fn hold_family(
    tx: &mut Tx,
    token: &Secret,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Family>> {
    sqlx::query_as(
        "update jwt_families set last_active_at = $2, address = $3
         where id = (select family_id from jwt_refresh_tokens where token_hash = $1) and expires_at > $2
         returning id, user_id, scopes, address, agent, last_active_at, expires_at, inserted_at",
    )
    .bind(token.hash())
    .bind(now)
    .bind(&client.address)
    .fetch_optional(&mut **tx)
    .await
}

/// One statement looks and spends, so it is spent once.
async fn spend(tx: &mut Tx, token: &Secret, now: OffsetDateTime) -> sqlx::Result<bool> {
    let spent = sqlx::query(
        "update jwt_refresh_tokens set spent_at = $2 where token_hash = $1 and spent_at is null",
    )
    .bind(token.hash())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(spent.rows_affected() == 1)
}

async fn was_just_spent(tx: &mut Tx, token: &Secret, now: OffsetDateTime) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from jwt_refresh_tokens where token_hash = $1 and spent_at > $2)",
    )
    .bind(token.hash())
    .bind(now - GRACE)
    .fetch_one(&mut **tx)
    .await
}

async fn end_stolen(
    app: &App,
    tx: &mut Tx,
    family: &Family,
    client: &Client,
) -> anyhow::Result<()> {
    families::end(tx, family.user_id, family.id).await?;
    app.jobs
        .enqueue(tx, SendLetter::about(News::JwtStolen, family.user_id))
        .await?;
    let event = NewEvent::new(Action::JwtReuse, client).about(Some(family.user_id));
    audit::record(app, tx, event.on(Target::ConnectedApp(family.id))).await?;
    Ok(())
}

/// The family that a token came out of, whether it has been exchanged or not.
pub async fn family_of(db: &Pool, token: &Secret) -> sqlx::Result<Option<Id>> {
    sqlx::query_scalar("select family_id from jwt_refresh_tokens where token_hash = $1")
        .bind(token.hash())
        .fetch_optional(db)
        .await
}

/// Ends the family that a token came out of. Returns it and its user, or `None` if there was none.
pub async fn end_family(tx: &mut Tx, token: &Secret) -> sqlx::Result<Option<(Id, Id)>> {
    sqlx::query_as(
        "delete from jwt_families
         where id = (select family_id from jwt_refresh_tokens where token_hash = $1)
         returning id, user_id",
    )
    .bind(token.hash())
    .fetch_optional(&mut **tx)
    .await
}
