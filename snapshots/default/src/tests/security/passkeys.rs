//! PKY: what passkeys are good for, who learns what of them, and what ends them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use crate::{
    accounts::passkey,
    pages,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        authenticator::{self, Begun, Key, LOG_IN, SETTINGS, SUDO, add, location, log_in, send},
        browser::Browser,
        counting,
        test_app::TestApp,
    },
    web,
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const CHANGE: &str = "/users/settings/password/passkey";
const SIGN_UP: &str = "/users/register/passkey";
const PASSKEYS: &str = "select count(*) from passkeys";

/// Registers with a passkey, as far as an email that is to be confirmed.
async fn sign_up(browser: &mut Browser, email: &str, key: &mut Key) {
    let begun = Begun::begin(browser, SIGN_UP, json!({ "email": email })).await;
    let credential = key.create(&begun.options).await;
    let answer = begun.finish(browser, &credential).await;
    assert_eq!(location(&answer), "/users/confirm");
}

/// The options without what is random in them.
fn shape(mut options: Value) -> Value {
    for pointer in ["/challenge", "/user/id", "/user/name", "/user/displayName"] {
        if let Some(value) = options.pointer_mut(pointer) {
            *value = Value::Null;
        }
    }
    options
}

#[tokio::test]
async fn sec_pky_14_options_tell_nothing_of_accounts() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    add(&mut member, &mut Key::new()).await;
    test.work().await;

    let begun = Begun::begin(&mut test.browser(), LOG_IN, json!({})).await;
    assert_eq!(begun.options["allowCredentials"], json!([]));
    assert_eq!(begun.options["userVerification"], "required");

    let mut options = Vec::new();
    for email in [ANN, BOB] {
        let mut browser = test.browser();
        let begin = Begun::begin(&mut browser, SIGN_UP, json!({ "email": email }));
        let (begun, statements) = counting::statements(begin).await;
        let key = &mut Key::new();
        let credential = key.create(&begun.options).await;
        let answer = begun.finish(&mut browser, &credential).await;
        options.push((shape(begun.options), statements, answer.status, answer.body));
    }
    assert_eq!(options[0], options[1]);
    // The owner of the account is told by email, and only there.
    test.expect_letter(ANN, "You already have an account").await;
}

#[tokio::test]
async fn sec_pky_06_options_ask_for_a_passkey_that_verifies_and_is_not_there_yet() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    location(&add(&mut browser, &mut key).await);
    let begun = Begun::begin(&mut browser, SETTINGS, json!({ "kind": "login" })).await;
    let selection = &begun.options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    let id = authenticator::encode(&key.passkey.as_ref().unwrap().credential_id);
    assert_eq!(begun.options["excludeCredentials"][0]["id"], id);
}

/// Two ceremonies that begin together, and end one after the other.
async fn add_two(browser: &mut Browser) {
    let kind = json!({ "kind": "login" });
    let one = Begun::begin(browser, SETTINGS, kind.clone()).await;
    let two = Begun::begin(browser, SETTINGS, kind).await;
    let first = Key::new().create(&one.options).await;
    let second = Key::new().create(&two.options).await;
    location(&one.finish(browser, &first).await);
    let answer = two.finish(browser, &second).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// Otherwise authenticators would know the account by two handles.
#[tokio::test]
async fn sec_pky_10_of_two_ceremonies_for_the_first_passkey_one_gives_the_handle() {
    let test = TestApp::start().await;
    add_two(&mut test.member(ANN).await).await;
    assert_eq!(test.count(PASSKEYS).await, 1);
}

#[tokio::test]
async fn sec_pky_09_an_eleventh_is_refused_however_it_was_begun() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    for _ in 1..10 {
        location(&add(&mut browser, &mut Key::new()).await);
    }
    add_two(&mut browser).await;
    assert_eq!(test.count(PASSKEYS).await, 10);
}

#[tokio::test]
async fn sec_pky_15_the_last_way_to_log_in_stays() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    sign_up(&mut browser, ANN, &mut Key::new()).await;
    let code = test.code_for(ANN).await;
    browser.post("/users/confirm", &[("code", &code)]).await;

    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    let delete = format!("{SETTINGS}/{id}/delete");
    browser
        .post(&delete, &[])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text("only way to log in");
    add(&mut browser, &mut Key::new()).await;
    authenticator::delete(&mut browser, id).await;
}

#[tokio::test]
async fn sec_pky_15_a_security_key_is_no_way_to_log_in() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    sign_up(&mut browser, ANN, &mut Key::new()).await;
    let code = test.code_for(ANN).await;
    browser.post("/users/confirm", &[("code", &code)]).await;
    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(&mut browser, SETTINGS, kind).await;
    let credential = Key::to_be_touched().create(&begun.options).await;
    location(&begun.finish(&mut browser, &credential).await);
    let delete = format!("{SETTINGS}/{id}/delete");
    browser
        .post(&delete, &[])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(test.count(PASSKEYS).await, 2);
}

