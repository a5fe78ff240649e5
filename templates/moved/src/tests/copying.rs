//! The rows of the SQLite database that was there before: `copy-database`.

use riverqueue::migrate::SqliteMigrator;
use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqlitePoolOptions};

use super::{PASSWORD, test_app::TestApp};
use crate::{
    accounts::password::Password,
    commands::{
        Command,
        copy_database::{self, Wanted},
    },
    id::{self, Id},
    jobs,
};

const EMAIL: &str = "ann@example.com";
const USERS: &str = "{= users =}";

/// The tables as they were.
async fn old_database() -> SqlitePool {
    // In memory, every connection would have a database of its own.
    let one = SqlitePoolOptions::new().max_connections(1);
    let old = one.connect("sqlite::memory:").await.unwrap();
    let tables = sqlx::migrate!("migrations/sqlite").run(&old).await;
    tables.unwrap();
    let jobs = SqliteMigrator::new(old.clone()).migrate_up().await;
    jobs.unwrap();
    old
}

async fn execute(old: &SqlitePool, statement: &str) {
    let done = sqlx::query(AssertSqlSafe(statement)).execute(old).await;
    done.unwrap();
}

/// Somebody who has confirmed their address in the old program.
async fn settle(test: &TestApp, old: &SqlitePool) -> Id {
    let mut tx = crate::db::begin(&test.app.db).await.unwrap();
    let id = id::next(&mut tx).await.unwrap();
    let password = Password::typed(PASSWORD);
    let settled = sqlx::query(
        "insert into {= users =} (id, email, password_hash, confirmed_at, inserted_at)
         values ($1, $2, $3, $4, $4)",
    )
    .bind(id)
    .bind(EMAIL)
    .bind(test.app.hasher.hash(&password).await.unwrap())
    .bind(test.app.now())
    .execute(old)
    .await;
    settled.unwrap();
    id
}

/// A browser that they are logged in with, as far as the table goes.
async fn log_in(test: &TestApp, old: &SqlitePool, user: Id) {
    let mut tx = crate::db::begin(&test.app.db).await.unwrap();
    let logged_in = sqlx::query(
        "insert into sessions (id, user_id, token_hash, remembered, proofs, address, agent, last_active_at,
           reissued_at, expires_at, inserted_at)
         values ($1, $2, x'00ff', true, 'password', '::1', 'a \"browser\"', $3, $3, $3, $3)",
    )
    .bind(id::next(&mut tx).await.unwrap())
    .bind(user)
    .bind(test.app.now())
    .execute(old)
    .await;
    logged_in.unwrap();
}

/// What the terminal says to it.
async fn copied(test: &TestApp, old: &SqlitePool, without: &[&str]) -> String {
    let without: Vec<String> = without.iter().map(|table| (*table).to_owned()).collect();
    let mut from = old.acquire().await.unwrap();
    match copy_database::copy(&mut from, &test.app.db, &without).await {
        Ok(tables) => {
            let filled = tables.into_iter().filter(|(_, rows)| *rows > 0);
            let lines = filled.map(|(table, rows)| format!("{table} {rows}"));
            lines.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("error: {error:#}"),
    }
}

#[tokio::test]
async fn whoever_was_there_logs_in_as_before() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let user = settle(&test, &old).await;
    log_in(&test, &old, user).await;
    let said = copied(&test, &old, &[]).await;
    let expected = ["sessions 1".to_owned(), format!("{USERS} 1")];
    assert!(expected.iter().all(|one| said.contains(one)), "{said}");

    assert_eq!(test.user(EMAIL).await.unwrap().id, user);
    let mut browser = test.browser();
    browser.log_in(EMAIL, PASSWORD).await.expect_redirect("/");
    let kept = "select count(*) from sessions where token_hash = '\\x00ff' and remembered and agent = 'a \"browser\"'";
    assert_eq!(test.count(kept).await, 1);
}

#[tokio::test]
async fn a_job_that_waits_is_done() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let client = riverqueue::Client::builder(old.clone()).build().unwrap();
    let job = jobs::audit_cleanup::AuditCleanup {};
    client.insert(job).await.unwrap();
    assert_eq!(copied(&test, &old, &[]).await, "river_job 1");

    let _working = jobs::start(&test.app).unwrap();
    test.work().await;
    // The first there was: half of the day the schedule has one of this kind to make up for, too.
    let done = "select count(*) from river_job where id = 1 and state = 'completed'";
    assert_eq!(test.count(done).await, 1);
}

#[tokio::test]
async fn every_kind_of_value_arrives_as_it_was() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let columns = "id bigint primary key, truth boolean, fraction double precision, words text, bytes bytea, object jsonb, list text[], bits bit(8), moment timestamptz";
    let there = "id integer primary key, truth, fraction real, words text, bytes blob, object text, list text, bits integer, moment text";
    execute(&old, &format!("create table things ({there})")).await;
    let here = sqlx::query(AssertSqlSafe(format!("create table things ({columns})")));
    here.execute(&test.app.db).await.unwrap();
    execute(
        &old,
        r#"insert into things values
           (9007199254740993, 1, 0.1, 'it''s "ü"', x'00ff', '{"a": [1, null]}', '["x", "", "{y}"]', 5, '2026-11-24 12:00:00.123456'),
           (2, 0, -1e300, '', x'', 'null', '[]', 255, '2026-11-24T12:00:00+02:00'),
           (3, null, null, null, null, null, null, null, null)"#,
    )
    .await;
    assert_eq!(copied(&test, &old, &[]).await, "things 3");

    for row in [
        r#"9007199254740993 true 0.1 it's "ü" \x00ff {"a": [1, null]} {x,"","{y}"} 00000101 2026-11-24 12:00:00.123456"#,
        r"2 false -1e+300  \x null {} 11111111 2026-11-24 10:00:00",
        "3 - - - - - - - -",
    ] {
        let texts = [
            "id", "truth", "fraction", "words", "bytes", "object", "list", "bits",
        ];
        let texts = texts.map(|column| format!("coalesce({column}::text, '-')"));
        let moment = "coalesce((moment at time zone 'utc')::text, '-')";
        let all = format!(
            "select concat_ws(' ', {}, {moment}) from things",
            texts.join(", ")
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(all))
            .fetch_all(&test.app.db)
            .await
            .unwrap();
        assert!(rows.iter().any(|found| found == row), "{row}\n{rows:#?}");
    }
}

