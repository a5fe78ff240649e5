//! SES-2, MFA-10: what a copy of a cookie is good for in other hands, beside the owner who goes on.

use axum::http::StatusCode;
use time::Duration;

use crate::{
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::Browser,
        test_app::TestApp,
        two_factor::{self, CONFIRM, NEXT, Protected, SETTINGS, STEP},
    },
    texts::second_factor::letters,
};

const ANN: &str = "ann@example.com";
const DELETE: &str = "/users/settings/delete";
const DISABLE: &str = "/users/settings/second-factor/disable";
const REGENERATE: &str = "/users/settings/second-factor/backup-codes";

/// Another browser in another network, with a copy of this one cookie.
fn thief_with(test: &TestApp, of: &Browser, ending: &str) -> Browser {
    let mut thief = test.browser().from("203.0.113.9");
    copy(of, &mut thief, ending);
    thief
}

fn copy(from: &Browser, to: &mut Browser, ending: &str) {
    let mut cookies = from.cookies.iter();
    let cookie = cookies.find(|(name, _)| name.ends_with(ending)).unwrap();
    to.cookies.insert(cookie.0.clone(), cookie.1.clone());
}

async fn is_in_sudo(browser: &mut Browser) -> bool {
    browser.get("/users/settings/export").await.status == StatusCode::OK
}

/// A session that is not in sudo any more, and a copy of its cookie.
async fn shared(test: &TestApp) -> (Protected, Browser) {
    let mut ann = two_factor::member(test, ANN).await;
    test.after(Duration::minutes(16));
    assert!(ann.browser.is_logged_in().await);
    let thief = thief_with(test, &ann.browser, "_session");
    (ann, thief)
}

async fn sudo(test: &TestApp, ann: &mut Protected, password: &str) {
    let code = ann.phone.code(test);
    let typed = [("password", password), ("code", code.as_str())];
    let answer = ann.browser.post("/users/sudo", &typed).await;
    answer.expect(StatusCode::SEE_OTHER);
}

/// With a second factor, the password alone would be no log-in.
#[tokio::test]
async fn sec_ses_02_a_new_password_with_an_old_secret_does_not_outlive_it() {
    let test = TestApp::start().await;
    let (mut ann, mut thief) = shared(&test).await;
    sudo(&test, &mut ann, PASSWORD).await;
    thief
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/log-in");
    thief
        .post(DISABLE, &[])
        .await
        .expect_redirect("/users/sudo");
    test.after(Duration::seconds(61));
    assert!(!thief.is_logged_in().await);
    assert!(ann.browser.is_logged_in().await);
    ann.log_in(&test, ANN, &[]).await;
}

#[tokio::test]
async fn sec_ses_02_sudo_with_an_old_secret_is_not_for_who_has_the_newer_one() {
    let test = TestApp::start().await;
    let (mut ann, mut thief) = shared(&test).await;
    thief
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect(StatusCode::SEE_OTHER);
    sudo(&test, &mut ann, OTHER_PASSWORD).await;
    assert!(is_in_sudo(&mut ann.browser).await);
    assert!(!is_in_sudo(&mut thief).await);
    test.after(Duration::seconds(61));
    assert!(!thief.is_logged_in().await);
}

/// "Trust this browser" trusts the browser in which it is ticked, and no other that has a copy of the session's secret.
#[tokio::test]
async fn sec_mfa_10_a_copied_secret_of_a_pending_session_brings_no_trust() {
    for minutes in [0, 60] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        let mut owner = ann.pending(&test, ANN).await;
        let pending = owner.clone();
        let code = ann.phone.code(&test);
        let ticked = [("code", code.as_str()), ("trust_browser", "on")];
        owner.post(STEP, &ticked).await.expect_redirect("/");
        assert!(owner.cookie("_trusted").is_some());
        test.after(Duration::minutes(minutes));

        let mut thief = test.browser().from("203.0.113.9");
        thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        for _ in 0..2 {
            copy(&pending, &mut thief, "_session");
            thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
            assert_eq!(thief.cookie("_trusted"), None, "{minutes}");
        }
    }
}

