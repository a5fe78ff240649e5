//! The table of routes, walked: who may use which, as literal text, and what everybody else is answered.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use time::Duration;

use crate::{
    accounts::login_step::LoginStep,
    db::{self, schema},
    tests::{
        PASSWORD,
        browser::Browser,
        test_app::TestApp,
        two_factor::{self, STEP},
    },
    web::routes::{self, Who},
};

const ANN: &str = "ann@example.com";

/// Every route but redirects. Add your own, with who may use it.
const ROUTES: &[&str] = &[
    "GET /.well-known/change-password: anyone",
    "GET /dev/mailbox: development",
    "GET /dev/mailbox/{number}: development",
    "GET /dev/mailbox/{number}/html: development",
    "GET /users/confirm: anyone",
    "GET /users/confirm/resend: anyone",
    "GET /users/confirm/{token}: anyone",
    "GET /users/email-veto/{token}: anyone",
    "GET /users/log-in: anonymous",
    "GET /users/log-in/link/{token}: anyone",
    "GET /users/reactivate: pending reactivation",
    "GET /users/register: anonymous",
    "GET /users/reset-password: anyone",
    "GET /users/reset-password/{token}: anyone",
    "GET /users/second-factor: pending second factor",
    "GET /users/settings: user",
    "GET /users/settings/email/{token}: user",
    "GET /users/settings/export: sudo",
    "GET /users/settings/second-factor: user",
    "GET /users/settings/sessions: user",
    "GET /users/settings/trusted-browsers: user",
    "GET /users/sudo: user",
    "GET /users/unlock/{token}: anyone",
    "POST /users/confirm: anyone",
    "POST /users/confirm/resend: anyone",
    "POST /users/confirm/{token}: anyone",
    "POST /users/email-veto/{token}: anyone",
    "POST /users/log-in: anyone",
    "POST /users/log-in/link: anyone",
    "POST /users/log-in/link/{token}: anyone",
    "POST /users/log-out: anyone",
    "POST /users/reactivate: pending reactivation",
    "POST /users/register: anonymous",
    "POST /users/reset-password: anyone",
    "POST /users/reset-password/{token}: anyone",
    "POST /users/second-factor: pending second factor",
    "POST /users/settings/delete: sudo",
    "POST /users/settings/email: sudo",
    "POST /users/settings/email/cancel: user",
    "POST /users/settings/email/{token}: user",
    "POST /users/settings/password: user",
    "POST /users/settings/second-factor: sudo",
    "POST /users/settings/second-factor/backup-codes: sudo",
    "POST /users/settings/second-factor/confirm: user",
    "POST /users/settings/second-factor/disable: sudo",
    "POST /users/settings/sessions/end-all: sudo",
    "POST /users/settings/sessions/end-others: sudo",
    "POST /users/settings/sessions/{id}/end: sudo",
    "POST /users/settings/trusted-browsers/{id}/end: sudo",
    "POST /users/sudo: user",
    "POST /users/unlock/{token}: anyone",
    // the API
    "GET /api/docs: anyone",
    "GET /users/settings/api-tokens: user",
    "POST /api/tokens: sudo",
    "POST /users/settings/api-tokens: sudo",
    "POST /users/settings/api-tokens/revoke-all: sudo",
    "POST /users/settings/api-tokens/{id}/revoke: sudo",
    "DELETE /api/tokens: bearer api_tokens:write",
    "DELETE /api/tokens/{id}: bearer api_tokens:write",
    "GET /api/me: bearer profile:read",
    "GET /api/openapi.json: anyone",
    "GET /api/sessions: bearer sessions:read",
    "GET /api/tokens: bearer api_tokens:read",
    "POST /api/auth/confirm: anyone",
    "POST /api/auth/register: anyone",
    "POST /api/auth/reset-password: anyone",
    "PUT /api/auth/reset-password: anyone",
    // apps
    "DELETE /api/auth/token: anyone",
    "GET /.well-known/jwks.json: anyone",
    "GET /users/settings/apps: user",
    "POST /api/auth/token: anyone",
    "POST /api/auth/token/refresh: anyone",
    "POST /api/auth/token/second-factor: anyone",
    "POST /users/settings/apps/{id}/end: sudo",
    // passkeys
    "GET /.well-known/webauthn: anyone",
    "GET /users/settings/passkeys: sudo",
    "POST /users/log-in/passkey: anyone",
    "POST /users/log-in/passkey/options: anyone",
    "POST /users/passkey-offer/dismiss: user",
    "POST /users/register/passkey: anonymous",
    "POST /users/register/passkey/options: anonymous",
    "POST /users/second-factor/passkey: pending second factor",
    "POST /users/second-factor/passkey/options: pending second factor",
    "POST /users/settings/passkeys: sudo",
    "POST /users/settings/passkeys/options: sudo",
    "POST /users/settings/passkeys/{id}/delete: sudo",
    "POST /users/settings/passkeys/{id}/rename: sudo",
    "POST /users/settings/password/passkey: user",
    "POST /users/settings/password/passkey/options: user",
    "POST /users/sudo/passkey: user",
    "POST /users/sudo/passkey/options: user",
];

