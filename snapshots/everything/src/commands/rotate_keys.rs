//! Seals everything anew with the first of `ENCRYPTION_KEYS`, while the program runs, so that the older keys can go.
//!
//! It goes through each column in batches, and a row that somebody changes at the same moment keeps what they wrote. Stopped
//! in the middle, it goes on where it was the next time.

use secrecy::ExposeSecret;
use sqlx::AssertSqlSafe;

use crate::{app::App, id::Id, vault::Column};

const BATCH: i64 = 100;

/// Does it, and says what is different now. A column that you seal yourself gets a line here.
pub async fn run(app: &App) -> anyhow::Result<String> {
    let sealed = seal_anew(app, crate::accounts::totp::SECRET).await?;
    let sealed = sealed + seal_anew(app, crate::accounts::passkey::SEALED_CREDENTIAL).await?;
    let sealed = sealed + seal_anew(app, crate::accounts::passkey::challenge::SEALED_STATE).await?;
    let registered = crate::accounts::passkey::sign_up::SEALED_CREDENTIAL;
    let sealed = sealed + seal_anew(app, registered).await?;
    let sealed = sealed + seal_anew(app, crate::accounts::jwt::keys::PRIVATE_KEY).await?;
    crate::accounts::jwt::refresh::erase_children(&app.db, app.now()).await?;
    let sealed = sealed + seal_anew(app, crate::accounts::jwt::refresh::CHILD).await?;
    Ok(format!(
        "Sealed anew: {sealed}. Nothing needs the older keys any more: once every process has the first of ENCRYPTION_KEYS, leave them out."
    ))
}

/// Seals what another key has sealed. How many rows.
pub async fn seal_anew(app: &App, column: Column) -> anyhow::Result<usize> {
    let mut sealed = 0;
    loop {
        let old = sealed_by_older_keys(app, column).await?;
        if old.is_empty() {
            return Ok(sealed);
        }
        for (id, before) in &old {
            seal_row_anew(app, column, *id, before).await?;
        }
        sealed += old.len();
        let Column { table, name } = column;
        tracing::info!(table, name, sealed, "sealed anew");
    }
}

async fn sealed_by_older_keys(app: &App, column: Column) -> anyhow::Result<Vec<(Id, Vec<u8>)>> {
    let Column { table, name } = column;
    let key = app.vault.current_id()?;
    let found = sqlx::query_as(AssertSqlSafe(format!(
        "select id, {name} from {table} where substr({name}, 1, {}) <> $1 order by id limit $2",
        key.len()
    )))
    .bind(&key[..])
    .bind(BATCH)
    .fetch_all(&app.db)
    .await?;
    Ok(found)
}

/// Seals one row anew, unless it holds something else by now.
pub async fn seal_row_anew(app: &App, column: Column, id: Id, before: &[u8]) -> anyhow::Result<()> {
    let Column { table, name } = column;
    let secret = app.vault.open(column, id, before)?;
    let after = app.vault.seal(column, id, secret.expose_secret())?;
    sqlx::query(AssertSqlSafe(format!(
        "update {table} set {name} = $3 where id = $1 and {name} = $2"
    )))
    .bind(id)
    .bind(before)
    .bind(after)
    .execute(&app.db)
    .await?;
    Ok(())
}
