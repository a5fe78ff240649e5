//! Two-factor authentication as users meet it: turning it on, logging in, losing the phone.

use axum::http::StatusCode;
use time::Duration;

use super::{
    PASSWORD,
    test_app::TestApp,
    two_factor::{self, CONFIRM, SETTINGS, STEP, WRONG_CODE},
};
use crate::{
    accounts::{totp, trusted_browser::TRUSTED_BROWSER_TTL},
    commands::user,
    jobs::{Run, cleanup_expired_tokens::CleanupExpiredTokens},
    texts::second_factor::{self as texts, letters},
};

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn it_is_turned_on_used_and_turned_off() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.get(SETTINGS).await.expect_text("Not set up.");
    let (phone, codes) = two_factor::turn_on(&test, &mut browser).await;
    assert_eq!(codes.len(), 10);
    browser
        .get(SETTINGS)
        .await
        .expect_text("10 codes left")
        .expect_text("Set up another app instead");
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    browser
        .get(STEP)
        .await
        .expect_text("Two-factor authentication");
    browser
        .post(STEP, &[("code", WRONG_CODE)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::CODE_WRONG);
    let code = phone.code(&test);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    browser
        .post(STEP, &[("code", &spaced)])
        .await
        .expect_redirect("/");
    browser
        .post(&format!("{SETTINGS}/disable"), &[])
        .await
        .expect_redirect(SETTINGS);
    browser.get(SETTINGS).await.expect_text(texts::OFF);
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn a_user_comes_back_to_the_page_they_wanted() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = test.browser();
    browser
        .get("/users/settings/sessions")
        .await
        .expect_redirect("/users/log-in");
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/users/settings/sessions");
}

#[tokio::test]
async fn after_five_wrong_codes_the_login_page_says_why() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.pending(&test, ANN).await;
    for _ in 0..5 {
        browser.post(STEP, &[("code", WRONG_CODE)]).await;
    }
    browser
        .get("/users/log-in")
        .await
        .expect_text(texts::LOGIN_ENDED);
}

#[tokio::test]
async fn the_page_to_set_it_up_shows_the_key_and_only_in_sudo() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    two_factor::scan(&mut browser).await;
    browser.get(SETTINGS).await.expect_text("class=\"key\"");
    browser
        .post(CONFIRM, &[("code", WRONG_CODE)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::FIRST_CODE_WRONG)
        .expect_text("class=\"key\"");
    test.after(Duration::minutes(16));
    let page = browser.get(SETTINGS).await;
    assert!(!page.body.contains("otpauth://"));
}

#[tokio::test]
async fn two_clicks_on_the_button_to_set_it_up_show_one_key() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let first = two_factor::scan(&mut browser).await;
    let second = two_factor::scan(&mut browser).await;
    assert_eq!(first.secret(), second.secret());
}

#[tokio::test]
async fn an_operator_removes_it_for_a_user_who_has_lost_the_phone() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let trusted = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    let command = user::Command::parse(&["remove-second-factor", ANN]).unwrap();
    let said = command.run(&test.app).await.unwrap();
    assert!(said.contains("without a second factor"), "{said}");
    assert!(!ann.browser.is_logged_in().await);
    assert!(!trusted.clone().is_logged_in().await);
    test.expect_letter(ANN, letters::OFF_SUBJECT).await;
    for rows in [
        "select count(*) from totp_secrets",
        "select count(*) from backup_codes",
        "select count(*) from trusted_browsers",
    ] {
        assert_eq!(test.count(rows).await, 0, "{rows}");
    }
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let said = command.run(&test.app).await.unwrap();
    assert!(said.contains("no second factor"), "{said}");
    test.expect_letter(ANN, letters::OFF_SUBJECT).await;
}

#[tokio::test]
async fn what_was_never_finished_and_what_has_expired_is_deleted() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    two_factor::scan(&mut browser).await;
    let bob = two_factor::member(&test, "bob@example.com").await;
    bob.log_in(&test, "bob@example.com", &[("trust_browser", "on")])
        .await;
    test.after(totp::ENROLMENT_TTL);
    CleanupExpiredTokens {}.run(&test.app, 1).await.unwrap();
    assert_eq!(test.count("select count(*) from totp_secrets").await, 1);
    assert_eq!(test.count("select count(*) from trusted_browsers").await, 1);
    test.after(TRUSTED_BROWSER_TTL);
    CleanupExpiredTokens {}.run(&test.app, 2).await.unwrap();
    assert_eq!(test.count("select count(*) from totp_secrets").await, 1);
    assert_eq!(test.count("select count(*) from trusted_browsers").await, 0);
}

#[test]
fn the_pages_say_how_long_a_browser_is_trusted() {
    let page = include_str!("../../templates/second_factor/new.html");
    let days = TRUSTED_BROWSER_TTL.whole_days();
    assert!(page.contains(&format!("for {days} days")));
}
