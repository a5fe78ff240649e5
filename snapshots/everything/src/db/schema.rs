//! What tables there are, and rows of any of them. Names come from the database itself.

use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::Tx;
use crate::id::Id;

/// The tables that have a column of this name.
pub async fn tables_with(tx: &mut Tx, column: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where t.table_type = 'BASE TABLE' and c.table_schema = current_schema() and c.column_name = $1
         order by c.table_name",
    )
    .bind(column)
    .fetch_all(&mut **tx)
    .await
}

/// Every row of a table that has this key in that column. Bytes are in hexadecimal.
pub async fn rows_as_json(
    tx: &mut Tx,
    table: &str,
    column: &str,
    key: Id,
) -> anyhow::Result<Vec<Value>> {
    let (table, column) = (quoted(table), quoted(column));
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "select to_jsonb(t)::text from {table} t where {column} = $1"
    )))
    .bind(key)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .iter()
        .map(|row| serde_json::from_str(row))
        .collect::<Result<_, _>>()?)
}

/// Deletes every row of a table that has this key in that column.
pub async fn delete_rows(tx: &mut Tx, table: &str, column: &str, key: Id) -> sqlx::Result<()> {
    let (table, column) = (quoted(table), quoted(column));
    let query = format!("delete from {table} where {column} = $1");
    sqlx::query(AssertSqlSafe(query))
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every row of a table, as text.
#[cfg(test)]
pub async fn dump(tx: &mut Tx, table: &str) -> anyhow::Result<String> {
    let query = format!("select to_jsonb(t)::text from {} t", quoted(table));
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(&mut **tx)
        .await?;
    Ok(format!("{rows:?}"))
}
