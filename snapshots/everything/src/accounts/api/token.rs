//! API tokens: what a program comes with in its owner's name, until the day they chose, or until they revoke it.

pub mod again;
pub mod text;

use time::{Duration, OffsetDateTime};

use super::{
    caller::{Caller, Credential},
    scope::Scopes,
};
use crate::{
    accounts::{
        audit::{Action, NewEvent, Target},
        client::Client,
        held::Held,
        repeat::{self, Act},
        secret::Secret,
        user::User,
    },
    app::App,
    db::{self, Pool},
    id::{self, Id},
    jobs::send_letter::{News, SendLetter},
};
use text::Text;

/// So many that work at a time.
pub const MOST: i64 = 25;
/// `last_used_at` is written at most this often.
const TOUCHED_EVERY: Duration = Duration::minutes(1);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiToken {
    pub id: Id,
    pub name: String,
    pub last_four: String,
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// None: it works until it is revoked.
    pub expires_at: Option<OffsetDateTime>,
    pub last_used_at: Option<OffsetDateTime>,
    pub inserted_at: OffsetDateTime,
}

/// What somebody asks for.
pub struct New {
    pub name: String,
    pub scopes: Scopes,
    pub expires_at: Option<OffsetDateTime>,
}

/// Makes a token, shows it once, and tells its owner by email. None: they have [`MOST`] already.
///
/// `act` is what the browser did: see [`again`].
pub async fn create(
    app: &App,
    held: &mut Held,
    new: New,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Option<(ApiToken, Text)>> {
    let (secret, user_id) = (Secret::random()?, held.user().id);
    let text = Text::of(&app.config, &secret);
    let token = ApiToken {
        id: id::next(held.tx()).await?,
        name: new.name,
        last_four: text.last_four().to_owned(),
        scopes: new.scopes,
        expires_at: new.expires_at,
        last_used_at: None,
        inserted_at: app.now(),
    };
    let is_room = insert(held, &token, &text, app.now()).await?;
    if is_room {
        app.jobs
            .enqueue(held.tx(), SendLetter::about(News::ApiTokenCreated, user_id))
            .await?;
        repeat::remember(held, act, Some(&secret), app.now()).await?;
    }
    let event = NewEvent::new(Action::ApiTokenCreate, client).outcome(is_room);
    let event = event.with("scopes", token.scopes.names());
    let event = if is_room {
        event.on(Target::ApiToken(token.id))
    } else {
        event
    };
    held.record(app, event).await?;
    Ok(is_room.then_some((token, text)))
}

/// Inserts it, if there is room: the user is held, so of two tokens made at once the second one counts the first.
async fn insert(
    held: &mut Held,
    token: &ApiToken,
    text: &Text,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query(
        "insert into api_tokens (id, user_id, name, token_hash, last_four, scopes, expires_at, inserted_at)
         select $1, $2, $3, $4, $5, $6, $7, $8
         where (select count(*) from api_tokens where user_id = $2 and (expires_at is null or expires_at > $8)) < $9",
    )
    .bind(token.id)
    .bind(held.user().id)
    .bind(&token.name)
    .bind(text.hash())
    .bind(&token.last_four)
    .bind(token.scopes.to_string())
    .bind(token.expires_at)
    .bind(now)
    .bind(MOST)
    .execute(held.connection())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A page of somebody's tokens that still work, the newest first: those before that key, or from the start.
pub async fn list(
    db: &Pool,
    user_id: Id,
    before: Option<Id>,
    most: i64,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<ApiToken>> {
    sqlx::query_as(
        "select id, name, last_four, scopes, expires_at, last_used_at, inserted_at from api_tokens
         where user_id = $1 and ($2 is null or id < $2) and (expires_at is null or expires_at > $3)
         order by id desc limit $4",
    )
    .bind(user_id)
    .bind(before)
    .bind(now)
    .bind(most)
    .fetch_all(db)
    .await
}

/// Revokes one, if it is the user's. Whether there was one: if not, nothing is written.
pub async fn revoke(app: &App, held: &mut Held, id: Id, client: &Client) -> anyhow::Result<bool> {
    let revoked = sqlx::query("delete from api_tokens where id = $1 and user_id = $2")
        .bind(id)
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    let is_revoked = revoked.rows_affected() == 1;
    if is_revoked {
        let event = NewEvent::new(Action::ApiTokenRevoke, client).on(Target::ApiToken(id));
        held.record(app, event).await?;
    }
    Ok(is_revoked)
}

/// Revokes all of the user's. Where there is none, nothing is written.
pub async fn revoke_all(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<()> {
    if delete_all(held).await? > 0 {
        held.record(app, NewEvent::new(Action::ApiTokenRevoke, client))
            .await?;
    }
    Ok(())
}

/// Ends all of the user's. Only `credentials` calls this.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    delete_all(held).await?;
    Ok(())
}

async fn delete_all(held: &mut Held) -> sqlx::Result<u64> {
    let deleted = sqlx::query("delete from api_tokens where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(deleted.rows_affected())
}

/// Locks a token of the held user. Whether it still works.
pub async fn lock(held: &mut Held, id: Id, now: OffsetDateTime) -> sqlx::Result<bool> {
    let found = sqlx::query(db::locking!(
        "select id from api_tokens where id = $1 and user_id = $2 and (expires_at is null or expires_at > $3)"
    ))
    .bind(id)
    .bind(held.user().id)
    .bind(now)
    .fetch_optional(held.connection())
    .await?;
    Ok(found.is_some())
}

#[derive(sqlx::FromRow)]
struct Found {
    token_id: Id,
    #[sqlx(try_from = "String")]
    scopes: Scopes,
    last_used_at: Option<OffsetDateTime>,
    #[sqlx(flatten)]
    user: User,
}

/// Who comes with this token, if it is one and works.
pub async fn caller(app: &App, token: &str) -> anyhow::Result<Option<Caller>> {
    let Some(text) = Text::parse(&app.config, token) else {
        return Ok(None);
    };
    let now = app.now();
    let found: Option<Found> = sqlx::query_as(
        "select t.id as token_id, t.scopes, t.last_used_at, u.id, u.email, u.confirmed_at, u.suspended_at, u.deletion_at,
           u.second_factor_at, u.password_hash is not null as has_password
         from api_tokens t join members u on u.id = t.user_id
         where t.token_hash = $1 and (t.expires_at is null or t.expires_at > $2) and u.deleted_at is null",
    )
    .bind(text.hash())
    .bind(now)
    .fetch_optional(&app.db)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    touch(app, &found, now).await;
    let credential = Credential::ApiToken(found.token_id);
    Ok(Caller::new(app, found.user, found.scopes, credential))
}

/// Notes that the token is in use, at most once a minute. It fails no request.
async fn touch(app: &App, found: &Found, now: OffsetDateTime) {
    let is_due = |last: OffsetDateTime| now >= last + TOUCHED_EVERY;
    if !found.last_used_at.is_none_or(is_due) {
        return;
    }
    let (db, id) = (app.db.clone(), found.token_id);
    let touched = async move {
        let mut tx = db::begin_impatient(&db).await?;
        sqlx::query("update api_tokens set last_used_at = $2 where id = $1")
            .bind(id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    };
    app.housekeeping.run("last_used_at", touched).await;
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from api_tokens where id in (",
        db::locking_free!("select id from api_tokens where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