/// It was in the wrong hands, and is both factors at once.
#[tokio::test]
async fn sec_pky_15_what_a_removed_passkey_has_logged_in_ends() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let mut thief = test.browser();
    location(&log_in(&mut thief, &mut key).await);
    assert!(thief.is_logged_in().await);
    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    authenticator::delete(&mut browser, id).await;
    assert!(!thief.is_logged_in().await);
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_pky_15_changes_need_sudo_and_names_are_short_and_harmless() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    add(&mut browser, &mut Key::new()).await;
    let user = test.user(ANN).await.unwrap();
    let id = passkey::list(&test.app.db, user.id).await.unwrap()[0].id;
    let (rename, delete) = (
        format!("{SETTINGS}/{id}/rename"),
        format!("{SETTINGS}/{id}/delete"),
    );
    let longest = "é".repeat(64);
    browser
        .post(&rename, &[("name", &longest)])
        .await
        .expect_redirect(SETTINGS);
    for name in ["", "  ", "\u{0}", &"é".repeat(65)] {
        browser
            .post(&rename, &[("name", name)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser
        .post(&rename, &[("name", "<script>alert(1)</script>")])
        .await
        .expect_redirect(SETTINGS);
    let page = browser.get(SETTINGS).await.body;
    assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;alert"));

    test.after(Duration::minutes(16));
    for path in [&rename, &delete] {
        browser
            .post(path, &[("name", "mine")])
            .await
            .expect_redirect("/users/sudo");
    }
    for path in [&format!("{SETTINGS}/options"), SETTINGS] {
        browser.post(path, &[]).await.expect_redirect("/users/sudo");
        let answer = send(&mut browser, path, &json!({ "kind": "login" })).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Another user's is not there.
    let mut bob = test.member(BOB).await;
    bob.post(&rename, &[("name", "mine")])
        .await
        .expect(StatusCode::NOT_FOUND);
    bob.post(&delete, &[]).await.expect_redirect(SETTINGS);
    assert_eq!(test.count(PASSKEYS).await, 1);
}

#[tokio::test]
async fn sec_pky_19_sudo_by_a_passkey_goes_on_with_the_session() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let before = test.count("select count(*) from sessions").await;
    let begun = Begun::begin(&mut browser, SUDO, json!({})).await;
    let credential = key.sign(&begun.options).await;
    location(&begun.finish(&mut browser, &credential).await);
    assert_eq!(test.count("select count(*) from sessions").await, before);
    // Only touched, it proves nothing here.
    test.after(Duration::minutes(16));
    key.holder.is_verified = false;
    let begun = Begun::begin(&mut browser, SUDO, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let answer = begun.finish(&mut browser, &credential).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser
        .get("/users/settings/export")
        .await
        .expect_redirect("/users/sudo");
}

#[tokio::test]
async fn sec_reg_05_a_passkey_of_another_user_does_not_survive_the_proof() {
    for setting in ["blocked", "banner"] {
        let test = TestApp::start_with(&[("UNCONFIRMED", setting)]).await;
        let (mut thief, mut key) = (test.browser(), Key::new());
        sign_up(&mut thief, ANN, &mut key).await;
        let link = test.link_for(ANN).await;
        // The owner reads the email elsewhere, and was asked for nothing that they know.
        let mut owner = test.browser();
        owner
            .post(&link, &[("new_password", PASSWORD)])
            .await
            .expect_redirect("/");
        let answer = log_in(&mut test.browser(), &mut key).await;
        assert_eq!(answer.status, StatusCode::GONE, "{setting}");
        assert!(!thief.is_logged_in().await);
    }
}

/// Who may log in before they have confirmed may have added one.
#[tokio::test]
async fn sec_reg_05_a_passkey_that_was_added_before_the_proof_does_not_survive_it() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let (mut thief, mut key) = (test.browser(), Key::new());
    thief.register(ANN, OTHER_PASSWORD).await;
    thief.log_in(ANN, OTHER_PASSWORD).await;
    location(&add(&mut thief, &mut key).await);
    location(&log_in(&mut test.browser(), &mut key).await);
    let link = test.link_for(ANN).await;
    test.browser()
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect(StatusCode::SEE_OTHER);
    let answer = log_in(&mut test.browser(), &mut key).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_reg_05_a_login_link_drops_the_passkey_of_a_registration() {
    let test = TestApp::start().await;
    let (mut thief, mut key) = (test.browser(), Key::new());
    sign_up(&mut thief, ANN, &mut key).await;
    let mut owner = test.browser();
    owner.post("/users/log-in/link", &[("email", ANN)]).await;
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    owner.post(&link, &[]).await.expect_redirect("/");
    let answer = log_in(&mut test.browser(), &mut key).await;
    assert_eq!(answer.status, StatusCode::GONE);
}

#[tokio::test]
async fn sec_reg_08_closed_is_closed_for_passkeys_too() {
    for (registration, email) in [("closed", ANN), ("example.org", ANN)] {
        let test = TestApp::start_with(&[("REGISTRATION", registration)]).await;
        let options = format!("{SIGN_UP}/options");
        let answer = send(&mut test.browser(), &options, &json!({ "email": email })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn sec_reg_08_what_was_begun_before_it_was_closed_registers_nobody() {
    let test = TestApp::start().await;
    for policy in ["closed", "example.org"] {
        let app = test.other_app(&[("REGISTRATION", policy)]).await;
        let mut browser = test.browser();
        let begun = Begun::begin(&mut browser, SIGN_UP, json!({ "email": ANN })).await;
        let credential = Key::new().create(&begun.options).await;
        let mut closed = browser.on(web::router(app, pages::routes()));
        let answer = begun.finish(&mut closed, &credential).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(test.registrations().await, 0);
    }
    sign_up(&mut test.browser(), ANN, &mut Key::new()).await;
    assert_eq!(test.registrations().await, 1);
}

#[tokio::test]
async fn sec_log_05_a_lockout_does_not_stop_a_passkey() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    for _ in 0..6 {
        test.browser().log_in(ANN, OTHER_PASSWORD).await;
    }
    let answer = test.browser().log_in(ANN, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    location(&log_in(&mut test.browser(), &mut key).await);
}

#[tokio::test]
async fn sec_log_05_anonymous_requests_use_up_no_challenges_of_a_known_browser() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    browser.post("/users/log-out", &[]).await;
    let options = format!("{LOG_IN}/options");
    let mut stranger = test.browser();
    // One comes back each second.
    let mut sent = 0;
    while send(&mut stranger, &options, &json!({})).await.status == StatusCode::OK {
        sent += 1;
        assert!(sent < 200, "no limit");
    }
    assert!(sent >= 60, "{sent}");
    location(&log_in(&mut browser, &mut key).await);
}

#[tokio::test]
async fn sec_log_10_another_site_begins_and_ends_no_ceremony() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser = browser.with_header("sec-fetch-site", "cross-site");
    for path in [LOG_IN, SUDO, SETTINGS, SIGN_UP] {
        for path in [path.to_owned(), format!("{path}/options")] {
            let answer = send(&mut browser, &path, &json!({})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn sec_ses_06_a_passkey_logs_in_to_no_account_that_is_suspended() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    test.suspend(ANN).await;
    let answer = log_in(&mut test.browser(), &mut key).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut unknown = test.browser();
    let begun = Begun::begin(&mut unknown, LOG_IN, json!({})).await;
    let mut credential = key.sign(&begun.options).await;
    credential["response"]["signature"] = json!("AAAA");
    let invalid = begun.finish(&mut unknown, &credential).await;
    assert_eq!(answer.body, invalid.body);
}

#[tokio::test]
async fn sec_ses_17_a_session_that_has_ended_adds_no_passkey() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await;
    let begun = Begun::begin(&mut browser, SETTINGS, json!({ "kind": "login" })).await;
    let credential = Key::new().create(&begun.options).await;
    other
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/settings/sessions");
    let answer = begun.finish(&mut browser, &credential).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(test.count(PASSKEYS).await, 0);
}

#[tokio::test]
async fn sec_rst_05_a_reset_keeps_passkeys_and_the_end_of_the_account_does_not() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await;
    assert!(!browser.is_logged_in().await);
    let mut owner = test.browser();
    location(&log_in(&mut owner, &mut key).await);
    owner.post("/users/settings/delete", &[]).await;
    let answer = log_in(&mut test.browser(), &mut key).await;
    assert_eq!(location(&answer), "/users/reactivate");
}

#[tokio::test]
async fn sec_pwd_07_a_passkey_stands_in_for_the_current_password() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await;
    for (new, is_refused) in [("short", true), (OTHER_PASSWORD, false)] {
        let begun = Begun::begin(&mut browser, CHANGE, json!({})).await;
        let credential = key.sign(&begun.options).await;
        let begun = begun.with("new_password", new);
        let answer = begun.finish(&mut browser, &credential).await;
        assert_eq!(
            answer.status == StatusCode::UNPROCESSABLE_ENTITY,
            is_refused
        );
    }
    assert!(browser.is_logged_in().await && !other.is_logged_in().await);
    test.browser()
        .log_in(ANN, OTHER_PASSWORD)
        .await
        .expect_redirect("/");
    // Another user's passkey changes nothing.
    let mut bob = test.member(BOB).await;
    add(&mut bob, &mut Key::new()).await;
    let begun = Begun::begin(&mut bob, CHANGE, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let answer = begun
        .with("new_password", OTHER_PASSWORD)
        .finish(&mut bob, &credential)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}
