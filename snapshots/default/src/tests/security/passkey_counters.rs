//! PKY-12: an authenticator that counts its signatures and says a number again was copied.

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use super::configuration::read;
use crate::tests::{
    OTHER_PASSWORD, PASSWORD,
    audit_log::AuditLog,
    authenticator::{Begun, Key, LOG_IN, SETTINGS, SUDO, add, location, log_in},
    browser::{Answer, Browser},
    test_app::TestApp,
    two_factor::STEP,
};

const ANN: &str = "ann@example.com";
const CHANGE: &str = "/users/settings/password/passkey";
const SECOND_FACTOR: &str = "/users/second-factor/passkey";

/// Where the number stands in authenticator data.
const COUNTER: std::ops::Range<usize> = 33..37;

/// An account with one passkey.
async fn with_passkey(key: &mut Key) -> (TestApp, Browser) {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    location(&add(&mut browser, key).await);
    (test, browser)
}

/// An account with a security key that counts.
async fn with_security_key() -> (TestApp, Browser, Key) {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::that_counts();
    key.holder.is_verified = false;
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(&mut browser, SETTINGS, kind).await;
    let credential = key.create(&begun.options).await;
    location(&begun.finish(&mut browser, &credential).await);
    (test, browser, key)
}

async fn sign_at(browser: &mut Browser, path: &str, key: &mut Key, body: Value) -> Answer {
    let begun = Begun::begin(browser, path, body).await;
    let credential = key.sign(&begun.options).await;
    begun.finish(browser, &credential).await
}

#[track_caller]
fn expect_refused(answer: &Answer) {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(answer.status, status, "{}", answer.body);
    let cookies = answer.set_cookies();
    assert!(cookies.iter().all(|c| !c.contains("_session=")));
}

/// Takes back the last signature, as far as the counter goes.
fn rewind(key: &mut Key) {
    let passkey = key.passkey.as_mut().unwrap();
    passkey.counter = passkey.counter.map(|count| count - 1);
}

#[tokio::test]
async fn sec_pky_12_a_counter_that_goes_back_is_refused_and_recorded() {
    let mut key = Key::that_counts();
    let (test, _) = with_passkey(&mut key).await;
    location(&log_in(&mut test.browser(), &mut key).await);
    rewind(&mut key);
    let mut log = AuditLog::from_now_on(&test).await;
    expect_refused(&log_in(&mut test.browser(), &mut key).await);
    let rows = log.next().await;
    assert!(rows[0].starts_with("passkey.counter failure"), "{rows:?}");
    assert_eq!(rows.len(), 1);
    location(&log_in(&mut test.browser(), &mut key).await);
}

#[tokio::test]
async fn sec_pky_12_a_counter_may_be_only_recorded_and_may_stay_at_zero() {
    let test = TestApp::start_with(&[("PASSKEY_COUNTERS", "record")]).await;
    let mut member = test.member(ANN).await;
    let mut key = Key::that_counts();
    add(&mut member, &mut key).await;
    location(&log_in(&mut test.browser(), &mut key).await);
    rewind(&mut key);
    let mut log = AuditLog::from_now_on(&test).await;
    location(&log_in(&mut test.browser(), &mut key).await);
    let rows = log.next().await;
    assert!(rows[0].starts_with("passkey.counter failure"), "{rows:?}");

    let mut without = Key::new();
    add(&mut member, &mut without).await;
    for _ in 0..2 {
        location(&log_in(&mut test.browser(), &mut without).await);
    }
    let rows = log.next().await.join("\n");
    assert!(!rows.contains("passkey.counter"), "{rows}");
}

#[tokio::test]
async fn sec_pky_12_of_two_signatures_with_one_number_one_counts() {
    let mut key = Key::that_counts();
    let (test, _) = with_passkey(&mut key).await;
    let (mut one, mut two) = (test.browser(), test.browser());
    let first = Begun::begin(&mut one, LOG_IN, json!({})).await;
    let second = Begun::begin(&mut two, LOG_IN, json!({})).await;
    let signed = key.sign(&first.options).await;
    rewind(&mut key);
    let copied = key.sign(&second.options).await;
    let (one, two) = tokio::join!(
        first.finish(&mut one, &signed),
        second.finish(&mut two, &copied)
    );
    let accepted = [one, two]
        .into_iter()
        .filter(|answer| answer.status == StatusCode::OK);
    assert_eq!(accepted.count(), 1);
}

