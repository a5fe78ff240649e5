//! Families: where somebody is logged in with an app. Ending one ends everything that came out of it.

use sqlx::Executor;
use time::OffsetDateTime;

use super::REFRESH;
use crate::{
    accounts::{api::scope::Scopes, client::Client, held::Held, proof::Proofs, user::User},
    db::{self, Db, Pool, Tx},
    id::{self, Id},
};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Family {
    pub id: Id,
    pub user_id: Id,
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// What the user has proved, and when: a refresh changes neither.
    #[sqlx(try_from = "String")]
    pub proofs: Proofs,
    pub authenticated_at: OffsetDateTime,
    pub address: String,
    pub agent: String,
    pub last_active_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub inserted_at: OffsetDateTime,
}

pub async fn start(
    held: &mut Held,
    scopes: Scopes,
    proofs: Proofs,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<Family> {
    let family = Family {
        id: id::next(held.tx()).await?,
        user_id: held.user().id,
        scopes,
        proofs,
        authenticated_at: now,
        address: client.address.clone(),
        agent: client.agent.clone(),
        last_active_at: now,
        expires_at: now + REFRESH,
        inserted_at: now,
    };
    sqlx::query(
        "insert into jwt_families (id, user_id, scopes, proofs, authenticated_at, address, agent, last_active_at,
           expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(family.id)
    .bind(family.user_id)
    .bind(family.scopes.to_string())
    .bind(family.proofs.to_string())
    .bind(family.authenticated_at)
    .bind(&family.address)
    .bind(&family.agent)
    .bind(family.last_active_at)
    .bind(family.expires_at)
    .bind(family.inserted_at)
    .execute(held.connection())
    .await?;
    Ok(family)
}

#[derive(sqlx::FromRow)]
struct Found {
    family_id: Id,
    #[sqlx(try_from = "String")]
    scopes: Scopes,
    #[sqlx(try_from = "String")]
    proofs: Proofs,
    authenticated_at: OffsetDateTime,
    address: String,
    agent: String,
    last_active_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    inserted_at: OffsetDateTime,
    #[sqlx(flatten)]
    user: User,
}

/// A family that lives, and whose it is.
pub async fn find(
    db: impl Executor<'_, Database = Db>,
    id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(Family, User)>> {
    let found: Option<Found> = sqlx::query_as(
        "select f.id as family_id, f.scopes, f.proofs, f.authenticated_at, f.address, f.agent, f.last_active_at, f.expires_at, f.inserted_at,
           u.id, u.email, u.confirmed_at, u.suspended_at, u.deletion_at, u.second_factor_at,
           u.password_hash is not null as has_password
         from jwt_families f join members u on u.id = f.user_id
         where f.id = $1 and f.expires_at > $2 and u.deleted_at is null",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(db)
    .await?;
    Ok(found.map(|found| {
        let family = Family {
            id: found.family_id,
            user_id: found.user.id,
            scopes: found.scopes,
            proofs: found.proofs,
            authenticated_at: found.authenticated_at,
            address: found.address,
            agent: found.agent,
            last_active_at: found.last_active_at,
            expires_at: found.expires_at,
            inserted_at: found.inserted_at,
        };
        (family, found.user)
    }))
}

/// The apps in which somebody is logged in, the last active first.
pub async fn list(db: &Pool, user_id: Id, now: OffsetDateTime) -> sqlx::Result<Vec<Family>> {
    sqlx::query_as(
        "select id, user_id, scopes, proofs, authenticated_at, address, agent, last_active_at, expires_at, inserted_at
         from jwt_families
         where user_id = $1 and expires_at > $2 order by last_active_at desc, id desc",
    )
    .bind(user_id)
    .bind(now)
    .fetch_all(db)
    .await
}

/// Locks a family of the held user. Whether it lives.
pub async fn lock(held: &mut Held, id: Id, now: OffsetDateTime) -> sqlx::Result<bool> {
    let found = sqlx::query(db::locking!(
        "select id from jwt_families where id = $1 and user_id = $2 and expires_at > $3"
    ))
    .bind(id)
    .bind(held.user().id)
    .bind(now)
    .fetch_optional(held.connection())
    .await?;
    Ok(found.is_some())
}

/// Notes that the app is in use, and from where.
pub async fn touch(
    held: &mut Held,
    id: Id,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<Family> {
    sqlx::query_as(
        "update jwt_families set last_active_at = $3, address = $4 where id = $1 and user_id = $2
         returning id, user_id, scopes, proofs, authenticated_at, address, agent, last_active_at, expires_at,
           inserted_at",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(now)
    .bind(&client.address)
    .fetch_one(held.connection())
    .await
}

/// Ends one, if it is the user's. Whether there was one.
pub async fn end(held: &mut Held, id: Id) -> sqlx::Result<bool> {
    let ended = sqlx::query("delete from jwt_families where id = $1 and user_id = $2")
        .bind(id)
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends all of the user's. Only `credentials` calls this.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from jwt_families where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Ends every family there is. How many.
pub async fn end_everyones(tx: &mut Tx) -> sqlx::Result<u64> {
    let ended = sqlx::query("delete from jwt_families")
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected())
}

pub async fn delete_expired(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from jwt_families where id in (",
        db::locking_free!("select id from jwt_families where expires_at <= $1"),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