#[tokio::test]
async fn what_is_more_than_fits_into_memory_comes_in_pieces() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let things = "create table things (id bigint primary key, before bigint references things)";
    execute(&old, things).await;
    sqlx::query(things).execute(&test.app.db).await.unwrap();
    // Each refers to the one after it, so that many refer to rows that come later.
    execute(
        &old,
        "insert into things with recursive n(n) as (select 1 union all select n + 1 from n where n < 1234)
         select n, nullif(n + 1, 1235) from n",
    )
    .await;
    assert_eq!(copied(&test, &old, &[]).await, "things 1234");
    let sum = "select sum(id)::bigint from things where before is null or before = id + 1";
    assert_eq!(test.count(sum).await, 1234 * 1235 / 2);
    let waits = "select count(*) from pg_constraint where condeferrable";
    assert_eq!(test.count(waits).await, 0);
}

#[tokio::test]
async fn numbers_go_on_after_the_last() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let here = "create table things (id bigint generated always as identity primary key)";
    sqlx::query(here).execute(&test.app.db).await.unwrap();
    execute(&old, "create table things (id integer primary key)").await;
    execute(&old, "insert into things values (41)").await;
    //% if integer
    execute(&old, "update ids set last = 70").await;
    //% endif
    assert_eq!(copied(&test, &old, &[]).await, "things 1");

    let next = "insert into things default values returning id";
    assert_eq!(test.count(next).await, 42);
    //% if integer
    let mut tx = crate::db::begin(&test.app.db).await.unwrap();
    assert_eq!(id::next(&mut tx).await.unwrap(), 71);
    //% endif
}

#[tokio::test]
async fn rows_that_are_there_already_are_left_alone() {
    let (test, old) = (TestApp::start().await, old_database().await);
    settle(&test, &old).await;
    test.member("bob@example.com").await;
    let said = copied(&test, &old, &[]).await;
    assert!(
        said.starts_with("error: there are rows in PostgreSQL already, in audit_events, "),
        "{said}"
    );
    assert_eq!(test.people().await, 1);
}

#[tokio::test]
async fn what_has_no_place_is_named_before_anything_is_copied() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    settle(&test, &old).await;
    execute(&old, "create table drafts (id integer primary key)").await;
    execute(&old, "create table orders (id integer primary key)").await;
    execute(&old, "insert into orders values (1), (2)").await;
    let nickname = format!("alter table {USERS} add column nickname text");
    execute(&old, &nickname).await;
    let said = copied(&test, &old, &[]).await;
    assert!(
        said.starts_with("error: PostgreSQL has no place for "),
        "{said}"
    );
    assert!(said.contains("orders (rows: 2)"), "{said}");
    assert!(said.contains(&format!("{USERS}.nickname")), "{said}");
    assert!(!said.contains("drafts"), "{said}");
    assert_eq!(test.people().await, 0);
    assert_eq!(copied(&test, &old, &["orders", USERS]).await, "");
    let unknown = copied(&test, &old, &["oders"]).await;
    assert!(
        unknown.starts_with("error: --without oders: there is no such table"),
        "{unknown}"
    );
}

#[tokio::test]
async fn one_row_that_does_not_fit_and_none_is_copied() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let user = settle(&test, &old).await;
    log_in(&test, &old, user).await;
    let once = format!("update {USERS} set inserted_at = 'once'");
    execute(&old, &once).await;
    let said = copied(&test, &old, &[]).await;
    assert!(
        said.starts_with(&format!("error: the table {USERS}: ")),
        "{said}"
    );
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn a_row_that_refers_to_nothing_and_none_is_copied() {
    let (test, old) = (TestApp::idle(&[]).await, old_database().await);
    let user = settle(&test, &old).await;
    log_in(&test, &old, user).await;
    execute(&old, "pragma foreign_keys = off").await;
    execute(&old, &format!("delete from {USERS}")).await;
    let said = copied(&test, &old, &[]).await;
    assert!(
        said.starts_with("error: a row refers to one that is not there: "),
        "{said}"
    );
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}

#[test]
fn what_is_typed_is_understood_or_answered_with_what_can_be() {
    let wanted = |file: &str, without: &[&str]| {
        Command::CopyDatabase(Wanted {
            file: file.to_owned(),
            without: without.iter().map(|table| (*table).to_owned()).collect(),
        })
    };
    let parse = |words: &[&str]| Command::parse(words);
    assert_eq!(
        parse(&["copy-database", "a.db"]).unwrap(),
        wanted("a.db", &[])
    );
    let two = ["copy-database", "a.db", "--without", "x", "--without", "y"];
    assert_eq!(parse(&two).unwrap(), wanted("a.db", &["x", "y"]));
    for words in [
        &["copy-database"][..],
        &["copy-database", "a.db", "--without"],
    ] {
        let error = parse(words).unwrap_err().to_string();
        assert!(error.contains("copy-database FILE"), "{words:?}: {error}");
    }
}
