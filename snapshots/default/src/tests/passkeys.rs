//! Passkeys, as their users meet them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use super::{
    PASSWORD,
    authenticator::{
        Begun, FLAGS, Key, LOG_IN, SETTINGS, SUDO, add, delete, encode, location, log_in, send,
    },
    browser::{Answer, SetCookie},
    test_app::TestApp,
    two_factor,
};
use crate::{
    accounts::passkey::{self, Passkey},
    texts::{letters, passkeys as texts, second_factor::letters as factor_letters},
};

const ANN: &str = "ann@example.com";
const SIGN_UP: &str = "/users/register/passkey";
const BITWARDEN: u128 = 0xd548826e_79b4_db40_a3d8_11116f7e8349;
/// The flag of a passkey that is also kept elsewhere.
const IS_COPIED: u8 = 0b0001_0000;

async fn passkeys_of(test: &TestApp, email: &str) -> Vec<Passkey> {
    let user = test.user(email).await.unwrap();
    passkey::list(&test.app.db, user.id).await.unwrap()
}

#[tokio::test]
async fn a_passkey_is_added_and_logs_in() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::made_by(BITWARDEN);
    assert_eq!(location(&add(&mut browser, &mut key).await), SETTINGS);
    test.expect_letter(ANN, "A passkey was added to your account")
        .await;

    let mut other = test.browser();
    assert_eq!(location(&log_in(&mut other, &mut key).await), "/");
    assert!(other.is_logged_in().await);
    let own = passkeys_of(&test, ANN).await;
    assert_eq!(own[0].name, "Bitwarden");
    assert!(own[0].last_used_at.is_some());
    assert!(own[0].backed_up);
}

#[tokio::test]
async fn a_passkey_that_is_copied_elsewhere_later_is_shown_so() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    key.change = Box::new(|data| data[FLAGS] &= !IS_COPIED);
    add(&mut browser, &mut key).await;
    assert!(!passkeys_of(&test, ANN).await[0].backed_up);
    location(&log_in(&mut test.browser(), &mut key).await);
    assert!(passkeys_of(&test, ANN).await[0].backed_up);
}

#[tokio::test]
async fn a_log_in_with_a_passkey_can_be_remembered() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let mut other = test.browser();
    let begun = Begun::begin(&mut other, LOG_IN, json!({ "remember_me": true })).await;
    let credential = key.sign(&begun.options).await;
    let answer = begun.finish(&mut other, &credential).await;
    let cookies = answer.set_cookies().join("\n");
    assert!(cookies.contains("_session=") && cookies.contains("Max-Age=5184000"));
    test.after(Duration::days(2));
    assert!(other.is_logged_in().await);
}

#[tokio::test]
async fn a_response_that_is_sent_twice_has_one_result() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let mut other = test.browser();
    other.get("/users/log-in").await;
    let begun = Begun::begin(&mut other, LOG_IN, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let mut twice = other.clone();
    assert_eq!(location(&begun.finish(&mut other, &credential).await), "/");
    assert_eq!(location(&begun.finish(&mut twice, &credential).await), "/");
    assert!(other.is_logged_in().await && twice.is_logged_in().await);
    assert_eq!(other.cookie("_session"), twice.cookie("_session"));
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let id = passkeys_of(&test, ANN).await[0].id;
    browser
        .post(
            &format!("{SETTINGS}/{id}/rename"),
            &[("name", " My phone ")],
        )
        .await
        .expect_redirect(SETTINGS);
    assert!(browser.get(SETTINGS).await.body.contains("My phone"));
    let gone = encode(&passkeys_of(&test, ANN).await[0].credential_id);
    let page = delete(&mut browser, id).await;
    // Authenticators forget it, although nothing is left that names the user to them.
    page.expect_text(&format!("data-deleted=\"{gone}\""));
    test.expect_letter(ANN, "A passkey was removed from your account")
        .await;
    // The second of two clicks.
    browser
        .post(&format!("{SETTINGS}/{id}/delete"), &[])
        .await
        .expect_redirect(SETTINGS);
    let answer = log_in(&mut test.browser(), &mut key).await;
    assert_eq!(answer.status, StatusCode::GONE);
}

#[tokio::test]
async fn authenticators_are_told_which_passkeys_there_are() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    add(&mut browser, &mut Key::new()).await;
    add(&mut browser, &mut Key::new()).await;
    let all = passkeys_of(&test, ANN).await;
    let ids: Vec<String> = all.iter().map(|one| encode(&one.credential_id)).collect();
    let own = &all[0];
    let page = browser.get(SETTINGS).await.body;
    let told = format!("data-credential-ids=\"{}\"", ids.join(" "));
    assert!(page.contains(&told), "{page}");
    assert!(page.contains(&format!("data-user-id=\"{}\"", encode(&own.user_handle))));
    assert!(page.contains("data-rp-id=\"localhost\""));
    // A link that names one in use makes the authenticator forget nothing.
    let path = format!("{SETTINGS}?deleted={}", encode(&own.credential_id));
    let page = browser.get(&path).await.body;
    assert!(page.contains("data-credential-ids") && !page.contains("data-deleted"));
    // The email may have changed: its page tells the name.
    let page = browser.get("/users/settings").await.body;
    assert!(page.contains(&format!("data-name=\"{ANN}\"")), "{page}");
}

