//! LOG-5 and LOG-6: tries that come at once, from everywhere, or from browsers that are logged in.

use axum::http::StatusCode;
use time::Duration;
use tokio::{sync::OwnedSemaphorePermit, task::JoinHandle};

use crate::{
    accounts::{lockout, password::Lane},
    tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp},
    texts::letters,
};

const ANN: &str = "ann@example.com";
const THIRD_PASSWORD: &str = "pebble market violin sunrise";

/// A try that waits until the hashing threads have time for it.
pub fn try_from(test: &TestApp, number: usize, password: &'static str) -> JoinHandle<StatusCode> {
    let from = format!("203.0.{}.{}", number / 250, number % 250);
    let mut browser = test.browser().from(&from);
    tokio::spawn(async move { browser.log_in(ANN, password).await.status })
}

async fn counted(test: &TestApp) -> i64 {
    test.count("select count(*) from lockouts where failures = 5")
        .await
}

pub async fn wait_until_five_are_counted(test: &TestApp) {
    for _ in 0..400 {
        if counted(test).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("five tries were never counted");
}

/// Nobody's password is hashed until they are dropped.
pub async fn all_permits(test: &TestApp) -> Vec<OwnedSemaphorePermit> {
    let mut permits = Vec::new();
    for _ in 0..test.app.config.hashing.cores {
        permits.push(test.app.hasher.queue.enter(Lane::Anonymous).await.unwrap());
    }
    permits
}

/// With these, nobody's password is checked: not that of a session either.
pub async fn known_permits(test: &TestApp) -> Vec<OwnedSemaphorePermit> {
    let mut permits = all_permits(test).await;
    let wait = std::time::Duration::from_millis(20);
    let queue = &test.app.hasher.queue;
    while let Ok(permit) = tokio::time::timeout(wait, queue.enter(Lane::Known)).await {
        permits.push(permit.unwrap());
    }
    permits
}

#[tokio::test]
async fn sec_log_05_the_owner_does_what_they_want_while_everybody_guesses() {
    let test = TestApp::start().await;
    let mut session = test.member(ANN).await;
    let mut known = session.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    for number in 0..500 {
        try_from(&test, number, OTHER_PASSWORD).await.unwrap();
    }
    for number in 0..50 {
        let mut browser = test.browser().from(&format!("198.51.100.{number}"));
        browser.post("/users/log-in/link", &[("email", ANN)]).await;
    }
    // And from the owner's own network, by all the ways that have a limit.
    for _ in 0..30 {
        let mut neighbour = test.browser();
        neighbour.log_in(ANN, OTHER_PASSWORD).await;
        neighbour.register("bob@example.com", "x").await;
        neighbour.post("/users/confirm", &[("code", "x")]).await;
    }

    known.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let sudo = [("password", PASSWORD)];
    let answer = session.post("/users/sudo", &sudo).await;
    answer.expect(StatusCode::SEE_OTHER);
    let fields = [
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    let answer = session.post("/users/settings/password", &fields).await;
    answer.expect(StatusCode::SEE_OTHER);
    assert!(session.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_05_a_thief_is_known_for_their_own_account_only() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut thief = test.member_from("198.51.100.1", "eve@example.com").await;
    thief.post("/users/log-out", &[]).await;
    // More than one network may try, with a cookie that is good elsewhere.
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(thief.log_in(ANN, OTHER_PASSWORD).await.status);
    }
    assert_eq!(statuses[9], StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(statuses[10], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(counted(&test).await, 1);
    // Which does not stop the same browser from its own account.
    let answer = thief.log_in("eve@example.com", PASSWORD).await;
    answer.expect_redirect("/");
}

#[tokio::test]
async fn sec_log_06_of_many_wrong_tries_at_once_five_are_looked_at() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let permits = all_permits(&test).await;
    let mut tries: Vec<_> = (0..10)
        .map(|number| try_from(&test, number, OTHER_PASSWORD))
        .collect();
    wait_until_five_are_counted(&test).await;
    tries.push(try_from(&test, 99, PASSWORD));
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(permits);
    for one in tries {
        assert_eq!(one.await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    test.expect_letter(ANN, letters::UNLOCK_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_06_a_try_counts_though_the_client_hangs_up() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let permits = all_permits(&test).await;
    let tries: Vec<_> = (0..5)
        .map(|number| try_from(&test, number, OTHER_PASSWORD))
        .collect();
    wait_until_five_are_counted(&test).await;
    for one in tries {
        one.abort();
    }
    drop(permits);
    test.app.places.are_free().await;
    let refused = try_from(&test, 99, PASSWORD).await.unwrap();
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    test.after(Duration::minutes(15));
    let late = try_from(&test, 99, PASSWORD).await.unwrap();
    assert_eq!(late, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_log_06_five_right_ones_from_new_browsers_lock_nothing() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let permits = all_permits(&test).await;
    let tries: Vec<_> = (0..5)
        .map(|number| try_from(&test, number, PASSWORD))
        .collect();
    wait_until_five_are_counted(&test).await;
    drop(permits);
    for one in tries {
        assert_eq!(one.await.unwrap(), StatusCode::SEE_OTHER);
    }
    for number in 10..16 {
        let status = try_from(&test, number, PASSWORD).await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    assert_eq!(test.letters_about(ANN, letters::UNLOCK_SUBJECT).await, 0);
}

#[tokio::test]
async fn sec_log_06_a_busy_server_counts_nothing() {
    let test = TestApp::start().await;
    let mut known = test.member(ANN).await;
    known.cookies.retain(|name, _| name.ends_with("_device"));
    let mut permits = all_permits(&test).await;
    // The reserved ones, too.
    for _ in 0..test.app.config.hashing.cores.div_ceil(3) {
        permits.push(test.app.hasher.queue.enter(Lane::Known).await.unwrap());
    }
    for round in 0..2 {
        let mut tries: Vec<_> = (0..3)
            .map(|number| try_from(&test, 3 * round + number, PASSWORD))
            .collect();
        for _ in 0..3 {
            let mut known = known.clone();
            let busy = async move { known.log_in(ANN, PASSWORD).await.status };
            tries.push(tokio::spawn(busy));
        }
        for one in tries {
            assert_eq!(one.await.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
        }
    }
    drop(permits);
    for table in [
        "select count(*) from lockouts where failures > 0",
        "select count(*) from devices where failures > 0",
    ] {
        assert_eq!(test.count(table).await, 0, "{table}");
    }
    let status = try_from(&test, 9, PASSWORD).await.unwrap();
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_prv_03_tries_are_not_kept() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    for number in 0..5 {
        try_from(&test, number, OTHER_PASSWORD).await.unwrap();
    }
    for (minutes, left) in [(59, 1), (1, 0)] {
        test.after(Duration::minutes(minutes));
        lockout::delete_expired(&test.app.db, test.app.now())
            .await
            .unwrap();
        assert_eq!(test.count("select count(*) from lockouts").await, left);
    }
}

/// Types a password where a session asks for it again.
pub async fn ask_again(browser: &mut Browser, password: &str) -> StatusCode {
    let fields = [("password", password)];
    browser.post("/users/sudo", &fields).await.status
}

#[tokio::test]
async fn sec_log_05_five_wrong_passwords_end_the_session_in_which_they_are_typed() {
    let test = TestApp::start().await;
    let mut stolen = test.member(ANN).await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
    for number in 0..4 {
        let status = ask_again(&mut stolen, OTHER_PASSWORD).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
    }
    // Where a password is changed they count just the same.
    let fields = [
        ("current_password", OTHER_PASSWORD),
        ("new_password", THIRD_PASSWORD),
    ];
    test.after(Duration::minutes(16));
    let answer = stolen.post("/users/settings/password", &fields).await;
    answer.expect_redirect("/users/log-in");
    assert!(!stolen.is_logged_in().await);
    assert!(other.is_logged_in().await);
    test.expect_letter(ANN, letters::GUESSED_SUBJECT).await;
    let ended = "select count(*) from audit_events where action = 'session.end'";
    assert_eq!(test.count(ended).await, 1);
}

#[tokio::test]
async fn sec_log_11_sessions_that_end_are_told_three_times_an_hour() {
    let test = TestApp::start().await;
    let owner = test.member(ANN).await;
    for _ in 0..4 {
        let mut stolen = owner.clone();
        stolen.log_in(ANN, PASSWORD).await.expect_redirect("/");
        for _ in 0..5 {
            ask_again(&mut stolen, OTHER_PASSWORD).await;
        }
        assert!(!stolen.is_logged_in().await);
        test.after(Duration::minutes(2));
    }
    assert_eq!(test.letters_about(ANN, letters::GUESSED_SUBJECT).await, 3);
}

#[tokio::test]
async fn sec_log_05_a_right_password_forgets_the_wrong_ones_of_a_session() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for _ in 0..2 {
        for _ in 0..4 {
            ask_again(&mut ann, OTHER_PASSWORD).await;
        }
        assert_eq!(ask_again(&mut ann, PASSWORD).await, StatusCode::SEE_OTHER);
        test.after(Duration::minutes(1));
    }
    assert!(ann.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_06_of_many_tries_at_once_in_a_session_five_are_looked_at() {
    let test = TestApp::start().await;
    let stolen = test.member(ANN).await;
    let tries: Vec<_> = (0..9)
        .map(|_| {
            let mut browser = stolen.clone();
            tokio::spawn(async move { ask_again(&mut browser, OTHER_PASSWORD).await })
        })
        .collect();
    for one in tries {
        assert_ne!(one.await.unwrap(), StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(!stolen.clone().is_logged_in().await);
    let verified = "select count(*) from audit_events
         where action = 'auth.sudo' and outcome = 'failure'";
    assert_eq!(test.count(verified).await, 5);
    test.expect_letter(ANN, letters::GUESSED_SUBJECT).await;
}

#[tokio::test]
async fn sec_ses_02_right_passwords_at_once_end_no_session() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let wrong = [("password", OTHER_PASSWORD)];
    browser.post("/users/sudo", &wrong).await;
    let sent = (0..8).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.post("/users/sudo", &[("password", PASSWORD)]).await })
    });
    let sent: Vec<_> = sent.collect();
    for answer in sent {
        let status = answer.await.unwrap().status;
        let expected = [StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE];
        assert!(expected.contains(&status), "{status}");
    }
    assert!(browser.is_logged_in().await);
    let emails = test.letters_to(ANN).await;
    assert!(
        emails
            .iter()
            .all(|email| email.subject != letters::GUESSED_SUBJECT)
    );
}
