//! A person with an account.

use sqlx::Executor;
use time::OffsetDateTime;

use super::{
    email::Email,
    held::Held,
    hooks,
    registration::pending,
    token::{self, Purpose},
};
use crate::{
    db::{self, Db, Tx},
    id::Id,
};

/// What everybody may know of a person inside the program. The password's hash is not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: Id,
    pub email: Email,
    pub confirmed_at: Option<OffsetDateTime>,
    /// Since when they are shut out.
    pub suspended_at: Option<OffsetDateTime>,
    /// When the account will be deleted.
    pub deletion_at: Option<OffsetDateTime>,
    /// Since when a second factor is asked for. `None`: it is off.
    pub second_factor_at: Option<OffsetDateTime>,
    pub has_password: bool,
}

/// Somebody whose account is not deleted.
pub async fn by_id(db: impl Executor<'_, Database = Db>, id: Id) -> sqlx::Result<Option<User>> {
    sqlx::query_as(
        "select id, email, confirmed_at, suspended_at, deletion_at, second_factor_at,
           password_hash is not null as has_password
         from members where id = $1 and deleted_at is null",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// Whoever has this address. Without one it asks all the same, and finds nobody.
pub async fn by_email(
    db: impl Executor<'_, Database = Db>,
    email: Option<&Email>,
) -> sqlx::Result<Option<User>> {
    sqlx::query_as(
        "select id, email, confirmed_at, suspended_at, deletion_at, second_factor_at,
           password_hash is not null as has_password
         from members where email = $1 and deleted_at is null",
    )
    .bind(email)
    .fetch_optional(db)
    .await
}

/// Locks a user's row, unless the account is deleted. Everything that writes for a user begins with it: see `held`.
pub async fn lock(tx: &mut Tx, id: Id) -> sqlx::Result<Option<User>> {
    sqlx::query_as(db::locking!(
        "select id, email, confirmed_at, suspended_at, deletion_at, second_factor_at,
           password_hash is not null as has_password
         from members where id = $1 and deleted_at is null"
    ))
    .bind(id)
    .fetch_optional(&mut **tx)
    .await
}

/// Locks the row of the user with this email, if there is one: for what anonymous callers request for them. Whatever the
/// transaction reads the time for comes after that, so that it is not older than what has just ended.
pub async fn lock_by_email(tx: &mut Tx, email: Option<&Email>) -> sqlx::Result<()> {
    sqlx::query(db::locking!(
        "select id
         from members where email = $1 and deleted_at is null"
    ))
    .bind(email)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks every user's row, in the order of their ids.
pub async fn lock_all(tx: &mut Tx) -> sqlx::Result<()> {
    sqlx::query(db::locking!(
        "select id
         from members where deleted_at is null order by id"
    ))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that the email is the user's. The first time stays, and ends what others have registered with it, and every link that
/// would confirm it once more. Returns whether this was the first time.
pub async fn confirm(held: &mut Held, now: OffsetDateTime) -> anyhow::Result<bool> {
    let id = held.user().id;
    let first = sqlx::query(
        "update members set confirmed_at = $2
         where id = $1 and confirmed_at is null",
    )
    .bind(id)
    .bind(now)
    .execute(held.connection())
    .await?;
    let is_first = first.rows_affected() == 1;
    if is_first {
        let email = held.user().email.clone();
        pending::end_all(held, &email).await?;
        token::end_for(held, Purpose::Confirm).await?;
        hooks::confirmed(held.tx(), id).await?;
        held.reload().await?;
    }
    Ok(is_first)
}

/// Whether the password is still the one with this hash, which may be renewed at that.
pub async fn keep_password(
    held: &mut Held,
    hash: &str,
    renewed: Option<String>,
) -> sqlx::Result<bool> {
    let kept = sqlx::query(
        "update members set password_hash = coalesce($3, password_hash)
         where id = $1 and password_hash = $2",
    )
    .bind(held.user().id)
    .bind(hash)
    .bind(renewed)
    .execute(held.connection())
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Sets a password, or takes it away: then the user logs in by email.
pub async fn set_password(held: &mut Held, hash: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update members set password_hash = $2
         where id = $1",
    )
    .bind(held.user().id)
    .bind(hash)
    .execute(held.connection())
    .await?;
    held.reload().await
}
