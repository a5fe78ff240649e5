//! A person with an account.

use anyhow::Context;
use sqlx::Executor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{email::Email, hooks};
use crate::db::{Db, Tx};

/// What everybody may know of a person inside the program. The password's hash is not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: Uuid,
    pub email: Email,
    pub confirmed_at: Option<OffsetDateTime>,
}

pub async fn by_id(db: impl Executor<'_, Database = Db>, id: Uuid) -> sqlx::Result<Option<User>> {
    sqlx::query_as("select id, email, confirmed_at from users where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// Notes that the address is theirs. The first time stays.
pub async fn confirm(tx: &mut Tx, id: Uuid, now: OffsetDateTime) -> anyhow::Result<User> {
    let first =
        sqlx::query("update users set confirmed_at = $2 where id = $1 and confirmed_at is null")
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
    id: Uuid,
    hash: &str,
    renewed: Option<String>,
) -> sqlx::Result<bool> {
    let kept = sqlx::query(
        "update users set password_hash = coalesce($3, password_hash) where id = $1 and password_hash = $2",
    )
    .bind(id)
    .bind(hash)
    .bind(renewed)
    .execute(&mut **tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

pub async fn set_password(tx: &mut Tx, id: Uuid, hash: &str) -> sqlx::Result<()> {
    sqlx::query("update users set password_hash = $2 where id = $1")
        .bind(id)
        .bind(hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
