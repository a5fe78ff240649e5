//! The keys of rows: numbers, which the database counts. No two rows have the same, of whatever table, and none comes twice.

use crate::db::Tx;

pub type Id = i64;

/// A key for a new row.
pub async fn next(tx: &mut Tx) -> sqlx::Result<Id> {
    sqlx::query_scalar("select nextval('ids')")
        .fetch_one(&mut **tx)
        .await
}
