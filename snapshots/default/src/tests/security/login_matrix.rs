//! MFA-5: every way to log in, for every state of an account, with and without a second factor. None is a way around it.

use axum::http::StatusCode;

use crate::{
    accounts::lockout,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::Browser,
        test_app::TestApp,
        two_factor::{self, NEXT, Phone, STEP},
    },
};

const ANN: &str = "ann@example.com";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    Password,
    /// The same, with "Remember me".
    Remembered,
    /// The password, in a browser that has logged in before.
    KnownBrowser,
    /// The password, in a browser that is trusted, if there is a second factor.
    TrustedBrowser,
    EmailedLink,
    /// The new password after a reset, in a browser that was trusted before.
    Reset,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Active,
    Suspended,
    Locked,
    PendingDeletion,
    Unconfirmed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Factor {
    Off,
    On,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    Nothing,
    SecondFactor,
    Reactivation,
    FullSession,
}

const METHODS: [Method; 6] = [
    Method::Password,
    Method::Remembered,
    Method::KnownBrowser,
    Method::TrustedBrowser,
    Method::EmailedLink,
    Method::Reset,
];

pub const STATES: [State; 5] = [
    State::Active,
    State::Suspended,
    State::Locked,
    State::PendingDeletion,
    State::Unconfirmed,
];

/// The matrix, from the first rule that fits.
fn expected(state: State, factor: Factor, method: Method) -> Reached {
    let proves_email = matches!(method, Method::EmailedLink | Method::Reset);
    match (state, method) {
        (State::Suspended, _) => return Reached::Nothing,
        // A lock is for passwords from unknown browsers only, and a reset ends it.
        (State::Locked, Method::Password | Method::Remembered) => return Reached::Nothing,
        // The first proof of the email drops whatever was set up before, the factor too.
        (State::Unconfirmed, _) if proves_email => return Reached::FullSession,
        (State::Unconfirmed, _) => return Reached::Nothing,
        _ => (),
    }
    let is_trusted = method == Method::TrustedBrowser && state != State::PendingDeletion;
    if factor == Factor::On && !is_trusted {
        return Reached::SecondFactor;
    }
    match state {
        State::PendingDeletion => Reached::Reactivation,
        _ => Reached::FullSession,
    }
}

/// Ann, with a browser that has logged in, and one that is trusted if there is a second factor.
pub struct Account {
    pub test: TestApp,
    pub known: Browser,
    trusted: Browser,
    /// What makes codes, if there is a second factor.
    pub phone: Option<Phone>,
}

impl Account {
    /// Logged in with the browser that is known.
    pub async fn new(factor: Factor) -> Self {
        let test = TestApp::start().await;
        let mut known = test.member(ANN).await;
        let phone = match factor {
            Factor::On => Some(two_factor::turn_on(&test, &mut known).await.0),
            Factor::Off => None,
        };
        let trusted = test.browser();
        let mut account = Self {
            test,
            known,
            trusted,
            phone,
        };
        account.trust_a_browser().await;
        account
    }

    /// Which is logged out again.
    async fn trust_a_browser(&mut self) {
        let (test, browser) = (&self.test, &mut self.trusted);
        let answer = browser.log_in(ANN, PASSWORD).await;
        match &self.phone {
            None => {
                answer.expect_redirect("/");
            }
            Some(phone) => {
                answer.expect_redirect(STEP);
                let code = phone.code(test);
                let form = [("code", code.as_str()), ("trust_browser", "on")];
                browser.post(STEP, &form).await.expect_redirect("/");
                test.after(NEXT);
            }
        }
        browser.post("/users/log-out", &[]).await;
    }

    /// Puts the account into a state. No session is left afterwards.
    pub async fn put(&mut self, state: State) {
        match state {
            State::Active => (),
            State::Suspended => assert!(self.test.suspend(ANN).await),
            State::Locked => lock(&self.test).await,
            State::PendingDeletion => {
                self.known
                    .post("/users/settings/delete", &[])
                    .await
                    .expect_redirect("/users/log-in");
            }
            State::Unconfirmed => {
                sqlx::query(
                    "update users
                     set confirmed_at = null",
                )
                .execute(&self.test.app.db)
                .await
                .unwrap();
            }
        }
        self.known.post("/users/log-out", &[]).await;
    }

    async fn reach(mut self, method: Method) -> Reached {
        let mut browser = match method {
            Method::KnownBrowser => self.known,
            Method::TrustedBrowser | Method::Reset => self.trusted,
            Method::Password | Method::Remembered | Method::EmailedLink => self.test.browser(),
        };
        let test = &mut self.test;
        match method {
            Method::Remembered => {
                browser.log_in_remembered(ANN, PASSWORD).await;
            }
            Method::EmailedLink => open_link(test, &mut browser, "/users/log-in/link", &[]).await,
            Method::Reset => {
                let new = [("new_password", OTHER_PASSWORD)];
                open_link(test, &mut browser, "/users/reset-password", &new).await;
                assert!(!browser.is_logged_in().await, "a reset begins no session");
                browser.log_in(ANN, OTHER_PASSWORD).await;
            }
            _ => {
                browser.log_in(ANN, PASSWORD).await;
            }
        }
        reached(&mut browser).await
    }
}

