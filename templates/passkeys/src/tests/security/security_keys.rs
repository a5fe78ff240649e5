//! MFA, PKY-19: security keys and passkeys as the second factor.

use axum::http::StatusCode;
use serde_json::json;
use time::Duration;

use crate::{
    accounts::passkey,
    commands::user::Command,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        authenticator::{Begun, Key, SETTINGS, SUDO, add, delete, location, log_in, send},
        browser::{Answer, Browser},
        test_app::TestApp,
        two_factor::{self, STEP},
    },
    texts::second_factor::letters,
};

const ANN: &str = "ann@example.com";
const REGENERATE: &str = "/users/settings/second-factor/backup-codes";
const SECOND_FACTOR: &str = "/users/second-factor/passkey";

/// Adds a security key for the user who is logged in.
async fn add_security_key(browser: &mut Browser, key: &mut Key) {
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(browser, SETTINGS, kind).await;
    let credential = key.create(&begun.options).await;
    location(&begun.finish(browser, &credential).await);
}

/// An account with a security key, which turns the second factor on.
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

#[tokio::test]
async fn sec_mfa_05_a_security_key_is_asked_for_after_the_password() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    assert!(member.is_logged_in().await);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_some());

    let mut browser = pending(&test).await;
    assert!(!browser.clone().is_logged_in().await);
    assert_eq!(location(&touch(&mut browser, &mut key).await), "/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_05_twice_is_once() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let mut browser = pending(&test).await;
    let begun = Begun::begin(&mut browser, SECOND_FACTOR, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let mut twice = browser.clone();
    assert_eq!(
        location(&begun.finish(&mut browser, &credential).await),
        "/"
    );
    assert_eq!(location(&begun.finish(&mut twice, &credential).await), "/");
    assert!(browser.is_logged_in().await && twice.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_a_copied_pending_session_cannot_log_in_with_a_security_key() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let mut browser = pending(&test).await;
    let mut copy = browser.clone();
    assert_eq!(location(&touch(&mut browser, &mut key).await), "/");
    let begun = Begun::begin(&mut copy, SECOND_FACTOR, json!({})).await;
    let credential = key.sign(&begun.options).await;
    begun.finish(&mut copy, &credential).await;
    assert!(!copy.is_logged_in().await);
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_06_a_challenge_of_a_pending_session_is_for_that_one() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let (mut browser, mut other) = (pending(&test).await, pending(&test).await);
    let begun = Begun::begin(&mut browser, SECOND_FACTOR, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let answer = begun.finish(&mut other, &credential).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!other.is_logged_in().await);
    let answer = begun.finish(&mut test.browser(), &credential).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    test.after(Duration::minutes(10));
    let answer = begun.finish(&mut browser, &credential).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_pky_19_a_passkey_counts_as_both_factors_only_with_a_verified_user() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    let mut passkey = Key::new();
    add(&mut member, &mut passkey).await;

    assert_eq!(
        location(&log_in(&mut test.browser(), &mut passkey).await),
        "/"
    );
    // Also after a password.
    let mut browser = pending(&test).await;
    assert_eq!(location(&touch(&mut browser, &mut passkey).await), "/");
    // Only touched, it is no more than a security key.
    passkey.holder.is_verified = false;
    let mut browser = pending(&test).await;
    assert_eq!(location(&touch(&mut browser, &mut passkey).await), "/");
    let proofs = "select count(*) from sessions where proofs = 'password security_key'";
    assert_eq!(test.count(proofs).await, 1);
    let answer = log_in(&mut test.browser(), &mut passkey).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A security key alone does not log in, whether it verifies its user or not.
    for is_verified in [false, true] {
        key.holder.is_verified = is_verified;
        let answer = log_in(&mut test.browser(), &mut key).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn sec_mfa_09_adding_and_removing_a_security_key_ends_other_sessions() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await;
    add_security_key(&mut browser, &mut Key::to_be_touched()).await;
    assert!(browser.is_logged_in().await && !other.is_logged_in().await);

    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    let page = delete(&mut browser, id).await;
    page.expect_text("Two-factor authentication is off.");
    assert!(browser.is_logged_in().await);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_none());
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}

/// Of the second factor that was added and of the first that was removed; not of an end of both.
async fn expect_told_of_changes(test: &TestApp) {
    let changed = test.letters_about(ANN, letters::CHANGED_SUBJECT).await;
    let off = test.letters_about(ANN, letters::OFF_SUBJECT).await;
    assert_eq!((changed, off), (2, 0));
}

#[tokio::test]
async fn sec_mfa_09_without_the_security_key_the_app_is_still_asked_for() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    add_security_key(&mut ann.browser, &mut Key::to_be_touched()).await;
    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    delete(&mut ann.browser, id).await;
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_some());
    expect_told_of_changes(&test).await;
    ann.log_in(&test, ANN, &[]).await;
}

