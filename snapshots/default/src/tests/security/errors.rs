//! ERR: when things go wrong.

use std::time::{Duration, Instant};

use axum::{Router, http::StatusCode, routing::get};

use super::configuration::production;
use crate::{
    config::Config,
    tests::{PASSWORD, browser::Browser, test_app::TestApp},
    texts,
    web::{self, error::Error},
};

async fn broken() -> Result<&'static str, Error> {
    Err(anyhow::anyhow!("the password of the safe is 1234").into())
}

async fn panicking() -> &'static str {
    panic!("the password of the safe is 1234")
}

fn browser(test: &TestApp) -> Browser {
    let pages = Router::new()
        .route("/broken", get(broken))
        .route("/panicking", get(panicking));
    Browser::new(web::router(test.app.clone(), pages))
}

#[tokio::test]
async fn sec_err_01_an_unknown_error_shows_a_number_and_no_detail() {
    let test = TestApp::start().await;
    let page = browser(&test)
        .get("/broken")
        .await
        .expect(StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!page.body.contains("1234"));
    let number = page.header("x-request-id").to_owned();
    assert!(number.len() >= 32);
    page.expect_text(&number)
        .expect_text(texts::errors::UNEXPECTED.0);

    let program = browser(&test)
        .with_header("accept", "application/json")
        .get("/broken")
        .await;
    assert_eq!(program.header("content-type"), "application/problem+json");
    assert!(program.body.contains("\"status\":500") && !program.body.contains("1234"));
}

#[tokio::test]
async fn sec_err_01_without_a_database_nobody_is_logged_in() {
    let test = TestApp::idle(&[]).await;
    let mut browser = test.browser();
    browser.cookies.insert(
        concat!(env!("CARGO_PKG_NAME"), "_session").to_owned(),
        "A".repeat(43),
    );
    test.app.db.close().await;
    let page = browser
        .get("/users/settings/sessions")
        .await
        .expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("retry-after"), "5");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn sec_err_02_a_panic_ends_one_request_and_nothing_else() {
    let test = TestApp::start().await;
    let mut browser = browser(&test);
    let page = browser
        .get("/panicking")
        .await
        .expect(StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!page.body.contains("1234"));
    browser
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    assert_eq!(test.letters_to("ann@example.com").await.len(), 1);
}

/// All connections are in use, or none can be had: nobody waits for long.
#[tokio::test]
async fn sec_err_01_who_gets_no_connection_is_told_soon() {
    let test = TestApp::impatient(&[("POOL_SIZE", "1")]).await;
    let _busy = test.app.db.acquire().await.unwrap();
    let mut browser = test.browser();
    browser.cookies.insert(
        concat!(env!("CARGO_PKG_NAME"), "_session").to_owned(),
        "A".repeat(43),
    );
    let begun = Instant::now();
    let answer = browser.get("/").await;
    let answer = answer.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "5");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn sec_err_01_a_busy_database_is_waited_for_in_production() {
    let config = Config::read(&production).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.database_wait, Duration::from_secs(5));
}

/// What a request can do without fails no request: here, that the way back is remembered.
#[tokio::test]
async fn sec_err_01_without_a_database_strangers_are_still_sent_to_log_in() {
    let test = TestApp::idle(&[]).await;
    let mut browser = test.browser();
    browser.cookies.insert(
        concat!(env!("CARGO_PKG_NAME"), "_device").to_owned(),
        "A".repeat(43),
    );
    test.app.db.close().await;
    browser
        .get("/users/settings")
        .await
        .expect_redirect("/users/log-in");
    browser.get("/users/log-in").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn sec_err_01_a_query_that_cannot_be_read_is_a_page_like_others() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let path = "/users/sudo?return_to=/a&return_to=/b";
    let page = browser.get(path).await.expect(StatusCode::BAD_REQUEST);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let mut program = browser.with_header("accept", "application/json");
    let problem = program.get(path).await.expect(StatusCode::BAD_REQUEST);
    assert_eq!(problem.header("content-type"), "application/problem+json");
}
