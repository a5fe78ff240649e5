//! The server that `DATABASE_URL` names: how we make sure that it is the right one, and what happens when it is away.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use sqlx::{
    AssertSqlSafe,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{browser::Browser, test_app::TestApp};
use crate::{
    app::App,
    config::Config,
    db,
    jobs::{Run, cleanup_expired_tokens::CleanupExpiredTokens},
    pages,
    tests::security::configuration::{production, read},
    web,
};

/// How production makes sure of the server at this address.
fn mode(url: &str, tls: &str) -> PgSslMode {
    let setting = |name: &str| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "DATABASE_TLS" => Some(tls.to_owned()),
        _ => production(name),
    };
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    let options = PgConnectOptions::from_str(url).unwrap();
    db::options(&config, options).get_ssl_mode()
}

#[test]
fn sec_cfg_01_the_server_is_verified_unless_somebody_says_otherwise() {
    use PgSslMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    let host = "postgres://shop:secret@db.example.com/shop";
    for (url, tls, expected) in [
        (host, "", VerifyFull),
        (
            "postgres://shop:sslmode=disable@db.example.com/shop",
            "",
            VerifyFull,
        ),
        (
            "postgres://shop:secret@db.example.com/sslmode=disable",
            "",
            VerifyFull,
        ),
        ("postgres://shop@localhost/shop", "", VerifyFull),
        (&format!("{host}?sslmode=prefer"), "", VerifyFull),
        (&format!("{host}?sslmode=allow"), "", VerifyFull),
        (&format!("{host}?sslmode=verify-full"), "", VerifyFull),
        (&format!("{host}?ssl-mode=verify-full"), "", VerifyFull),
        (&format!("{host}?sslmode=verify-ca"), "", VerifyCa),
        (&format!("{host}?sslmode=require"), "", Require),
        (&format!("{host}?sslmode=disable"), "", Disable),
        (&format!("{host}?sslmode=prefer"), "verify-full", VerifyFull),
        (host, "require", Require),
        (host, "disable", Disable),
        (
            &format!("{host}?sslmode=disable"),
            "verify-full",
            VerifyFull,
        ),
        ("postgres:///shop?host=/var/run/postgresql", "", Prefer),
    ] {
        let found = mode(url, tls);
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{url} {tls}");
    }
    for bad in ["prefer", "Require", "verify-ca", "off"] {
        assert!(read("DATABASE_TLS", bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn sec_err_01_what_may_be_over_in_a_moment_is_503() {
    let test = TestApp::idle(&[]).await;
    for (state, is_unavailable) in [
        ("57P01", true),
        ("57P03", true),
        ("53300", true),
        ("08006", true),
        ("40P01", true),
        ("55P03", true),
        ("23505", false),
        ("42703", false),
        ("57014", false),
    ] {
        let raise = format!("do $$ begin raise exception using errcode = '{state}'; end $$");
        let error = sqlx::query(AssertSqlSafe(raise))
            .execute(&test.app.db)
            .await
            .unwrap_err();
        assert_eq!(db::is_unavailable(&error), is_unavailable, "{state}");
    }
}

/// A server that is away is asked again and again, and nobody waits for long.
#[tokio::test]
async fn sec_err_01_a_server_that_is_away_is_503_soon() {
    let setting = |name: &str| match name {
        "APP_ENV" => Some("development".to_owned()),
        "DATABASE_URL" => Some("postgres://shop@127.0.0.1:1/shop".to_owned()),
        _ => None,
    };
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    let options = PgConnectOptions::from_str("postgres://shop@127.0.0.1:1/shop").unwrap();
    let pool = db::pool(&config).connect_lazy_with(options);
    let app = App::new(config, pool).unwrap();
    let mut browser = Browser::new(web::router(app, pages::routes()));
    let session = concat!(env!("CARGO_PKG_NAME"), "_session");
    browser.cookies.insert(session.to_owned(), "A".repeat(43));
    let begun = Instant::now();
    let answer = browser.get("/users/settings").await;
    let answer = answer.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "5");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// Each that waits keeps a connection that pages need.
#[tokio::test]
async fn sec_ses_12_what_no_request_needs_waits_no_longer_than_a_second_for_a_lock() {
    let test = TestApp::start_with(&[("POOL_SIZE", "10")]).await;
    let mut browser = test.member("ann@example.com").await;
    test.work().await;
    test.after(time::Duration::seconds(61));
    let mut tx = db::begin(&test.app.db).await.unwrap();
    sqlx::query(db::locking!("select id from sessions"))
        .execute(&mut *tx)
        .await
        .unwrap();
    browser
        .get("/users/settings/sessions")
        .await
        .expect(StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let waiting = "select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'";
    assert_eq!(test.count(waiting).await, 0);
}

/// The nightly job beside a request that ends everything of one user.
#[tokio::test]
async fn sec_ses_18_what_deletes_old_rows_waits_for_nobody() {
    let test = TestApp::start_with(&[("POOL_SIZE", "10")]).await;
    for email in ["ann@example.com", "ben@example.com"] {
        test.member(email).await;
    }
    test.work().await;
    test.after(time::Duration::days(500));
    let mut held = test.hold("ann@example.com").await;
    for rows in [
        "update sessions set address = 'x' where user_id = $1",
        "update devices set failures = 1 where user_id = $1",
    ] {
        let query = sqlx::query(rows).bind(held.user().id);
        query.execute(held.connection()).await.unwrap();
    }
    let cleanup = CleanupExpiredTokens {}.run(&test.app, 1);
    let done = tokio::time::timeout(Duration::from_secs(5), cleanup).await;
    done.expect("it waits for the lock").unwrap();
    for rows in [
        "select count(*) from sessions",
        "select count(*) from devices",
    ] {
        assert_eq!(test.count(rows).await, 1, "{rows}");
    }
}
