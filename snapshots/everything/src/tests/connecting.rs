//! The server that `DATABASE_URL` names: how we make sure that it is the right one, and what happens when it is away.

use std::str::FromStr;

use sqlx::{
    AssertSqlSafe,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::test_app::TestApp;
use crate::{
    config::Config,
    db,
    tests::security::configuration::{production, read},
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
