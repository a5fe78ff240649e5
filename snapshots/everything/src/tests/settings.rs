//! The page of one's account.

use axum::http::StatusCode;
use time::Duration;

use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};
use crate::texts;

const ANN: &str = "ann@example.com";
const PAGE: &str = "/users/settings";

#[tokio::test]
async fn a_password_is_changed_and_only_this_session_stays() {
    let test = TestApp::start().await;
    let mut here = test.member(ANN).await;
    let mut phone = test.browser();
    phone.log_in(ANN, PASSWORD).await.expect_redirect("/");
    here.change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect(PAGE);
    here.get(PAGE)
        .await
        .expect_text(texts::notices::PASSWORD_SET);
    assert!(!phone.clone().is_logged_in().await);
    test.expect_letter(ANN, texts::letters::CHANGED_SUBJECT)
        .await;
    phone.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn the_current_password_is_always_asked_for() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .get(PAGE)
        .await
        .expect_text(texts::fields::CURRENT_PASSWORD);
    browser
        .change_password("wrong", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::fields::PASSWORD_WRONG);
    browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect(PAGE);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_page_says_why() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .post("/users/settings/password", &[("new_password", "short")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::fields::PASSWORD_TOO_SHORT);
}

#[tokio::test]
async fn an_address_is_changed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .post("/users/settings/email", &[("email", " ANN@example.ORG ")])
        .await
        .expect_redirect(PAGE);
    browser.get(PAGE).await.expect_text("ann@example.org");
    let link = test
        .link_below("ann@example.org", "/users/settings/email/")
        .await;
    browser.post(&link, &[]).await.expect_redirect(PAGE);
    browser
        .get(PAGE)
        .await
        .expect_text(texts::notices::EMAIL_CHANGED);
    let mut other = test.browser();
    other
        .log_in("ann@example.org", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn something_that_is_no_address_is_kept_to_be_corrected() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .post("/users/settings/email", &[("email", "ann@")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text("value=\"ann@\"")
        .expect_text(texts::fields::EMAIL_INVALID);
}

#[tokio::test]
async fn without_a_fresh_proof_the_page_leads_to_one_and_back() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    test.after(Duration::minutes(16));
    browser.get(PAGE).await.expect_text(texts::settings::PROVE);
    browser
        .get("/users/sudo?return_to=/users/settings")
        .await
        .expect(StatusCode::OK);
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect(PAGE);
    browser
        .get(PAGE)
        .await
        .expect_text(texts::settings::DELETE_BUTTON);
}

#[tokio::test]
async fn the_way_back_leads_to_no_other_site() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .get("/users/sudo?return_to=//evil.example")
        .await
        .expect(StatusCode::OK);
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn what_has_happened_is_listed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut thief = test.browser().from("203.0.113.9");
    thief.log_in(ANN, OTHER_PASSWORD).await;
    browser
        .get("/users/settings/sessions")
        .await
        .expect_text(texts::activity("auth.confirmation"))
        .expect_text(texts::sessions::FAILED)
        .expect_text("203.0.113.9");
}

#[tokio::test]
async fn a_copy_of_everything_can_be_downloaded() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let file = browser
        .get("/users/settings/export")
        .await
        .expect(StatusCode::OK);
    assert!(
        file.header("content-disposition")
            .starts_with("attachment; filename=")
    );
    let export: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    let person = &export["members"][0];
    assert_eq!(person["email"], ANN);
    assert_eq!(export["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(export["audit_events"][0]["action"], "auth.register");
}
