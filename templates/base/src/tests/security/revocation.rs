//! SES-17: what ends trust wins against requests that are under way. They were let in before, and write nothing.

use std::future::Future;

use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode, header},
};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use time::Duration;
use tokio::{sync::oneshot, task::JoinHandle};
use url::form_urlencoded;

use super::guessing::known_permits;
use crate::{
    accounts::{
        client::Client,
        credentials::{self, Scope},
        held::Held,
        log_out,
        session::SUDO,
        suspension, user,
    },
    app::App,
    db::{self, Tx, schema},
    id::Id,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::{Answer, Browser},
        database,
        test_app::TestApp,
        two_factor::{self, NEXT, Phone, STEP},
    },
    web::routes::{self, Who},
};

const ANN: &str = "ann@example.com";

/// What ends the sessions of a user.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    Reset,
    Suspension,
    EndAll,
}

impl Ending {
    pub const ALL: [Self; 3] = [Self::Reset, Self::Suspension, Self::EndAll];

    /// In a transaction that holds the user.
    pub async fn within(self, app: &App, held: &mut Held) {
        let client = Client::operator();
        match self {
            Self::Reset => {
                credentials::revoke(held, Scope::Reset).await.unwrap();
                user::set_password(held, Some("another hash"))
                    .await
                    .unwrap();
            }
            Self::Suspension => {
                suspension::suspend(app, held, &client).await.unwrap();
            }
            Self::EndAll => log_out::everywhere(app, held, &client).await.unwrap(),
        }
    }

    /// As it comes about: with a link, on the command line, in another browser.
    async fn happen(self, account: &mut Account<'_>) {
        let test = account.test;
        match self {
            Self::Reset => {
                let form = [("email", account.email.as_str())];
                let mut owner = test.browser().from("203.0.113.200");
                owner.post("/users/reset-password", &form).await;
                let link = test.link_below(&account.email, "/users/reset-password/");
                let form = [("new_password", OTHER_PASSWORD)];
                owner
                    .post(&link.await, &form)
                    .await
                    .expect_redirect("/users/log-in");
            }
            Self::Suspension => assert!(test.suspend(&account.email).await),
            Self::EndAll => {
                let path = "/users/settings/sessions/end-all";
                account.elsewhere.post(path, &[]).await;
            }
        }
    }
}

/// A user with something of everything: a second factor, two sessions, a change of the email under way, and whatever features bring along.
pub struct Account<'a> {
    test: &'a TestApp,
    pub email: String,
    pub id: Id,
    /// It is in sudo. A thief has a copy.
    pub here: Browser,
    elsewhere: Browser,
    phone: Phone,
    /// It is being set up.
    pub other_phone: Phone,
}

/// Logs an app in, where there is an API for it.
async fn connect_app(test: &TestApp, email: &str, address: &str, phone: &Phone) {
    let app = test.browser().from(address);
    let mut app = app.with_header("content-type", "application/json");
    let log_in = json!({ "email": email, "password": PASSWORD });
    let path = "/api/auth/token";
    let answer = app
        .send(Method::POST, path, log_in.to_string().into())
        .await;
    if answer.status != StatusCode::FORBIDDEN {
        return;
    }
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let code = json!({ "login_token": answer["login_token"], "code": phone.code(test) });
    let path = "/api/auth/token/second-factor";
    app.send(Method::POST, path, code.to_string().into())
        .await
        .expect(StatusCode::OK);
    test.after(NEXT);
}

