//! REG-6 and RST-7 for addresses that nobody has confirmed: who only registers one fills no mailbox, and keeps no email from
//! its owner.

use axum::http::StatusCode;
use time::Duration;

use crate::{
    accounts::{client::Client, email::Email},
    tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp},
    web::throttle,
};

const ANN: &str = "ann@example.com";
const BANNER: [(&str, &str); 1] = [("UNCONFIRMED", "banner")];

async fn resend(browser: &mut Browser) -> StatusCode {
    browser.post("/users/confirm/resend", &[]).await.status
}

#[tokio::test]
async fn sec_rst_07_sessions_of_an_unconfirmed_account_have_no_budgets_of_their_own() {
    let test = TestApp::start_with(&BANNER).await;
    let mut thief = test.browser();
    thief.register(ANN, OTHER_PASSWORD).await;
    for number in 0..8 {
        let mut session = thief.clone().from(&format!("203.0.113.{number}"));
        session.log_in(ANN, OTHER_PASSWORD).await;
        assert!(session.is_logged_in().await);
        let mut known = session.clone();
        known.cookies.retain(|name, _| name.ends_with("_device"));
        for browser in [&mut session, &mut known] {
            for path in ["reset-password", "log-in/link", "confirm/resend"] {
                let path = format!("/users/{path}");
                browser.post(&path, &[("email", ANN)]).await;
            }
        }
    }
    // Three of each kind, one for the registration, and three resends of the user who is logged in. A reset more every 20 seconds.
    let emails = test.letters_to(ANN).await.len();
    assert!((1..=1 + 3 * 3 + 3 + 3).contains(&emails), "{emails}");
}

#[tokio::test]
async fn sec_rst_07_what_happens_to_an_unconfirmed_account_is_not_written_to_its_address() {
    let test = TestApp::start_with(&BANNER).await;
    let mut thief = test.browser();
    thief.register(ANN, OTHER_PASSWORD).await;
    for _ in 0..3 {
        thief.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");
        let path = "/users/settings/delete";
        thief.post(path, &[]).await.expect_redirect("/users/log-in");
        thief.log_in(ANN, OTHER_PASSWORD).await;
        thief.post("/users/reactivate", &[]).await;
        assert!(thief.is_logged_in().await);
    }
    let mut other = test.browser().from("203.0.113.9");
    other.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");
    let new = [("email", "eve@example.org")];
    let answer = other.post("/users/settings/email", &new).await;
    answer.expect_redirect("/users/settings");
    for _ in 0..5 {
        other.post("/users/sudo", &[("password", PASSWORD)]).await;
    }
    assert_eq!(test.letters_to(ANN).await.len(), 1);
    assert_eq!(test.letters_to("eve@example.org").await.len(), 1);
}

#[tokio::test]
async fn sec_reg_06_other_browsers_do_not_use_up_the_emails_of_the_one_that_registered() {
    let test = TestApp::start().await;
    for _ in 0..4 {
        let mut thief = test.browser().from("203.0.113.1");
        thief.register(ANN, OTHER_PASSWORD).await;
        for _ in 0..3 {
            resend(&mut thief).await;
        }
    }
    for number in 0..12 {
        let mut stranger = test.browser().from(&format!("198.51.100.{number}"));
        let fields = [("email", ANN)];
        stranger.post("/users/confirm/resend", &fields).await;
        test.after(Duration::minutes(5));
    }
    let mut owner = test.browser();
    owner.register(ANN, PASSWORD).await;
    let before = test.letters_to(ANN).await.len();
    assert_eq!(resend(&mut owner).await, StatusCode::SEE_OTHER);
    assert_eq!(test.letters_to(ANN).await.len(), before + 1);
    let code = test.code_for(ANN).await;
    let answer = owner.post("/users/confirm", &[("code", &code)]).await;
    answer.expect_redirect("/");
}

/// How many of the emails are sent that so many registered browsers ask for, each three times.
fn sent(test: &TestApp, networks: u8, browsers: u8) -> usize {
    let email = Email::parse(ANN).unwrap();
    let may_send = |network: u8, browser: u8| {
        let ip = format!("203.0.113.{network}").parse().ok();
        let browser = format!("registered {network} {browser}");
        let client = Client::new(ip, "", None);
        throttle::may_resend(&test.app, &email, &client, Some(browser))
    };
    let may_send = &may_send;
    let all = (0..networks).flat_map(|network| (0..browsers).map(move |one| (network, one)));
    let asked = all.flat_map(|(network, one)| (0..3).map(move |_| may_send(network, one)));
    asked.filter(|may| matches!(may, Ok(true))).count()
}

#[tokio::test]
async fn sec_rst_07_many_browsers_that_register_share_a_cap() {
    let test = TestApp::idle(&[]).await;
    assert_eq!(sent(&test, 1, 9), 15);
    let test = TestApp::idle(&[]).await;
    assert_eq!(sent(&test, 3, 9), 45);
    let test = TestApp::idle(&[]).await;
    assert_eq!(sent(&test, 30, 5), 60);
}