#[tokio::test]
async fn sec_mfa_09_without_the_app_the_security_key_is_still_asked_for() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut key = Key::to_be_touched();
    add_security_key(&mut ann.browser, &mut key).await;
    let disable = format!("{}/disable", two_factor::SETTINGS);
    ann.browser
        .post(&disable, &[])
        .await
        .expect_redirect(two_factor::SETTINGS);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_some());
    expect_told_of_changes(&test).await;
    let mut browser = pending(&test).await;
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(location(&touch(&mut browser, &mut key).await), "/");
}

#[tokio::test]
async fn sec_mfa_09_an_operator_removes_security_keys_too() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let command = Command::parse(&["remove-second-factor", ANN]).unwrap();
    command.run(&test.app).await.unwrap();
    assert_eq!(test.count("select count(*) from passkeys").await, 0);
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_mfa_10_a_security_key_trusts_the_browser_only_where_the_box_is_ticked() {
    let mut key = Key::to_be_touched();
    let (test, _) = with_security_key(&mut key).await;
    let mut browser = pending(&test).await;
    location(&touch(&mut browser, &mut key).await);
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let trusted = "select count(*) from trusted_browsers";
    assert_eq!(test.count(trusted).await, 0);
    let begun = Begun::begin(&mut browser, SECOND_FACTOR, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let mut body = begun.body(&credential);
    body["trust_browser"] = json!(true);
    location(&send(&mut browser, SECOND_FACTOR, &body).await);
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

/// What the server says to one that signs for sudo: a passkey, or a security key beside a password.
async fn sign_for_sudo(
    browser: &mut Browser,
    key: &mut Key,
    kind: &str,
    password: Option<&str>,
) -> Answer {
    let begun = Begun::begin(browser, SUDO, json!({ "kind": kind })).await;
    let credential = key.sign(&begun.options).await;
    let begun = match password {
        Some(password) => begun.with("password", password),
        None => begun,
    };
    begun.finish(browser, &credential).await
}

async fn touch_for_sudo(browser: &mut Browser, key: &mut Key, password: Option<&str>) -> Answer {
    sign_for_sudo(browser, key, "second_factor", password).await
}

/// A key that was only touched is the second factor, and no code exists that could be asked for.
#[tokio::test]
async fn sec_mfa_09_a_security_key_gives_sudo_with_the_password_and_not_without() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    test.after(Duration::minutes(16));
    member.get(SETTINGS).await.expect_redirect("/users/sudo");
    let page = member.get("/users/sudo").await.body;
    assert!(page.contains("data-finish-field=\"password\""), "{page}");
    assert!(!page.contains("name=\"code\""), "{page}");
    for password in [None, Some(OTHER_PASSWORD)] {
        let answer = touch_for_sudo(&mut member, &mut key, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        member.get(SETTINGS).await.expect_redirect("/users/sudo");
    }
    // Nor does the password alone.
    let password = [("password", PASSWORD)];
    let answer = member.post("/users/sudo", &password).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);

    let answer = touch_for_sudo(&mut member, &mut key, Some(PASSWORD)).await;
    assert_eq!(location(&answer), SETTINGS);
    member.get(SETTINGS).await.expect(StatusCode::OK);
}

/// For the day the key is lost.
#[tokio::test]
async fn sec_mfa_08_a_backup_code_stands_in_for_a_security_key() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    let page = member.post(REGENERATE, &[]).await.expect(StatusCode::OK);
    let codes = two_factor::backup_codes(&page.body);
    test.after(Duration::minutes(16));
    let page = member.get("/users/sudo").await.body;
    assert!(page.contains("name=\"code\""), "{page}");
    let typed = [("password", PASSWORD), ("code", codes[0].as_str())];
    member
        .post("/users/sudo", &typed)
        .await
        .expect(StatusCode::SEE_OTHER);
    member.get(SETTINGS).await.expect(StatusCode::OK);

    let mut browser = pending(&test).await;
    browser
        .post(STEP, &[("code", &codes[1])])
        .await
        .expect_redirect("/");
}