impl<'a> Account<'a> {
    pub async fn new(test: &'a TestApp, number: usize) -> Self {
        let (email, address) = (
            format!("ann{number}@example.com"),
            format!("203.0.113.{number}"),
        );
        let mut elsewhere = test.member_from(&address, &email).await;
        let (phone, _) = two_factor::turn_on(test, &mut elsewhere).await;
        let mut here = test.browser().from(&address);
        here.log_in(&email, PASSWORD).await.expect_redirect(STEP);
        let code = phone.code(test);
        here.post(STEP, &[("code", &code), ("trust_browser", "on")])
            .await
            .expect_redirect("/");
        test.after(NEXT);
        let new = format!("new{number}@example.org");
        here.post("/users/settings/email", &[("email", &new)]).await;
        // Where there are no API tokens, or no connected apps, this is not found.
        let token = [("name", "x"), ("days", "30"), ("scopes", "profile:read")];
        here.post("/users/settings/api-tokens", &token).await;
        connect_app(test, &email, &address, &phone).await;
        let other_phone = two_factor::scan(&mut here).await;
        // So that setting up another one is no second click.
        test.after(Duration::seconds(61));
        // So that no request waits to note that the session is in use.
        here.get("/").await;
        test.work().await;
        let id = test.user(&email).await.unwrap().id;
        Self {
            test,
            email,
            id,
            here,
            elsewhere,
            phone,
            other_phone,
        }
    }

    /// The body for whatever a route asks for.
    fn body(&self, path: &str) -> (&'static str, String) {
        let phone = match path.ends_with("/second-factor/confirm") {
            true => &self.other_phone,
            false => &self.phone,
        };
        body(path, &self.email, &phone.code(self.test))
    }

    /// The path of a route, with something of this user in its holes.
    async fn path(&self, route: &str) -> String {
        let mut path = route.to_owned();
        if path.contains("{token}") {
            let new = self.email.replace("ann", "new").replace(".com", ".org");
            path = self.test.link_below(&new, "/users/settings/email/").await;
        }
        if path.contains("{id}") {
            path = path.replace("{id}", &self.id_of(route).await);
        }
        path
    }

    async fn id_of(&self, route: &str) -> String {
        let tables = [
            ("sessions", "sessions"),
            ("tokens", "api_tokens"),
            ("apps", "jwt_families"),
            ("trusted-browsers", "trusted_browsers"),
        ];
        let table = tables.iter().find(|(part, _)| route.contains(part));
        let (_, table) = table.unwrap_or_else(|| panic!("what is {{id}} in {route}?"));
        let query = format!("select id from {table} where user_id = $1 order by id limit 1");
        let id: Id = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(self.id)
            .fetch_one(&self.test.app.db)
            .await
            .unwrap();
        id.to_string()
    }

    async fn everything(&self) -> String {
        self.test.work().await;
        let mut tx = db::begin(&self.test.app.db).await.unwrap();
        everything(&mut tx, self.id).await
    }
}

/// Everything that is kept about a user, and how many emails there are.
pub async fn everything(tx: &mut Tx, user_id: Id) -> String {
    let emails: i64 =
        sqlx::query_scalar("select count(*) from river_job where kind = 'send_letter'")
            .fetch_one(&mut **tx)
            .await
            .unwrap();
    let mut lines = vec![format!("{emails} emails")];
    let users = "{= users =}";
    let user = schema::rows_as_json(tx, users, "id", user_id).await;
    lines.extend(user.unwrap().iter().map(ToString::to_string));
    for table in schema::tables_with(tx, "user_id").await.unwrap() {
        let rows = schema::rows_as_json(tx, &table, "user_id", user_id).await;
        let rows = rows.unwrap().into_iter();
        lines.extend(rows.map(|row| format!("{table}: {row}")));
    }
    lines.sort();
    lines.join("\n")
}

/// The body for whatever a route asks for. Give it the fields of your own forms: then the walks below try those, too.
fn body(path: &str, email: &str, code: &str) -> (&'static str, String) {
    if path.starts_with("/api/") {
        let token = json!({ "name": "x", "scopes": ["profile:read"] });
        return ("application/json", token.to_string());
    }
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("password", PASSWORD)
        .append_pair("current_password", PASSWORD)
        .append_pair("new_password", OTHER_PASSWORD)
        .append_pair("email", &format!("another-{email}"))
        .append_pair("name", "y")
        .append_pair("days", "30")
        .append_pair("scopes", "profile:read")
        .append_pair("code", code)
        .finish();
    ("application/x-www-form-urlencoded", form)
}

