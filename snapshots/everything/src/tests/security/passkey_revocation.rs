//! SES-17: what ends trust wins against ceremonies that are under way.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::revocation::{Ending, everything, overtaken};
use crate::{
    accounts::passkey,
    db,
    id::Id,
    tests::{
        OTHER_PASSWORD,
        authenticator::{Begun, Key, LOG_IN, SETTINGS, SUDO, add, location, send},
        browser::{Answer, Browser},
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";
const CHANGE: &str = "/users/settings/password/passkey";

/// What is sent when the sessions end.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Options(&'static str),
    Answer(&'static str),
    Form(&'static str),
}

const SENT: [Sent; 8] = [
    Sent::Options(SETTINGS),
    Sent::Options(SUDO),
    Sent::Options(CHANGE),
    Sent::Answer(SETTINGS),
    Sent::Answer(SUDO),
    Sent::Answer(CHANGE),
    Sent::Form("rename"),
    Sent::Form("delete"),
];

/// A request with everything that it needs, as it would succeed now.
async fn prepare(
    sent: Sent,
    browser: &mut Browser,
    key: &mut Key,
    id: Id,
) -> (String, &'static str, String) {
    let begin = json!({ "kind": "login", "new_password": OTHER_PASSWORD });
    match sent {
        Sent::Options(path) => (format!("{path}/options"), JSON, begin.to_string()),
        Sent::Answer(path) => {
            let begun = Begun::begin(browser, path, begin).await;
            let credential = match path {
                SETTINGS => Key::new().create(&begun.options).await,
                _ => key.sign(&begun.options).await,
            };
            (path.to_owned(), JSON, begun.body(&credential).to_string())
        }
        Sent::Form(what) => (
            format!("{SETTINGS}/{id}/{what}"),
            "application/x-www-form-urlencoded",
            "name=y".to_owned(),
        ),
    }
}

const JSON: &str = "application/json";

async fn request(mut browser: Browser, path: String, body: String) -> Answer {
    browser.send(Method::POST, &path, body.into()).await
}

#[tokio::test]
async fn sec_ses_17_ceremonies_about_to_write_lose() {
    for ending in Ending::ALL {
        for sent in SENT {
            let test = TestApp::start().await;
            let mut browser = test.member(ANN).await;
            let mut key = Key::new();
            location(&add(&mut browser, &mut key).await);
            test.work().await;
            let user = test.user(ANN).await.unwrap().id;
            let id = passkey::list(&test.app.db, user).await.unwrap()[0].id;
            let (path, kind, body) = prepare(sent, &mut browser, &mut key, id).await;
            let browser = browser
                .with_header("content-type", kind)
                .with_header("accept", JSON);
            let request = request(browser, path, body);
            let (answer, between) = overtaken(&test, user, ending, request).await;
            // The challenge has ended with its session.
            let is_refused = [StatusCode::UNAUTHORIZED, StatusCode::UNPROCESSABLE_ENTITY];
            assert!(is_refused.contains(&answer.status), "{sent:?}, {ending:?}");
            test.work().await;
            let mut tx = db::begin(&test.app.db).await.unwrap();
            assert_eq!(
                everything(&mut tx, user).await,
                between,
                "{sent:?}, {ending:?}"
            );
        }
    }
}

#[tokio::test]
async fn sec_ses_17_the_same_ceremonies_write_something_when_nothing_ends() {
    for sent in SENT {
        let test = TestApp::start().await;
        let mut browser = test.member(ANN).await;
        let mut key = Key::new();
        location(&add(&mut browser, &mut key).await);
        let user = test.user(ANN).await.unwrap().id;
        let id = passkey::list(&test.app.db, user).await.unwrap()[0].id;
        let (path, kind, body) = prepare(sent, &mut browser, &mut key, id).await;
        let browser = browser
            .with_header("content-type", kind)
            .with_header("accept", JSON);
        let mut tx = db::begin(&test.app.db).await.unwrap();
        let before = everything(&mut tx, user).await;
        drop(tx);
        let answer = request(browser, path, body).await;
        let is_done = answer.status.is_success() || answer.status.is_redirection();
        assert!(is_done, "{sent:?}: {} {}", answer.status, answer.body);
        let mut tx = db::begin(&test.app.db).await.unwrap();
        assert_ne!(everything(&mut tx, user).await, before, "{sent:?}");
    }
}

#[tokio::test]
async fn sec_ses_17_a_log_in_with_a_passkey_beside_a_suspension_begins_no_session() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut browser, &mut key).await;
    let user = test.user(ANN).await.unwrap().id;
    let mut other = test.browser();
    other.get("/users/log-in").await;
    let begun = Begun::begin(&mut other, LOG_IN, json!({})).await;
    let body = begun.body(&key.sign(&begun.options).await);
    let log_in = async move { send(&mut other, LOG_IN, &body).await };
    let (answer, _) = overtaken(&test, user, Ending::Suspension, log_in).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}
