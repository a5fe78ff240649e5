//! Routes of your own: errors, bodies and routers work as axum's guides say, next to our layers.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Form, State, rejection::JsonRejection},
    http::{Method, Request, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;

use super::{PASSWORD, browser::Browser, test_app::TestApp};
use crate::{
    app::App,
    id::Id,
    web::{self, current_user::CurrentUser, error::Error, path::Path},
};

#[derive(thiserror::Error, Debug)]
#[error("the room is taken")]
struct RoomTaken;

impl From<RoomTaken> for Error {
    fn from(taken: RoomTaken) -> Self {
        Self::new(StatusCode::CONFLICT, "Room taken", taken.to_string())
    }
}

fn book() -> Result<(), RoomTaken> {
    Err(RoomTaken)
}

async fn booking() -> Result<&'static str, Error> {
    book()?;
    Ok("booked")
}

async fn order(Path(id): Path<Id>) -> String {
    format!("order {id}")
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

async fn json(note: Result<Json<Note>, JsonRejection>) -> Result<String, Error> {
    Ok(note?.0.text)
}

async fn form(Form(note): Form<Note>) -> String {
    note.text
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

async fn failing(kind: axum::extract::Path<String>) -> Response {
    let gzip = [(header::CONTENT_ENCODING, "gzip")];
    match kind.as_str() {
        "text" => (StatusCode::CONFLICT, "name taken").into_response(),
        "xml" => {
            let xml = [(header::CONTENT_TYPE, "text/xml")];
            (StatusCode::BAD_REQUEST, xml, "<error/>").into_response()
        }
        "bytes" => (StatusCode::NOT_FOUND, gzip, vec![31_u8, 139, 8]).into_response(),
        "stream" => (StatusCode::BAD_GATEWAY, Body::from_stream(streamed())).into_response(),
        "empty-text" => (StatusCode::GONE, "").into_response(),
        _ => (StatusCode::NOT_FOUND, gzip).into_response(),
    }
}

/// A body whose length nobody knows.
fn streamed() -> axum::body::BodyDataStream {
    Body::from("from another server").into_data_stream()
}

async fn counted(State(start): State<u32>) -> String {
    (start + 1).to_string()
}

async fn marked(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let mark = header::HeaderValue::from_static("mine");
    response.headers_mut().insert("x-layer", mark);
    response
}

fn pages() -> Router<App> {
    let large = DefaultBodyLimit::max(4 * 1024 * 1024);
    let nested = Router::new()
        .route("/{id}", get(order))
        .route(
            "/mine",
            get(async |user: CurrentUser| user.email.to_string()),
        )
        .layer(from_fn(marked));
    let merged = Router::new().route("/counted", get(counted)).with_state(41);
    Router::new()
        .route("/booking", get(booking))
        .route("/json", post(json))
        .route("/form", post(form))
        .route("/length", post(length))
        .route("/upload", post(length).layer(large))
        .route("/failing/{kind}", get(failing))
        .nest("/orders", nested)
        .merge(merged)
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing of mine") })
}

async fn start() -> (TestApp, Browser) {
    let test = TestApp::idle(&[]).await;
    let browser = Browser::new(web::router(test.app.clone(), pages()));
    (test, browser)
}

#[tokio::test]
async fn an_error_of_yours_has_its_status_and_its_words() {
    let (_test, mut browser) = start().await;
    let page = browser.get("/booking").await.expect(StatusCode::CONFLICT);
    assert!(page.header("content-type").starts_with("text/html"));
    page.expect_text("Room taken")
        .expect_text("the room is taken");

    let mut program = browser.with_header("accept", "application/json");
    let problem = program.get("/booking").await.expect(StatusCode::CONFLICT);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(
        problem.body,
        r#"{"type":"about:blank","title":"Room taken","status":409,"detail":"the room is taken"}"#
    );
}

#[tokio::test]
async fn what_a_handler_of_yours_has_written_is_never_replaced() {
    let (_test, mut browser) = start().await;
    let written = [
        (
            "text",
            StatusCode::CONFLICT,
            "text/plain; charset=utf-8",
            "name taken",
        ),
        ("xml", StatusCode::BAD_REQUEST, "text/xml", "<error/>"),
        ("stream", StatusCode::BAD_GATEWAY, "", "from another server"),
        (
            "empty-text",
            StatusCode::GONE,
            "text/plain; charset=utf-8",
            "",
        ),
    ];
    for (kind, status, content_type, body) in written {
        let answer = browser
            .get(&format!("/failing/{kind}"))
            .await
            .expect(status);
        assert_eq!(
            (answer.header("content-type"), answer.body.as_str()),
            (content_type, body)
        );
        let head = browser
            .send(Method::HEAD, &format!("/failing/{kind}"), Body::empty())
            .await;
        assert_eq!(
            (head.status, head.header("content-type")),
            (status, content_type)
        );
    }
    let bytes = browser.get("/failing/bytes").await;
    assert_eq!(bytes.header("content-encoding"), "gzip");
    assert!(bytes.body.starts_with('\u{1f}'));

    // Nobody has written a body, so it is a page of ours, which is not compressed.
    let page = browser
        .get("/failing/nothing")
        .await
        .expect(StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-encoding"), "");
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn what_extractors_refuse_keeps_its_status() {
    let (_test, browser) = start().await;
    let mut json = browser
        .clone()
        .with_header("content-type", "application/json");
    let mut form = browser.clone();
    let send = Method::POST;
    json.send(send.clone(), "/json", Body::from(r#"{"text":"hello"}"#))
        .await
        .expect_text("hello");
    for (body, status) in [
        ("{", StatusCode::BAD_REQUEST),
        ("{}", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        json.send(send.clone(), "/json", Body::from(body))
            .await
            .expect(status);
    }
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(70_000));
    json.send(send.clone(), "/json", Body::from(large))
        .await
        .expect(StatusCode::PAYLOAD_TOO_LARGE);
    form.send(send.clone(), "/json", Body::from("text=a"))
        .await
        .expect(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    form.post("/form", &[("other", "a")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    form.post("/form", &[("text", "a"), ("text", "b")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    json.post("/form", &[("text", "a")])
        .await
        .expect(StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_not_found() {
    let (_test, mut browser) = start().await;
    let id = Id::default();
    browser
        .get(&format!("/orders/{id}"))
        .await
        .expect_text(&format!("order {id}"));
    for bad in ["x", "1x", "%ff", "9999999999999999999999", "-"] {
        let page = browser
            .get(&format!("/orders/{bad}"))
            .await
            .expect(StatusCode::NOT_FOUND);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn routers_of_yours_are_nested_merged_and_have_their_own_layers_state_and_fallback() {
    let (_test, mut browser) = start().await;
    let nested = browser.get(&format!("/orders/{}", Id::default())).await;
    assert_eq!(nested.header("x-layer"), "mine");
    assert_eq!(nested.header("x-content-type-options"), "nosniff");
    browser
        .get("/counted")
        .await
        .expect(StatusCode::OK)
        .expect_text("42");
    let nothing = browser.get("/nothing").await.expect(StatusCode::NOT_FOUND);
    assert_eq!(nothing.body, "nothing of mine");
    browser.get("/users/log-in").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn after_a_login_a_user_comes_back_to_a_page_in_a_nested_router() {
    let test = TestApp::start().await;
    let mut browser = Browser::new(web::router(test.app.clone(), pages()));
    test.member("ann@example.com").await;
    let page = "/orders/mine?year=2026";
    browser.get(page).await.expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect(page);
    browser.get(page).await.expect_text("ann@example.com");
}

#[tokio::test]
async fn sec_pwd_10_a_route_of_yours_may_take_larger_bodies_and_no_other_does() {
    let (_test, mut browser) = start().await;
    let send = |mut browser: Browser, path: &'static str, size: usize| async move {
        browser
            .send(Method::POST, path, Body::from(vec![b'x'; size]))
            .await
    };
    let three = 3 * 1024 * 1024;
    send(browser.clone(), "/upload", three)
        .await
        .expect(StatusCode::OK)
        .expect_text("3145728");
    send(browser.clone(), "/upload", 5 * 1024 * 1024)
        .await
        .expect(StatusCode::PAYLOAD_TOO_LARGE);
    send(browser.clone(), "/length", 60_000)
        .await
        .expect(StatusCode::OK);
    send(browser.clone(), "/length", 70_000)
        .await
        .expect(StatusCode::PAYLOAD_TOO_LARGE);
    let password = "x".repeat(70_000);
    let page = browser.log_in("ann@example.com", &password).await;
    let page = page.expect(StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.header("content-type").starts_with("text/html"));
}

/// A body that is compressed already, and says so: as a file from a disk.
async fn compressed() -> ([(header::HeaderName, &'static str); 2], &'static [u8]) {
    let headers = [
        (header::CONTENT_ENCODING, "gzip"),
        (header::CONTENT_TYPE, "text/plain"),
    ];
    (headers, GZIP)
}

/// "hello" by gzip.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36,
    5, 0, 0, 0,
];

#[tokio::test]
async fn compressed_bodies_come_and_go_as_they_are() {
    let test = TestApp::idle(&[]).await;
    let pages = Router::new()
        .route("/compressed", get(compressed))
        .route("/echo", post(async |body: Bytes| body));
    let router = web::router(test.app.clone(), pages);
    let request = |method: Method, path: &str, body: &'static [u8]| {
        let request = Request::builder().method(method).uri(path);
        let request = request
            .header(header::ACCEPT_ENCODING, "gzip")
            .header(header::CONTENT_ENCODING, "gzip");
        request.body(Body::from(body)).unwrap()
    };
    for (method, path, body) in [
        (Method::GET, "/compressed", &[][..]),
        (Method::POST, "/echo", GZIP),
    ] {
        let answer = router.clone().oneshot(request(method, path, body)).await;
        let (parts, body) = answer.unwrap().into_parts();
        assert_eq!(parts.status, StatusCode::OK, "{path}");
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(body, GZIP, "{path}");
    }
}
