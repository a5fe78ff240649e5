//! Coming in with a link instead of a password.

use axum::http::StatusCode;
use time::Duration;

use super::{PASSWORD, test_app::TestApp};
use crate::texts;

const ANN: &str = "ann@example.com";

async fn link(test: &TestApp) -> String {
    test.browser()
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    test.link_below(ANN, "/users/log-in/link/").await
}

#[tokio::test]
async fn a_link_logs_in_and_comes_back_to_where_they_wanted_to_go() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser
        .get("/users/settings")
        .await
        .expect_redirect("/users/log-in");
    let link = link(&test).await;
    browser
        .post(&link, &[])
        .await
        .expect_redirect("/users/settings");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn it_can_be_remembered() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let link = link(&test).await;
    let mut browser = test.browser();
    browser
        .post(&link, &[("remember_me", "on")])
        .await
        .expect_redirect("/");
    test.after(Duration::days(30));
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn whoever_was_logged_in_here_makes_room() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.member("bob@example.com").await;
    let bobs = browser.clone();
    let link = link(&test).await;
    browser.post(&link, &[]).await.expect_redirect("/");
    browser.get("/").await.expect_text(ANN);
    assert!(!bobs.clone().is_logged_in().await);
}

#[tokio::test]
async fn a_user_is_not_remembered_because_another_one_was() {
    let test = TestApp::start().await;
    for email in [ANN, "bob@example.com"] {
        test.member(email).await;
    }
    let mut browser = test.browser();
    browser
        .log_in_remembered("bob@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    let link = link(&test).await;
    browser.post(&link, &[]).await.expect_redirect("/");
    assert!(browser.is_logged_in().await);
    test.after(Duration::days(30));
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn who_was_remembered_stays_remembered() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser
        .log_in_remembered(ANN, PASSWORD)
        .await
        .expect_redirect("/");
    browser
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/settings");
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    browser.post(&link, &[]).await.expect_redirect("/");
    test.after(Duration::days(30));
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn something_that_is_no_address_is_said_to_be_none() {
    let test = TestApp::start().await;
    test.browser()
        .post("/users/log-in/link", &[("email", "nonsense")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::fields::EMAIL_INVALID);
}

#[tokio::test]
async fn somebody_without_a_password_proves_who_they_are_with_a_link() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    sqlx::query(
        "update {= users =}
         set password_hash = null",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    test.after(Duration::minutes(20));
    browser
        .get("/users/sudo?return_to=/users/settings")
        .await
        .expect_text(texts::sudo::HELP_BY_LETTER);
    browser
        .post("/users/settings/password", &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/sudo?return_to=/users/settings");
    let link = link(&test).await;
    browser
        .post(&link, &[])
        .await
        .expect_redirect("/users/settings");
    browser
        .post("/users/settings/password", &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/settings");
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}