/// The routes of the table that write something for the user who is logged in.
fn writing_routes() -> Vec<(Method, &'static str)> {
    let routes = routes::table().into_iter();
    let routes = routes.filter(|route| matches!(route.who, Who::User | Who::RecentUser));
    //% if passkeys
    // They need an authenticator: see `passkey_revocation`.
    let routes = routes.filter(|route| !route.path.contains("/passkey"));
    //% endif
    let routes = routes.map(|route| (route.method, route.path));
    routes
        .filter(|(method, path)| method != Method::GET || path.ends_with("/export"))
        .collect()
}

async fn send(mut browser: Browser, method: Method, path: String, body: Body) -> Answer {
    browser.send(method, &path, body).await
}

/// Lets a request begin to write, and wait for the user's row. Meanwhile the sessions end, and then it goes on. Returns its
/// answer, and everything as it was in between.
pub async fn overtaken(
    test: &TestApp,
    user_id: Id,
    ending: Ending,
    request: impl Future<Output = Answer> + Send + 'static,
) -> (Answer, String) {
    let held = Held::by_operator(&test.app, user_id).await.unwrap();
    let mut held = held.unwrap();
    let request = tokio::spawn(request);
    database::until_somebody_waits(&test.app.db, || request.is_finished()).await;
    ending.within(&test.app, &mut held).await;
    let between = everything(held.tx(), user_id).await;
    held.commit().await.unwrap();
    (request.await.unwrap(), between)
}

#[track_caller]
fn expect_refused(answer: &Answer, what: &str) {
    let to = answer.header(header::LOCATION.as_str());
    assert_ne!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{what}: its form has a field that `body` does not send"
    );
    let is_refused = match answer.status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::SEE_OTHER => to == "/users/log-in" || what.contains(to),
        _ => false,
    };
    assert!(is_refused, "{what}: {} {to}", answer.status);
}

/// Every writing route, with a request that is about to write when the sessions end.
async fn about_to_write(ending: Ending) {
    let test = TestApp::start().await;
    for (number, (method, route)) in writing_routes().into_iter().enumerate() {
        let account = Account::new(&test, number).await;
        let path = account.path(route).await;
        let what = format!("{method} {path}, {ending:?}");
        let (kind, form) = account.body(&path);
        let browser = account.here.clone().with_header("content-type", kind);
        let request = send(browser, method, path, form.into());
        let (answer, between) = overtaken(&test, account.id, ending, request).await;
        expect_refused(&answer, &what);
        assert_eq!(account.everything().await, between, "{what}");
    }
}

#[tokio::test]
async fn sec_ses_17_requests_about_to_write_lose_against_a_reset() {
    about_to_write(Ending::Reset).await;
}

#[tokio::test]
async fn sec_ses_17_requests_about_to_write_lose_against_a_suspension() {
    about_to_write(Ending::Suspension).await;
}

#[tokio::test]
async fn sec_ses_17_requests_about_to_write_lose_against_the_end_of_all_sessions() {
    about_to_write(Ending::EndAll).await;
}

/// A request whose body comes, but does not end before `finish`.
pub struct HalfSent {
    request: JoinHandle<Answer>,
    finish: oneshot::Sender<()>,
}

impl HalfSent {
    /// None: it was answered without its body.
    pub async fn begin(
        browser: Browser,
        method: Method,
        path: String,
        body: String,
    ) -> Option<Self> {
        let (begun, has_begun) = oneshot::channel();
        let (finish, may_finish) = oneshot::channel::<()>();
        let end = async move {
            let _ = begun.send(());
            let _ = may_finish.await;
            None
        };
        let body = Full::new(Bytes::from(body)).with_trailers(end);
        let request = tokio::spawn(send(browser, method, path, Body::new(body)));
        // If the body is dropped unread, so is the other end.
        has_begun.await.ok()?;
        Some(Self { request, finish })
    }

