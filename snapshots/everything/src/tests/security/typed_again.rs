//! SES-2: a code or a password that the same browser has just sent counts as a second click, with the same result. An attacker
//! with copies of the browser's cookies cannot find it by guessing.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{
    OTHER_PASSWORD, PASSWORD,
    browser::{Answer, Browser},
    test_app::TestApp,
    two_factor::{self, STEP},
};

const ANN: &str = "ann@example.com";

/// Other browsers in other networks, each with copies of all cookies: they send something wrong as often as it is compared, and
/// then what is right.
async fn guess(
    owner: &Browser,
    send: impl AsyncFn(&mut Browser, &str) -> Answer,
    right: &str,
) -> (Browser, Answer) {
    for number in 0..20 {
        let mut thief = owner.clone().from(&format!("203.0.113.{number}"));
        send(&mut thief, &format!("{number:06}")).await;
    }
    let mut thief = owner.clone().from("203.0.113.99");
    let answer = send(&mut thief, right).await;
    (thief, answer)
}

#[tokio::test]
async fn sec_ses_02_nobody_guesses_a_code_of_the_second_factor_that_was_just_used() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut owner = test.browser();
    owner.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let copied = owner.clone();
    let code = ann.phone.code(&test);
    let step = async |browser: &mut Browser, code: &str| {
        let fields = [("code", code), ("trust_browser", "on")];
        browser.post(STEP, &fields).await
    };
    step(&mut owner, &code).await.expect_redirect("/");
    let (mut thief, answer) = guess(&copied, step, &code).await;
    answer.expect_redirect("/users/log-in");
    assert!(!thief.is_logged_in().await && thief.cookie("_trusted").is_none());
    assert!(owner.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_nobody_guesses_a_password_that_was_just_set() {
    for has_factor in [false, true] {
        let test = TestApp::start().await;
        let mut owner = match has_factor {
            true => two_factor::member(&test, ANN).await.browser,
            false => test.member(ANN).await,
        };
        let copied = owner.clone();
        owner
            .change_password(PASSWORD, OTHER_PASSWORD)
            .await
            .expect_redirect("/users/settings");
        // These guesses are too short to be looked at as a wrong password, of which five end the session.
        let change =
            async |browser: &mut Browser, new: &str| browser.change_password(PASSWORD, new).await;
        let (mut thief, answer) = guess(&copied, change, OTHER_PASSWORD).await;
        assert_ne!(answer.header("location"), "/users/settings");
        test.after(Duration::seconds(61));
        assert!(!thief.is_logged_in().await);
        assert!(owner.is_logged_in().await);
    }
}

#[tokio::test]
async fn sec_ses_02_nobody_guesses_a_code_that_has_just_confirmed_an_email() {
    let test = TestApp::start().await;
    let mut owner = test.browser();
    owner.register(ANN, PASSWORD).await;
    let copied = owner.clone();
    let code = test.code_for(ANN).await;
    let confirm = async |browser: &mut Browser, code: &str| {
        browser.post("/users/confirm", &[("code", code)]).await
    };
    confirm(&mut owner, &code).await.expect_redirect("/");
    let (mut thief, answer) = guess(&copied, confirm, &code).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_nobody_guesses_a_password_that_was_just_set_with_a_link() {
    for (form, page, outcome) in [
        (
            "/users/reset-password",
            "/users/reset-password/",
            "/users/log-in",
        ),
        ("/users/confirm/resend", "/users/confirm/", "/"),
    ] {
        let test = TestApp::start().await;
        if outcome == "/" {
            test.browser().register(ANN, PASSWORD).await;
        } else {
            test.member(ANN).await;
        }
        test.work().await;
        let mut owner = test.browser();
        owner.get("/users/log-in").await;
        owner.post(form, &[("email", ANN)]).await;
        let link = test.link_below(ANN, page).await;
        let copied = owner.clone();
        let set = async |browser: &mut Browser, new: &str| {
            browser.post(&link, &[("new_password", new)]).await
        };
        set(&mut owner, OTHER_PASSWORD)
            .await
            .expect_redirect(outcome);
        let (_, answer) = guess(&copied, set, OTHER_PASSWORD).await;
        assert_ne!(answer.status, StatusCode::SEE_OTHER, "{form}");
    }
}

#[tokio::test]
async fn sec_ses_02_nobody_guesses_a_password_that_was_just_registered() {
    let test = TestApp::start().await;
    let mut owner = test.browser();
    owner.get("/users/register").await;
    let copied = owner.clone();
    let register = async |browser: &mut Browser, password: &str| {
        browser.register(ANN, &format!("{password} meadow")).await
    };
    register(&mut owner, PASSWORD).await;
    let (thief, _) = guess(&copied, register, PASSWORD).await;
    let registered = |browser: &Browser| browser.cookie("_confirming").map(str::to_owned);
    assert!(registered(&owner).is_some());
    assert_ne!(registered(&thief), registered(&owner));
}

/// A page that was open for a week: its form brings a secret that is too old, and gets a newer one.
#[tokio::test]
async fn sec_ses_02_a_new_secret_by_age_is_no_reason_to_refuse_a_new_password() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = test.browser();
    browser.log_in_remembered(ANN, PASSWORD).await;
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    test.after(Duration::days(7));
    browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");
    test.after(Duration::minutes(2));
    assert!(browser.is_logged_in().await);
}
