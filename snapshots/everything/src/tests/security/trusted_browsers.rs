//! MFA-10: browsers that are not asked for the second factor.

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use time::Duration;

use crate::{
    accounts::{
        credentials::{self, Scope},
        secret::Secret,
    },
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::Browser,
        test_app::TestApp,
        two_factor::{self, CONFIRM, Protected, SETTINGS, STEP},
    },
};

const ANN: &str = "ann@example.com";
const TRUST: [(&str, &str); 1] = [("trust_browser", "on")];
const TRUSTED: &str = "select count(*) from trusted_browsers";

/// A browser that Ann trusts, and in which she is logged out.
async fn trusted(test: &TestApp, ann: &Protected) -> Browser {
    let mut browser = ann.log_in(test, ANN, &TRUST).await;
    browser.post("/users/log-out", &[]).await;
    browser
}

#[tokio::test]
async fn sec_mfa_10_a_trusted_browser_is_not_asked_and_others_are() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = trusted(&test, &ann).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert!(browser.is_logged_in().await);
    ann.pending(&test, ANN).await;
    // Without the box, no browser is trusted.
    let mut plain = ann.log_in(&test, ANN, &[]).await;
    plain.post("/users/log-out", &[]).await;
    plain.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
}

#[tokio::test]
async fn sec_mfa_10_it_never_stands_in_for_sudo() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = trusted(&test, &ann).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let disable = format!("{SETTINGS}/disable");
    browser
        .post(&disable, &[])
        .await
        .expect_redirect("/users/sudo");
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    // Nor does a change of the password give it.
    browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect(StatusCode::SEE_OTHER);
    browser
        .post(&disable, &[])
        .await
        .expect_redirect("/users/sudo");
}

#[tokio::test]
async fn sec_mfa_10_only_a_hash_is_kept_and_it_is_for_one_user() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let browser = trusted(&test, &ann).await;
    let secret = browser.cookie("_trusted").unwrap().to_owned();
    let kept: Vec<u8> = sqlx::query_scalar("select token_hash from trusted_browsers")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    assert_eq!(kept, Secret::parse(&secret).unwrap().hash());
    assert_ne!(kept, BASE64_URL_SAFE_NO_PAD.decode(&secret).unwrap());
    two_factor::member(&test, "bob@example.com").await;
    let mut browser = browser;
    browser
        .log_in("bob@example.com", PASSWORD)
        .await
        .expect_redirect(STEP);
}

#[tokio::test]
async fn sec_mfa_10_it_gets_a_new_secret_when_it_is_used() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = trusted(&test, &ann).await;
    let mut copy = browser.clone();
    let mut second_click = browser.clone();
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    second_click
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
    assert_eq!(browser.cookie("_trusted"), second_click.cookie("_trusted"));
    assert_ne!(browser.cookie("_trusted"), copy.cookie("_trusted"));
    test.after(Duration::seconds(61));
    copy.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    // It looks like the same browser, which has just logged in.
    test.after(Duration::seconds(61));
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_mfa_10_two_clicks_trust_one_browser() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.pending(&test, ANN).await;
    // The page gives the browser a secret of its own.
    browser.get(STEP).await;
    let code = ann.phone.code(&test);
    let form = [("code", code.as_str()), ("trust_browser", "on")];
    let mut second_click = browser.clone();
    browser.post(STEP, &form).await.expect_redirect("/");
    second_click.post(STEP, &form).await.expect_redirect("/");
    assert!(browser.cookie("_trusted").is_some());
    assert_eq!(browser.cookie("_trusted"), second_click.cookie("_trusted"));
    assert_eq!(test.count(TRUSTED).await, 1);
}

#[tokio::test]
async fn sec_mfa_10_the_trust_ends_after_thirty_days_however_often_it_is_used() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = trusted(&test, &ann).await;
    for _ in 0..2 {
        test.after(Duration::days(15) - Duration::minutes(1));
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        browser.post("/users/log-out", &[]).await;
    }
    test.after(Duration::minutes(2));
    let mut untrusted = ann.log_in(&test, ANN, &[]).await;
    let list = untrusted.get("/users/settings/trusted-browsers").await;
    list.expect_text("You have no trusted browsers.");
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
}

#[tokio::test]
async fn sec_mfa_10_browsers_keep_the_cookie_for_thirty_days() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.pending(&test, ANN).await;
    let code = ann.phone.code(&test);
    let form = [("code", code.as_str()), ("trust_browser", "on")];
    let answer = browser.post(STEP, &form).await;
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find(|cookie| cookie.contains("_trusted="));
    let cookie = cookie.unwrap();
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    // Each use brings another one, for the rest of these.
    browser.post("/users/log-out", &[]).await;
    test.after(Duration::days(10));
    let answer = browser.log_in(ANN, PASSWORD).await;
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find(|cookie| cookie.contains("_trusted="));
    let (_, rest) = cookie.unwrap().split_once("Max-Age=").unwrap();
    let seconds: i64 = rest.split(';').next().unwrap().parse().unwrap();
    let days = Duration::seconds(seconds);
    let late = Duration::days(20) - Duration::minutes(9);
    assert!(days > late && days <= Duration::days(20), "{days}");
}