/// A host beside this one can set cookies for it where `COOKIE_DOMAIN` is shared.
#[tokio::test]
async fn sec_mfa_10_trust_given_in_a_copied_pending_session_is_not_the_owners() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut thief = test.browser().from("203.0.113.9");
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let mut owner = test.browser();
    owner.get("/users/log-in").await;
    owner.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    copy(&thief, &mut owner, "_session");
    let code = ann.phone.code(&test);
    let ticked = [("code", code.as_str()), ("trust_browser", "on")];
    owner.post(STEP, &ticked).await.expect_redirect("/");
    let answer = thief.post(STEP, &ticked).await;
    assert_ne!(answer.header("location"), "/", "{:?}", answer.set_cookies());
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert_eq!(thief.cookie("_trusted"), None);
    assert!(!thief.is_logged_in().await);
}

/// The cookie that tells this browser from others, and the password: with those it repeats a log-in, and no more.
#[tokio::test]
async fn sec_mfa_10_a_repeated_log_in_brings_neither_trust_nor_the_browsers_name() {
    for is_first in [true, false] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        let mut owner = test.browser();
        owner.get("/users/log-in").await;
        let thief = thief_with(&test, &owner, "_browser");
        if is_first {
            let mut thief = thief.clone();
            thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        }
        owner.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        let mut early = thief.clone();
        early.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        assert_eq!(early.cookie("_session"), owner.cookie("_session"));
        assert_eq!(early.cookie("_device"), None);
        let code = ann.phone.code(&test);
        let ticked = [("code", code.as_str()), ("trust_browser", "on")];
        owner.post(STEP, &ticked).await.expect_redirect("/");
        assert!(owner.cookie("_trusted").is_some());
        for mut thief in [thief, early] {
            thief.log_in(ANN, PASSWORD).await;
            assert_eq!(thief.cookie("_trusted"), None, "{is_first}");
        }
    }
}

/// A browser that is trusted, and logged out.
async fn trusted_browser(test: &TestApp) -> (Protected, Browser) {
    let ann = two_factor::member(test, ANN).await;
    let mut owner = ann.log_in(test, ANN, &[("trust_browser", "on")]).await;
    owner.post("/users/log-out", &[]).await;
    test.after(Duration::minutes(2));
    owner.get("/users/log-in").await;
    (ann, owner)
}

/// What trust has opened is for the browser that is trusted, whatever other cookies of it were copied.
#[tokio::test]
async fn sec_mfa_10_a_log_in_by_trust_is_not_repeated_without_it() {
    let test = TestApp::start().await;
    let (_ann, mut owner) = trusted_browser(&test).await;
    let mut thief = thief_with(&test, &owner, "_browser");
    owner.log_in(ANN, PASSWORD).await.expect_redirect("/");
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert!(!thief.is_logged_in().await);
    assert_eq!(
        (thief.cookie("_device"), thief.cookie("_trusted")),
        (None, None)
    );
    assert!(owner.is_logged_in().await);
}

/// The same where the user has still to take a deletion back.
#[tokio::test]
async fn sec_mfa_10_a_log_in_by_trust_to_a_leaving_account_is_not_repeated_without_it() {
    let test = TestApp::start().await;
    let (ann, mut owner) = trusted_browser(&test).await;
    ann.browser.clone().post(DELETE, &[]).await;
    let back = "/users/reactivate";
    owner.log_in(ANN, PASSWORD).await;
    let code = ann.phone.code(&test);
    let ticked = [("code", code.as_str()), ("trust_browser", "on")];
    owner.post(STEP, &ticked).await.expect_redirect(back);
    test.after(Duration::minutes(2));
    let mut thief = thief_with(&test, &owner, "_browser");
    owner.log_in(ANN, PASSWORD).await.expect_redirect(back);
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert_ne!(thief.cookie("_session"), owner.cookie("_session"));
    thief.post(back, &[]).await;
    assert!(!thief.is_logged_in().await);
}