fn named(who: Who) -> &'static str {
    match who {
        Who::Anyone => "anyone",
        Who::PendingLogin(LoginStep::SecondFactor) => "pending second factor",
        Who::PendingLogin(LoginStep::Reactivation) => "pending reactivation",
        Who::Stranger => "anonymous",
        Who::User => "user",
        Who::RecentUser => "sudo",
        Who::Developer => "development",
    }
}

/// Whether it only leads from the address of a form to a page.
fn is_redirect(row: &routes::Route) -> bool {
    let post = format!("POST {}: ", row.path);
    let get = format!("GET {}: ", row.path);
    row.method == Method::GET
        && !ROUTES.iter().any(|line| line.starts_with(&get))
        && ROUTES.iter().any(|line| line.starts_with(&post))
}

/// The rows of the table, without redirects.
fn rows() -> Vec<routes::Route> {
    let mut rows = routes::table();
    rows.retain(|row| !is_redirect(row));
    rows
}

#[test]
fn sec_sec_01_every_route_is_for_whom_it_is_written_down() {
    let found = rows().into_iter();
    let found = found.map(|row| format!("{} {}: {}", row.method, row.path, named(row.who)));
    let programs = crate::web::api::routes::table();
    let found = found.chain(programs.iter().map(|row| {
        let who = match row.who {
            crate::web::api::routes::Who::Anyone => "anyone".to_owned(),
            crate::web::api::routes::Who::Bearer(scope) => format!("bearer {scope}"),
        };
        format!("{} {}: {who}", row.method, row.path)
    }));
    let found: BTreeSet<String> = found.collect();
    let written: BTreeSet<String> = ROUTES.iter().map(|&line| line.to_owned()).collect();
    let unwritten: Vec<_> = found.difference(&written).collect();
    assert!(unwritten.is_empty(), "not in ROUTES: {unwritten:#?}");
    let unfound: Vec<_> = written.difference(&found).collect();
    assert!(unfound.is_empty(), "only in ROUTES: {unfound:#?}");
}

/// The path of a row, with something in its holes.
pub fn path(row: &routes::Route) -> String {
    row.path
        .replace("{token}", "x")
        .replace("{id}", "00000000-0000-0000-0000-000000000000")
        .replace("{number}", "0")
}

/// Where a visitor is sent who may not use a route. None: they may.
type Refusal = Option<&'static str>;

/// Sends an empty request to every route, and compares who is let in.
async fn walk(browser: &Browser, refusal: impl Fn(Who) -> Refusal) {
    // What anyone may use has reasons of its own to lead elsewhere, and logs out.
    let mut rows = rows();
    rows.retain(|row| row.who != Who::Anyone);
    // A login step that is taken replaces the session, in whatever order the table is.
    rows.sort_by_key(|row| matches!(row.who, Who::PendingLogin(_)) && row.method == Method::POST);
    for row in rows {
        let (mut browser, path) = (browser.clone(), path(&row));
        let answer = browser.send(row.method.clone(), &path, Body::empty()).await;
        let to = answer.header("location");
        let what = format!("{} {path}: {} {to}", row.method, answer.status);
        match refusal(row.who) {
            Some(elsewhere) => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}");
                assert_eq!(to, elsewhere, "{what}");
            }
            // The user has no passkey.
            None if path.contains("/second-factor/passkey") => {}
            None => assert!(to != "/users/log-in" && to != "/users/sudo", "{what}"),
        }
    }
}

const LOG_IN: Refusal = Some("/users/log-in");
const SUDO: Refusal = Some("/users/sudo");
const HOME: Refusal = Some("/");

#[tokio::test]
async fn sec_sec_01_unlisted_get_routes_only_redirect_to_pages() {
    let test = TestApp::start().await;
    let ann = test.member(ANN).await;
    let redirects = routes::table().into_iter().filter(is_redirect);
    for row in redirects {
        for mut browser in [test.browser(), ann.clone()] {
            let answer = browser.get(&path(&row)).await;
            let page = answer.header("location");
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", row.path);
            let line = format!("GET {page}: ");
            let is_page = page == "/" || ROUTES.iter().any(|route| route.starts_with(&line));
            assert!(is_page, "{} leads to {page}", row.path);
        }
    }
}

#[tokio::test]
async fn sec_sec_01_without_a_session_nothing_of_a_user_is_reached() {
    let test = TestApp::start().await;
    walk(&test.browser(), |who| match who {
        Who::Anyone | Who::Stranger | Who::Developer => None,
        Who::User | Who::RecentUser | Who::PendingLogin(_) => LOG_IN,
    })
    .await;
}

