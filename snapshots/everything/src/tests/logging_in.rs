//! Coming in and going.

use axum::http::StatusCode;

use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};
use crate::texts;

#[tokio::test]
async fn a_person_logs_in_and_out() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let mut browser = test.browser();
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    browser
        .get("/")
        .await
        .expect_text("ann@example.com")
        .expect_text(texts::notices::LOGGED_IN);
    browser
        .post("/users/log-out", &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn the_address_may_be_written_in_any_way() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    test.browser()
        .log_in("  ANN@Example.COM ", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_address_and_the_box() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let answer = test
        .browser()
        .log_in_remembered("ann@example.com", OTHER_PASSWORD)
        .await;
    let answer = answer
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::log_in::WRONG);
    answer.expect_text("ann@example.com").expect_text("checked");
}

#[tokio::test]
async fn a_notice_is_shown_once() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    browser.get("/").await.expect_text(texts::notices::WELCOME);
    assert!(
        !browser
            .get("/")
            .await
            .body
            .contains(texts::notices::WELCOME)
    );
}

#[tokio::test]
async fn a_session_is_for_the_browser_unless_it_is_remembered() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let session = test.browser().log_in("ann@example.com", PASSWORD).await;
    assert!(
        !session
            .set_cookies()
            .iter()
            .any(|cookie| cookie.contains("_session=") && cookie.contains("Max-Age"))
    );
    let remembered = test
        .browser()
        .log_in_remembered("ann@example.com", PASSWORD)
        .await;
    assert!(
        remembered
            .set_cookies()
            .iter()
            .any(|cookie| cookie.contains("_session=") && cookie.contains("Max-Age=5184000"))
    );
}
