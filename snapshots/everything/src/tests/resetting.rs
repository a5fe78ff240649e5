//! Forgetting a password.

use axum::http::StatusCode;

use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};
use crate::texts;

#[tokio::test]
async fn a_letter_lets_somebody_choose_a_new_password() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await
        .expect_redirect("/users/log-in");
    browser
        .get("/users/log-in")
        .await
        .expect_text(texts::notices::LETTER_SENT);

    let link = test.link_for("ann@example.com").await;
    browser
        .get(&link)
        .await
        .expect(StatusCode::OK)
        .expect_text(texts::reset::TITLE);
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    browser
        .get("/users/log-in")
        .await
        .expect_text(texts::notices::PASSWORD_CHANGED);

    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    browser
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn a_weak_password_does_not_spend_the_link() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let link = test.link_for("ann@example.com").await;
    let answer = browser.post(&link, &[("new_password", "short")]).await;
    answer
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::fields::PASSWORD_TOO_SHORT);
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn somebody_who_never_confirmed_can_come_in_this_way() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    test.work().await;
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let link = test.link_for("ann@example.com").await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn an_unknown_link_says_so() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    for path in [
        "/users/reset-password/nonsense",
        "/users/confirm/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        browser
            .get(path)
            .await
            .expect(StatusCode::NOT_FOUND)
            .expect_text(texts::link_expired::TITLE);
    }
}
