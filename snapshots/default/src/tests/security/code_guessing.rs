//! MFA-4 and MFA-7: what an attacker who knows the password can do about the second factor.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{
    OTHER_PASSWORD, PASSWORD,
    browser::Browser,
    test_app::TestApp,
    two_factor::{self, NEXT, Phone, SETTINGS, STEP, WRONG_CODE},
};
use crate::texts::second_factor::letters;

const ANN: &str = "ann@example.com";

/// Logs in as far as the step, and types wrong codes. Returns how many were looked at.
async fn guess(browser: &mut Browser, times: usize) -> usize {
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let mut looked_at = 0;
    for _ in 0..times {
        let answer = browser.post(STEP, &[("code", WRONG_CODE)]).await;
        looked_at += usize::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
    }
    looked_at
}

#[tokio::test]
async fn sec_mfa_07_browsers_that_were_known_before_have_no_budget_of_their_own() {
    let test = TestApp::start().await;
    let owner = test.member(ANN).await;
    let mut known = Vec::new();
    for number in 1..=6 {
        let mut browser = test.browser().from(&format!("203.0.113.{number}"));
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        browser.post("/users/log-out", &[]).await;
        known.push(browser);
    }
    let mut owner = owner;
    two_factor::turn_on(&test, &mut owner).await;
    let mut looked_at = 0;
    for browser in &mut known {
        looked_at += guess(browser, 4).await;
    }
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn sec_mfa_07_wrong_codes_are_told_in_however_many_sessions_they_are_typed() {
    let test = TestApp::start().await;
    two_factor::member(&test, ANN).await;
    // Five in all, and fewer than five in each.
    for times in [3, 2] {
        assert_eq!(
            test.letters_about(ANN, letters::FAILED_SUBJECT).await,
            0,
            "before another {times}"
        );
        let mut browser = test.browser();
        assert_eq!(guess(&mut browser, times).await, times);
        browser.post("/users/log-out", &[]).await;
    }
    test.expect_letter(ANN, letters::FAILED_SUBJECT).await;
}

/// The owner's browser is not held up by others, and is no way round the limit either.
#[tokio::test]
async fn sec_mfa_07_a_known_browser_has_ten_codes_too() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    ann.browser.post("/users/log-out", &[]).await;
    for _ in 0..2 {
        ann.browser
            .log_in(ANN, PASSWORD)
            .await
            .expect_redirect(STEP);
        for _ in 0..5 {
            let answer = ann.browser.post(STEP, &[("code", WRONG_CODE)]).await;
            assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        }
    }
    ann.browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect(STEP);
    let code = ann.phone.code(&test);
    ann.browser
        .post(STEP, &[("code", &code)])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

/// Each of them may be a copy.
#[tokio::test]
async fn sec_mfa_07_all_known_browsers_together_have_thirty_codes() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut known = Vec::new();
    for _ in 0..4 {
        let mut browser = ann.log_in(&test, ANN, &[]).await;
        browser.post("/users/log-out", &[]).await;
        known.push(browser);
    }
    let mut looked_at = 0;
    for _ in 0..2 {
        for browser in &mut known {
            looked_at += guess(browser, 4).await;
            browser.post("/users/log-out", &[]).await;
        }
    }
    assert_eq!(looked_at, 30);
}

/// Codes that are not looked at, because the session has gone on, are nobody's.
#[tokio::test]
async fn sec_mfa_07_an_old_secret_uses_up_no_codes_of_the_user() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let old = ann.pending(&test, ANN).await;
    let mut browser = old.clone();
    let code = ann.phone.code(&test);
    let typed = [("code", code.as_str())];
    browser.post(STEP, &typed).await.expect_redirect("/");
    for _ in 0..12 {
        let answer = old.clone().post(STEP, &[("code", WRONG_CODE)]).await;
        answer.expect_redirect("/users/log-in");
    }
    assert_eq!(test.count(FAILURES).await, 0);
}

async fn guessed(test: &TestApp, times: i32) {
    sqlx::query(
        "update users set second_factor_failures = $2
         where email = $1",
    )
    .bind(ANN)
    .bind(times)
    .execute(&test.app.db)
    .await
    .unwrap();
}

