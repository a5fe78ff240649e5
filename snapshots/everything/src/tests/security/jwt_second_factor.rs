//! MFA-5: apps give the second factor, too, and say so in their tokens.

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::Duration;

use crate::tests::{
    PASSWORD,
    api::Program,
    jwt::{Pair, log_in, log_in_with_code},
    test_app::TestApp,
    two_factor::{self, STEP, WRONG_CODE},
};

const ANN: &str = "ann@example.com";
const PATH: &str = "/api/auth/token/second-factor";

/// What an app is told that sends the right password.
async fn pending(test: &TestApp) -> Value {
    let body = json!({ "email": ANN, "password": PASSWORD });
    let answer = Program::new(test).post("/api/auth/token", &body).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    answer.expect(StatusCode::FORBIDDEN).json()
}

async fn send(test: &TestApp, token: &Value, code: &str) -> (StatusCode, Value) {
    let body = json!({ "login_token": token, "code": code });
    let answer = Program::new(test).post(PATH, &body).await;
    (answer.status, answer.json())
}

async fn families(test: &TestApp) -> i64 {
    test.count("select count(*) from jwt_families").await
}

fn claims(pair: &Pair) -> Value {
    let part = pair.access.split('.').nth(1).unwrap();
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[tokio::test]
async fn sec_mfa_05_an_app_gives_the_second_factor_for_its_tokens() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let answer = pending(&test).await;
    assert_eq!(answer["login_steps"], json!(["second_factor"]));
    assert!(answer.get("access_token").is_none());
    assert_eq!(families(&test).await, 0);
    let token = &answer["login_token"];
    let (status, _) = send(&test, token, WRONG_CODE).await;
    assert_eq!(
        (status, families(&test).await),
        (StatusCode::UNAUTHORIZED, 0)
    );
    let code = ann.phone.code(&test);
    let (status, answer) = send(&test, token, &code).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(Pair::of(&answer).is_accepted(&test).await);
    // Both are used up.
    assert_eq!(send(&test, token, &code).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(families(&test).await, 1);
}

#[tokio::test]
async fn sec_mfa_07_five_wrong_codes_end_a_login_token() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let token = pending(&test).await["login_token"].clone();
    for _ in 0..5 {
        assert_eq!(
            send(&test, &token, WRONG_CODE).await.0,
            StatusCode::UNAUTHORIZED
        );
    }
    let code = ann.phone.code(&test);
    assert_eq!(send(&test, &token, &code).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(families(&test).await, 0);
}

#[tokio::test]
async fn sec_mfa_07_apps_share_the_limit_of_codes() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    for number in 0..11 {
        let mut program = Program::new(&test);
        program.0.address = format!("203.0.113.{number}").parse().unwrap();
        let body = json!({ "email": ANN, "password": PASSWORD });
        let token = program.post("/api/auth/token", &body).await.json();
        let (code, status) = match number {
            0..10 => (WRONG_CODE.to_owned(), StatusCode::UNAUTHORIZED),
            _ => (ann.phone.code(&test), StatusCode::TOO_MANY_REQUESTS),
        };
        let body = json!({ "login_token": token["login_token"], "code": code });
        let answer = program.post(PATH, &body).await;
        assert_eq!(answer.status, status, "{number}: {}", answer.body);
    }
    assert_eq!(families(&test).await, 0);
}

