//! One table: what it is in both databases, and how its rows get from one to the other.
//!
//! They travel as JSON, each value as text that PostgreSQL reads as the type of its own column: SQLite has fewer types.

use anyhow::ensure;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::quoted;
use crate::db::Tx;

/// Rows that are in memory at once.
const PAGE: i64 = 500;

pub struct Table {
    pub name: String,
    /// The columns that both databases have.
    columns: Vec<Column>,
    /// Those that only SQLite has.
    missing: Vec<String>,
}

struct Column {
    name: String,
    /// PostgreSQL's type.
    kind: String,
    /// What PostgreSQL counts it with.
    sequence: Option<String>,
}

impl Table {
    /// Looks it up in both.
    pub async fn read(
        name: &str,
        from: &mut SqliteConnection,
        to: &mut Tx,
    ) -> anyhow::Result<Self> {
        let there: Vec<String> =
            sqlx::query_scalar("select name from pragma_table_info($1) order by cid")
                .bind(name)
                .fetch_all(from)
                .await?;
        let here: Vec<(String, String, Option<String>)> = sqlx::query_as(
            "select attname::text, format_type(atttypid, atttypmod), pg_get_serial_sequence($1, attname)
             from pg_attribute
             where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''",
        )
        .bind(quoted(name))
        .fetch_all(&mut **to)
        .await?;
        let missing = there
            .iter()
            .filter(|name| here.iter().all(|(here, ..)| here != *name));
        let both = here
            .iter()
            .filter(|(name, ..)| there.contains(name))
            .cloned();
        Ok(Self {
            name: name.to_owned(),
            missing: missing.cloned().collect(),
            columns: both
                .map(|(name, kind, sequence)| Column {
                    name,
                    kind,
                    sequence,
                })
                .collect(),
        })
    }

    pub fn is_in_both(&self) -> bool {
        !self.columns.is_empty()
    }

    /// What PostgreSQL has no place for. A table without rows needs none.
    pub async fn without_a_place(&self, from: &mut SqliteConnection) -> sqlx::Result<Vec<String>> {
        let rows = self.rows(from).await?;
        let is_missed = rows > 0 && !self.missing.is_empty();
        Ok(match (is_missed, self.is_in_both()) {
            (false, _) => Vec::new(),
            (true, false) => vec![format!("{} (rows: {rows})", self.name)],
            (true, true) => self
                .missing
                .iter()
                .map(|column| format!("{}.{column}", self.name))
                .collect(),
        })
    }

    /// Copies every row, and counts them.
    pub async fn copy(&self, from: &mut SqliteConnection, to: &mut Tx) -> anyhow::Result<i64> {
        let (read, write) = (self.read_as_json(), self.write_from_json());
        let (rows, mut copied) = (self.rows(from).await?, 0);
        while copied < rows {
            let page: String = sqlx::query_scalar(AssertSqlSafe(read.as_str()))
                .bind(PAGE)
                .bind(copied)
                .fetch_one(&mut *from)
                .await?;
            let written = sqlx::query(AssertSqlSafe(write.as_str()))
                .bind(page)
                .execute(&mut **to)
                .await?;
            ensure!(
                written.rows_affected() > 0,
                "{copied} of {rows} rows could be read"
            );
            copied += i64::try_from(written.rows_affected())?;
        }
        Ok(copied)
    }

    /// A column that counts by itself goes on after the last number that has come.
    pub async fn go_on_counting(&self, to: &mut Tx) -> sqlx::Result<()> {
        for column in &self.columns {
            let Some(sequence) = &column.sequence else {
                continue;
            };
            let (table, name) = (quoted(&self.name), quoted(&column.name));
            sqlx::query(AssertSqlSafe(format!(
                "select setval($1::text::regclass, max({name})) from {table} having max({name}) is not null"
            )))
            .bind(sequence)
            .execute(&mut **to)
            .await?;
        }
        Ok(())
    }

    async fn rows(&self, from: &mut SqliteConnection) -> sqlx::Result<i64> {
        let count = format!("select count(*) from {}", quoted(&self.name));
        sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(from)
            .await
    }

    /// SQLite's side: a list of rows, each a list of texts.
    fn read_as_json(&self) -> String {
        let values: Vec<String> = self.columns.iter().map(Column::as_text).collect();
        format!(
            "select json_group_array(json_array({})) from (select * from {} limit $1 offset $2)",
            values.join(", "),
            quoted(&self.name)
        )
    }

    /// PostgreSQL's side.
    fn write_from_json(&self) -> String {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|column| quoted(&column.name))
            .collect();
        let values = self.columns.iter().enumerate();
        let values: Vec<String> = values
            .map(|(at, column)| column.parsed(&format!("(r ->> {at})")))
            .collect();
        format!(
            "insert into {} ({}) overriding system value select {} from jsonb_array_elements($1::jsonb) r",
            quoted(&self.name),
            names.join(", "),
            values.join(", ")
        )
    }
}

impl Column {
    /// In SQLite: bytes in hexadecimal, a fraction with every digit that counts.
    fn as_text(&self) -> String {
        let name = quoted(&self.name);
        match self.kind.as_str() {
            "bytea" => format!("case when {name} is not null then hex({name}) end"),
            "uuid" => format!("case typeof({name}) when 'blob' then hex({name}) else {name} end"),
            "double precision" => {
                format!("case typeof({name}) when 'real' then quote({name}) else {name} end")
            }
            // Joined to something it is text, and not a part of the list that it is put into.
            _ if self.is_json() || self.is_array() => format!("json({name}) || ''"),
            _ => format!("cast({name} as text)"),
        }
    }

    /// In PostgreSQL: that text as what the column holds.
    fn parsed(&self, text: &str) -> String {
        let kind = &self.kind;
        if self.is_array() {
            return format!(
                "case when {text} is not null then array(select jsonb_array_elements_text({text}::jsonb))::{kind} end"
            );
        }
        match kind.as_str() {
            "bytea" => format!("decode({text}, 'hex')"),
            bits if bits.starts_with("bit(") => format!("{text}::bigint::{kind}"),
            _ => format!("{text}::{kind}"),
        }
    }

    fn is_json(&self) -> bool {
        matches!(self.kind.as_str(), "json" | "jsonb")
    }

    fn is_array(&self) -> bool {
        self.kind.ends_with("[]")
    }
}
