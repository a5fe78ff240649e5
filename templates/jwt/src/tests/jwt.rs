//! Apps: logging in with one, staying in, going, and the page that lists them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use super::{OTHER_PASSWORD, PASSWORD, api::Program, test_app::TestApp};
use crate::{
    accounts::jwt::keys::{self, rotation::Takeover},
    commands::{Command, rotate_jwt_key},
};

const ANN: &str = "ann@example.com";

/// What an app has that is logged in.
#[derive(Clone, Debug)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

impl Pair {
    pub fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    pub async fn is_accepted(&self, test: &TestApp) -> bool {
        let answer = Program::with(test, &self.access).get("/api/me").await;
        answer.status == StatusCode::OK
    }

    /// What exchanging the refresh token is answered with.
    pub async fn exchange(&self, test: &TestApp) -> (StatusCode, Value) {
        let body = json!({ "refresh_token": self.refresh });
        let mut program = Program::new(test);
        let answer = program.post("/api/auth/token/refresh", &body).await;
        (answer.status, answer.json())
    }

    /// The next pair.
    pub async fn next(&self, test: &TestApp) -> Self {
        let (status, answer) = self.exchange(test).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        Self::of(&answer)
    }
}

/// Logs an app in.
pub async fn log_in(test: &TestApp, email: &str) -> Pair {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = Program::new(test).post("/api/auth/token", &body).await;
    Pair::of(&answer.expect(StatusCode::OK).json())
}

/// Logs an app in for a user with a second factor.
pub async fn log_in_with_code(test: &TestApp, email: &str, code: &str) -> Pair {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = Program::new(test).post("/api/auth/token", &body).await;
    let token = &answer.expect(StatusCode::FORBIDDEN).json()["login_token"];
    let body = json!({ "login_token": token, "code": code });
    let path = "/api/auth/token/second-factor";
    let answer = Program::new(test).post(path, &body).await;
    Pair::of(&answer.expect(StatusCode::OK).json())
}

#[tokio::test]
async fn an_app_logs_in_stays_in_and_goes() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let first = log_in(&test, ANN).await;
    let me = Program::with(&test, &first.access).get("/api/me").await;
    assert_eq!(me.expect(StatusCode::OK).json()["email"], ANN);

    test.after(Duration::minutes(14));
    assert!(first.is_accepted(&test).await);
    test.after(Duration::minutes(1));
    assert!(!first.is_accepted(&test).await);
    let second = first.next(&test).await;
    assert!(second.is_accepted(&test).await);
    assert_ne!(second.refresh, first.refresh);

    let body = json!({ "refresh_token": second.refresh });
    Program::new(&test)
        .delete("/api/auth/token", &body)
        .await
        .expect(StatusCode::OK);
    assert_eq!(second.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    test.after(Duration::seconds(1));
    assert!(!second.is_accepted(&test).await);
}

#[tokio::test]
async fn what_an_app_gets_is_as_the_standards_say() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let body = json!({ "email": ANN, "password": PASSWORD, "scopes": ["profile:read"] });
    let answer = Program::new(&test).post("/api/auth/token", &body).await;
    let answer = answer.expect(StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.set_cookies().is_empty());
    let answer = answer.json();
    let kind = (
        &answer["token_type"],
        &answer["expires_in"],
        &answer["scopes"],
    );
    assert_eq!(
        kind,
        (&json!("Bearer"), &json!(900), &json!(["profile:read"]))
    );
    let mut program = Program::with(&test, &Pair::of(&answer).access);
    program.get("/api/me").await.expect(StatusCode::OK);
    program
        .get("/api/tokens")
        .await
        .expect(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_scope_that_does_not_exist_is_refused_before_the_password_is_looked_at() {
    let test = TestApp::start().await;
    let body = json!({ "email": ANN, "password": PASSWORD, "scopes": ["root"] });
    let answer = Program::new(&test).post("/api/auth/token", &body).await;
    let answer = answer.expect(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(answer["errors"]["scopes"].is_string(), "{answer}");
}

#[tokio::test]
async fn a_new_app_is_told_by_letter() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    log_in(&test, ANN).await;
    test.expect_letter(ANN, "New log-in to your account").await;
}

#[tokio::test]
async fn whoever_waits_at_a_gate_is_shown_the_way() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/settings/delete", &[]).await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let answer = Program::new(&test).post("/api/auth/token", &body).await;
    let answer = answer.expect(StatusCode::FORBIDDEN).json();
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.ends_with("/users/reactivate"), "{detail}");
    assert_eq!(test.count("select count(*) from jwt_families").await, 0);
}