#[tokio::test]
async fn sec_mfa_07_after_a_hundred_wrong_codes_there_is_one_an_hour_until_the_password_changes() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    guessed(&test, 100).await;
    assert_eq!(guess(&mut test.browser(), 3).await, 1);
    test.after(Duration::minutes(6));
    assert_eq!(guess(&mut test.browser(), 3).await, 0);
    // The owner's browser has given the factor.
    ann.browser.post("/users/log-out", &[]).await;
    ann.browser.log_in(ANN, PASSWORD).await;
    let code = ann.phone.code(&test);
    let answer = ann.browser.post(STEP, &[("code", &code)]).await;
    answer.expect_redirect("/");
    assert_eq!(test.count(FAILURES).await, 0);

    guessed(&test, 100).await;
    ann.browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect(StatusCode::SEE_OTHER);
    assert_eq!(test.count(FAILURES).await, 0);
}

pub const FAILURES: &str = "select count(*)
     from users where second_factor_failures > 0";

/// Who reads the mailbox guesses no more for that.
#[tokio::test]
async fn sec_mfa_07_a_reset_by_email_gives_no_further_codes() {
    let test = TestApp::start().await;
    two_factor::member(&test, ANN).await;
    guessed(&test, 100).await;
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_for(ANN).await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::SEE_OTHER);
    assert_eq!(test.count(FAILURES).await, 1);
    let mut looked_at = 0;
    for _ in 0..2 {
        browser
            .log_in(ANN, OTHER_PASSWORD)
            .await
            .expect_redirect(STEP);
        let answer = browser.post(STEP, &[("code", WRONG_CODE)]).await;
        looked_at += usize::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(looked_at, 1);
}

/// Five in one session end it, which is told as well.
#[tokio::test]
async fn sec_log_11_wrong_codes_in_a_session_are_told() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let typed = [("password", PASSWORD), ("code", WRONG_CODE)];
    for _ in 0..5 {
        ann.browser.post("/users/sudo", &typed).await;
    }
    assert!(!ann.browser.is_logged_in().await);
    test.expect_letter(ANN, letters::FAILED_SUBJECT).await;
    let guessed = crate::texts::letters::GUESSED_SUBJECT;
    test.expect_letter(ANN, guessed).await;
}

/// For a minute after the step, the browser may still send the secret from before it.
#[tokio::test]
async fn sec_mfa_07_an_old_secret_uses_up_no_attempts_of_the_full_session() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut old = ann.pending(&test, ANN).await;
    let mut browser = old.clone();
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    for _ in 0..5 {
        old.post(STEP, &[("code", WRONG_CODE)]).await;
    }
    assert!(browser.clone().is_logged_in().await);
    test.after(NEXT);
    let code = ann.phone.code(&test);
    let typed = [("password", PASSWORD), ("code", code.as_str())];
    browser
        .post("/users/sudo", &typed)
        .await
        .expect(StatusCode::SEE_OTHER);
}

/// Fixation: the owner would confirm the attacker's secret.
#[tokio::test]
async fn sec_mfa_04_an_app_is_set_up_in_the_session_that_has_begun_it() {
    let test = TestApp::start().await;
    let mut owner = test.member(ANN).await;
    let mut thief = test.browser();
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let theirs = two_factor::scan(&mut thief).await;
    let page = owner.get(SETTINGS).await;
    assert!(!page.body.contains("otpauth://"), "{}", page.body);
    let own = two_factor::scan(&mut owner).await;
    assert_ne!(own.secret(), theirs.secret());
    confirm(&test, &mut owner, &theirs)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    confirm(&test, &mut owner, &own)
        .await
        .expect(StatusCode::OK);
    let pending = "select count(*) from totp_secrets where confirmed_at is null";
    assert_eq!(test.count(pending).await, 0, "they end with their session");
}

async fn confirm(
    test: &TestApp,
    browser: &mut Browser,
    phone: &Phone,
) -> crate::tests::browser::Answer {
    let code = phone.code(test);
    browser.post(two_factor::CONFIRM, &[("code", &code)]).await
}

#[tokio::test]
async fn sec_mfa_02_a_clock_that_was_ahead_costs_no_codes() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    sqlx::query("update totp_secrets set last_step = last_step + 2880")
        .execute(&test.app.db)
        .await
        .unwrap();
    test.after(NEXT);
    ann.log_in(&test, ANN, &[]).await;
}

#[tokio::test]
async fn sec_mfa_08_new_codes_are_made_five_times_an_hour() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let path = format!("{SETTINGS}/backup-codes");
    for number in 0..6 {
        let answer = ann.browser.post(&path, &[]).await;
        let wanted = if number < 5 { 200 } else { 429 };
        assert_eq!(answer.status.as_u16(), wanted, "{number}");
    }
}
