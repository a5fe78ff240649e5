//! MFA-1, MFA-4, MFA-9: a form that is sent again too late, an app that is set up too slowly, and a second factor that is turned
//! off.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{
    PASSWORD,
    security::code_guessing::FAILURES,
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

/// What belonged to it: backup codes, the row of wrong codes, and the app.
#[tokio::test]
async fn sec_mfa_09_turned_on_again_it_begins_anew() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    sqlx::query(
        "update users
         set second_factor_failures = 100",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    ann.browser.post(DISABLE, &[]).await;
    for left in [
        "select count(*) from backup_codes",
        "select count(*) from totp_secrets",
    ] {
        assert_eq!(test.count(left).await, 0, "{left}");
    }
    let (phone, codes) = two_factor::turn_on(&test, &mut ann.browser).await;
    assert_eq!(test.count(FAILURES).await, 0);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| !ann.backup_codes.contains(code)));
    // The app outlasts the session in which it was set up.
    ann.browser.post("/users/log-out", &[]).await;
    let mut browser = ann.pending(&test, ANN).await;
    let old = [("code", ann.backup_codes[0].as_str())];
    browser
        .post(STEP, &old)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let code = phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
}

/// The session has another secret after each of these, and its cookie is kept as long as before.
#[tokio::test]
async fn sec_ses_03_setting_it_up_keeps_the_lifetime_of_the_session() {
    for is_remembered in [false, true] {
        let test = TestApp::start().await;
        test.member(ANN).await;
        let mut browser = test.browser();
        match is_remembered {
            true => browser.log_in_remembered(ANN, PASSWORD).await,
            false => browser.log_in(ANN, PASSWORD).await,
        };
        let phone = two_factor::scan(&mut browser).await;
        let code = phone.code(&test);
        let answer = browser.post(CONFIRM, &[("code", &code)]).await;
        let cookies = answer.set_cookies();
        let is_session = |cookie: &&&str| cookie.contains("_session=");
        let cookie = cookies.iter().find(is_session).unwrap();
        assert_eq!(cookie.contains("Max-Age="), is_remembered, "{cookie}");
    }
}
