//! LOG-6 and SES-17: what was decided before a password was hashed is looked at again afterwards, inside the transaction.

use axum::http::StatusCode;
use tokio::task::JoinHandle;

use super::guessing::all_permits;
use crate::{
    accounts::{password::Password, user},
    tests::{OTHER_PASSWORD, PASSWORD, test_app::TestApp},
};

const ANN: &str = "ann@example.com";
const COUNTED: &str = "select count(*) from lockouts where failures = 1";

/// A right password from an unknown browser. It has been counted and waits to be hashed.
async fn waiting(test: &TestApp) -> JoinHandle<StatusCode> {
    let mut browser = test.browser().from("203.0.113.9");
    let tried = tokio::spawn(async move { browser.log_in(ANN, PASSWORD).await.status });
    for _ in 0..400 {
        if test.count(COUNTED).await == 1 {
            // What is read before the password is hashed has been read then.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            return tried;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the try was never counted");
}

#[tokio::test]
async fn sec_log_06_a_try_at_an_account_that_is_suspended_meanwhile_stays_counted() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let permits = all_permits(&test).await;
    let tried = waiting(&test).await;
    test.suspend(ANN).await;
    let known = test.count("select count(*) from devices").await;
    drop(permits);
    assert_eq!(tried.await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY);
    // A success would have forgotten it, and known the browser.
    assert_eq!(test.count(COUNTED).await, 1);
    assert_eq!(test.count("select count(*) from devices").await, known);
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn sec_ses_17_a_password_that_is_replaced_while_it_is_hashed_logs_nobody_in() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let other = Password::typed(OTHER_PASSWORD);
    let other = test.app.hasher.hash(&other).await.unwrap();
    let before = test.count("select count(*) from sessions").await;
    let permits = all_permits(&test).await;
    let tried = waiting(&test).await;
    let mut held = test.hold(ANN).await;
    user::set_password(&mut held, Some(&other)).await.unwrap();
    held.commit().await.unwrap();
    drop(permits);
    assert_eq!(tried.await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(test.count("select count(*) from sessions").await, before);
    assert_eq!(test.count(COUNTED).await, 1);
}