async fn lock(test: &TestApp) {
    for number in 0..lockout::MOST_FAILURES {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        thief.log_in(ANN, OTHER_PASSWORD).await;
    }
}

/// Asks for a link and uses it, if one is sent.
async fn open_link(test: &TestApp, browser: &mut Browser, path: &str, form: &[(&str, &str)]) {
    browser.post(path, &[("email", ANN)]).await;
    let links = test.links_for(ANN).await;
    if let Some(link) = links.iter().rev().find(|link| link.starts_with(path)) {
        browser.post(link, form).await;
    }
}

pub async fn reached(browser: &mut Browser) -> Reached {
    if browser.is_logged_in().await {
        return Reached::FullSession;
    }
    if browser.get(STEP).await.status == StatusCode::OK {
        return Reached::SecondFactor;
    }
    match browser.get("/users/reactivate").await.status {
        StatusCode::OK => Reached::Reactivation,
        _ => Reached::Nothing,
    }
}

async fn expect_matrix(factor: Factor) {
    for state in STATES {
        for method in METHODS {
            let mut account = Account::new(factor).await;
            account.put(state).await;
            let wanted = expected(state, factor, method);
            let reached = account.reach(method).await;
            assert_eq!(reached, wanted, "{state:?} {factor:?} {method:?}");
        }
    }
}

#[tokio::test]
async fn sec_mfa_05_ways_in_without_a_factor() {
    expect_matrix(Factor::Off).await;
}

#[tokio::test]
async fn sec_mfa_05_ways_in_with_a_factor() {
    expect_matrix(Factor::On).await;
}

#[tokio::test]
async fn sec_mfa_05_a_wrong_password_reaches_nothing_whatever_the_account() {
    for factor in [Factor::Off, Factor::On] {
        for state in STATES {
            let mut account = Account::new(factor).await;
            account.put(state).await;
            let mut browser = account.test.browser();
            browser.log_in(ANN, "not the password").await;
            let reached = reached(&mut browser).await;
            assert_eq!(reached, Reached::Nothing, "{state:?} {factor:?}");
        }
    }
}

#[tokio::test]
async fn sec_mfa_05_after_the_factor_the_next_step_is_due() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    ann.browser
        .post("/users/settings/delete", &[])
        .await
        .expect_redirect("/users/log-in");
    let mut browser = ann.pending(&test, ANN).await;
    browser
        .clone()
        .get("/users/reactivate")
        .await
        .expect_redirect("/users/log-in");
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/users/reactivate");
    assert!(!browser.clone().is_logged_in().await);
    browser
        .post("/users/reactivate", &[])
        .await
        .expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

/// Where users may log in before they confirm, confirming logs in, too.
#[tokio::test]
async fn sec_mfa_05_confirming_does_not_go_around_it() {
    for with_link in [true, false] {
        let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
        let mut browser = test.browser();
        browser.register(ANN, PASSWORD).await;
        let (code, link) = (test.code_for(ANN).await, test.link_for(ANN).await);
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        two_factor::turn_on(&test, &mut browser).await;
        browser.post("/users/log-out", &[]).await;
        let answer = match with_link {
            true => browser.post(&link, &[]).await,
            false => browser.post("/users/confirm", &[("code", &code)]).await,
        };
        answer.expect_redirect(STEP);
        assert!(!browser.is_logged_in().await);
    }
}

#[tokio::test]
async fn sec_rst_04_a_reset_keeps_the_factor_and_begins_no_session() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = test.browser();
    let new = [("new_password", OTHER_PASSWORD)];
    open_link(&test, &mut browser, "/users/reset-password", &new).await;
    assert!(!browser.clone().is_logged_in().await);
    browser
        .log_in(ANN, OTHER_PASSWORD)
        .await
        .expect_redirect(STEP);
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

/// An emailed link in a running session is how users without a password get sudo. With a factor on it is not enough.
#[tokio::test]
async fn sec_mfa_05_an_emailed_link_in_a_session_asks_for_the_factor() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.browser.clone();
    open_link(&test, &mut browser, "/users/log-in/link", &[]).await;
    assert_eq!(reached(&mut browser).await, Reached::SecondFactor);
    let full = "select count(*) from sessions where login_step is null";
    assert_eq!(
        test.count(full).await,
        0,
        "no full session before the last step"
    );
}
