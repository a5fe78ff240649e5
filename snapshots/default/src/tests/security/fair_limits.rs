//! LOG-3 and LOG-5: what one user does is counted, and takes nothing from another one.

use std::time::Instant;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use time::Duration;

use super::{hashing_queue::fill, limits::FORMS};
use crate::{
    accounts::{device, email::Email, lockout, password::Lane, registration, secret::Secret},
    db,
    tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, counting, test_app::TestApp},
    texts::letters,
    web::routes::{self, Who},
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

/// The same browser after it was closed: it is known, and not logged in.
fn known(browser: &Browser) -> Browser {
    let mut known = browser.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    known
}

#[tokio::test]
async fn sec_log_05_one_account_has_a_share_of_the_reserved_lane() {
    let test = TestApp::start().await;
    let mut thief = test.member(BOB).await;
    let ann = test.member(ANN).await;
    let anns = test.user(ANN).await.unwrap().id;
    let thiefs = test.user(BOB).await.unwrap().id;
    let lanes = || (0..40).map(|_| Lane::of_account(&test.app, thiefs));
    let is_reserved = |lane: &Lane| *lane == Lane::Known;
    assert_eq!(lanes().filter(is_reserved).count(), 10);
    assert_eq!(Lane::of_account(&test.app, anns), Lane::Known);
    // Beyond it, nobody is refused while there is room for everybody.
    let sudo = [("password", PASSWORD)];
    let answer = thief.post("/users/sudo", &sudo).await;
    answer.expect(StatusCode::SEE_OTHER);

    let full = fill(&test).await;
    lanes().for_each(drop);
    let answer = thief.post("/users/sudo", &sudo).await;
    answer.expect(StatusCode::SERVICE_UNAVAILABLE);
    known(&ann).log_in(ANN, PASSWORD).await.expect_redirect("/");
    full.end().await;
}

/// What is left of one of them is not used up by the other: an attacker who knows the password may log in from known browsers, and
/// stays without a session while the second factor is on.
#[tokio::test]
async fn sec_log_03_the_sessions_of_an_account_are_counted_together_and_so_are_its_browsers() {
    let test = TestApp::start().await;
    let session = test.member(BOB).await;
    let id = test.user(BOB).await.unwrap().id.to_string();
    let limits = &test.app.limits;
    let sudo = [("password", PASSWORD)];
    for (limit, is_of_sessions) in [
        (&limits.session_account, true),
        (&limits.known_account, false),
    ] {
        assert_eq!((0..99).filter(|_| limit.count(&id).is_ok()).count(), 60);
        let in_session = session.clone().post("/users/sudo", &sudo).await;
        let in_browser = known(&session).log_in(BOB, PASSWORD).await;
        let (used_up, other) = match is_of_sessions {
            true => (in_session, in_browser),
            false => (in_browser, in_session),
        };
        used_up.expect(StatusCode::TOO_MANY_REQUESTS);
        other.expect(StatusCode::SEE_OTHER);
        test.after(time::Duration::minutes(1));
    }
}

#[tokio::test]
async fn sec_log_05_twenty_browsers_of_a_user_are_known_and_first_those_that_come_back() {
    let test = TestApp::start().await;
    let mine = known(&test.member(ANN).await);
    let mut others = Vec::new();
    for number in 0..25 {
        test.after(Duration::minutes(2));
        if number == 0 {
            mine.clone().log_in(ANN, PASSWORD).await;
        }
        let mut other = test.browser().from(&format!("203.0.113.{number}"));
        other.log_in(ANN, PASSWORD).await.expect_redirect("/");
        others.push(other);
    }
    assert_eq!(test.count("select count(*) from devices").await, 20);
    let email = Email::parse(ANN);
    for (browser, is_kept) in [(&mine, true), (&others[0], false), (&others[24], true)] {
        let device = browser.cookie("_device").and_then(Secret::parse).unwrap();
        let now = test.app.now();
        let found = device::known_to(&test.app.db, email.as_ref(), Some(&device), now).await;
        assert_eq!(found.unwrap().is_some(), is_kept);
    }
}