#[tokio::test]
async fn sec_pky_12_a_counter_that_goes_back_gives_no_sudo_and_changes_no_password() {
    let mut key = Key::that_counts();
    let (test, mut member) = with_passkey(&mut key).await;
    location(&sign_at(&mut member, SUDO, &mut key, json!({})).await);
    test.after(Duration::minutes(16));
    for path in [SUDO, CHANGE] {
        rewind(&mut key);
        let body = json!({ "new_password": OTHER_PASSWORD });
        expect_refused(&sign_at(&mut member, path, &mut key, body).await);
    }
    member.get(SETTINGS).await.expect_redirect("/users/sudo");
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_pky_12_a_security_key_that_goes_back_gives_no_sudo_with_the_password() {
    let (test, mut member, mut key) = with_security_key().await;
    for is_back in [false, true] {
        test.after(Duration::minutes(16));
        if is_back {
            rewind(&mut key);
        }
        let body = json!({ "kind": "second_factor" });
        let begun = Begun::begin(&mut member, SUDO, body).await;
        let credential = key.sign(&begun.options).await;
        let begun = begun.with("password", PASSWORD);
        let answer = begun.finish(&mut member, &credential).await;
        if is_back {
            expect_refused(&answer);
        } else {
            location(&answer);
        }
    }
    member.get(SETTINGS).await.expect_redirect("/users/sudo");
}

#[tokio::test]
async fn sec_pky_12_a_security_key_that_goes_back_is_no_second_factor() {
    let (test, _, mut key) = with_security_key().await;
    for is_back in [false, true] {
        let mut browser = test.browser();
        browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        if is_back {
            rewind(&mut key);
        }
        let answer = sign_at(&mut browser, SECOND_FACTOR, &mut key, json!({})).await;
        assert_eq!(answer.status == StatusCode::UNPROCESSABLE_ENTITY, is_back);
        assert_eq!(browser.is_logged_in().await, !is_back);
    }
}

#[tokio::test]
async fn sec_pky_12_the_number_of_the_registration_counts() {
    let mut key = Key::that_counts();
    key.change = Box::new(|data| data[COUNTER].copy_from_slice(&5_u32.to_be_bytes()));
    let (test, _) = with_passkey(&mut key).await;
    expect_refused(&log_in(&mut test.browser(), &mut key).await);
}

#[test]
fn sec_cfg_01_settings_of_passkeys_that_are_wrong_are_refused() {
    for (name, bad) in [
        ("PASSKEY_COUNTERS", "Record"),
        ("PASSKEY_COUNTERS", "ignore"),
        ("PASSKEY_ORIGINS", "http://example.de"),
        ("PASSKEY_ORIGINS", "https://example.de/"),
        ("PASSKEY_ORIGINS", "https://example.de,http://example.fr"),
        ("PASSKEY_ORIGINS", "example.de"),
        ("PASSKEY_RP_ID", "https://example.com"),
        ("PASSKEY_RP_ID", "192.0.2.1"),
        ("PASSKEY_RP_ID", "Example.com"),
    ] {
        let problems = read(name, bad).err();
        let problems = problems.unwrap_or_else(|| panic!("{name}={bad} was accepted"));
        assert!(problems.iter().all(|problem| problem.starts_with(name)));
    }
    for (name, good) in [
        ("PASSKEY_COUNTERS", "refuse"),
        ("PASSKEY_COUNTERS", "record"),
        (
            "PASSKEY_ORIGINS",
            "https://example.de,https://example.fr:8443",
        ),
        ("PASSKEY_RP_ID", "example.com"),
    ] {
        assert!(read(name, good).is_ok(), "{name}={good}");
    }
}
