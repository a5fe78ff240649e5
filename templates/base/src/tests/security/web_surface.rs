//! WEB, with literal values: headers, sizes, times, and what users write as text.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
    routing::get,
};
use http_body_util::channel::Channel;
use tower::ServiceExt;

use crate::{
    pages,
    tests::test_app::TestApp,
    web::{self, connections::PATIENCE, error::Error, time_limit::TimeLimit},
};

const ANN: &str = "ann@example.com";
const MARKUP: &str = "<i>\"'&";
const KIB: usize = 1024;

/// What every response of the accounts' pages says. Change it here, too, if you change it.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cache-control", "no-store"),
];

#[tokio::test]
async fn sec_web_04_every_page_has_these_headers() {
    let test = TestApp::start().await;
    let member = test.member(ANN).await;
    for browser in [test.browser(), member] {
        for path in [
            "/",
            "/users/log-in",
            "/users/settings",
            "/users/settings/sessions",
            "/nothing-here",
        ] {
            let page = browser.clone().get(path).await;
            for (name, value) in HEADERS {
                assert_eq!(page.header(name), value, "{path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn sec_web_05_a_static_file_is_asked_for_each_time() {
    let test = TestApp::start().await;
    let mut tags = Vec::new();
    for name in ["app", "colours", "sizes"] {
        let file = test.browser().get(&format!("/static/{name}.css")).await;
        assert_eq!(file.header("cache-control"), "public, no-cache");
        tags.push(file.header("etag").to_owned());
    }
    // What is in it tells it from others, also from an older one of the same name.
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

/// A form of so many bytes.
async fn form_of(test: &TestApp, size: usize) -> StatusCode {
    let rest = size - "email=x&password=".len();
    let body = format!("email=x&password={}", "a".repeat(rest));
    let body = Body::from(body);
    let mut browser = test.browser();
    browser
        .send(Method::POST, "/users/log-in", body)
        .await
        .status
}

#[tokio::test]
async fn sec_pwd_10_a_body_has_64_kib() {
    let test = TestApp::start().await;
    let full = form_of(&test, 64 * KIB).await;
    assert_ne!(full, StatusCode::PAYLOAD_TOO_LARGE);
    let larger = form_of(&test, 65 * KIB).await;
    assert_eq!(larger, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn sec_log_12_a_connection_has_these_times() {
    let times = [PATIENCE.head, PATIENCE.idle, PATIENCE.write];
    assert_eq!(times.map(|time| time.as_secs()), [10, 130, 30]);
    assert_eq!((PATIENCE.max, PATIENCE.head_size), (900, 64 * KIB));
}

/// A byte now and then, without end.
fn trickle() -> Body {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        while sender.send_data("a".into()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    Body::new(body)
}

#[tokio::test]
async fn sec_log_12_no_form_of_the_accounts_is_waited_for_without_end() {
    let test = TestApp::start().await;
    let limit = TimeLimit {
        patience: Duration::from_secs(1),
        slowest: 1,
    };
    let router = web::router_with(test.app.clone(), pages::routes(), limit);
    let sent = ["/users/log-in", "/api/auth/register"].map(|path| post_slowly(&router, path));
    let [form, json] = sent;
    assert_eq!(form.await.unwrap(), StatusCode::REQUEST_TIMEOUT);
    // Without an API it is not found.
    let json = json.await.unwrap();
    let is_right = json == StatusCode::REQUEST_TIMEOUT || json == StatusCode::NOT_FOUND;
    assert!(is_right, "{json}");
}

fn post_slowly(router: &Router, path: &str) -> tokio::task::JoinHandle<StatusCode> {
    let kind = if path.starts_with("/api/") {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let request = Request::post(path)
        .header(header::HOST, "localhost:4000")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, kind)
        .extension(ConnectInfo(std::net::SocketAddr::from((
            [192, 0, 2, 1],
            50_000,
        ))))
        .body(trickle())
        .unwrap();
    let response = router.clone().oneshot(request);
    tokio::spawn(async move {
        let patience = Duration::from_secs(20);
        match tokio::time::timeout(patience, response).await {
            Ok(response) => response.unwrap().status(),
            Err(_) => StatusCode::OK,
        }
    })
}

/// One header sent twice says two things, and which one counts would be for the attacker to choose.
#[tokio::test]
async fn sec_web_01_a_header_that_is_sent_twice_is_refused() {
    let test = TestApp::start().await;
    let ours = "http://localhost:4000";
    for (name, first, second) in [
        ("origin", ours, "https://evil.example"),
        ("origin", "https://evil.example", ours),
        ("origin", ours, ours),
        ("sec-fetch-site", "same-origin", "cross-site"),
        ("sec-fetch-site", "cross-site", "same-origin"),
        ("sec-fetch-site", "same-origin", "same-origin"),
    ] {
        let request = Request::post("/users/log-out")
            .header(header::HOST, "localhost:4000")
            .header(name, first)
            .header(name, second)
            .extension(ConnectInfo(std::net::SocketAddr::from((
                [192, 0, 2, 1],
                50_000,
            ))))
            .body(Body::empty())
            .unwrap();
        let response = test.router.clone().oneshot(request).await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::FORBIDDEN,
            "{name} {first} {second}"
        );
    }
}

/// What is typed into a form comes back in it, as text.
#[tokio::test]
async fn sec_web_07_what_a_form_sends_back_is_text() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    let typed = [("email", MARKUP), ("name", MARKUP), ("days", "30")];
    let pages = [
        test.browser().register(MARKUP, "x").await,
        test.browser().log_in(MARKUP, "x").await,
        test.browser()
            .post("/users/reset-password", &[("email", MARKUP)])
            .await,
        test.browser()
            .post("/users/log-in/link", &[("email", MARKUP)])
            .await,
        test.browser()
            .post("/users/confirm/resend", &[("email", MARKUP)])
            .await,
        member.post("/users/settings/email", &typed).await,
        //% if api
        member.post("/users/settings/api-tokens", &typed).await,
        //% endif
    ];
    for page in pages {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.body.contains("<i>"), "{}", page.body);
        assert!(page.body.contains("&#60;i&#62;&#34;"), "{}", page.body);
    }
}

async fn conflict() -> Result<(), Error> {
    Err(Error::new(StatusCode::CONFLICT, MARKUP, MARKUP))
}

#[tokio::test]
async fn sec_web_07_an_error_shows_what_was_sent_as_text() {
    let test = TestApp::start().await;
    let pages = pages::routes().route("/conflict", get(conflict));
    let mut browser = test.browser().on(web::router(test.app.clone(), pages));
    let page = browser.get("/conflict").await.expect(StatusCode::CONFLICT);
    assert!(!page.body.contains("<i>"), "{}", page.body);
    assert!(
        page.body.matches("&#60;i&#62;").count() >= 2,
        "{}",
        page.body
    );
}

/// Limits say when to come back: then it works, and not before.
#[tokio::test]
async fn sec_log_07_who_comes_back_when_told_is_not_refused() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let answer = loop {
        let answer = browser.log_in(ANN, "x").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
    };
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    test.after(time::Duration::seconds(seconds.try_into().unwrap()));
    browser
        .log_in(ANN, "x")
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn health_is_503_while_the_database_is_behind() {
    let test = TestApp::start().await;
    let last =
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    sqlx::query(last).execute(&test.app.db).await.unwrap();
    test.browser()
        .get("/health")
        .await
        .expect(StatusCode::SERVICE_UNAVAILABLE)
        .expect_text(r#""migrations":"failing""#)
        .expect_text(r#""database":"ok""#);
}
