//! AUD: what is written about apps.

use serde_json::json;
use time::Duration;

use super::jwt::with_app;
use crate::{
    accounts::jwt::keys::{self, rotation::Takeover},
    commands::rotate_jwt_key,
    tests::{OTHER_PASSWORD, api::Program, audit_log::AuditLog, jwt::log_in, test_app::TestApp},
};

const ANN: &str = "ann@example.com";
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn sec_aud_01_an_app_logs_in_and_out() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let pair = log_in(&test, ANN).await;
    log.expect(
        "logging in",
        &["auth.login success | user ann | user ann | ann | proofs=password"],
    )
    .await;
    let mut program = Program::new(&test);
    let wrong = json!({ "email": ANN, "password": OTHER_PASSWORD });
    program.post("/api/auth/token", &wrong).await;
    log.expect(
        "a wrong password",
        &["auth.login failure | anonymous | user ann | ann"],
    )
    .await;
    for token in [pair.refresh.as_str(), &pair.refresh, UNKNOWN] {
        let body = json!({ "refresh_token": token });
        program.delete("/api/auth/token", &body).await;
    }
    log.expect(
        "logging out, twice, and with an unknown token",
        &["auth.logout success | connected_app | connected_app | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_an_app_is_logged_out_in_the_settings() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    log_in(&test, ANN).await;
    let user = test.user(ANN).await.unwrap();
    let now = test.app.now();
    let families = crate::accounts::jwt::families::list(&test.app.db, user.id, now).await;
    let path = format!("/users/settings/apps/{}/end", families.unwrap()[0].id);
    let mut log = AuditLog::from_now_on(&test).await;
    browser.post(&path, &[]).await;
    browser.post(&path, &[]).await;
    log.expect(
        "ending it twice",
        &["session.end success | user ann | connected_app | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_a_copied_refresh_token() {
    let (test, first) = with_app().await;
    let second = first.next(&test).await;
    second.next(&test).await;
    test.after(Duration::minutes(2));
    let mut log = AuditLog::from_now_on(&test).await;
    first.exchange(&test).await;
    first.exchange(&test).await;
    log.expect(
        "exchanging it again, twice",
        &["jwt.refresh_reuse success | anonymous | connected_app | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_the_key_is_rotated() {
    let test = TestApp::start().await;
    keys::current(&test.app).await.unwrap().unwrap();
    let mut log = AuditLog::from_now_on(&test).await;
    for takeover in [Takeover::Announced, Takeover::Announced, Takeover::AtOnce] {
        rotate_jwt_key::rotate(&test.app, takeover).await.unwrap();
    }
    let row = "jwt.key_rotate success | operator | jwt_key | -";
    log.expect("two that were made, and one on its way", &[row; 2])
        .await;
}
