//! Requests whose client hangs up, as browsers do with the first of two clicks, are carried out to their end.

use axum::http::StatusCode;
use tokio::task::JoinHandle;

use super::guessing::{
    all_permits, ask_again, known_permits, try_from, wait_until_five_are_counted,
};
use crate::{
    accounts::session::attempts::MAX_FAILURES,
    tests::{OTHER_PASSWORD, PASSWORD, test_app::TestApp},
    texts::letters,
};

const ANN: &str = "ann@example.com";

async fn tried(test: &TestApp) -> i64 {
    let tried = "select coalesce(sum(attempts), 0) from sessions";
    test.count(tried).await
}

async fn wait_for_tries(test: &TestApp, expected: i64) {
    for _ in 0..1000 {
        if tried(test).await == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never {expected} tries");
}

#[tokio::test]
async fn sec_log_05_requests_that_are_given_up_use_up_no_attempts() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for _ in 0..=MAX_FAILURES {
        let permits = known_permits(&test).await;
        let mut browser = ann.clone();
        let asked = tokio::spawn(async move { ask_again(&mut browser, PASSWORD).await });
        wait_for_tries(&test, 1).await;
        asked.abort();
        drop(permits);
        wait_for_tries(&test, 0).await;
    }
    assert_eq!(ask_again(&mut ann, PASSWORD).await, StatusCode::SEE_OTHER);
}

/// The attempt that ends the session must end it, though nobody waits for the response.
#[tokio::test]
async fn sec_ses_02_a_last_attempt_that_is_given_up_ends_the_session() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for _ in 1..MAX_FAILURES {
        ask_again(&mut ann, OTHER_PASSWORD).await;
    }
    let permits = known_permits(&test).await;
    let mut browser = ann.clone();
    let asked = tokio::spawn(async move { ask_again(&mut browser, OTHER_PASSWORD).await });
    wait_for_tries(&test, i64::from(MAX_FAILURES)).await;
    asked.abort();
    drop(permits);
    wait_for_tries(&test, 0).await;
    assert!(!ann.is_logged_in().await);
    test.expect_letter(ANN, letters::GUESSED_SUBJECT).await;
}

/// Five right passwords whose clients hang up lock nothing. `start` sends one.
pub async fn given_up(start: impl Fn(&TestApp, usize) -> JoinHandle<StatusCode>) {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let permits = all_permits(&test).await;
    let tries: Vec<_> = (0..5).map(|number| start(&test, number)).collect();
    wait_until_five_are_counted(&test).await;
    for one in tries {
        one.abort();
    }
    drop(permits);
    let counted = "select count(*) from lockouts where failures > 0";
    for _ in 0..1000 {
        if test.count(counted).await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let status = try_from(&test, 99, PASSWORD).await.unwrap();
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_log_06_right_passwords_of_browsers_that_hang_up_lock_nothing() {
    given_up(|test, number| try_from(test, number, PASSWORD)).await;
}