#[tokio::test]
async fn sec_mfa_10_they_are_listed_and_each_can_be_ended_at_once() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let mut browser = trusted(&test, &ann).await;
    let page = "/users/settings/trusted-browsers";
    let list = ann.browser.get(page).await.expect_text("Firefox").body;
    let (_, rest) = list
        .split_once("/users/settings/trusted-browsers/")
        .unwrap();
    let end = format!("{page}/{}/end", rest.split('/').next().unwrap());
    let mut bob = test.member("bob@example.com").await;
    bob.get(page)
        .await
        .expect_text("You have no trusted browsers.");
    bob.post(&end, &[]).await;
    assert_eq!(test.count(TRUSTED).await, 1);
    ann.browser.post(&end, &[]).await.expect_redirect(page);
    browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    ann.browser
        .get(page)
        .await
        .expect_text("You have no trusted browsers.");
}

#[tokio::test]
async fn sec_mfa_10_the_end_of_a_trust_logs_out_who_came_in_with_it_and_no_other_user() {
    const BOB: &str = "bob@example.com";
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let bob = two_factor::member(&test, BOB).await;
    let mut browsers = Vec::new();
    for (user, email) in [(&ann, ANN), (&bob, BOB)] {
        let mut browser = user.log_in(&test, email, &TRUST).await;
        browser.post("/users/log-out", &[]).await;
        browser.log_in(email, PASSWORD).await.expect_redirect("/");
        browsers.push(browser);
    }
    let page = "/users/settings/trusted-browsers";
    let list = ann.browser.get(page).await.body;
    let (_, rest) = list.split_once(&format!("{page}/")).unwrap();
    let end = format!("{page}/{}/end", rest.split('/').next().unwrap());
    ann.browser.post(&end, &[]).await.expect_redirect(page);
    assert!(!browsers[0].is_logged_in().await);
    assert!(browsers[1].is_logged_in().await);
    assert!(ann.browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_10_whatever_ends_trust_ends_theirs() {
    for scope in [
        Scope::EndAll,
        Scope::EndOthers,
        Scope::PasswordChange,
        Scope::EmailChange,
        Scope::SecondFactorChange,
        Scope::DeletionSchedule,
        Scope::FirstProof,
        Scope::Reset,
        Scope::Veto,
        Scope::Suspension,
        Scope::Closure,
    ] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        trusted(&test, &ann).await;
        assert_eq!(test.count(TRUSTED).await, 1);
        let mut held = test.hold(ANN).await;
        credentials::revoke(&mut held, scope).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(test.count(TRUSTED).await, 0, "{scope:?}");
    }
}

async fn reset(test: &TestApp, _ann: &mut Protected) -> &'static str {
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::SEE_OTHER);
    OTHER_PASSWORD
}

async fn change_password(_test: &TestApp, ann: &mut Protected) -> &'static str {
    ann.browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect(StatusCode::SEE_OTHER);
    OTHER_PASSWORD
}

async fn end_others(_test: &TestApp, ann: &mut Protected) -> &'static str {
    let path = "/users/settings/sessions/end-others";
    ann.browser
        .post(path, &[])
        .await
        .expect(StatusCode::SEE_OTHER);
    PASSWORD
}

async fn change_factor(test: &TestApp, ann: &mut Protected) -> &'static str {
    let newer = two_factor::scan(&mut ann.browser).await;
    let code = newer.code(test);
    ann.browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect_redirect(SETTINGS);
    PASSWORD
}

async fn suspend(test: &TestApp, _ann: &mut Protected) -> &'static str {
    test.suspend(ANN).await;
    test.unsuspend(ANN).await;
    PASSWORD
}

macro_rules! ends_with {
    ($($name:ident: $what:ident;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let test = TestApp::start().await;
                let mut ann = two_factor::member(&test, ANN).await;
                let mut browser = trusted(&test, &ann).await;
                let password = $what(&test, &mut ann).await;
                browser.log_in(ANN, password).await.expect_redirect(STEP);
            }
        )*
    };
}

ends_with! {
    sec_mfa_10_the_trust_ends_with_a_reset: reset;
    sec_mfa_10_the_trust_ends_with_a_change_of_the_password: change_password;
    sec_mfa_10_the_trust_ends_with_the_other_sessions: end_others;
    sec_mfa_10_the_trust_ends_with_a_change_of_the_factor: change_factor;
    sec_mfa_10_the_trust_ends_with_a_suspension: suspend;
}