#[tokio::test]
async fn sec_log_05_a_known_browser_resets_its_password_whatever_others_do() {
    let test = TestApp::start().await;
    let mut ann = known(&test.member(ANN).await);
    ann.post("/users/reset-password", &[("email", ANN)]).await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let mut is_used_up = false;
    for number in 0..40 {
        let email = format!("{number}@example.com");
        let answer = test.browser().register(&email, "x").await;
        is_used_up |= answer.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(is_used_up);
    let full = fill(&test).await;
    let new = [("new_password", OTHER_PASSWORD)];
    let stranger = test.browser().from("203.0.113.1").post(&link, &new).await;
    stranger.expect(StatusCode::SERVICE_UNAVAILABLE);
    let answer = ann.post(&link, &new).await;
    answer.expect_redirect("/users/log-in");
    full.end().await;
}

#[tokio::test]
async fn sec_log_05_a_known_browser_confirms_whatever_others_do() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut ann = test.browser();
    ann.register(ANN, PASSWORD).await;
    ann.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let link = test.link_below(ANN, "/users/confirm/").await;
    let full = fill(&test).await;
    let password = [("password", PASSWORD)];
    let stranger = test.browser().post(&link, &password).await;
    stranger.expect(StatusCode::SERVICE_UNAVAILABLE);
    let answer = known(&ann).post(&link, &password).await;
    answer.expect_redirect("/");
    full.end().await;
}

/// Accounts of an attacker, without the emails that would make them.
async fn accounts(test: &TestApp, count: u8) -> Vec<String> {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let mut emails = Vec::new();
    for number in 0..count {
        let email = format!("eve{number}@example.com");
        let parsed = Email::parse(&email).unwrap();
        let created = registration::create(&mut tx, None, &parsed, None, test.app.now());
        created.await.unwrap().unwrap();
        emails.push(email);
    }
    tx.commit().await.unwrap();
    emails
}

/// Five wrong passwords from one network, which may type ten in a minute.
async fn lock(test: &TestApp, email: &str) {
    for _ in 0..5 {
        let mut thief = test.browser().from("203.0.113.1");
        let answer = thief.log_in(email, OTHER_PASSWORD).await;
        answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    test.after(Duration::seconds(30));
}

#[tokio::test]
async fn sec_log_05_guesses_at_other_accounts_take_no_unlock_email_from_the_owner() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    // Not a multiple of the minutes after which a network would have had room for one more.
    for email in accounts(&test, 26).await {
        lock(&test, &email).await;
    }
    lock(&test, ANN).await;
    test.expect_letter(ANN, letters::UNLOCK_SUBJECT).await;
}

#[tokio::test]
async fn sec_rst_07_a_lockout_is_told_four_times_an_hour() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    for _ in 0..6 {
        lock(&test, ANN).await;
        let mut held = test.hold(ANN).await;
        lockout::end(&mut held).await.unwrap();
        held.commit().await.unwrap();
    }
    let told = test.letters_about(ANN, letters::UNLOCK_SUBJECT).await;
    assert_eq!(told, 4);
}

#[tokio::test]
async fn sec_log_03_the_second_click_on_register_is_not_counted() {
    let test = TestApp::idle(&[]).await;
    for number in 0..6 {
        let email = format!("{number}@example.com");
        let mut browser = test.browser();
        browser.get("/users/register").await;
        let wanted = if number < 5 { 303 } else { 429 };
        for mut click in [browser.clone(), browser] {
            let answer = click.register(&email, PASSWORD).await;
            assert_eq!(answer.status.as_u16(), wanted, "{number}");
        }
    }
}