#[tokio::test]
async fn an_account_begins_with_a_passkey_alone() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let mut key = Key::new();
    let begun = Begun::begin(
        &mut browser,
        "/users/register/passkey",
        json!({ "email": ANN }),
    )
    .await;
    let credential = key.create(&begun.options).await;
    let answer = begun.finish(&mut browser, &credential).await;
    assert_eq!(location(&answer), "/users/confirm");
    let code = test.code_for(ANN).await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    assert!(browser.is_logged_in().await);
    assert!(!test.user(ANN).await.unwrap().has_password);
    let mut other = test.browser();
    assert_eq!(location(&log_in(&mut other, &mut key).await), "/");
}

#[tokio::test]
async fn a_passkey_stands_in_for_the_password_before_something_dangerous() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    test.after(Duration::minutes(16));
    browser
        .get("/users/settings/export")
        .await
        .expect_redirect("/users/sudo");
    assert!(browser.get("/users/sudo").await.body.contains(SUDO));
    let begun = Begun::begin(&mut browser, SUDO, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let answer = begun.finish(&mut browser, &credential).await;
    assert_eq!(location(&answer), "/users/settings/export");
    let export = browser.get("/users/settings/export").await;
    assert_eq!(export.status, StatusCode::OK);
}

/// The session has another secret then, and its cookie is kept as long as before.
#[tokio::test]
async fn a_passkey_stands_in_for_the_password_and_keeps_the_lifetime_of_the_session() {
    let test = TestApp::start().await;
    let mut key = Key::new();
    add(&mut test.member(ANN).await, &mut key).await;
    for is_remembered in [false, true] {
        let mut browser = test.browser();
        match is_remembered {
            true => browser.log_in_remembered(ANN, PASSWORD).await,
            false => browser.log_in(ANN, PASSWORD).await,
        };
        let begun = Begun::begin(&mut browser, SUDO, json!({})).await;
        let credential = key.sign(&begun.options).await;
        let answer = begun.finish(&mut browser, &credential).await;
        let cookies = answer.set_cookies();
        let is_session = |cookie: &&&str| cookie.contains("_session=");
        let cookie = cookies.iter().find(is_session).unwrap();
        assert_eq!(cookie.contains("Max-Age="), is_remembered, "{cookie}");
    }
}

#[tokio::test]
async fn a_passkey_is_offered_after_a_password_until_it_is_dismissed() {
    const OFFER: &str = "data-passkey-offer";
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    let kept = |answer: &Answer| {
        let cookies = answer.set_cookies().into_iter().map(SetCookie::parse);
        let mut offers = cookies.filter(|cookie| cookie.name.ends_with("_passkey_offer"));
        let offer = offers.next().expect("a cookie");
        offer.attribute("Max-Age").map(str::to_owned)
    };
    assert_eq!(kept(&browser.log_in(ANN, PASSWORD).await), None);
    assert!(browser.get("/users/settings").await.body.contains(OFFER));
    let answer = browser.post("/users/passkey-offer/dismiss", &[]).await;
    assert_eq!(kept(&answer).as_deref(), Some("2592000"));
    answer.expect_redirect("/");
    assert!(!browser.get("/users/settings").await.body.contains(OFFER));
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await;
    assert!(!browser.get("/users/settings").await.body.contains(OFFER));
}

#[tokio::test]
async fn a_user_with_a_passkey_is_offered_none() {
    const ACCOUNT: &str = "/users/settings";
    const OFFER: &str = "data-passkey-offer";
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await;
    assert!(browser.get(ACCOUNT).await.body.contains(OFFER));
    // The page that it leads to.
    assert!(!browser.get(SETTINGS).await.body.contains(OFFER));
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    assert!(!browser.get(ACCOUNT).await.body.contains(OFFER));
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await;
    assert!(!browser.get(ACCOUNT).await.body.contains(OFFER));

    // After an offer to another user of the same browser.
    const BOB: &str = "bob@example.com";
    let mut shared = test.member(BOB).await;
    for with_passkey in [false, true] {
        shared.post("/users/log-out", &[]).await;
        shared.log_in(BOB, PASSWORD).await;
        assert!(shared.get(ACCOUNT).await.body.contains(OFFER));
        shared.post("/users/log-out", &[]).await;
        if with_passkey {
            log_in(&mut shared, &mut key).await;
        } else {
            shared.log_in(ANN, PASSWORD).await;
        }
        assert!(!shared.get(ACCOUNT).await.body.contains(OFFER));
    }
}

