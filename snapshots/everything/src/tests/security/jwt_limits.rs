//! LOG-3 for connected apps: logins, and refresh tokens.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::tests::{
    OTHER_PASSWORD, PASSWORD,
    api::Program,
    jwt::{Pair, log_in},
    security::{hanging_up, limits::Row},
    test_app::TestApp,
};

const ANN: &str = "ann@example.com";
const REFRESH: &str = "/api/auth/token/refresh";

#[tokio::test]
async fn sec_log_03_what_apps_send_is_counted_by_network() {
    let log_in = r#"{"email":"{n}@example.com","password":"x"}"#;
    let unknown = r#"{"refresh_token":"pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE"}"#;
    let row = |method, path, body, allowed, status| Row {
        method,
        path,
        body,
        allowed,
        status,
    };
    for row in [
        row(Method::POST, "/api/auth/token", log_in, 10, 401),
        row(Method::POST, REFRESH, unknown, 60, 401),
        row(Method::POST, REFRESH, r#"{"refresh_token":"{n}"}"#, 60, 401),
        row(Method::DELETE, "/api/auth/token", unknown, 60, 200),
    ] {
        row.walk().await;
    }
}

#[tokio::test]
async fn sec_log_05_other_peoples_refresh_tokens_do_not_stop_an_app() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    let unknown = json!({ "refresh_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE" });
    let mut program = Program::new(&test);
    for _ in 0..60 {
        program.post(REFRESH, &unknown).await;
    }
    let answer = program.post(REFRESH, &unknown).await;
    answer.expect(StatusCode::TOO_MANY_REQUESTS);
    let next: Pair = pair.next(&test).await;
    assert!(next.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_log_03_an_account_cannot_be_guessed_by_apps_and_browsers_together() {
    let test = TestApp::idle(&[]).await;
    for number in 0..51 {
        let from = format!("198.51.100.{number}");
        let status = if number % 2 == 0 {
            let mut program = Program::new(&test);
            program.0 = program.0.from(&from);
            let body = json!({ "email": "ANN@example.com", "password": PASSWORD });
            program.post("/api/auth/token", &body).await.status
        } else {
            test.browser()
                .from(&from)
                .log_in(ANN, PASSWORD)
                .await
                .status
        };
        let is_refused = status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(is_refused, number == 50, "{number}: {status}");
    }
}

/// A log-in of an app, from some network: the status, and what the app is known by afterwards.
async fn log_in_from(test: &TestApp, from: &str, body: &Value) -> (StatusCode, Option<String>) {
    let mut program = Program::new(test);
    program.0 = program.0.from(from);
    let answer = program.post("/api/auth/token", body).await;
    let known = answer.json()["client_token"].as_str().map(str::to_owned);
    (answer.status, known)
}

#[tokio::test]
async fn sec_log_05_an_app_that_has_logged_in_before_still_gets_in() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let (status, known) = log_in_from(&test, "198.51.100.1", &body).await;
    assert_eq!(status, StatusCode::OK);
    let wrong = json!({ "email": ANN, "password": OTHER_PASSWORD });
    for number in 0..60 {
        log_in_from(&test, &format!("203.0.113.{number}"), &wrong).await;
    }
    let (status, _) = log_in_from(&test, "198.51.100.1", &body).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let body = json!({ "email": ANN, "password": PASSWORD, "client_token": known });
    let (status, again) = log_in_from(&test, "198.51.100.1", &body).await;
    assert_eq!((status, again), (StatusCode::OK, None));
}

#[tokio::test]
async fn sec_log_05_an_app_is_known_to_its_own_account_only_and_may_guess_five_times() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    test.member("bob@example.com").await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let (_, known) = log_in_from(&test, "198.51.100.1", &body).await;
    // As a known client, and then among the unknown ones; with another account only among those.
    for (email, looked_at) in [(ANN, 10), ("bob@example.com", 5)] {
        for number in 0..20 {
            let password = if number < looked_at {
                OTHER_PASSWORD
            } else {
                PASSWORD
            };
            let body = json!({ "email": email, "password": password, "client_token": known });
            let from = format!("203.0.113.{number}");
            let (status, _) = log_in_from(&test, &from, &body).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{email} {number}");
        }
    }
}

#[tokio::test]
async fn sec_rst_05_a_reset_forgets_the_apps_that_an_account_knew() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    log_in_from(&test, "198.51.100.1", &body).await;
    assert_eq!(test.count("select count(*) from devices").await, 2);
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(test.count("select count(*) from devices").await, 0);
}

#[tokio::test]
async fn sec_log_06_right_passwords_of_apps_that_hang_up_lock_nothing() {
    hanging_up::given_up(|test, number| {
        let from = format!("203.0.0.{number}");
        let mut program = Program(Program::new(test).0.from(&from));
        let body = json!({ "email": ANN, "password": PASSWORD });
        tokio::spawn(async move { program.post("/api/auth/token", &body).await.status })
    })
    .await;
}