    pub async fn answer(self) -> Answer {
        self.finish.send(()).unwrap();
        self.request.await.unwrap()
    }
}

/// Every writing route, with a request whose body is half sent when the sessions end.
async fn half_sent(ending: Ending) {
    let test = TestApp::start().await;
    let mut waited = 0;
    for (number, (method, route)) in writing_routes().into_iter().enumerate() {
        let mut account = Account::new(&test, number).await;
        let path = account.path(route).await;
        let what = format!("{method} {path}, {ending:?}");
        let (kind, form) = account.body(&path);
        let browser = account.here.clone().with_header("content-type", kind);
        let Some(request) = HalfSent::begin(browser, method, path, form).await else {
            continue;
        };
        ending.happen(&mut account).await;
        let between = account.everything().await;
        expect_refused(&request.answer().await, &what);
        assert_eq!(account.everything().await, between, "{what}");
        waited += 1;
    }
    assert!(waited > 2, "{waited} requests");
}

#[tokio::test]
async fn sec_ses_17_half_sent_requests_lose_against_a_reset() {
    half_sent(Ending::Reset).await;
}

#[tokio::test]
async fn sec_ses_17_half_sent_requests_lose_against_a_suspension() {
    half_sent(Ending::Suspension).await;
}

#[tokio::test]
async fn sec_ses_17_half_sent_requests_lose_against_the_end_of_all_sessions() {
    half_sent(Ending::EndAll).await;
}

#[tokio::test]
async fn sec_ses_17_the_same_requests_write_something_when_nothing_ends() {
    let test = TestApp::start().await;
    for (number, (method, route)) in writing_routes().into_iter().enumerate() {
        let account = Account::new(&test, number).await;
        let path = account.path(route).await;
        let before = account.everything().await;
        let (kind, form) = account.body(&path);
        let browser = account.here.clone().with_header("content-type", kind);
        send(browser, method, path.clone(), form.into()).await;
        let after = account.everything().await;
        assert_ne!(
            after, before,
            "{path}: does `body` send the fields of its form?"
        );
    }
}

async fn sessions(test: &TestApp) -> i64 {
    test.count("select count(*) from sessions").await
}

#[tokio::test]
async fn sec_ses_17_a_login_beside_a_suspension_begins_no_session() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let ann = test.user(ANN).await.unwrap().id;
    let mut browser = test.browser();
    let log_in = async move { browser.log_in(ANN, PASSWORD).await };
    let (answer, _) = overtaken(&test, ann, Ending::Suspension, log_in).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    test.unsuspend(ANN).await;
    assert_eq!(sessions(&test).await, 0);
}

#[tokio::test]
async fn sec_ses_17_a_login_beside_a_reset_begins_no_session() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let ann = test.user(ANN).await.unwrap().id;
    let mut browser = test.browser();
    let log_in = async move { browser.log_in(ANN, PASSWORD).await };
    let (answer, _) = overtaken(&test, ann, Ending::Reset, log_in).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sessions(&test).await, 0);
}

#[tokio::test]
async fn sec_ses_17_a_login_link_beside_a_reset_begins_no_session() {
    for ending in [Ending::Reset, Ending::Suspension] {
        let test = TestApp::start().await;
        let mut browser = test.member(ANN).await;
        browser.post("/users/log-in/link", &[("email", ANN)]).await;
        let link = test.link_below(ANN, "/users/log-in/link/").await;
        let ann = test.user(ANN).await.unwrap().id;
        let mut other = test.browser();
        let log_in = async move { other.post(&link, &[]).await };
        let (answer, between) = overtaken(&test, ann, ending, log_in).await;
        answer.expect(StatusCode::NOT_FOUND);
        assert_eq!(sessions(&test).await, 0);
        let mut tx = db::begin(&test.app.db).await.unwrap();
        assert_eq!(everything(&mut tx, ann).await, between);
    }
}