#[tokio::test]
async fn sec_mfa_06_a_login_token_lives_ten_minutes() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let token = pending(&test).await["login_token"].clone();
    test.after(Duration::minutes(10));
    let code = ann.phone.code(&test);
    assert_eq!(send(&test, &token, &code).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_mfa_06_a_login_token_is_no_cookie_and_no_bearer_token() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let token = pending(&test).await["login_token"].clone();
    let mut browser = test.browser();
    let (name, value) = {
        let session = ann.browser.cookie("_session").unwrap();
        let cookies = ann.browser.cookies.iter();
        let mut names = cookies.filter(|(_, value)| *value == session);
        (names.next().unwrap().0.clone(), token.as_str().unwrap())
    };
    browser.cookies.insert(name, value.to_owned());
    browser.get(STEP).await.expect_redirect("/users/log-in");
    Program::with(&test, value)
        .get("/api/me")
        .await
        .expect(StatusCode::UNAUTHORIZED);
    // Nor is the cookie of a pending session a login token.
    ann.browser.post("/users/log-out", &[]).await;
    ann.browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect(STEP);
    let cookie = json!(ann.browser.cookie("_session").unwrap());
    let code = ann.phone.code(&test);
    assert_eq!(
        send(&test, &cookie, &code).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn sec_mfa_05_an_app_learns_every_step_that_is_left() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    ann.browser.post("/users/settings/delete", &[]).await;
    let answer = pending(&test).await;
    assert_eq!(
        answer["login_steps"],
        json!(["second_factor", "reactivation"])
    );
    let code = ann.phone.code(&test);
    let (status, answer) = send(&test, &answer["login_token"], &code).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["login_steps"], json!(["reactivation"]));
    assert!(answer.get("login_token").is_none());
    assert_eq!(families(&test).await, 0);
}

#[tokio::test]
async fn sec_mfa_05_tokens_say_how_and_when_the_user_authenticated() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let one = log_in(&test, ANN).await;
    assert_eq!(claims(&one)["amr"], json!(["pwd"]));
    let (phone, _) = two_factor::turn_on(&test, &mut browser).await;
    let at = test.app.now().unix_timestamp();
    let two = log_in_with_code(&test, ANN, &phone.code(&test)).await;
    let before = claims(&two);
    assert_eq!(before["amr"], json!(["pwd", "otp", "mfa"]));
    assert!((before["auth_time"].as_i64().unwrap() - at).abs() < 5);
    test.after(Duration::hours(1));
    let after = claims(&two.next(&test).await);
    for claim in ["amr", "auth_time"] {
        assert_eq!(after[claim], before[claim], "{claim}");
    }
}

#[tokio::test]
async fn sec_mfa_09_the_first_factor_logs_apps_out() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    two_factor::turn_on(&test, &mut browser).await;
    test.after(Duration::seconds(1));
    assert!(!pair.is_accepted(&test).await);
    assert_eq!(pair.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_mfa_10_a_trusted_browser_is_no_factor_for_apps() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let trusted = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    let mut program = Program::new(&test);
    program.0.cookies = trusted.cookies;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let answer = program.post("/api/auth/token", &body).await;
    answer.expect(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn apps_are_told_whether_there_is_a_second_factor() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    let me = Program::with(&test, &pair.access).get("/api/me").await;
    assert_eq!(me.json()["second_factor"], false);
    let (phone, _) = two_factor::turn_on(&test, &mut browser).await;
    let pair = log_in_with_code(&test, ANN, &phone.code(&test)).await;
    let me = Program::with(&test, &pair.access).get("/api/me").await;
    assert_eq!(me.json()["second_factor"], true);
}

/// What it has been given with both factors, it sends with both the next time.
#[tokio::test]
async fn sec_log_05_an_app_is_known_after_the_second_factor_too() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut known = Value::Null;
    for number in 0..3 {
        test.after(two_factor::NEXT);
        let body = json!({ "email": ANN, "password": PASSWORD, "client_token": known });
        let pending = Program::new(&test).post("/api/auth/token", &body).await;
        let token = &pending.json()["login_token"];
        let code = ann.phone.code(&test);
        let body = json!({ "login_token": token, "code": code, "client_token": known });
        let answer = Program::new(&test).post(PATH, &body).await;
        let answer = answer.expect(StatusCode::OK).json();
        let is_new = answer.get("client_token").is_some();
        assert_eq!(is_new, number == 0, "{answer}");
        if is_new {
            known = answer["client_token"].clone();
        }
    }
}

#[tokio::test]
async fn sec_api_02_the_tokens_have_the_scopes_that_were_asked_for_with_the_password() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let body = json!({ "email": ANN, "password": PASSWORD, "scopes": ["profile:read"] });
    let answer = Program::new(&test).post("/api/auth/token", &body).await;
    let token = answer.expect(StatusCode::FORBIDDEN).json()["login_token"].clone();
    let (status, answer) = send(&test, &token, &ann.phone.code(&test)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["scopes"], json!(["profile:read"]));
    assert_eq!(test.count("select count(*) from jwt_pending").await, 0);
}
