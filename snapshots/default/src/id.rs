//! The keys of rows: UUIDs of version 7 (RFC 9562). They sort by time, and tell nobody how many rows there are.

use uuid::Uuid;

use crate::db::Tx;

pub type Id = Uuid;

/// A key for a new row. It is drawn here; the transaction is for keys that the database counts.
pub async fn next(_tx: &mut Tx) -> sqlx::Result<Id> {
    Ok(Uuid::now_v7())
}
