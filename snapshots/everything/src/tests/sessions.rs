//! The page that lists sessions, and what it ends.

use axum::http::StatusCode;
use time::Duration;

use super::{PASSWORD, browser::Browser, test_app::TestApp};
use crate::texts;

const PAGE: &str = "/users/settings/sessions";

/// Two browsers of the same person, logged in.
async fn two_browsers(test: &TestApp) -> (Browser, Browser) {
    let here = test.member("ann@example.com").await;
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1";
    let mut phone = test
        .browser()
        .from("198.51.100.7")
        .with_header("user-agent", agent);
    phone
        .log_in_remembered("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    (here, phone)
}

/// The path of the only button that ends one session.
async fn button(browser: &mut Browser) -> String {
    let page = browser.get(PAGE).await.expect(StatusCode::OK);
    let mut paths = page.body.split('"');
    let is_button = |path: &&str| path.starts_with(PAGE) && path.ends_with("/end");
    paths.find(is_button).expect("a button").to_owned()
}

#[tokio::test]
async fn the_page_shows_browsers_and_addresses() {
    let test = TestApp::start().await;
    let (mut here, _phone) = two_browsers(&test).await;
    let page = here
        .get(PAGE)
        .await
        .expect_text("Firefox on Linux")
        .expect_text("Safari on iPhone");
    page.expect_text("198.51.100.7")
        .expect_text(texts::sessions::THIS)
        .expect_text(texts::sessions::REMEMBERED);
}

#[tokio::test]
async fn one_session_can_be_ended() {
    let test = TestApp::start().await;
    let (mut here, mut phone) = two_browsers(&test).await;
    let button = button(&mut here).await;
    here.post(&button, &[]).await.expect_redirect(PAGE);
    assert!(!phone.is_logged_in().await);
    assert!(here.is_logged_in().await);
}

#[tokio::test]
async fn all_others_can_be_ended() {
    let test = TestApp::start().await;
    let (mut here, mut phone) = two_browsers(&test).await;
    here.post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect(PAGE);
    assert!(!phone.is_logged_in().await);
    here.get(PAGE)
        .await
        .expect(StatusCode::OK)
        .expect_text(texts::notices::OTHERS_ENDED);
}

#[tokio::test]
async fn all_can_be_ended() {
    let test = TestApp::start().await;
    let (mut here, mut phone) = two_browsers(&test).await;
    here.post("/users/settings/sessions/end-all", &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(!phone.is_logged_in().await);
    assert!(!here.is_logged_in().await);
}

#[tokio::test]
async fn ending_sessions_asks_for_the_password_after_a_quarter_of_an_hour_and_comes_back() {
    let test = TestApp::start().await;
    let (here, mut phone) = two_browsers(&test).await;
    let mut here = here.with_header("referer", "http://localhost:4000/users/settings/sessions");
    let button = button(&mut here).await;
    test.after(Duration::minutes(15));
    here.post(&button, &[]).await.expect_redirect("/users/sudo");
    assert!(phone.is_logged_in().await);

    here.post("/users/sudo", &[("password", "wrong")])
        .await
        .expect_text(texts::fields::PASSWORD_WRONG);
    here.post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect(PAGE);
    here.post(&button, &[]).await.expect_redirect(PAGE);
    assert!(!phone.is_logged_in().await);
}
