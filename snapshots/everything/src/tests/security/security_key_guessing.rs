//! MFA-7, LOG-3: what is tried with a security key, or beside one, is counted with everything else.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    tests::{
        OTHER_PASSWORD, PASSWORD,
        authenticator::{Begun, Key, SETTINGS, SUDO, location},
        browser::{Answer, Browser},
        security::code_guessing::FAILURES,
        test_app::TestApp,
        two_factor::{self, STEP, WRONG_CODE},
    },
    texts::second_factor::letters,
};

const ANN: &str = "ann@example.com";
const REGENERATE: &str = "/users/settings/second-factor/backup-codes";
const SECOND_FACTOR: &str = "/users/second-factor/passkey";

async fn add_security_key(browser: &mut Browser, key: &mut Key) {
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(browser, SETTINGS, kind).await;
    let credential = key.create(&begun.options).await;
    location(&begun.finish(browser, &credential).await);
}

/// An account with a security key.
async fn with_security_key(key: &mut Key) -> (TestApp, Browser) {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    add_security_key(&mut browser, key).await;
    (test, browser)
}

/// A browser that has still to give the second factor.
async fn pending(test: &TestApp) -> Browser {
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    browser
}

async fn touch(browser: &mut Browser, key: &mut Key) -> Answer {
    let begun = Begun::begin(browser, SECOND_FACTOR, json!({})).await;
    let credential = key.sign(&begun.options).await;
    begun.finish(browser, &credential).await
}

/// Sends a signature that the key has not made.
async fn touch_wrongly(browser: &mut Browser, key: &mut Key) -> Answer {
    let begun = Begun::begin(browser, SECOND_FACTOR, json!({})).await;
    let mut credential = key.sign(&begun.options).await;
    credential["response"]["signature"] = json!("AAAA");
    begun.finish(browser, &credential).await
}

/// Asks for sudo with the key and a password.
async fn prove(browser: &mut Browser, key: &mut Key, password: &str) -> Answer {
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(browser, SUDO, kind).await;
    let credential = key.sign(&begun.options).await;
    let begun = begun.with("password", password);
    begun.finish(browser, &credential).await
}

#[tokio::test]
async fn sec_mfa_07_five_wrong_signatures_end_the_pending_session_and_are_told() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let mut browser = pending(&test).await;
    for _ in 0..5 {
        browser.get(STEP).await.expect(StatusCode::OK);
        touch_wrongly(&mut browser, &mut key).await;
    }
    browser.get(STEP).await.expect_redirect("/users/log-in");
    test.expect_letter(ANN, letters::FAILED_SUBJECT).await;
}

#[tokio::test]
async fn sec_mfa_07_codes_backup_codes_and_signatures_are_counted_together() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut key = Key::to_be_touched();
    add_security_key(&mut ann.browser, &mut key).await;
    let mut browser = pending(&test).await;
    for code in [WRONG_CODE, "ABCDE-FGHJK", WRONG_CODE, "ABCDE-FGHJK"] {
        browser
            .post(STEP, &[("code", code)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser.get(STEP).await.expect(StatusCode::OK);
    touch_wrongly(&mut browser, &mut key).await;
    browser.get(STEP).await.expect_redirect("/users/log-in");
    assert!(!browser.is_logged_in().await);
}

/// What was mistyped before does not add up.
#[tokio::test]
async fn sec_mfa_07_a_right_key_ends_the_row_of_wrong_codes() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    member.post(REGENERATE, &[]).await.expect(StatusCode::OK);
    let mut browser = pending(&test).await;
    browser.post(STEP, &[("code", WRONG_CODE)]).await;
    assert_eq!(test.count(FAILURES).await, 1);
    assert_eq!(location(&touch(&mut browser, &mut key).await), "/");
    assert_eq!(test.count(FAILURES).await, 0);
}

#[tokio::test]
async fn sec_mfa_07_wrong_passwords_beside_a_security_key_end_the_session() {
    let mut key = Key::to_be_touched();
    let (_test, mut member) = with_security_key(&mut key).await;
    for _ in 0..5 {
        prove(&mut member, &mut key, OTHER_PASSWORD).await;
    }
    assert!(!member.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_03_passwords_beside_a_security_key_are_counted_by_session() {
    let mut key = Key::to_be_touched();
    let (_test, mut member) = with_security_key(&mut key).await;
    for _ in 0..10 {
        location(&prove(&mut member, &mut key, PASSWORD).await);
    }
    let answer = prove(&mut member, &mut key, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}