#[tokio::test]
async fn a_security_key_is_called_so_and_its_owner_is_told_to_make_backup_codes() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let kind = json!({ "kind": "second_factor" });
    let begun = Begun::begin(&mut browser, SETTINGS, kind).await;
    let credential = Key::to_be_touched().create(&begun.options).await;
    let next = location(&begun.finish(&mut browser, &credential).await);
    assert_eq!(next, "/users/settings/second-factor");
    browser
        .get(&next)
        .await
        .expect_text(texts::SECURITY_KEY_ADDED_NOTICE)
        .expect_text("You have no backup codes.");
    assert_eq!(passkeys_of(&test, ANN).await[0].name, "Security key");
}

#[tokio::test]
async fn related_sites_are_named_where_there_are_any() {
    const PATH: &str = "/.well-known/webauthn";
    let test = TestApp::start().await;
    let answer = test.browser().get(PATH).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let related = [("PASSKEY_ORIGINS", "https://example.de,https://example.fr")];
    let test = TestApp::start_with(&related).await;
    let answer = test.browser().get(PATH).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let origins = ["https://example.de", "https://example.fr"];
    assert_eq!(answer, json!({ "origins": origins }));
}

/// An attacker may have added them, with a password that is no longer enough.
#[tokio::test]
async fn emails_about_a_safer_account_name_the_passkeys_that_stay() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    add(&mut browser, &mut Key::made_by(BITWARDEN)).await;
    add(&mut browser, &mut Key::new()).await;
    let path = format!("{SETTINGS}/{}/rename", passkeys_of(&test, ANN).await[1].id);
    browser.post(&path, &[("name", "<b>Mine</b>")]).await;
    two_factor::turn_on(&test, &mut browser).await;
    browser
        .change_password(PASSWORD, super::OTHER_PASSWORD)
        .await;
    let emails = test.letters_to(ANN).await;
    for subject in [letters::CHANGED_SUBJECT, factor_letters::ON_SUBJECT] {
        let mut about = emails.iter().filter(|email| email.subject == subject);
        let email = about.next().unwrap();
        assert!(email.text.contains("Bitwarden"), "{}", email.text);
        assert!(email.text.contains("<b>Mine</b>"), "{}", email.text);
        assert!(!email.html.contains("<b>Mine"), "{}", email.html);
    }
}

#[tokio::test]
async fn ten_passkeys_are_the_most() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    for _ in 0..passkey::MAX_PER_USER {
        add(&mut browser, &mut Key::new()).await;
    }
    let path = format!("{SETTINGS}/options");
    let answer = send(&mut browser, &path, &json!({ "kind": "login" })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(passkeys_of(&test, ANN).await.len(), passkey::MAX_PER_USER);
}

#[tokio::test]
async fn passkeys_are_off_where_the_site_has_no_domain() {
    let test = TestApp::start_with(&[("APP_URL", "http://127.0.0.1:4000")]).await;
    let mut browser = test.browser();
    for path in ["/users/log-in", "/users/register"] {
        let page = browser.get(path).await;
        assert!(!page.body.contains("data-passkey"), "{path}");
    }
    let mut member = test.member(ANN).await;
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    for path in ["/", "/users/settings", two_factor::SETTINGS, "/users/sudo"] {
        let page = browser.get(path).await.expect(StatusCode::OK);
        let words = ["data-passkey", "/users/settings/passkeys"];
        let offers = words.iter().any(|words| page.body.contains(words));
        assert!(!offers, "{path}: {}", page.body);
    }
    member.get(SETTINGS).await.expect(StatusCode::NOT_FOUND);
    for path in [LOG_IN, SUDO, SETTINGS] {
        let body = json!({ "kind": "login" });
        let answer = send(&mut member, &format!("{path}/options"), &body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// The page that asks for the code leads to the log-in, which suggests the new passkey. The authenticator must not forget it.
#[tokio::test]
async fn a_passkey_whose_email_is_not_confirmed_is_not_unknown() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = (test.browser(), Key::new());
    let begun = Begun::begin(&mut browser, SIGN_UP, json!({ "email": ANN })).await;
    let credential = key.create(&begun.options).await;
    location(&begun.finish(&mut browser, &credential).await);
    let answer = log_in(&mut browser, &mut key).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Confirm your email first"));
    assert!(!browser.clone().is_logged_in().await);

    let code = test.code_for(ANN).await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    location(&log_in(&mut test.browser(), &mut key).await);
}
