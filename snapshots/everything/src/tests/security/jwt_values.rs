//! JWT, with literal values: times, limits, and what the list of apps shows.

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::Duration;

use super::{
    api_values::{meanwhile, schedule_deletion},
    configuration,
    jwt::with_app,
};
use crate::{
    accounts::{
        housekeeping,
        jwt::keys::{
            self,
            rotation::{self, Takeover},
        },
    },
    tests::{
        PASSWORD,
        api::{Program, api_token},
        jwt::{Pair, log_in},
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";
const APPS: &str = "/users/settings/apps";

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn key_of(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    let head: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    head["kid"].clone()
}

#[tokio::test]
async fn sec_jwt_07_a_lost_response_does_not_come_again_after_two_minutes() {
    let (test, first) = with_app().await;
    first.next(&test).await;
    test.after(Duration::minutes(2));
    assert_eq!(first.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(test.count("select count(*) from jwt_families").await, 0);
}

#[tokio::test]
async fn sec_jwt_07_what_is_kept_for_lost_responses_is_erased_within_two_minutes() {
    let (test, first) = with_app().await;
    first.next(&test).await;
    test.after(Duration::minutes(2));
    housekeeping::erase_secrets(&test.app).await;
    let kept = "select count(*) from jwt_refresh_tokens where sealed_child is not null";
    assert_eq!(test.count(kept).await, 0);
}

/// Caches keep the key set for five minutes.
#[tokio::test]
async fn sec_jwt_05_a_new_key_signs_ten_minutes_after_it_was_published() {
    let (test, mut pair) = with_app().await;
    let old = key_of(&pair.access);
    let old_access = pair.access.clone();
    rotation::rotate(&test.app, Takeover::Announced)
        .await
        .unwrap();
    test.after(Duration::minutes(9));
    pair = pair.next(&test).await;
    assert_eq!(key_of(&pair.access), old);
    test.after(Duration::minutes(2));
    let new = pair.next(&test).await;
    assert_ne!(key_of(&new.access), old);
    // Tokens of the old one are good until they end, a quarter of an hour after they were made.
    test.after(Duration::minutes(10));
    assert!(pair.is_accepted(&test).await && new.is_accepted(&test).await);
    let first = Pair {
        access: old_access,
        refresh: String::new(),
    };
    assert!(!first.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_05_a_key_that_was_ended_stays_ended() {
    let (test, pair) = with_app().await;
    rotation::rotate(&test.app, Takeover::AtOnce).await.unwrap();
    test.after(Duration::minutes(1));
    rotation::rotate(&test.app, Takeover::Announced)
        .await
        .unwrap();
    test.after(Duration::minutes(1));
    keys::current(&test.app).await.unwrap();
    assert!(!pair.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_09_an_access_token_that_expires_under_way_writes_nothing() {
    for is_deletion in [false, true] {
        let test = TestApp::start().await;
        let mut browser = test.member(ANN).await;
        api_token(&mut browser, &["profile:read"]).await;
        let pair = log_in(&test, ANN).await;
        test.work().await;
        let answer = if is_deletion {
            meanwhile(&test, &pair.access, schedule_deletion).await
        } else {
            let expire = async |test: &TestApp, _: &mut _| test.after(Duration::minutes(16));
            meanwhile(&test, &pair.access, expire).await
        };
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert_eq!(test.count("select count(*) from api_tokens").await, 1);
    }
}

#[tokio::test]
async fn sec_jwt_10_every_access_token_has_a_jti_of_its_own() {
    let (test, first) = with_app().await;
    let second = first.next(&test).await;
    let other = log_in(&test, ANN).await;
    let ids = [&first, &second, &other].map(|pair| claims(&pair.access)["jti"].clone());
    assert!(
        ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2],
        "{ids:?}"
    );
    assert!(ids[0].as_str().unwrap().len() >= 22, "{ids:?}");
}

#[tokio::test]
async fn apps_are_listed_with_where_they_were_used_last_and_only_while_they_are_logged_in() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    let mut elsewhere = Program(Program::new(&test).0.from("203.0.113.77"));
    let body = json!({ "refresh_token": pair.refresh });
    let answer = elsewhere.post("/api/auth/token/refresh", &body).await;
    answer.expect(StatusCode::OK);
    browser.get(APPS).await.expect_text("203.0.113.77");
    test.after(Duration::days(31));
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let page = browser.get(APPS).await.expect(StatusCode::OK);
    assert!(!page.body.contains("203.0.113.77"), "{}", page.body);
}

#[tokio::test]
async fn sec_log_03_one_app_exchanges_thirty_times_a_minute() {
    let (test, mut pair) = with_app().await;
    for _ in 0..30 {
        pair = pair.next(&test).await;
    }
    let refused = pair.exchange(&test).await.0;
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    test.after(Duration::minutes(1));
    pair.next(&test).await;
}

#[tokio::test]
async fn sec_log_03_login_tokens_that_do_not_exist_are_counted_by_network() {
    let test = TestApp::start().await;
    let path = "/api/auth/token/second-factor";
    for number in 0..61 {
        let from = format!("2001:db8:1:2::{number:x}");
        let mut program = Program(Program::new(&test).0.from(&from));
        let body = json!({ "login_token": "A".repeat(43), "code": "000000" });
        let answer = program.post(path, &body).await;
        let expected = if number < 60 { 401 } else { 429 };
        assert_eq!(answer.status.as_u16(), expected, "{number}");
    }
}

#[tokio::test]
async fn sec_jwt_08_every_refusal_names_the_scheme() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let secret = "A".repeat(43);
    for (path, body) in [
        ("/api/auth/token", json!({ "email": ANN, "password": "x" })),
        (
            "/api/auth/token/refresh",
            json!({ "refresh_token": secret }),
        ),
        (
            "/api/auth/token/second-factor",
            json!({ "login_token": secret, "code": "000000" }),
        ),
    ] {
        let answer = Program::new(&test).post(path, &body).await;
        let answer = answer.expect(StatusCode::UNAUTHORIZED);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{path}: {challenge}");
    }
}

/// 32 bytes are as many as HMAC-SHA-256 has (RFC 7518, section 3.2).
#[test]
fn sec_cfg_01_a_shared_secret_has_32_bytes_in_development_too() {
    let read = |secret: &str| {
        let setting = |name: &str| match name {
            "APP_ENV" => Some("development".to_owned()),
            "JWT_SECRET_KEY" => Some(secret.to_owned()),
            _ => configuration::production(name).filter(|_| name != "APP_URL"),
        };
        crate::config::Config::read(&setting)
    };
    let long = "b7wQ2xZ9kLmN4pRtVyUa8sDfGhJkEcXo";
    assert!(read(long).is_ok());
    for length in [8, 16, 31] {
        let problems = read(&long[..length]).err().unwrap().0;
        assert!(
            problems[0].starts_with("JWT_SECRET_KEY must"),
            "{problems:?}"
        );
    }
}
