//! SES-17 for connected apps: what ends them wins against their requests that are under way.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    api_revocation::about_to_write,
    revocation::{Ending, everything, overtaken},
};
use crate::{
    db,
    tests::{
        PASSWORD,
        api::{Program, api_token},
        jwt::log_in,
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn sec_ses_17_an_app_that_is_logged_out_writes_nothing_any_more() {
    for ending in Ending::ALL {
        about_to_write(ending, async || {
            let test = TestApp::start().await;
            let mut browser = test.member(ANN).await;
            api_token(&mut browser, &["profile:read"]).await;
            let pair = log_in(&test, ANN).await;
            test.work().await;
            (test, pair.access)
        })
        .await;
    }
}

#[tokio::test]
async fn sec_ses_17_an_app_that_is_logged_out_gets_no_new_tokens() {
    for ending in Ending::ALL {
        for (method, path) in [
            (Method::POST, "/api/auth/token/refresh"),
            (Method::DELETE, "/api/auth/token"),
        ] {
            let test = TestApp::start().await;
            test.member(ANN).await;
            let pair = log_in(&test, ANN).await;
            test.work().await;
            let ann = test.user(ANN).await.unwrap().id;
            let mut program = Program::new(&test);
            let body = json!({ "refresh_token": pair.refresh });
            let request = async move { program.send(method, path, &body).await };
            let (_, between) = overtaken(&test, ann, ending, request).await;
            let mut tx = db::begin(&test.app.db).await.unwrap();
            assert_eq!(everything(&mut tx, ann).await, between, "{path} {ending:?}");
        }
    }
}

#[tokio::test]
async fn sec_ses_17_an_app_that_logs_in_beside_a_reset_is_refused() {
    for ending in [Ending::Reset, Ending::Suspension] {
        let test = TestApp::start().await;
        test.member(ANN).await;
        let ann = test.user(ANN).await.unwrap().id;
        let mut program = Program::new(&test);
        let body = json!({ "email": ANN, "password": PASSWORD });
        let log_in = async move { program.post("/api/auth/token", &body).await };
        let (answer, _) = overtaken(&test, ann, ending, log_in).await;
        answer.expect(StatusCode::UNAUTHORIZED);
        assert_eq!(test.count("select count(*) from jwt_families").await, 0);
    }
}
