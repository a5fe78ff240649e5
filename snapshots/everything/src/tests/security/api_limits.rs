//! LOG-3 and RST-7 for JSON: the same limits as for forms.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::json;

use crate::{
    tests::{
        api::{Program, api_token},
        browser::Browser,
        security::{
            limits::Row,
            route_limits::{reset_link, rows as rows_of},
        },
        test_app::TestApp,
    },
    web::api::routes::{self, Who},
};

const ANN: &str = "ann@example.com";

fn rows() -> [Row; 4] {
    [
        json(
            "/api/auth/register",
            r#"{"email":"{n}@example.com","password":"x"}"#,
            20,
            422,
        ),
        json(
            "/api/auth/register",
            r#"{"email":"{n}@example.com","password":"meadow trumpet gravel nine"}"#,
            5,
            202,
        ),
        json(
            "/api/auth/confirm",
            r#"{"confirmation_token":"{n}","code":"AAAA-AAAA"}"#,
            20,
            422,
        ),
        json(
            "/api/auth/reset-password",
            r#"{"email":"{n}@example.com"}"#,
            20,
            202,
        ),
    ]
}

const ANONYMOUS: &str = r#"
POST /api/auth/register {"email":"\u0020NEW@Example.com","password":"meadow\u0020trumpet\u0020gravel\u0020nine"} 202
    refused: passwords 192.0.2.1/32
    refused: register 192.0.2.1/32
    unsent: register_email new@example.com
    unsent: confirm_email_hourly new@example.com
POST /api/auth/confirm {"confirmation_token":"x","code":"AAAA-AAAA"} 422
    refused: confirm 192.0.2.1/32
POST /api/auth/reset-password {"email":"\u0020ANN@Example.com"} 202
    refused: emails 192.0.2.1/32
    unsent: reset_password ann@example.com
    unsent: reset_password_hourly ann@example.com
PUT /api/auth/reset-password {"token":"{link}","new_password":"short"} 422
    refused: passwords 192.0.2.1/32
"#;

const IN_SESSION: &str = r#"
POST /api/tokens {"name":"x","scopes":["profile:read"]} 201
    refused: api_token_create USER
POST /users/settings/api-tokens name=y&scopes=profile%3Aread&days=30 200
    refused: settings SESSION
    refused: api_token_create USER
"#;

#[tokio::test]
async fn sec_log_03_json_is_counted_as_forms_are() {
    let test = TestApp::start().await;
    let session = test.member(ANN).await;
    for row in rows_of(IN_SESSION) {
        row.walk(&test, &session, "").await;
    }
    for row in rows_of(ANONYMOUS) {
        test.after(time::Duration::hours(1));
        let link = reset_link(&test).await;
        row.walk(&test, &test.browser(), &link).await;
    }
}

#[tokio::test]
async fn sec_log_03_every_endpoint_for_anonymous_clients_is_counted_by_network() {
    for row in rows() {
        row.walk().await;
    }
}

/// Those of apps are in `jwt_limits`.
#[test]
fn sec_log_03_every_endpoint_for_anonymous_clients_has_a_row() {
    let open = routes::table()
        .into_iter()
        .filter(|route| route.method != Method::GET && route.who == Who::Anyone);
    for route in open.filter(|route| !route.path.starts_with("/api/auth/token")) {
        let is_walked = |row: &Row| row.path == route.path;
        assert!(rows().iter().any(is_walked), "{}", route.path);
    }
}

fn json(path: &'static str, body: &'static str, allowed: usize, status: u16) -> Row {
    Row {
        method: Method::POST,
        path,
        body,
        allowed,
        status,
    }
}

#[tokio::test]
async fn sec_log_03_new_passwords_after_a_link_are_counted_by_network_in_json_too() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut program = Program::new(&test);
    program.0 = program.0.from("198.51.100.8");
    let body = json!({ "email": ANN });
    program.post("/api/auth/reset-password", &body).await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let token = link.rsplit('/').next().unwrap();
    let body = json!({ "token": token, "new_password": "short" });
    for number in 0..21 {
        let answer = program.put("/api/auth/reset-password", &body).await;
        let wanted = if number < 20 { 422 } else { 429 };
        assert_eq!(answer.status.as_u16(), wanted, "{number}");
    }
    program.0 = program.0.from("198.51.100.9");
    let answer = program.put("/api/auth/reset-password", &body).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_log_03_new_api_tokens_are_counted_by_user_on_the_page_and_in_json() {
    let test = TestApp::start().await;
    let page = test.member(ANN).await;
    let json = page.clone().with_header("content-type", "application/json");
    let bobs = test.member_from("198.51.100.9", "bob@example.com").await;
    let bobs = bobs.with_header("content-type", "application/json");
    let body = r#"{"name":"x","scopes":["profile:read"]}"#;
    let make = async |browser: &Browser| {
        let mut browser = browser.clone();
        let sent = browser.send(Method::POST, "/api/tokens", Body::from(body));
        sent.await.status.as_u16()
    };
    for number in 0..20 {
        if number % 2 == 0 {
            assert_eq!(make(&json).await, 201, "{number}");
        } else {
            api_token(&mut page.clone(), &["profile:read"]).await;
        }
    }
    assert_eq!(make(&json).await, 429);
    assert_eq!(make(&bobs).await, 201);
}

#[tokio::test]
async fn sec_log_03_forms_and_json_are_counted_together() {
    let test = TestApp::idle(&[]).await;
    for number in 0..20 {
        let email = format!("{number}@example.com");
        if number % 2 == 0 {
            let mut browser = test.browser();
            let fields = [("email", &*email)];
            let answer = browser.post("/users/reset-password", &fields).await;
            answer.expect_redirect("/users/log-in");
        } else {
            let mut program = Program::new(&test);
            let body = json!({ "email": email });
            let answer = program.post("/api/auth/reset-password", &body).await;
            answer.expect(StatusCode::ACCEPTED);
        }
    }
    let body = json!({ "email": ANN });
    let mut program = Program::new(&test);
    let answer = program.post("/api/auth/reset-password", &body).await;
    answer.expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_rst_07_thirty_networks_cannot_fill_a_mailbox_by_json() {
    for path in ["/api/auth/reset-password", "/api/auth/register"] {
        let test = TestApp::start().await;
        test.member(ANN).await;
        let before = test.letters_to(ANN).await.len();
        test.after(time::Duration::hours(1));
        for number in 0..30 {
            let mut program = Program::new(&test);
            program.0 = program.0.from(&format!("198.51.100.{number}"));
            let email = ["ANN@example.com", ANN][number % 2];
            let mut body = json!({ "email": email });
            if path.ends_with("register") {
                body["password"] = json!("meadow trumpet gravel nine");
            }
            program.post(path, &body).await.expect(StatusCode::ACCEPTED);
        }
        let sent = test.letters_to(ANN).await.len() - before;
        assert!((1..=3).contains(&sent), "{path}: {sent}");
    }
}
