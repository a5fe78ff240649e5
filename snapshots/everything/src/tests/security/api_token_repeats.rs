//! SES-2 for the form of a new API token: a double click makes one token, and the page that the
//! browser keeps shows it.

use axum::http::StatusCode;
use time::Duration;

use crate::{
    tests::{
        PASSWORD,
        browser::{Answer, Browser},
        test_app::TestApp,
    },
    texts::api_tokens,
};

const ANN: &str = "ann@example.com";
const PAGE: &str = "/users/settings/api-tokens";
const NEW: [(&str, &str); 3] = [
    ("name", "Phone"),
    ("days", "30"),
    ("scopes", "profile:read"),
];

async fn tokens(test: &TestApp) -> i64 {
    test.count("select count(*) from api_tokens").await
}

/// The token that a page shows.
#[track_caller]
fn shown(answer: Answer) -> String {
    let page = answer.expect(StatusCode::OK).body;
    let (_, rest) = page.split_once("<code id=\"token\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

async fn make(browser: &mut Browser) -> String {
    shown(browser.post(PAGE, &NEW).await)
}

#[tokio::test]
async fn sec_ses_02_two_clicks_make_one_token_and_both_pages_show_it() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let first = make(&mut browser).await;
    assert_eq!(make(&mut browser).await, first);
    assert_eq!(tokens(&test).await, 1);
    let made = "select count(*) from audit_events where action = 'api_token.create'";
    assert_eq!(test.count(made).await, 1);
    test.expect_letter(ANN, api_tokens::CREATED_SUBJECT).await;
}

#[tokio::test]
async fn sec_ses_02_many_clicks_at_once_make_one_token() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let clicks = (0..8).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { make(&mut browser).await })
    });
    let mut seen = Vec::new();
    for click in clicks.collect::<Vec<_>>() {
        seen.push(click.await.unwrap());
    }
    seen.dedup();
    assert_eq!((seen.len(), tokens(&test).await), (1, 1));
}

/// The browser keeps the second page, also where the first click was the last that the limit allows.
#[tokio::test]
async fn sec_ses_02_a_second_click_is_not_counted() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    for number in 1..20 {
        let name = number.to_string();
        let fields = [("name", name.as_str()), NEW[1], NEW[2]];
        browser.post(PAGE, &fields).await.expect(StatusCode::OK);
    }
    let last = make(&mut browser).await;
    assert_eq!(make(&mut browser).await, last);
    assert_eq!(tokens(&test).await, 20);
}

#[tokio::test]
async fn sec_ses_02_another_form_session_or_minute_makes_another_token() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let first = make(&mut browser).await;
    let other = [
        ("name", "Phone"),
        ("days", "90"),
        ("scopes", "profile:read"),
    ];
    assert_ne!(shown(browser.post(PAGE, &other).await), first);
    let mut elsewhere = test.browser();
    elsewhere.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert_ne!(make(&mut elsewhere).await, first);
    test.after(Duration::seconds(60));
    assert_ne!(make(&mut browser).await, first);
    assert_eq!(tokens(&test).await, 4);
}

#[tokio::test]
async fn sec_ses_02_a_token_that_was_revoked_is_not_shown_again() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let first = make(&mut browser).await;
    browser
        .post("/users/settings/api-tokens/revoke-all", &[])
        .await
        .expect_redirect(PAGE);
    let second = make(&mut browser).await;
    assert_ne!(second, first);
    assert_eq!(make(&mut browser).await, second);
    assert_eq!(tokens(&test).await, 1);
}
