//! What tables there are, and rows of any of them. Names come from the database itself.

use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::Tx;
use crate::id::Id;

/// The tables that have a column of this name.
pub async fn tables_with(tx: &mut Tx, column: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select t.name from sqlite_schema t join pragma_table_info(t.name) c
         where t.type = 'table' and c.name = $1 order by t.name",
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
    let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
        .bind(table)
        .fetch_all(&mut **tx)
        .await?;
    let pairs: Vec<String> = columns.iter().map(|column| pair(column)).collect();
    let (pairs, table, column) = (pairs.join(", "), quoted(table), quoted(column));
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "select json_object({pairs}) from {table} where {column} = $1"
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

/// A column as an argument of `json_object`, which takes no bytes.
fn pair(column: &str) -> String {
    let (name, column) = (column.replace('\'', "''"), quoted(column));
    format!(
        "'{name}', case typeof({column}) when 'blob' then lower(hex({column})) else {column} end"
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every value of a table, as text.
#[cfg(test)]
pub async fn dump(tx: &mut Tx, table: &str) -> anyhow::Result<String> {
    use sqlx::Row;

    let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
        .bind(table)
        .fetch_all(&mut **tx)
        .await?;
    let bytes = |column: &String| format!("cast({} as blob)", quoted(column));
    let bytes: Vec<String> = columns.iter().map(bytes).collect();
    let query = format!("select {} from {}", bytes.join(", "), quoted(table));
    let rows = sqlx::query(AssertSqlSafe(query))
        .fetch_all(&mut **tx)
        .await?;
    let mut values = Vec::new();
    for row in rows {
        for column in 0..columns.len() {
            let value: Option<Vec<u8>> = row.try_get(column)?;
            values.push(String::from_utf8_lossy(&value.unwrap_or_default()).into_owned());
        }
    }
    Ok(format!("{values:?}"))
}