/// The page of the step asks for what the user has.
#[tokio::test]
async fn a_user_without_codes_is_asked_for_none() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    let mut browser = pending(&test).await;
    let page = browser.get(STEP).await.body;
    assert!(!page.contains("name=\"code\"") && page.contains(SECOND_FACTOR));
    // New codes end the log-in that was under way.
    member.post(REGENERATE, &[]).await.expect(StatusCode::OK);
    browser.get(STEP).await.expect_redirect("/users/log-in");
    let mut browser = pending(&test).await;
    browser.get(STEP).await.expect_text("name=\"code\"");
}

/// A passkey proves both at once. It may be on another device: then the password and the key are still enough.
#[tokio::test]
async fn sec_pky_19_a_passkey_gives_sudo_without_the_password() {
    let mut key = Key::to_be_touched();
    let (test, mut member) = with_security_key(&mut key).await;
    let mut passkey = Key::new();
    add(&mut member, &mut passkey).await;
    for is_key in [false, true] {
        test.after(Duration::minutes(16));
        member.get(SETTINGS).await.expect_redirect("/users/sudo");
        let page = member.get("/users/sudo").await.body;
        assert!(page.contains("data-kind=\"login\"") && page.contains("data-finish-field"));
        let answer = match is_key {
            false => sign_for_sudo(&mut member, &mut passkey, "login", None).await,
            true => touch_for_sudo(&mut member, &mut key, Some(PASSWORD)).await,
        };
        location(&answer);
        member.get(SETTINGS).await.expect(StatusCode::OK);
    }
}

/// Also with its PIN, it stays what it was registered as.
#[tokio::test]
async fn sec_pky_19_a_security_key_alone_neither_gives_sudo_nor_sets_a_password() {
    const PASSWORD_PATH: &str = "/users/settings/password/passkey";
    let mut key = Key::to_be_touched();
    key.holder.is_verified = true;
    let (test, mut member) = with_security_key(&mut key).await;
    let page = member.get("/users/settings").await.body;
    assert!(!page.contains(PASSWORD_PATH), "{page}");
    let mut passkey = Key::new();
    add(&mut member, &mut passkey).await;
    test.after(Duration::minutes(16));
    for (path, body) in [
        (SUDO, json!({ "kind": "login" })),
        (PASSWORD_PATH, json!({ "new_password": OTHER_PASSWORD })),
    ] {
        let begun = Begun::begin(&mut member, path, body).await;
        let named = begun.options["allowCredentials"].as_array().unwrap();
        assert_eq!(named.len(), 1, "{path} asks for the passkey only");
        let credential = key.sign(&begun.options).await;
        let answer = begun.finish(&mut member, &credential).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    member.get(SETTINGS).await.expect_redirect("/users/sudo");
}
