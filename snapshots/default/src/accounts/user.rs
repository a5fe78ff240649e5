//! A person with an account.

use anyhow::Context;
use sqlx::Executor;
use time::OffsetDateTime;

use super::{email::Email, hooks};
use crate::{
    db::{Db, Tx},
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
    pub has_password: bool,
}

/// Somebody whose account is not deleted.
pub async fn by_id(db: impl Executor<'_, Database = Db>, id: Id) -> sqlx::Result<Option<User>> {
    sqlx::query_as(
        "select id, email, confirmed_at, suspended_at, deletion_at, password_hash is not null as has_password
         from users where id = $1 and deleted_at is null",
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
        "select id, email, confirmed_at, suspended_at, deletion_at, password_hash is not null as has_password
         from users where email = $1 and deleted_at is null",
    )
    .bind(email)
    .fetch_optional(db)
    .await
}

/// Notes that the address is theirs. The first time stays.
pub async fn confirm(tx: &mut Tx, id: Id, now: OffsetDateTime) -> anyhow::Result<User> {
    let first = sqlx::query(
        "update users set confirmed_at = $2
         where id = $1 and confirmed_at is null and deleted_at is null",
    )
    .bind(id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    if first.rows_affected() == 1 {
        hooks::confirmed(tx, id).await?;
    }
    by_id(&mut **tx, id)
        .await?
        .context("the person has just been deleted")
}

/// Whether the password is still the one with this hash, which may be made anew at that. It holds the row, so a reset that
/// comes at the same time is either over, and this is false, or waits and then ends what is begun here.
pub async fn keep_password(
    tx: &mut Tx,
    id: Id,
    hash: &str,
    renewed: Option<String>,
) -> sqlx::Result<bool> {
    let kept = sqlx::query(
        "update users set password_hash = coalesce($3, password_hash)
         where id = $1 and password_hash = $2",
    )
    .bind(id)
    .bind(hash)
    .bind(renewed)
    .execute(&mut **tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Sets a password, or takes it away: then they come in by letter.
pub async fn set_password(tx: &mut Tx, id: Id, hash: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update users set password_hash = $2
         where id = $1",
    )
    .bind(id)
    .bind(hash)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