#[tokio::test]
async fn sec_ses_17_a_second_reset_beside_a_reset_finds_its_link_used() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let form = [("email", ANN)];
    browser.post("/users/reset-password", &form).await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let ann = test.user(ANN).await.unwrap().id;
    let new = [("new_password", OTHER_PASSWORD)];
    let reset = async move { browser.post(&link, &new).await };
    let (answer, between) = overtaken(&test, ann, Ending::Reset, reset).await;
    answer.expect(StatusCode::NOT_FOUND);
    let mut tx = db::begin(&test.app.db).await.unwrap();
    assert_eq!(everything(&mut tx, ann).await, between);
}

#[tokio::test]
async fn sec_ses_17_a_pending_session_that_ends_takes_no_step() {
    for ending in Ending::ALL {
        let test = TestApp::start().await;
        let mut browser = test.member(ANN).await;
        browser.post("/users/settings/delete", &[]).await;
        browser
            .log_in(ANN, PASSWORD)
            .await
            .expect_redirect("/users/reactivate");
        let ann = test.user(ANN).await.unwrap().id;
        let step = async move { browser.post("/users/reactivate", &[]).await };
        let (answer, between) = overtaken(&test, ann, ending, step).await;
        answer.expect_redirect("/users/log-in");
        let mut tx = db::begin(&test.app.db).await.unwrap();
        assert_eq!(everything(&mut tx, ann).await, between, "{ending:?}");
    }
}

#[tokio::test]
async fn sec_ses_17_a_pending_session_is_used_once() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/settings/delete", &[]).await;
    browser.log_in(ANN, PASSWORD).await;
    let tries = (0..20).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.post("/users/reactivate", &[]).await })
    });
    for one in tries.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    assert_eq!(sessions(&test).await, 1);
}

/// The thief's copy of a cookie has the old secret, once the owner has proved who they are.
#[tokio::test]
async fn sec_ses_17_a_copied_secret_writes_nothing_that_needs_sudo_once_it_is_replaced() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let thief = browser.clone();
    let body = "email=thief%40example.com".to_owned();
    let path = "/users/settings/email".to_owned();
    let request = HalfSent::begin(thief, Method::POST, path, body).await;
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
    expect_refused(&request.unwrap().answer().await, "a change of email");
    assert_eq!(test.count("select count(*) from tokens").await, 0);
}

#[tokio::test]
async fn sec_ses_17_what_needed_sudo_needs_it_still_when_it_writes() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let body = "email=new%40example.com".to_owned();
    let path = "/users/settings/email".to_owned();
    let request = HalfSent::begin(browser, Method::POST, path, body).await;
    test.after(SUDO);
    expect_refused(&request.unwrap().answer().await, "a change of email");
    assert_eq!(test.count("select count(*) from tokens").await, 0);
}

#[tokio::test]
async fn sec_ses_17_sudo_is_checked_again_before_an_authenticator_app_is_added() {
    let test = TestApp::patient().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    test.after(SUDO - Duration::seconds(5));
    let form = format!("code={}", phone.code(&test));
    // The request waits to hash the backup codes.
    let permits = known_permits(&test).await;
    let path = two_factor::CONFIRM.to_owned();
    let browser = browser.with_header("content-type", "application/x-www-form-urlencoded");
    let request = tokio::spawn(send(browser, Method::POST, path, form.into()));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    test.after(Duration::seconds(10));
    drop(permits);
    request.await.unwrap();
    assert_eq!(test.user(ANN).await.unwrap().second_factor_at, None);
}

#[tokio::test]
async fn sec_ses_17_a_session_that_expires_during_a_request_changes_nothing() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let fields = [
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let path = "/users/settings/password".to_owned();
    let request = HalfSent::begin(browser, Method::POST, path, body).await;
    test.after(Duration::days(2));
    let answer = request.unwrap().answer().await;
    expect_refused(&answer, "a change of the password");
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
}