/// Whoever has a copy of the cookie that tells this browser from others gets no name of it with an account of their own.
#[tokio::test]
async fn sec_log_05_a_copied_browser_gets_another_name_for_another_user() {
    let test = TestApp::start().await;
    let mut owner = test.browser();
    owner.get("/users/log-in").await;
    let mut thief = thief_with(&test, &owner, "_browser");
    let owner = test.member_in_browser(owner, ANN).await;
    thief = test.member_in_browser(thief, "eve@example.com").await;
    assert!(owner.cookie("_device").is_some() && thief.cookie("_device").is_some());
    assert_ne!(thief.cookie("_device"), owner.cookie("_device"));
}

/// Nor does one without it keep the trusted browser waiting at its step.
#[tokio::test]
async fn sec_mfa_10_a_log_in_without_trust_is_not_repeated_by_the_trusted_browser() {
    let test = TestApp::start().await;
    let (_ann, mut owner) = trusted_browser(&test).await;
    let mut thief = thief_with(&test, &owner, "_browser");
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    owner.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert!(owner.is_logged_in().await);
}

/// The name comes with the session, and not after another response has replaced it.
#[tokio::test]
async fn sec_mfa_07_a_made_up_session_brings_no_name_of_a_browser() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut owner = test.browser();
    owner.get("/users/log-in").await;
    let mut thief = thief_with(&test, &owner, "_browser");
    owner.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    copy(&owner, &mut thief, "_session");
    let (_, value) = thief
        .cookies
        .iter_mut()
        .find(|(name, _)| name.ends_with("_session"))
        .unwrap();
    *value = "A".repeat(43);
    let code = ann.phone.code(&test);
    owner
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    thief.log_in(ANN, PASSWORD).await;
    assert_eq!(thief.cookie("_device"), None);
    assert!(!thief.is_logged_in().await);
}

/// Known browsers have a budget of their own for codes.
#[tokio::test]
async fn sec_mfa_07_a_log_in_by_trust_makes_no_browser_known() {
    let test = TestApp::start().await;
    let (_ann, owner) = trusted_browser(&test).await;
    let known = test.count("select count(*) from devices").await;
    let mut trusted = owner;
    for _ in 0..3 {
        let mut thief = thief_with(&test, &trusted, "_trusted");
        thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
        assert_eq!(thief.cookie("_device"), None);
        copy(&thief, &mut trusted, "_trusted");
    }
    assert_eq!(test.count("select count(*) from devices").await, known);
}

/// Who knows the password alone cannot keep the trusted browser from sudo.
#[tokio::test]
async fn sec_log_05_codes_of_unknown_browsers_leave_sudo_by_trust_alone() {
    let test = TestApp::start().await;
    let (ann, mut owner) = trusted_browser(&test).await;
    owner.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let guessed = "update users
         set second_factor_failures = 100";
    sqlx::query(guessed).execute(&test.app.db).await.unwrap();
    let typed = [("password", PASSWORD), ("code", two_factor::WRONG_CODE)];
    owner
        .post("/users/sudo", &typed)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let code = ann.phone.code(&test);
    let typed = [("password", PASSWORD), ("code", code.as_str())];
    owner
        .post("/users/sudo", &typed)
        .await
        .expect(StatusCode::SEE_OTHER);
}

/// Its owner has gone on with the session.
#[tokio::test]
async fn sec_ses_02_a_copied_secret_of_a_pending_session_ends_no_full_one() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut owner = ann.pending(&test, ANN).await;
    let thief = thief_with(&test, &owner, "_session");
    let code = ann.phone.code(&test);
    owner
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    let mut one = thief.clone();
    one.post("/users/log-out", &[]).await;
    assert!(owner.is_logged_in().await);
    let mut other = thief.clone();
    other.log_in(ANN, PASSWORD).await;
    assert!(owner.is_logged_in().await);
    // Nor does another user who logs in there.
    test.member("bob@example.com").await;
    let mut third = thief;
    third.log_in("bob@example.com", PASSWORD).await;
    assert!(owner.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_10_the_end_of_a_trust_ends_what_it_has_let_in() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut other = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    other.post("/users/log-out", &[]).await;
    other
        .log_in_remembered(ANN, PASSWORD)
        .await
        .expect_redirect("/");
    let mut third = ann.log_in(&test, ANN, &[]).await;
    let page = ann
        .browser
        .get("/users/settings/trusted-browsers")
        .await
        .body;
    let (_, rest) = page
        .split_once("/users/settings/trusted-browsers/")
        .unwrap();
    let (id, _) = rest.split_once("/end").unwrap();
    let path = format!("/users/settings/trusted-browsers/{id}/end");
    ann.browser
        .post(&path, &[])
        .await
        .expect(StatusCode::SEE_OTHER);
    assert!(!other.is_logged_in().await);
    assert!(third.is_logged_in().await && ann.browser.is_logged_in().await);
}

