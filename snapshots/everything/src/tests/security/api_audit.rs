//! AUD: what is written about API tokens.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::tests::{
    api::{Program, all_scopes, api_token},
    audit_log::AuditLog,
    test_app::TestApp,
};

const ANN: &str = "ann@example.com";
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The id of the newest token, as the API tells it.
async fn newest(program: &mut Program) -> String {
    let tokens = program.get("/api/tokens").await.json();
    tokens["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sec_aud_01_tokens_are_made_and_revoked() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let scopes = [
        "api_tokens:read",
        "api_tokens:write",
        "profile:read",
        "sessions:read",
    ];
    let token = api_token(&mut browser, &scopes).await;
    let made = "api_token.create success | user ann | api_token | ann";
    let scopes = r#"["api_tokens:read","api_tokens:write","profile:read","sessions:read"]"#;
    log.expect("making a token", &[&format!("{made} | scopes={scopes}")])
        .await;

    let mut program = Program::with(&test, &token);
    api_token(&mut browser, &["profile:read"]).await;
    let id = newest(&mut program).await;
    let made = format!(r#"{made} | scopes=["profile:read"]"#);
    log.expect("making another", &[&made]).await;
    let path = format!("/api/tokens/{id}");
    program.delete(&path, &Value::Null).await;
    program.delete(&path, &Value::Null).await;
    log.expect(
        "revoking it with the first one, twice",
        &["api_token.revoke success | api_token | api_token | ann"],
    )
    .await;
    let id = newest(&mut program).await;
    let path = format!("/users/settings/api-tokens/{id}/revoke");
    browser.post(&path, &[]).await;
    log.expect(
        "revoking in a browser",
        &["api_token.revoke success | user ann | api_token | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_all_tokens_are_revoked() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let token = api_token(&mut browser, &all_scopes()).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let mut program = Program::with(&test, &token);
    program.delete("/api/tokens", &Value::Null).await;
    program.delete("/api/tokens", &Value::Null).await;
    log.expect(
        "revoking all with one of them, twice",
        &["api_token.revoke success | api_token | user ann | ann"],
    )
    .await;
    let path = "/users/settings/api-tokens/revoke-all";
    browser.post(path, &[]).await;
    log.expect("revoking all where there is none", &[]).await;
    api_token(&mut browser, &["profile:read"]).await;
    log.next().await;
    browser.post(path, &[]).await;
    log.expect(
        "revoking all in a browser",
        &["api_token.revoke success | user ann | user ann | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_02_the_scopes_of_a_token_are_noted() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    api_token(&mut browser, &["profile:read"]).await;
    let rows: Vec<sqlx::types::Json<Value>> =
        sqlx::query_scalar("select metadata from audit_events where action = 'api_token.create'")
            .fetch_all(&test.app.db)
            .await
            .unwrap();
    assert_eq!(rows[0].0, serde_json::json!({ "scopes": ["profile:read"] }));
}

#[tokio::test]
async fn sec_aud_01_programs_that_touch_nothing_write_nothing() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let mut program = Program::new(&test);
    let code = json!({ "confirmation_token": UNKNOWN, "code": "0000-0000" });
    let answer = program.post("/api/auth/confirm", &code).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut stranger = Program::with(&test, UNKNOWN);
    stranger.post("/api/tokens", &json!({})).await;
    stranger.delete("/api/tokens", &Value::Null).await;
    log.expect("all of that", &[]).await;
}
