//! Pages of your own: what the home page and the README promise.

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use time::Duration;

use super::{PASSWORD, browser::Browser, test_app::TestApp};
use crate::{
    app::App,
    web::{
        self,
        current_user::{CurrentUser, RecentUser},
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

fn pages() -> Router<App> {
    Router::new()
        .route("/", get(greeting))
        .route("/dashboard", get(dashboard))
        .route("/orders", post(dashboard))
        .route("/danger", get(danger))
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
