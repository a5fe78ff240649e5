//! Requests whose client hangs up, as browsers do with the first of two clicks, are carried out to their end.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode},
};
use http_body_util::channel::Channel;
use time::Duration;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::guessing::{
    all_permits, ask_again, known_permits, try_from, wait_until_five_are_counted,
};
use crate::{
    accounts::session::attempts::MAX_FAILURES,
    tests::{OTHER_PASSWORD, PASSWORD, counting, test_app::TestApp},
    texts::letters,
    web::connections::PATIENCE,
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
    let test = TestApp::patient().await;
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
    let test = TestApp::patient().await;
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

/// The database, or the program, failed while passwords were looked at: nobody knows any more what came of them.
#[tokio::test]
async fn sec_log_05_attempts_that_came_to_nothing_are_forgotten() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    sqlx::query("update sessions set attempts = $1, attempted_at = $2")
        .bind(MAX_FAILURES)
        .bind(test.app.now())
        .execute(&test.app.db)
        .await
        .unwrap();
    let unknown = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(ask_again(&mut ann, PASSWORD).await, unknown);
    test.after(Duration::minutes(2));
    // Five wrong ones end the session as ever.
    for _ in 1..MAX_FAILURES {
        let wrong = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(ask_again(&mut ann, OTHER_PASSWORD).await, wrong);
        test.after(Duration::minutes(2));
    }
    ask_again(&mut ann, OTHER_PASSWORD).await;
    assert!(!ann.is_logged_in().await);
}

/// The database failed between the last wrong one and the end of the session: the next attempt ends it, and is not looked at.
#[tokio::test]
async fn sec_ses_02_a_session_that_should_have_ended_ends() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let spent = "update sessions set attempts = $1, failures = $1, attempted_at = $2";
    sqlx::query(spent)
        .bind(MAX_FAILURES)
        .bind(test.app.now())
        .execute(&test.app.db)
        .await
        .unwrap();
    test.after(Duration::minutes(2));
    ask_again(&mut ann, PASSWORD).await;
    assert!(!ann.is_logged_in().await);
    test.expect_letter(ANN, letters::GUESSED_SUBJECT).await;
}

/// Two others of the five are still looked at.
#[tokio::test]
async fn sec_ses_02_a_right_password_forgets_the_wrong_ones_and_not_those_under_way() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    sqlx::query("update sessions set attempts = 3, failures = 1, attempted_at = $1")
        .bind(test.app.now())
        .execute(&test.app.db)
        .await
        .unwrap();
    assert_eq!(ask_again(&mut ann, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(tried(&test).await, 2);
    assert_eq!(
        test.count("select cast(max(failures) as bigint) from sessions")
            .await,
        0
    );
}

#[tokio::test]
async fn what_is_carried_out_for_nobody_is_in_the_log_and_a_stop_waits_for_it() {
    let test = TestApp::patient().await;
    let mut ann = test.member(ANN).await;
    let work = async {
        let permits = known_permits(&test).await;
        let asked = async move { ask_again(&mut ann, PASSWORD).await };
        let asked = tokio::spawn(asked.in_current_span());
        wait_for_tries(&test, 1).await;
        asked.abort();
        let short = std::time::Duration::from_millis(50);
        let stopped = tokio::time::timeout(short, test.app.places.are_free()).await;
        assert!(stopped.is_err());
        drop(permits);
        test.app.places.are_free().await;
        assert_eq!(tried(&test).await, 0);
    };
    let ((), log) = counting::log_of(work).await;
    let is_told = |line: &String| line.contains("the client has hung up before");
    assert!(log.iter().any(is_told), "{log:?}");
}

#[tokio::test]
async fn where_no_place_is_left_a_request_is_answered_all_the_same() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let all: Vec<_> = std::iter::from_fn(|| test.app.places.take()).collect();
    assert_eq!(all.len(), PATIENCE.max);
    assert_eq!(ask_again(&mut ann, PASSWORD).await, StatusCode::SEE_OTHER);
}

/// Who is told that the request has not come may send it again: it was not carried out.
#[tokio::test]
async fn a_body_that_breaks_off_does_nothing() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let sessions = "select count(*) from sessions";
    let before = test.count(sessions).await;
    let form = format!(
        "email=ann%40example.com&password={}",
        PASSWORD.replace(' ', "+")
    );
    let (first, rest) = form.split_at(20);
    for hangs_up in [true, false] {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
        let mut browser = test.browser();
        let sent = tokio::spawn(async move {
            let path = "/users/log-in";
            browser.send(Method::POST, path, Body::new(body)).await
        });
        sender.send_data(first.to_owned().into()).await.unwrap();
        // Until it is read.
        while sender.capacity() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!sent.is_finished());
        if hangs_up {
            sent.abort();
            let soon = std::time::Duration::from_secs(10);
            let given_up = tokio::time::timeout(soon, test.app.places.are_free()).await;
            given_up.expect("nobody waits for the rest");
            let is_taken = sender.send_data(rest.to_owned().into()).await.is_ok();
            assert!(!is_taken);
            assert_eq!(test.count(sessions).await, before);
        } else {
            sender.send_data(rest.to_owned().into()).await.unwrap();
            drop(sender);
            sent.await.unwrap().expect_redirect("/");
            assert_eq!(test.count(sessions).await, before + 1);
        }
    }
}

/// Five right passwords whose clients hang up lock nothing. `start` sends one.
pub async fn given_up(start: impl Fn(&TestApp, usize) -> JoinHandle<StatusCode>) {
    let test = TestApp::patient().await;
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
    assert_eq!(test.count(counted).await, 0);
    let status = try_from(&test, 99, PASSWORD).await.unwrap();
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_log_06_right_passwords_of_browsers_that_hang_up_lock_nothing() {
    given_up(|test, number| try_from(test, number, PASSWORD)).await;
}
