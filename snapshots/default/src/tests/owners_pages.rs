//! Pages of your own: what the home page and the README promise.

use axum::{
    Router,
    http::{HeaderMap, Method, StatusCode},
    routing::{get, post},
};
use http_body_util::BodyExt;
use time::Duration;

use super::{PASSWORD, browser::Browser, security::revocation::HalfSent, test_app::TestApp};
use crate::{
    app::App,
    web::{
        self, assets,
        current_user::{CurrentUser, RecentUser},
        error::Error,
    },
};

async fn dashboard(user: CurrentUser) -> String {
    format!("Hello {}", user.email)
}

async fn greeting(user: Option<CurrentUser>) -> &'static str {
    if user.is_some() {
        "Hello, friend"
    } else {
        "Hello, stranger"
    }
}

async fn danger(user: RecentUser) -> String {
    format!("Careful, {}", user.email)
}

/// Writes on behalf of the user.
async fn rename(user: CurrentUser, name: String) -> Result<String, Error> {
    let mut held = user.hold().await?;
    sqlx::query("update sessions set agent = $2 where user_id = $1")
        .bind(user.id)
        .bind(&name)
        .execute(held.connection())
        .await?;
    held.commit().await?;
    Ok(name)
}

fn pages() -> Router<App> {
    Router::new()
        .route("/", get(greeting))
        .route("/dashboard", get(dashboard))
        .route("/orders", post(dashboard))
        .route("/danger", get(danger))
        .route("/name", post(rename))
}

async fn start() -> (TestApp, Browser) {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let browser = Browser::new(web::router(test.app.clone(), pages()));
    (test, browser)
}

#[tokio::test]
async fn a_stranger_is_sent_to_log_in_and_back() {
    let (_test, mut browser) = start().await;
    browser
        .get("/dashboard?tab=2")
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/dashboard?tab=2");
    browser
        .get("/dashboard")
        .await
        .expect(StatusCode::OK)
        .expect_text("Hello ann@example.com");
}

#[tokio::test]
async fn where_somebody_wanted_to_go_is_forgotten_afterwards() {
    let (_test, mut browser) = start().await;
    browser.get("/dashboard").await;
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/dashboard");
    browser.post("/users/log-out", &[]).await;
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn where_somebody_wanted_to_go_survives_registering() {
    let (test, mut browser) = start().await;
    browser
        .get("/dashboard")
        .await
        .expect_redirect("/users/log-in");
    browser.register("ben@example.com", PASSWORD).await;
    let code = test.code_for("ben@example.com").await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/dashboard");
}

#[tokio::test]
async fn a_form_sent_after_the_session_has_ended_leads_back_to_its_page() {
    let (_test, browser) = start().await;
    let mut browser = browser.with_header("referer", "http://localhost:4000/cart?step=3");
    browser
        .post("/orders", &[])
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/cart?step=3");
}

#[tokio::test]
async fn a_program_is_told_401() {
    let (_test, browser) = start().await;
    let mut program = browser.with_header("accept", "application/json");
    let answer = program
        .get("/dashboard")
        .await
        .expect(StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_page_for_everybody_knows_who_is_logged_in() {
    let (_test, mut browser) = start().await;
    browser.get("/").await.expect_text("Hello, stranger");
    browser.log_in("ann@example.com", PASSWORD).await;
    browser.get("/").await.expect_text("Hello, friend");
}

#[tokio::test]
async fn a_dangerous_page_asks_again_after_a_quarter_of_an_hour() {
    let (test, mut browser) = start().await;
    browser.log_in("ann@example.com", PASSWORD).await;
    browser.get("/danger").await.expect(StatusCode::OK);
    test.after(Duration::minutes(15));
    browser.get("/danger").await.expect_redirect("/users/sudo");
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect("/danger");
    browser
        .get("/danger")
        .await
        .expect(StatusCode::OK)
        .expect_text("Careful, ann@example.com");
}

const RENAMED: &str = "select count(*) from sessions where agent = 'Desk'";

#[tokio::test]
async fn a_handler_writes_for_its_user() {
    let (test, mut browser) = start().await;
    browser.log_in("ann@example.com", PASSWORD).await;
    browser
        .send(Method::POST, "/name", "Desk".into())
        .await
        .expect(StatusCode::OK);
    assert!(test.count(RENAMED).await > 0);
}

#[tokio::test]
async fn a_handler_whose_session_has_ended_meanwhile_writes_nothing() {
    let (test, mut browser) = start().await;
    browser.log_in("ann@example.com", PASSWORD).await;
    let from = browser
        .clone()
        .with_header("referer", "http://localhost:4000/dashboard");
    let program = browser.clone().with_header("accept", "application/json");
    let mut waiting = Vec::new();
    for browser in [browser.clone(), from, program] {
        let (path, body) = ("/name".to_owned(), "Desk".to_owned());
        let request = HalfSent::begin(browser, Method::POST, path, body).await;
        waiting.push(request.unwrap());
    }
    test.suspend("ann@example.com").await;
    test.unsuspend("ann@example.com").await;
    let mut answers = Vec::new();
    for request in waiting {
        let answer = request.answer().await;
        answers.push((answer.status, answer.header("location").to_owned()));
    }
    let to = |page: &str| (StatusCode::SEE_OTHER, page.to_owned());
    let refused = (StatusCode::UNAUTHORIZED, String::new());
    assert_eq!(answers, [to("/users/log-in"), to("/dashboard"), refused]);
    assert_eq!(test.count(RENAMED).await, 0);
}

/// A file of yours in the list of `web/assets.rs`, whatever it holds.
#[tokio::test]
async fn an_image_is_served_as_it_is() {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff\xfe";
    let mut headers = HeaderMap::new();
    let response = assets::serve("image/png", PNG, &headers);
    assert_eq!(response.headers()["content-type"], "image/png");
    headers.insert("if-none-match", response.headers()["etag"].clone());
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(&body.to_bytes()[..], PNG);
    let response = assets::serve("image/png", PNG, &headers);
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
}
