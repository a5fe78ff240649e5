//! MFA-1, MFA-4, MFA-9: a form that is sent again too late, an app that is set up too slowly, and a second factor that is turned
//! off.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{
    PASSWORD,
    test_app::TestApp,
    two_factor::{self, CONFIRM, SETTINGS, STEP},
};

const ANN: &str = "ann@example.com";
const DISABLE: &str = "/users/settings/second-factor/disable";

async fn is_on(test: &TestApp) -> bool {
    test.user(ANN).await.unwrap().second_factor_at.is_some()
}

#[tokio::test]
async fn sec_mfa_01_the_same_form_is_sent_again_within_a_minute() {
    for (seconds, is_again) in [(50, true), (61, false)] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        let mut browser = ann.pending(&test, ANN).await;
        let mut again = browser.clone();
        let code = ann.phone.code(&test);
        let form = [("code", code.as_str())];
        browser.post(STEP, &form).await.expect_redirect("/");
        test.after(Duration::seconds(seconds));
        let answer = again.post(STEP, &form).await;
        let path = if is_again { "/" } else { "/users/log-in" };
        assert_eq!(answer.header("location"), path, "after {seconds} s");
        assert_eq!(again.is_logged_in().await, is_again);
    }
}

#[tokio::test]
async fn sec_mfa_04_an_app_that_is_set_up_is_waited_for_one_hour() {
    for (minutes, status) in [(59, 200_u16), (60, 422)] {
        let test = TestApp::start().await;
        test.member(ANN).await;
        let mut browser = test.browser();
        browser.log_in_remembered(ANN, PASSWORD).await;
        let phone = two_factor::scan(&mut browser).await;
        test.after(Duration::minutes(minutes));
        browser
            .post("/users/sudo", &[("password", PASSWORD)])
            .await
            .expect(StatusCode::SEE_OTHER);
        let code = phone.code(&test);
        let answer = browser.post(CONFIRM, &[("code", &code)]).await;
        assert_eq!(answer.status, status, "after {minutes} minutes");
        assert_eq!(is_on(&test).await, status == 200);
    }
}

#[tokio::test]
async fn sec_mfa_04_an_app_that_is_being_set_up_does_not_keep_the_factor_on() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    two_factor::scan(&mut ann.browser).await;
    ann.browser
        .post(DISABLE, &[])
        .await
        .expect_redirect(SETTINGS);
    assert!(!is_on(&test).await);
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_mfa_09_turning_it_off_ends_other_sessions_and_trust() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut other = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    ann.browser
        .post(DISABLE, &[])
        .await
        .expect_redirect(SETTINGS);
    assert!(ann.browser.is_logged_in().await);
    assert!(!other.is_logged_in().await);
    let trusted = "select count(*) from trusted_browsers";
    assert_eq!(test.count(trusted).await, 0);
}
