//! API tokens, with literal values: what is refused, what ends, and what a program in a browser may read.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    accounts::held::Held,
    tests::{
        PASSWORD,
        api::{Program, all_scopes, api_token},
        browser::{Answer, Browser},
        database,
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";
const PAGE: &str = "/users/settings/api-tokens";

/// Lets a request begin to write with a token, and wait. Then something happens to the user or to the clock.
pub async fn meanwhile(
    test: &TestApp,
    token: &str,
    happen: impl AsyncFnOnce(&TestApp, &mut Held),
) -> Answer {
    let mut held = test.hold(ANN).await;
    let mut program = Program::with(test, token);
    let request = async move { program.delete("/api/tokens", &Value::Null).await };
    let request = tokio::spawn(request);
    database::until_somebody_waits(&test.app.db, || request.is_finished()).await;
    happen(test, &mut held).await;
    held.commit().await.unwrap();
    request.await.unwrap()
}

/// Schedules the deletion of the held user, as an operator's own tool might.
pub async fn schedule_deletion(test: &TestApp, held: &mut Held) {
    sqlx::query(
        "update members
         set deletion_at = $1 where id = $2",
    )
    .bind(test.app.now() + Duration::days(14))
    .bind(held.user().id)
    .execute(held.connection())
    .await
    .unwrap();
}

async fn start() -> (TestApp, Browser, String) {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let token = api_token(&mut browser, &all_scopes()).await;
    test.work().await;
    (test, browser, token)
}

#[tokio::test]
async fn sec_api_05_a_token_that_expires_under_way_writes_nothing() {
    let (test, _, token) = start().await;
    let answer = meanwhile(&test, &token, async |test, _| {
        test.after(Duration::days(31));
    });
    assert_eq!(answer.await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(test.count("select count(*) from api_tokens").await, 1);
}

#[tokio::test]
async fn sec_ses_17_a_token_of_an_account_that_is_to_be_deleted_writes_nothing() {
    let (test, _, token) = start().await;
    let answer = meanwhile(&test, &token, schedule_deletion).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert_eq!(test.count("select count(*) from api_tokens").await, 1);
}

#[tokio::test]
async fn sec_api_05_expired_tokens_are_neither_listed_nor_counted() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    for number in 0..25 {
        if number == 20 {
            test.after(Duration::hours(1));
            browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        }
        api_token(&mut browser, &["api_tokens:read"]).await;
    }
    let form = [
        ("name", "one more"),
        ("days", "30"),
        ("scopes", "profile:read"),
    ];
    let full = browser.post(PAGE, &form).await;
    full.expect(StatusCode::UNPROCESSABLE_ENTITY);

    test.after(Duration::days(31));
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let token = api_token(&mut browser, &["api_tokens:read"]).await;
    let page = browser.get(PAGE).await.body;
    assert_eq!(page.matches("/revoke\"").count(), 1, "{page}");
    let listed = Program::with(&test, &token).get("/api/tokens").await;
    let listed = listed.expect(StatusCode::OK).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn sec_api_04_what_a_new_token_may_not_be_is_refused() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let mut browser = browser.with_header("content-type", "application/json");
    let name = |name: &str| json!({ "name": name, "scopes": ["profile:read"] });
    let lasting =
        |seconds: u64| json!({ "name": "x", "scopes": ["profile:read"], "expires_in": seconds });
    for (body, status) in [
        (name("x"), 201),
        (name(&"x".repeat(64)), 201),
        (name(&"x".repeat(65)), 422),
        (name(""), 422),
        (name(" "), 422),
        (name("two\nlines"), 422),
        (name("a\u{0}b"), 422),
        (name("a\u{7f}b"), 422),
        (lasting(60), 201),
        (lasting(59), 422),
        (lasting(0), 422),
        (lasting(315_360_000), 201),
        (lasting(315_360_001), 422),
        (json!({ "name": "x", "scopes": [] }), 422),
        (json!({ "name": "x" }), 422),
        (json!({ "name": "x", "scopes": ["root"] }), 422),
        (
            json!({ "name": "x", "scopes": ["profile:read"], "expires-in": 60 }),
            422,
        ),
        (
            json!({ "name": "x", "scopes": ["profile:read"], "user_id": "1" }),
            422,
        ),
    ] {
        let sent = Body::from(body.to_string());
        let answer = browser.send(Method::POST, "/api/tokens", sent).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
    }
}

/// The same form with one other field is no second click.
#[tokio::test]
async fn sec_ses_02_every_field_of_a_new_token_makes_it_another_one() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.get(PAGE).await;
    let forms: [&[(&str, &str)]; 5] = [
        &[("name", "x"), ("days", "30"), ("scopes", "profile:read")],
        &[("name", "y"), ("days", "30"), ("scopes", "profile:read")],
        &[("name", "x"), ("days", "90"), ("scopes", "profile:read")],
        &[("name", "x"), ("days", "30"), ("scopes", "sessions:read")],
        &[
            ("name", "x"),
            ("days", "30"),
            ("scopes", "profile:read"),
            ("scopes", "sessions:read"),
        ],
    ];
    for form in forms {
        for _ in 0..2 {
            browser.post(PAGE, form).await.expect(StatusCode::OK);
        }
    }
    assert_eq!(test.count("select count(*) from api_tokens").await, 5);
}

#[tokio::test]
async fn sec_web_06_an_allowed_origin_may_send_and_read_this() {
    let app = "https://app.example.com";
    let test = TestApp::start_with(&[("ALLOWED_ORIGINS", app)]).await;
    let program = Program::new(&test).0.with_header("origin", app);
    let mut ours = program.clone().with_header("sec-fetch-site", "cross-site");
    let answer = ours.get("/api/me").await;
    assert_eq!(
        answer.header("access-control-expose-headers"),
        "retry-after,www-authenticate"
    );
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let mut preflight = program
            .clone()
            .with_header("access-control-request-method", method)
            .with_header(
                "access-control-request-headers",
                "authorization,content-type",
            );
        let answer = preflight
            .send(Method::OPTIONS, "/api/me", Body::empty())
            .await;
        let allowed = answer.header("access-control-allow-methods");
        assert_eq!(allowed, "GET,POST,PUT,DELETE", "{method}");
        let headers = answer.header("access-control-allow-headers");
        assert!(
            headers.contains("authorization") && headers.contains("content-type"),
            "{headers}"
        );
    }
}
