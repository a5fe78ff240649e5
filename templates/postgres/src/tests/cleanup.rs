//! Deleting what has expired waits for nobody.

use sqlx::AssertSqlSafe;
use time::Duration;

//% if passkeys
use super::authenticator::{Begun, Key, LOG_IN};
//% endif
use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp, two_factor};
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
    "totp_secrets",
    "trusted_browsers",
    //% if passkeys
    "passkey_challenges",
    "registration_passkeys",
    //% endif
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
    two_factor::scan(&mut ann).await;
    let carl = two_factor::member(&test, "carl@example.com").await;
    let trusting = [("trust_browser", "on")];
    carl.log_in(&test, "carl@example.com", &trusting).await;
    //% if passkeys
    begin_with_a_passkey(&test).await;
    //% endif
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

//% if passkeys
/// Registers an email that is never confirmed.
async fn begin_with_a_passkey(test: &TestApp) {
    let (mut browser, mut key) = (test.browser(), Key::new());
    let email = serde_json::json!({ "email": "eve@example.com" });
    let begun = Begun::begin(&mut browser, "/users/register/passkey", email).await;
    let credential = key.create(&begun.options).await;
    begun.finish(&mut browser, &credential).await;
    // A challenge that is never answered.
    Begun::begin(&mut browser, LOG_IN, serde_json::json!({})).await;
}

//% endif
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
        // The newest key goes on signing, and Carl's app goes on.
        let left = i64::from(["jwt_keys", "totp_secrets"].contains(table));
        assert_eq!(count(&test, table).await, left, "{table}");
    }
}

#[tokio::test]
async fn secrets_are_erased_beside_those_that_another_transaction_holds() {
    let test = start().await;
    test.member("dora@example.com").await;
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
