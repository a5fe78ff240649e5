//! LOG-3 for connected apps: logins, and refresh tokens.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::tests::{
    PASSWORD,
    api::Program,
    jwt::{Pair, log_in},
    security::limits::Row,
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
