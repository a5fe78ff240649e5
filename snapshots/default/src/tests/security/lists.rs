//! SES-7: the lists of an account: whose rows, which of them, and in which order.

use time::Duration;

use crate::{
    accounts::audit::Action,
    db, id,
    tests::{PASSWORD, browser::Browser, test_app::TestApp},
    texts,
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const SESSIONS: &str = "/users/settings/sessions";
const TRUSTED: &str = "/users/settings/trusted-browsers";

/// The last numbers of the addresses of this network that a page shows, in its order, each row once.
fn shown(page: &str, network: &str) -> Vec<u8> {
    let rows = page.split(network).skip(1);
    let numbers = rows.map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u8>().unwrap()
    });
    let mut numbers: Vec<_> = numbers.collect();
    numbers.dedup();
    numbers
}

async fn log_in_from(test: &TestApp, number: u8, remembered: bool) -> Browser {
    let mut browser = test.browser().from(&format!("198.51.100.{number}"));
    let answer = match remembered {
        true => browser.log_in_remembered(ANN, PASSWORD).await,
        false => browser.log_in(ANN, PASSWORD).await,
    };
    answer.expect_redirect("/");
    test.after(Duration::minutes(2));
    browser
}

#[tokio::test]
async fn sec_ses_07_the_sessions_of_a_user_are_listed_by_when_they_were_active() {
    let test = TestApp::start().await;
    test.member_from("198.51.100.90", BOB).await;
    let first = test.member_from("198.51.100.1", ANN).await;
    let mut here = log_in_from(&test, 2, true).await;
    let mut moved = log_in_from(&test, 3, true).await.from("198.51.100.4");
    log_in_from(&test, 5, true).await;
    log_in_from(&test, 6, false).await;
    let mut ended = log_in_from(&test, 7, true).await;
    ended.post("/users/log-out", &[]).await;
    drop(first);
    // It waits for a step, as after the first of two factors.
    log_in_from(&test, 8, true).await;
    sqlx::query("update sessions set login_step = 'second_factor' where address = '198.51.100.8'")
        .execute(&test.app.db)
        .await
        .unwrap();
    moved.get("/").await;
    let sessions = |page: String| {
        let (list, _) = page.split_once("<h2>").unwrap();
        shown(list, "198.51.100.")
    };
    test.after(Duration::minutes(2));
    let page = here.get(SESSIONS).await.body;
    assert_eq!(sessions(page), [2, 4, 6, 5, 1]);
    // Those that are not remembered have ended.
    test.after(Duration::minutes(31));
    let page = here.get(SESSIONS).await.body;
    assert_eq!(sessions(page), [2, 4, 5]);
    test.after(Duration::days(61));
    let mut later = log_in_from(&test, 9, false).await;
    let page = later.get(SESSIONS).await.body;
    assert_eq!(sessions(page), [9]);
}

#[tokio::test]
async fn sec_ses_07_the_last_twenty_events_of_the_account_are_listed_the_newest_first() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    test.member(BOB).await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    for (email, number) in (1..=25).map(|number| (ANN, number)).chain([(BOB, 99)]) {
        let user = test.user(email).await.unwrap().id;
        let id = id::next(&mut tx).await.unwrap();
        let insert = "insert into audit_events (id, action, outcome, actor_kind, user_id, address, agent, inserted_at)
             values ($1, 'auth.sudo', 'success', 'anonymous', $2, $3, '', $4)";
        let at = test.app.now() + Duration::seconds(number);
        let insert = sqlx::query(insert).bind(id).bind(user);
        let insert = insert.bind(format!("203.0.113.{number}")).bind(at);
        insert.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = ann.get(SESSIONS).await.body;
    let expected: Vec<u8> = (6..=25).rev().collect();
    assert_eq!(shown(&page, "203.0.113."), expected);
}

#[test]
fn sec_ses_07_every_event_that_users_cause_has_words_of_its_own() {
    let by_us = [
        "auth.password_check_skipped",
        "account.create",
        "account.delete",
        "account.suspend",
        "account.unsuspend",
        "jwt.key_rotate",
    ];
    let mut seen = vec![texts::activity("")];
    for action in Action::ALL {
        let words = texts::activity(action.name());
        if !by_us.contains(&action.name()) {
            assert!(!seen.contains(&words), "{}: {words}", action.name());
            seen.push(words);
        }
    }
}

#[tokio::test]
async fn sec_ses_07_trusted_browsers_are_listed_by_when_they_were_used() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    test.member(BOB).await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let now = test.app.now();
    for (email, number, used, expires) in [
        (ANN, 1, 5, 30),
        (ANN, 2, 1, 30),
        (ANN, 3, 9, 30),
        (ANN, 4, 2, -1),
        (BOB, 5, 3, 30),
    ] {
        let user = test.user(email).await.unwrap().id;
        let id = id::next(&mut tx).await.unwrap();
        let insert = "insert into trusted_browsers
               (id, user_id, token_hash, address, agent, last_used_at, expires_at, inserted_at)
             values ($1, $2, $3, $4, '', $5, $6, $5)";
        let address = format!("203.0.113.{number}");
        let insert = sqlx::query(insert)
            .bind(id)
            .bind(user)
            .bind(address.as_bytes());
        let insert = insert.bind(&address).bind(now - Duration::hours(used));
        let insert = insert.bind(now + Duration::days(expires));
        insert.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = ann.get(TRUSTED).await.body;
    assert_eq!(shown(&page, "203.0.113."), [2, 1, 3]);
}
