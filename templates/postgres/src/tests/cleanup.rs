//! Deleting what has expired waits for nobody.

use sqlx::AssertSqlSafe;
use time::Duration;

use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};
use crate::{
    accounts::repeat,
    db,
    jobs::{Run, audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens},
};

const ANN: &str = "ann@example.com";

const TABLES: &[&str] = &[
    "tokens",
    "registrations",
    "sessions",
    "replaced_secrets",
    "repeats",
    "devices",
    "lockouts",
    "audit_events",
    //% if api
    "api_tokens",
    //% endif
    //% if jwt
    "jwt_families",
    "jwt_refresh_tokens",
    "jwt_keys",
    //% endif
];

const SECRETS: &[(&str, &str)] = &[
    // For the second of two clicks.
    ("repeats", "secret"),
    //% if jwt
    // For a response that was lost.
    ("jwt_refresh_tokens", "sealed_child"),
    //% endif
];

/// An app with a row in each of [`TABLES`].
async fn start() -> TestApp {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    ann.post("/users/sudo", &[("password", PASSWORD)]).await;
    let fields = [("email", ANN)];
    test.browser().post("/users/reset-password", &fields).await;
    test.browser().register("bob@example.com", PASSWORD).await;
    //% if api
    super::api::api_token(&mut ann, &["profile:read"]).await;
    //% endif
    //% if jwt
    super::jwt::log_in(&test, ANN).await.next(&test).await;
    crate::accounts::jwt::keys::rotation::rotate(
        &test.app,
        crate::accounts::jwt::keys::rotation::Takeover::Announced,
    )
    .await
    .unwrap();
    //% endif
    // A right password would forget it.
    test.browser().log_in(ANN, OTHER_PASSWORD).await;
    // A job would wait for rows that are held below.
    test.work().await;
    test
}

async fn count(test: &TestApp, rows: &str) -> i64 {
    let count = format!("select count(*) from {rows}");
    let count = sqlx::query_scalar(AssertSqlSafe(count));
    count.fetch_one(&test.app.db).await.unwrap()
}

/// Another transaction's.
async fn hold(tx: &mut db::Tx, rows: &str) {
    let held = format!("select 1 from {rows} for update");
    let held = sqlx::query(AssertSqlSafe(held));
    held.execute(&mut **tx).await.unwrap();
}

async fn delete(test: &TestApp) {
    CleanupExpiredTokens {}.run(&test.app, 1).await.unwrap();
    AuditCleanup {}.run(&test.app, 2).await.unwrap();
}

/// As once a minute.
async fn erase(test: &TestApp) {
    let mut tx = db::begin_impatient(&test.app.db).await.unwrap();
    let now = test.app.now();
    repeat::erase_secrets(&mut *tx, now).await.unwrap();
    //% if jwt
    crate::accounts::jwt::refresh::erase_children(&mut *tx, now)
        .await
        .unwrap();
    //% endif
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn rows_that_another_transaction_holds_are_deleted_the_next_night() {
    let test = start().await;
    let mut before = Vec::new();
    let mut tx = db::begin(&test.app.db).await.unwrap();
    for table in TABLES {
        let rows = count(&test, table).await;
        assert!(rows > 0, "{table}");
        before.push(rows);
        hold(&mut tx, table).await;
    }
    test.after(Duration::days(1000));
    let longest = std::time::Duration::from_secs(20);
    let deleted = tokio::time::timeout(longest, delete(&test)).await;
    deleted.expect("nothing waits for rows that are held");
    for (table, rows) in TABLES.iter().zip(before) {
        assert_eq!(count(&test, table).await, rows, "{table}");
    }
    tx.rollback().await.unwrap();

    delete(&test).await;
    for table in TABLES {
        // The newest key goes on signing.
        let left = i64::from(*table == "jwt_keys");
        assert_eq!(count(&test, table).await, left, "{table}");
    }
}

#[tokio::test]
async fn secrets_are_erased_beside_those_that_another_transaction_holds() {
    let test = start().await;
    test.member("carl@example.com").await;
    //% if jwt
    super::jwt::log_in(&test, ANN).await.next(&test).await;
    //% endif
    test.work().await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    for (table, secret) in SECRETS {
        let kept = format!("{table} where {secret} is not null");
        assert!(count(&test, &kept).await > 1, "{table}");
        let one = format!("{table} where ctid = (select ctid from {kept} limit 1)");
        hold(&mut tx, &one).await;
    }
    test.after(Duration::minutes(2));
    erase(&test).await;
    for (table, secret) in SECRETS {
        let kept = format!("{table} where {secret} is not null");
        assert_eq!(count(&test, &kept).await, 1, "{table}");
    }
}
