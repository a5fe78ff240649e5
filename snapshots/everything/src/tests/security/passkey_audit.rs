//! AUD: what is written about passkeys.

use serde_json::json;
use time::Duration;

use crate::{
    accounts::passkey,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        audit_log::AuditLog,
        authenticator::{Begun, Key, LOG_IN, SETTINGS, SUDO, add, log_in},
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";
const CHANGE: &str = "/users/settings/password/passkey";

#[tokio::test]
async fn sec_aud_01_a_passkey_is_added_used_renamed_and_removed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let mut key = Key::that_counts();
    add(&mut browser, &mut key).await;
    log.expect(
        "adding one",
        &["passkey.register success | user ann | passkey | ann"],
    )
    .await;
    log_in(&mut test.browser(), &mut key).await;
    log.expect(
        "logging in with it",
        &[
            "passkey.authenticate success | user ann | passkey | ann",
            "auth.login success | user ann | user ann | ann | proofs=passkey",
        ],
    )
    .await;
    let begun = Begun::begin(&mut browser, SUDO, json!({})).await;
    let credential = key.sign(&begun.options).await;
    begun.finish(&mut browser, &credential).await;
    log.expect(
        "proving again who one is",
        &[
            "passkey.authenticate success | user ann | passkey | ann",
            "auth.sudo success | user ann | session | ann | proofs=passkey",
        ],
    )
    .await;
    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    browser
        .post(&format!("{SETTINGS}/{id}/rename"), &[("name", "Phone")])
        .await;
    browser.post(&format!("{SETTINGS}/{id}/delete"), &[]).await;
    log.expect(
        "another name, and its end",
        &[
            "passkey.rename success | user ann | passkey | ann",
            "passkey.delete success | user ann | passkey | ann",
        ],
    )
    .await;
    log_in(&mut test.browser(), &mut key).await;
    log.expect("a passkey that is gone", &[]).await;
}

#[tokio::test]
async fn sec_aud_01_a_passkey_changes_the_password() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let begun = Begun::begin(&mut browser, CHANGE, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let begun = begun.with("new_password", OTHER_PASSWORD);
    begun.finish(&mut browser, &credential).await;
    log.expect(
        "a new password",
        &[
            "passkey.authenticate success | user ann | passkey | ann",
            "auth.password_change success | user ann | user ann | ann",
        ],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_an_account_begins_with_a_passkey() {
    let test = TestApp::start().await;
    let mut log = AuditLog::from_now_on(&test).await;
    let (mut browser, mut key) = (test.browser(), Key::new());
    let path = "/users/register/passkey";
    let begun = Begun::begin(&mut browser, path, json!({ "email": ANN })).await;
    let credential = key.create(&begun.options).await;
    begun.finish(&mut browser, &credential).await;
    log.expect(
        "registering with a passkey",
        &[
            "passkey.register success | anonymous | registration | somebody",
            "auth.register success | anonymous | registration | somebody",
        ],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_what_is_refused_is_written_where_it_touches_a_passkey() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::that_counts();
    add(&mut browser, &mut key).await;
    log_in(&mut test.browser(), &mut key).await;
    test.after(Duration::minutes(2));
    let mut log = AuditLog::from_now_on(&test).await;
    let mut other = test.browser();
    let begun = Begun::begin(&mut other, LOG_IN, json!({})).await;
    let mut credential = key.sign(&begun.options).await;
    credential["response"]["signature"] = json!("AAAA");
    begun.finish(&mut other, &credential).await;
    begun.finish(&mut other, &credential).await;
    log.expect(
        "a wrong signature, twice",
        &["passkey.authenticate failure | anonymous | passkey | ann"],
    )
    .await;
    let passkey = key.passkey.as_mut().unwrap();
    passkey.counter = Some(0);
    log_in(&mut test.browser(), &mut key).await;
    log.expect(
        "a counter that goes back",
        &["passkey.counter failure | user ann | passkey | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_a_wrong_password_beside_a_security_key_is_written() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::to_be_touched();
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(&mut browser, SETTINGS, kind.clone()).await;
    let credential = key.create(&begun.options).await;
    begun.finish(&mut browser, &credential).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let begun = Begun::begin(&mut browser, SUDO, kind).await;
    let credential = key.sign(&begun.options).await;
    let begun = begun.with("password", OTHER_PASSWORD);
    begun.finish(&mut browser, &credential).await;
    log.expect(
        "a wrong password",
        &["auth.sudo failure | user ann | session | ann"],
    )
    .await;
    let begun = begun.with("password", PASSWORD);
    begun.finish(&mut browser, &credential).await;
    log.expect(
        "the right one",
        &[
            "passkey.authenticate success | user ann | passkey | ann",
            "auth.sudo success | user ann | session | ann | proofs=password security_key",
        ],
    )
    .await;
}
