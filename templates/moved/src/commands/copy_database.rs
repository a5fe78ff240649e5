//! Copies every row of the SQLite database that was there before into PostgreSQL: all of them, or none.
//!
//! Rows keep their keys, so that what is sealed for a row still opens there, and whoever is logged in stays so. Stop the old
//! program first: what it writes later is not copied. Once that is done nothing needs this file any more, nor its test, its feature in
//! Cargo.toml and `migrations/sqlite`.

mod table;

use std::str::FromStr;

use anyhow::{Context, ensure};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions,
};

use self::table::Table;
use crate::{
    config::Config,
    db::{self, Pool, Tx},
};

const HELP: &str = "say which file:
  copy-database FILE                  every row of every table
  copy-database FILE --without TABLE  but those of this one; as often as you like";

/// What each database keeps for itself.
const NOT_COPIED: &[&str] = &[
    "_sqlx_migrations",
    "river_migration",
    // Who leads the jobs, and who is to be woken: nobody any more.
    "river_leader",
    "river_notification",
    //% if integer
    // The last key: here a sequence.
    "ids",
    //% endif
];

#[derive(PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The SQLite database: a path, or an address such as `sqlite://shop.db`.
    pub file: String,
    /// Tables that stay behind.
    pub without: Vec<String>,
}

pub fn parse(words: &[&str]) -> anyhow::Result<Wanted> {
    let [file, rest @ ..] = words else {
        anyhow::bail!(HELP);
    };
    let mut without = Vec::new();
    for pair in rest.chunks(2) {
        match pair {
            ["--without", table] => without.push((*table).to_owned()),
            _ => anyhow::bail!("what is `{}`? {HELP}", pair.join(" ")),
        }
    }
    Ok(Wanted {
        file: (*file).to_owned(),
        without,
    })
}

/// Copies, and says what.
pub async fn run(config: &Config, wanted: &Wanted) -> anyhow::Result<String> {
    let file = SqliteConnectOptions::from_str(&wanted.file)?.read_only(true);
    let opened = file.connect().await;
    let mut from = opened.with_context(|| format!("cannot open {}", wanted.file))?;
    let to = db::connect(config).await?;
    db::migrate(&to).await?;
    let copied = copy(&mut from, &to, &wanted.without).await?;

    let lines = copied
        .iter()
        .map(|(table, rows)| format!("{rows:>10}  {table}\n"));
    Ok(lines.collect::<String>() + "Copied. Start the program: everybody is here.")
}

/// Copies what was there at one moment, in one transaction. How many rows of each table.
pub async fn copy(
    from: &mut SqliteConnection,
    to: &Pool,
    without: &[String],
) -> anyhow::Result<Vec<(String, i64)>> {
    let mut from = from.begin().await?;
    let mut to = db::begin(to).await?;
    // SQLite's times are in UTC and need not say so.
    sqlx::query("set local time zone 'UTC'")
        .execute(&mut *to)
        .await?;
    let tables = tables(&mut from, &mut to, without).await?;
    refuse_rows(&mut to, &tables).await?;

    let references = references_that_cannot_wait(&mut to).await?;
    each(&mut to, &references, "deferrable initially deferred").await?;
    let mut copied = Vec::new();
    for table in &tables {
        let rows = table.copy(&mut from, &mut to).await;
        copied.push((
            table.name.clone(),
            rows.with_context(|| format!("the table {}", table.name))?,
        ));
    }
    let refers = sqlx::query("set constraints all immediate")
        .execute(&mut *to)
        .await;
    refers.context("a row refers to one that is not there")?;
    each(&mut to, &references, "not deferrable").await?;
    for table in &tables {
        table.go_on_counting(&mut to).await?;
    }
    //% if integer
    go_on_with_keys(&mut from, &mut to).await?;
    //% endif
    to.commit().await?;
    Ok(copied)
}

/// The tables that are copied. Each row has a place in PostgreSQL, or nothing is done.
async fn tables(
    from: &mut SqliteConnection,
    to: &mut Tx,
    without: &[String],
) -> anyhow::Result<Vec<Table>> {
    let names: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
    )
    .fetch_all(&mut *from)
    .await?;
    if let Some(unknown) = without.iter().find(|name| !names.contains(name)) {
        anyhow::bail!(
            "--without {unknown}: there is no such table; there are {}",
            names.join(", ")
        );
    }
    let is_copied =
        |name: &&String| !NOT_COPIED.contains(&name.as_str()) && !without.contains(name);
    let (mut tables, mut missing) = (Vec::new(), Vec::new());
    for name in names.iter().filter(is_copied) {
        let table = Table::read(name, from, to).await?;
        missing.extend(table.without_a_place(from).await?);
        tables.extend(table.is_in_both().then_some(table));
    }
    ensure!(
        missing.is_empty(),
        "PostgreSQL has no place for {}: write a migration that makes it, or leave the table behind with `--without TABLE`",
        missing.join(", ")
    );
    Ok(tables)
}

/// Old rows must not meet others, of which one may have their keys. Nobody else writes from here on.
async fn refuse_rows(to: &mut Tx, tables: &[Table]) -> anyhow::Result<()> {
    let mut filled = Vec::new();
    for table in tables {
        let quoted = quoted(&table.name);
        execute(
            to,
            format!("lock table {quoted} in share row exclusive mode"),
        )
        .await?;
        let exists = format!("select exists (select from {quoted})");
        if sqlx::query_scalar(AssertSqlSafe(exists))
            .fetch_one(&mut **to)
            .await?
        {
            filled.push(table.name.as_str());
        }
    }
    ensure!(
        filled.is_empty(),
        "there are rows in PostgreSQL already, in {}: take an empty database, which no program has been started with",
        filled.join(", ")
    );
    Ok(())
}

/// Foreign keys that are looked at with every row, as they are altered: a row may come before the one that it refers to.
async fn references_that_cannot_wait(to: &mut Tx) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select format('alter table %s alter constraint %I', conrelid::regclass, conname) from pg_constraint
         where contype = 'f' and connamespace = current_schema()::regnamespace and not condeferrable
           and conparentid = 0",
    )
    .fetch_all(&mut **to)
    .await
}

async fn each(to: &mut Tx, references: &[String], how: &str) -> sqlx::Result<()> {
    for reference in references {
        execute(to, format!("{reference} {how}")).await?;
    }
    Ok(())
}
//% if integer

/// Keys are counted by a table there, by a sequence here.
async fn go_on_with_keys(from: &mut SqliteConnection, to: &mut Tx) -> sqlx::Result<()> {
    let next: i64 = sqlx::query_scalar("select last + 1 from ids")
        .fetch_one(from)
        .await?;
    sqlx::query("select setval('ids', $1, false)")
        .bind(next)
        .execute(&mut **to)
        .await?;
    Ok(())
}
//% endif

async fn execute(to: &mut Tx, statement: String) -> sqlx::Result<u64> {
    let done = sqlx::query(AssertSqlSafe(statement))
        .execute(&mut **to)
        .await?;
    Ok(done.rows_affected())
}

/// As the name of a table or a column in either database.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
