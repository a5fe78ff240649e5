//! Refresh tokens: each is exchanged once, for an access token and its successor (RFC 9700, section 4.14).
//!
//! One that comes again long after its exchange is in two hands, and we cannot tell whose are the thief's: its whole family
//! ends. One that comes again within [`GRACE`] was only asked for twice, and nothing happens to anybody.

use time::OffsetDateTime;

use super::{GRACE, Tokens, families};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        held::Held,
        secret::Secret,
        status::AccountStatus,
    },
    app::App,
    db::Pool,
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
pub async fn issue(held: &mut Held, family_id: Id, now: OffsetDateTime) -> anyhow::Result<Secret> {
    let token = Secret::random()?;
    sqlx::query(
        "insert into jwt_refresh_tokens (token_hash, family_id, inserted_at) values ($1, $2, $3)",
    )
    .bind(token.hash())
    .bind(family_id)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(token)
}

/// Holds the user whose refresh token this is, and the family that it came out of, as everything does that ends it. So of many
/// exchanges one comes after the other, and none goes on with a family that has ended. None: it is unknown, or has ended.
pub async fn hold(app: &App, token: &Secret) -> sqlx::Result<Option<(Held, Id)>> {
    let found: Option<(Id, Id)> = sqlx::query_as(
        "select f.user_id, f.id from jwt_refresh_tokens t join jwt_families f on f.id = t.family_id
         where t.token_hash = $1",
    )
    .bind(token.hash())
    .fetch_optional(&app.db)
    .await?;
    let Some((user_id, family)) = found else {
        return Ok(None);
    };
    let Some(mut held) = Held::begin(app, user_id).await? else {
        return Ok(None);
    };
    let is_alive = families::lock(&mut held, family, app.now()).await?;
    Ok(is_alive.then_some((held, family)))
}

/// Exchanges a refresh token.
pub async fn exchange(app: &App, token: &Secret, client: &Client) -> anyhow::Result<Exchange> {
    let now = app.now();
    let Some((mut held, family)) = hold(app, token).await? else {
        return Ok(Exchange::Refused);
    };
    if AccountStatus::of(&app.config, held.user()) != AccountStatus::Active {
        return Ok(Exchange::Refused);
    }
    if spend(&mut held, token, now).await? {
        let next = issue(&mut held, family, now).await?;
        let family = families::touch(&mut held, family, client, now).await?;
        held.commit().await?;
        let tokens = Tokens::of(app, family, next).await?;
        return Ok(Exchange::Done(Box::new(tokens)));
    }
    if was_just_spent(&mut held, token, now).await? {
        return Ok(Exchange::JustSpent);
    }
    end_stolen(app, &mut held, family, client).await?;
    held.commit().await?;
    Ok(Exchange::Refused)
}

/// One statement looks and spends, so it is spent once.
async fn spend(held: &mut Held, token: &Secret, now: OffsetDateTime) -> sqlx::Result<bool> {
    let spent = sqlx::query(
        "update jwt_refresh_tokens set spent_at = $2 where token_hash = $1 and spent_at is null",
    )
    .bind(token.hash())
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(spent.rows_affected() == 1)
}

async fn was_just_spent(
    held: &mut Held,
    token: &Secret,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from jwt_refresh_tokens where token_hash = $1 and spent_at > $2)",
    )
    .bind(token.hash())
    .bind(now - GRACE)
    .fetch_one(held.connection())
    .await
}

async fn end_stolen(app: &App, held: &mut Held, family: Id, client: &Client) -> anyhow::Result<()> {
    families::end(held, family).await?;
    let user_id = held.user().id;
    app.jobs
        .enqueue(held.tx(), SendLetter::about(News::JwtStolen, user_id))
        .await?;
    let event = NewEvent::new(Action::JwtReuse, client).about(Some(user_id));
    audit::record(app, held.tx(), event.on(Target::ConnectedApp(family))).await?;
    Ok(())
}

/// The family that a token came out of, whether it has been exchanged or not.
pub async fn family_of(db: &Pool, token: &Secret) -> sqlx::Result<Option<Id>> {
    sqlx::query_scalar("select family_id from jwt_refresh_tokens where token_hash = $1")
        .bind(token.hash())
        .fetch_optional(db)
        .await
}