/// Its key may be in other hands.
#[tokio::test]
async fn sec_mfa_04_a_new_password_forgets_an_app_that_is_being_set_up() {
    let test = TestApp::start().await;
    let mut owner = test.member(ANN).await;
    let mut thief = thief_with(&test, &owner, "_session");
    let theirs = two_factor::scan(&mut thief).await;
    owner
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect(StatusCode::SEE_OTHER);
    let page = owner.get(SETTINGS).await.expect(StatusCode::OK);
    assert!(!page.body.contains("otpauth://"), "{}", page.body);
    let own = two_factor::scan(&mut owner).await;
    assert_ne!(own.secret(), theirs.secret());
}

/// An attacker who had one of the old codes may have logged in with it.
#[tokio::test]
async fn sec_mfa_09_new_backup_codes_end_other_sessions_and_trust() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut thief = ann.pending(&test, ANN).await;
    let ticked = [
        ("code", ann.backup_codes[0].as_str()),
        ("trust_browser", "on"),
    ];
    thief.post(STEP, &ticked).await.expect_redirect("/");
    ann.browser
        .post(REGENERATE, &[])
        .await
        .expect(StatusCode::OK);
    assert!(!thief.is_logged_in().await);
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert!(ann.browser.is_logged_in().await);
    test.expect_letter(ANN, letters::CODES_SUBJECT).await;
}

/// In a trusted browser no code was given: five wrong ones end the session, and the next log-in begins another one.
#[tokio::test]
async fn sec_mfa_07_codes_for_sudo_are_counted_like_those_of_a_log_in() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    let mut looked_at = 0;
    for _ in 0..4 {
        browser.post("/users/log-out", &[]).await;
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        for _ in 0..4 {
            let typed = [("password", PASSWORD), ("code", two_factor::WRONG_CODE)];
            let answer = browser.post("/users/sudo", &typed).await;
            looked_at += usize::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    assert_eq!(looked_at, 10);
}

/// With a copy of a trusted browser's secret, every browser gets in, and is known.
#[tokio::test]
async fn sec_mfa_07_codes_for_sudo_by_trust_are_counted_by_user_and_told() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut trusted = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    let mut looked_at = 0;
    for _ in 0..4 {
        let mut thief = thief_with(&test, &trusted, "_trusted");
        thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
        copy(&thief, &mut trusted, "_trusted");
        for _ in 0..4 {
            let typed = [("password", PASSWORD), ("code", two_factor::WRONG_CODE)];
            let answer = thief.post("/users/sudo", &typed).await;
            looked_at += usize::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    assert_eq!(looked_at, 10);
    test.expect_letter(ANN, letters::FAILED_SUBJECT).await;
    // The owner gave a code in another browser, which is not kept from giving one again.
    let mut ann = ann;
    test.after(Duration::minutes(1));
    sudo(&test, &mut ann, PASSWORD).await;
}

/// Ten hashes are not made for who may not have them.
#[tokio::test]
async fn sec_pwd_08_without_sudo_no_backup_codes_are_made() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    test.after(Duration::minutes(16) + NEXT);
    let busy = super::hashing_queue::fill(&test).await;
    let code = phone.code(&test);
    browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect_redirect("/users/sudo?return_to=/users/settings/second-factor");
    busy.end().await;
}