#[tokio::test]
async fn apps_are_listed_and_each_can_be_logged_out() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let page = "/users/settings/apps";
    browser
        .get(page)
        .await
        .expect_text("You are logged in with none.");
    let (phone, tablet) = (log_in(&test, ANN).await, log_in(&test, ANN).await);
    let html = browser.get(page).await.expect_text("iPhone").body;
    let newest = html.split("/users/settings/apps/").nth(1).unwrap();
    let id = newest.split('/').next().unwrap();
    let end = format!("/users/settings/apps/{id}/end");
    test.member("bob@example.com").await.post(&end, &[]).await;
    assert_eq!(test.count("select count(*) from jwt_families").await, 2);
    browser.post(&end, &[]).await.expect_redirect(page);
    test.after(Duration::seconds(1));
    let alive = [
        phone.is_accepted(&test).await,
        tablet.is_accepted(&test).await,
    ];
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 1);
}

#[tokio::test]
async fn an_app_stays_logged_in_for_thirty_days_and_no_longer() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut pair = log_in(&test, ANN).await;
    for _ in 0..2 {
        test.after(Duration::days(14));
        pair = pair.next(&test).await;
    }
    test.after(Duration::days(2) - Duration::minutes(1));
    pair = pair.next(&test).await;
    assert!(pair.is_accepted(&test).await);
    test.after(Duration::minutes(1));
    assert!(
        !pair.is_accepted(&test).await,
        "access ends with the family"
    );
    assert_eq!(pair.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn with_a_shared_secret_there_is_nothing_to_publish() {
    let secret = "b7wQ2xZ9kLmN4pRtVyUa8sDfGhJkEcXo1iW5zB3nM6qT0rYuPlAeKdSgHjFvCxZb";
    let test = TestApp::start_with(&[("JWT_SECRET_KEY", secret)]).await;
    test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    assert!(pair.is_accepted(&test).await);
    let jwks = Program::new(&test).get("/.well-known/jwks.json").await;
    assert_eq!(jwks.expect(StatusCode::OK).json(), json!({ "keys": [] }));
    let head = jsonwebtoken::decode_header(&pair.access).unwrap();
    assert_eq!((head.alg, head.kid), (jsonwebtoken::Algorithm::HS256, None));
    assert_eq!(test.count("select count(*) from jwt_keys").await, 0);
    let refused = rotate_jwt_key::rotate(&test.app, Takeover::Announced).await;
    assert!(refused.unwrap_err().to_string().contains("JWT_SECRET_KEY"));
}

#[tokio::test]
async fn the_command_says_when_the_next_key_takes_over() {
    let test = TestApp::start().await;
    keys::current(&test.app).await.unwrap().unwrap();
    let says = async |how| rotate_jwt_key::rotate(&test.app, how).await.unwrap();
    assert!(says(Takeover::Announced).await.contains("It signs from"));
    assert!(says(Takeover::Announced).await.contains("on its way"));
    assert!(says(Takeover::AtOnce).await.contains("the old ones"));
    let parsed = |words: &[&str]| Command::parse(words).map_err(|error| error.to_string());
    assert_eq!(
        parsed(&["rotate-jwt-key", "--now"]),
        Ok(Command::RotateJwtKey(Takeover::AtOnce))
    );
    assert!(
        parsed(&["rotate-jwt-key", "now"])
            .unwrap_err()
            .contains("`now`")
    );
}

#[tokio::test]
async fn a_new_password_logs_every_app_out() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    browser.change_password(PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(pair.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}