#[tokio::test]
async fn sec_log_03_the_second_click_on_a_new_password_is_not_counted() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    ann.get("/users/settings").await;
    let mut passwords = (PASSWORD, OTHER_PASSWORD);
    for number in 0..6 {
        let mut second = ann.clone();
        for click in [&mut ann, &mut second] {
            let answer = click.change_password(passwords.0, passwords.1).await;
            assert_eq!(answer.header("location"), "/users/settings", "{number}");
        }
        passwords = (passwords.1, passwords.0);
    }
}

/// A program that looks whether a page is there changes nothing.
#[tokio::test]
async fn sec_log_03_head_is_no_change_of_settings() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for _ in 0..61 {
        let path = "/users/settings/sessions";
        let page = ann.send(Method::HEAD, path, Body::empty()).await;
        page.expect(StatusCode::OK);
    }
    ann.post("/users/settings/email/cancel", &[])
        .await
        .expect(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_aud_01_a_session_does_not_fill_the_audit_log() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let rows = "select count(*) from audit_events";
    let before = test.count(rows).await;
    let path = "/users/settings/email/cancel";
    let mut changes = 0;
    while ann.post(path, &[]).await.status == StatusCode::SEE_OTHER {
        changes += 1;
        // On a slow machine there is room again for a few.
        assert!(changes < 90);
    }
    assert!(changes >= 60);
    assert_eq!(test.count(rows).await, before);
    let path = "/users/settings/sessions/end-others";
    ann.post(path, &[])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    // Which stops no other session, and does not keep this one from logging out.
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
    other.post(path, &[]).await.expect(StatusCode::SEE_OTHER);
    ann.post("/users/log-out", &[]).await;
    assert!(!ann.is_logged_in().await);
}

#[tokio::test]
async fn sec_aud_01_five_exports_an_hour() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for number in 0..6 {
        let answer = ann.get("/users/settings/export").await;
        let wanted = if number < 5 { 200 } else { 429 };
        assert_eq!(answer.status.as_u16(), wanted, "{number}");
    }
}

#[tokio::test]
async fn sec_rst_07_an_account_is_deleted_and_kept_five_times_an_hour() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for number in 0..6 {
        let answer = ann.post("/users/settings/delete", &[]).await;
        let wanted = if number < 5 { 303 } else { 429 };
        assert_eq!(answer.status.as_u16(), wanted, "{number}");
        ann.log_in(ANN, PASSWORD).await;
        ann.post("/users/reactivate", &[]).await;
        test.after(Duration::minutes(2));
    }
}

/// Each form for anonymous clients has a row in the table of limits, or does nothing without the secret of an email.
#[test]
fn sec_log_03_every_form_for_anonymous_clients_has_a_row() {
    for route in routes::table() {
        let is_open = matches!(route.who, Who::Anyone | Who::Stranger);
        if route.method == Method::GET || !is_open {
            continue;
        }
        let needs_a_secret = route.path.ends_with("/{token}") || route.path == "/users/log-out";
        // A passkey answers a challenge, and those are counted: see the tests of passkeys.
        let needs_a_challenge = route.path.contains("/passkey");
        let has_row = FORMS.iter().any(|row| row.path == route.path);
        let is_counted = needs_a_secret || needs_a_challenge || has_row;
        assert!(is_counted, "{}", route.path);
    }
}

#[tokio::test]
async fn sec_err_01_health_asks_the_database_once_a_second() {
    let test = TestApp::idle(&[]).await;
    let start = Instant::now();
    let (_, first) = counting::statements(test.browser().get("/health")).await;
    let (answer, second) = counting::statements(test.browser().get("/health")).await;
    answer.expect(StatusCode::OK);
    assert!(!first.is_empty());
    assert!(second.is_empty() || start.elapsed().as_secs() >= 1);
    test.after(Duration::seconds(2));
    test.app.db.close().await;
    let answer = test.browser().get("/health").await;
    answer.expect(StatusCode::SERVICE_UNAVAILABLE);
}
