//! Refresh tokens: each is exchanged once, for an access token and its successor (RFC 9700,
//! section 4.14).
//!
//! The response may be lost, and two requests may run at once. So one that comes again within
//! [`GRACE`] brings the same successor, its *child*, until that has been used itself: the app has
//! it then. The child is kept for that long in the row of its parent, sealed by the vault. A token
//! that comes again later is in two hands, and we cannot tell whose are the thief's: its whole
//! family ends.

use secrecy::ExposeSecret;
use sqlx::Executor;
use time::OffsetDateTime;

use super::{GRACE, Tokens, families, keys};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        held::Held,
        secret::Secret,
        status::AccountStatus,
    },
    app::App,
    db::{self, Db, Pool},
    id::{self, Id},
    jobs::send_letter::{News, SendLetter},
    vault::Column,
};

pub const CHILD: Column = Column {
    table: "jwt_refresh_tokens",
    name: "sealed_child",
};

pub enum Exchange {
    Done(Box<Tokens>),
    /// The vault does not open a key that signs, or what it was exchanged for a moment ago. Another process may.
    Unavailable,
    /// It is unknown, or ended, or has just ended its family.
    Refused,
}

/// A refresh token for a family.
pub async fn issue(held: &mut Held, family_id: Id, now: OffsetDateTime) -> anyhow::Result<Secret> {
    let token = Secret::random()?;
    let id = id::next(held.tx()).await?;
    sqlx::query(
        "insert into jwt_refresh_tokens (id, token_hash, family_id, inserted_at)
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(token.hash())
    .bind(family_id)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(token)
}

/// Holds the user whose refresh token this is, and the family that it came out of, as everything
/// does that ends it. So of many exchanges one comes after the other, and none goes on with a
/// family that has ended. None: it is unknown, or has ended.
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

/// Exchanges a refresh token. Everything that can fail is done before it is committed: then the
/// app tries again.
pub async fn exchange(app: &App, token: &Secret, client: &Client) -> anyhow::Result<Exchange> {
    // Before anything is held: it may have to be read from the database.
    let Some(key) = keys::current(app).await? else {
        return Ok(Exchange::Unavailable);
    };
    let now = app.now();
    let Some((mut held, family)) = hold(app, token).await? else {
        return Ok(Exchange::Refused);
    };
    if AccountStatus::of(&app.config, held.user()) != AccountStatus::Active {
        return Ok(Exchange::Refused);
    }
    let parent = read(&mut held, token).await?;
    let child = match (parent.spent_at, &parent.sealed_child) {
        (None, _) => spend(app, &mut held, &parent, family, now).await?,
        (Some(spent), Some(sealed)) if now < spent + GRACE => match open(app, &parent, sealed) {
            Some(child) => child,
            None => return Ok(Exchange::Unavailable),
        },
        _ => {
            end_stolen(app, &mut held, family, client).await?;
            held.commit().await?;
            return Ok(Exchange::Refused);
        }
    };
    let family = families::touch(&mut held, family, client, now).await?;
    let tokens = Tokens::sign(app, &key, family, child)?;
    held.commit().await?;
    Ok(Exchange::Done(Box::new(tokens)))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    spent_at: Option<OffsetDateTime>,
    sealed_child: Option<Vec<u8>>,
}

async fn read(held: &mut Held, token: &Secret) -> sqlx::Result<Row> {
    sqlx::query_as(
        "select id, spent_at, sealed_child from jwt_refresh_tokens where token_hash = $1",
    )
    .bind(token.hash())
    .fetch_one(held.connection())
    .await
}

/// Makes the child of a token. With that, what its own parent has kept is not needed any more.
async fn spend(
    app: &App,
    held: &mut Held,
    parent: &Row,
    family: Id,
    now: OffsetDateTime,
) -> anyhow::Result<Secret> {
    let child = issue(held, family, now).await?;
    let sealed = app
        .vault
        .seal(CHILD, parent.id, child.reveal().as_bytes())?;
    sqlx::query(
        "update jwt_refresh_tokens set sealed_child = null
         where family_id = $1 and sealed_child is not null",
    )
    .bind(family)
    .execute(held.connection())
    .await?;
    sqlx::query("update jwt_refresh_tokens set spent_at = $2, sealed_child = $3 where id = $1")
        .bind(parent.id)
        .bind(now)
        .bind(sealed)
        .execute(held.connection())
        .await?;
    Ok(child)
}

fn open(app: &App, parent: &Row, sealed: &[u8]) -> Option<Secret> {
    let opened = app.vault.open(CHILD, parent.id, sealed);
    let opened = opened
        .inspect_err(|error| tracing::error!("{error:#}"))
        .ok()?;
    Secret::parse(std::str::from_utf8(opened.expose_secret()).ok()?)
}

/// Erases children whose time to be asked for again is over.
pub async fn erase_children(
    db: impl Executor<'_, Database = Db>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "update jwt_refresh_tokens set sealed_child = null where id in (",
        db::locking_free!(
            "select id from jwt_refresh_tokens where sealed_child is not null and spent_at <= $1"
        ),
        ")"
    ))
    .bind(now - GRACE)
    .execute(db)
    .await?;
    Ok(())
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