#[tokio::test]
async fn sec_mfa_06_a_pending_session_reaches_its_own_step_only() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let pending = ann.pending(&test, ANN).await;
    walk(&pending, |who| match who {
        Who::Anyone | Who::Stranger | Who::Developer => None,
        Who::PendingLogin(LoginStep::SecondFactor) => None,
        Who::User | Who::RecentUser | Who::PendingLogin(LoginStep::Reactivation) => LOG_IN,
    })
    .await;
}

#[tokio::test]
async fn sec_prv_02_a_session_that_waits_for_reactivation_reaches_that_only() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/settings/delete", &[]).await;
    let mut pending = test.browser();
    pending
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/users/reactivate");
    walk(&pending, |who| match who {
        Who::Anyone | Who::Stranger | Who::Developer => None,
        Who::PendingLogin(LoginStep::Reactivation) => None,
        Who::User | Who::RecentUser | Who::PendingLogin(LoginStep::SecondFactor) => LOG_IN,
    })
    .await;
}

#[tokio::test]
async fn sec_sec_02_sudo_ends_after_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    test.after(Duration::minutes(16));
    walk(&browser, |who| match who {
        Who::Anyone | Who::User | Who::Developer => None,
        Who::Stranger => HOME,
        Who::RecentUser => SUDO,
        Who::PendingLogin(_) => LOG_IN,
    })
    .await;
}

/// Their work is to end the session that asks.
const LOGS_OUT: &[&str] = &["/users/settings/delete", "/users/settings/sessions/end-all"];

/// Each route has a user of its own: some end what the others need.
#[tokio::test]
async fn sec_sec_02_with_sudo_every_page_of_a_user_is_reached() {
    let test = TestApp::start().await;
    for (number, row) in rows().into_iter().enumerate() {
        if !matches!(row.who, Who::User | Who::RecentUser) {
            continue;
        }
        let address = format!("192.0.2.{number}");
        let email = format!("user{number}@example.com");
        let mut browser = test.member_from(&address, &email).await;
        let answer = browser
            .send(row.method.clone(), &path(&row), Body::empty())
            .await;
        let to = answer.header("location").to_owned();
        let is_refused = to == "/users/log-in" || to == "/users/sudo";
        assert_eq!(
            is_refused,
            LOGS_OUT.contains(&row.path),
            "{} {}: {} {to}",
            row.method,
            row.path,
            answer.status
        );
    }
}

#[tokio::test]
async fn sec_sec_01_in_production_there_is_no_mailbox() {
    let production = super::configuration::in_production().await;
    for path in ["/dev/mailbox", "/dev/mailbox/0", "/dev/mailbox/0/html"] {
        production
            .browser()
            .get(path)
            .await
            .expect(StatusCode::NOT_FOUND);
    }
}

/// Everything in every table, but tries at passwords, which are counted before they are looked at.
pub async fn everything(test: &TestApp) -> String {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let mut text = String::new();
    for column in ["inserted_at", "args"] {
        for table in schema::tables_with(&mut tx, column).await.unwrap() {
            text += &schema::dump(&mut tx, &table).await.unwrap();
        }
    }
    text
}

/// Browsers and mail programs open pages ahead, and ask for their heads.
#[tokio::test]
async fn sec_web_01_reading_changes_nothing() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    ann.browser
        .post("/users/settings/email", &[("email", "new@example.org")])
        .await;
    let mut pending = ann.pending(&test, ANN).await;
    let mut other = test.browser();
    other.register("bob@example.com", PASSWORD).await;
    for path in ["/users/reset-password", "/users/log-in/link"] {
        other.post(path, &[("email", ANN)]).await;
    }
    let mut links = test.links_for(ANN).await;
    links.extend(test.links_for("new@example.org").await);
    links.extend(test.links_for("bob@example.com").await);
    assert!(links.len() >= 5, "{links:?}");
    // So that no request has to note that the session is in use.
    ann.browser.get("/").await;
    pending.get(STEP).await;
    test.work().await;

    let before = everything(&test).await;
    let pages = rows().into_iter().filter(|row| row.method == Method::GET);
    // An export is recorded, and counted.
    let pages = pages.filter(|row| !row.path.ends_with("/export"));
    let pages: Vec<String> = pages.map(|row| path(&row)).chain(links).collect();
    for path in &pages {
        for browser in [&ann.browser, &pending, &other] {
            for method in [Method::HEAD, Method::GET] {
                browser.clone().send(method, path, Body::empty()).await;
            }
        }
    }
    test.work().await;
    assert_eq!(everything(&test).await, before);
    assert!(ann.browser.is_logged_in().await);
}
