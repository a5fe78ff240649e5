//! Requests and responses that come slowly, or not at all.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::{Request, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, get, post},
};
use http_body_util::{BodyExt, channel::Channel};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tower::ServiceExt;

use super::test_app::TestApp;
use crate::{
    pages,
    web::{
        self,
        connections::{self, Connections, Patience, Peer},
        time_limit::{self, TIME_LIMIT},
    },
};

/// A body of so many parts of so many bytes, each after a pause. Then it stands still, and is never finished, or it ends.
fn body(parts: usize, size: usize, pause: Duration, ends: End) -> Body {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        for _ in 0..parts {
            sleep(pause).await;
            let _ = sender.send_data(vec![b'x'; size].into()).await;
        }
        if ends == End::Never {
            std::future::pending::<()>().await;
        }
    });
    Body::new(body)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Now,
    Never,
}

/// What the router says to a body, and after how many seconds.
async fn send(router: &Router, body: Body) -> (StatusCode, u64) {
    let begun = Instant::now();
    let request = Request::post("/").body(body).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    (response.status(), begun.elapsed().as_secs())
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

const SECOND: Duration = Duration::from_secs(1);
const TENTH: Duration = Duration::from_millis(100);
const KIB: usize = 1024;

fn yours(route: MethodRouter) -> Router {
    let limit = from_fn_with_state(TIME_LIMIT, time_limit::while_body_comes);
    Router::new().route("/", route).layer(limit)
}

#[tokio::test(start_paused = true)]
async fn an_upload_of_yours_takes_as_long_as_it_takes_while_it_comes() {
    let uploads = yours(post(length).layer(DefaultBodyLimit::max(4 * KIB * KIB)));
    let cut_off = StatusCode::REQUEST_TIMEOUT;
    for (what, parts, size, pause, ends, expected) in [
        ("all", 20, 150 * KIB, 3, End::Now, (StatusCode::OK, 60)),
        ("half", 10, 150 * KIB, 3, End::Never, (cut_off, 60)),
        ("drops", 99, 1, 9, End::Now, (cut_off, 30)),
        ("nothing", 0, 0, 0, End::Never, (cut_off, 30)),
    ] {
        let body = body(parts, size, pause * SECOND, ends);
        assert_eq!(send(&uploads, body).await, expected, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn sec_log_12_a_body_for_the_accounts_own_routes_comes_in_time_as_a_whole() {
    let limit = from_fn_with_state(TIME_LIMIT, time_limit::whole);
    let forms = Router::new().route("/", post(length)).layer(limit);
    let quick = send(&forms, body(3, KIB, 3 * SECOND, End::Now)).await;
    assert_eq!(quick, (StatusCode::OK, 9));
    for (parts, ends) in [(40, End::Now), (1, End::Never)] {
        let slow = send(&forms, body(parts, KIB, 3 * SECOND, ends)).await;
        assert_eq!(slow, (StatusCode::REQUEST_TIMEOUT, 30));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_answered_for() {
    async fn hang(_: Bytes) {
        std::future::pending::<()>().await;
    }
    let yours = yours(post(hang));
    let answer = send(&yours, body(5, KIB, 3 * SECOND, End::Now)).await;
    assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, 45));
    let answer = send(&yours, Body::empty()).await;
    assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, 30));
}

#[tokio::test(start_paused = true)]
async fn a_response_of_yours_is_streamed_for_as_long_as_it_takes() {
    let yours = yours(get(async || body(20, KIB, 3 * SECOND, End::Now)));
    let begun = Instant::now();
    let response = yours.oneshot(Request::new(Body::empty())).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), 20 * KIB);
    assert_eq!(begun.elapsed().as_secs(), 60);
}

/// The app on a port, with little patience.
async fn serve(max: usize) -> (TestApp, SocketAddr) {
    serve_with(Patience {
        max,
        head: Duration::from_millis(400),
        idle: Duration::from_millis(1500),
        write: SECOND,
        head_size: 16 * KIB,
    })
    .await
}

/// The same with more patience than the test has, so that nothing ends but what has to make room.
async fn serve_patiently(max: usize) -> (TestApp, SocketAddr) {
    serve_with(Patience {
        max,
        ..connections::PATIENCE
    })
    .await
}

async fn serve_with(patience: Patience) -> (TestApp, SocketAddr) {
    let test = TestApp::idle(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let large = get(async || vec![b'x'; LARGE]);
    let router = web::router(test.app.clone(), pages::routes().route("/large", large));
    let router = router.layer(from_fn(connections::in_use));
    let router = router.into_make_service_with_connect_info::<Peer>();
    let listener = Connections::new(listener, patience);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (test, address)
}

async fn open(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Whatever still comes, until the other end closes.
async fn rest(stream: &mut TcpStream, within: Duration) -> Option<String> {
    let mut text = Vec::new();
    let read = timeout(within, stream.read_to_end(&mut text)).await;
    read.ok()
        .map(|_| String::from_utf8_lossy(&text).into_owned())
}

const WHOLE: &str = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
const HALF_A_BODY: &str = "POST /users/log-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\
    content-type: application/x-www-form-urlencoded\r\n\r\nemail=";
const UNREAD: &str = "GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// More than the buffers of two sockets hold.
const LARGE: usize = 32 * KIB * KIB;
const LAST: &str = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn sec_log_12_half_a_head_is_not_waited_for() {
    let (_test, address) = serve(100).await;
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\n"] {
        let begun = Instant::now();
        let mut stream = open(address, half).await;
        assert!(
            rest(&mut stream, 5 * SECOND).await.is_some(),
            "{half:?} stays open"
        );
        assert!(begun.elapsed() >= Duration::from_millis(300), "{half:?}");
    }
    // A byte now and then is no head either.
    let mut stream = open(address, "GET / HTTP/1.1\r\nx-long: ").await;
    let begun = Instant::now();
    while stream.write_all(b"x").await.is_ok() {
        sleep(Duration::from_millis(100)).await;
        assert!(begun.elapsed() < 5 * SECOND, "it stays open");
    }
}

#[tokio::test]
async fn sec_log_12_a_connection_is_kept_for_the_next_request_for_a_while() {
    let (_test, address) = serve(100).await;
    let mut stream = open(address, WHOLE).await;
    sleep(Duration::from_millis(900)).await;
    // Longer than a head may take, and still open.
    stream.write_all(WHOLE.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    let answers = rest(&mut stream, 5 * SECOND)
        .await
        .expect("it is closed in the end");
    assert_eq!(answers.matches("200 OK").count(), 2, "{answers}");
    assert!(begun.elapsed() >= SECOND);

    let mut stream = open(address, WHOLE).await;
    sleep(Duration::from_millis(100)).await;
    stream.write_all(b"GET / HT").await.unwrap();
    let begun = Instant::now();
    assert!(rest(&mut stream, 5 * SECOND).await.is_some());
    assert!(
        begun.elapsed() < Duration::from_millis(1400),
        "the second head has to come as soon as the first"
    );
}

/// Opens so many connections that begin with this, where there is room for 20.
async fn use_up(address: SocketAddr, begin: &str, connections: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..connections {
        held.push(open(address, begin).await);
    }
    // Until all of it has been read.
    sleep(3 * TENTH).await;
    held
}

async fn expect_answer(address: SocketAddr) {
    let mut stream = open(address, LAST).await;
    let answer = rest(&mut stream, 5 * SECOND).await;
    let answer = answer.expect("an answer long before anything has to end");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn sec_log_12_the_connection_that_has_waited_longest_is_closed_first() {
    let (_test, address) = serve_patiently(20).await;
    let mut streams = use_up(address, "GET /health HTTP/1.1\r\nhost: x\r\n", 20).await;
    expect_answer(address).await;
    let end = b"connection: close\r\n\r\n";
    let mut newest = streams.pop().unwrap();
    newest.write_all(end).await.unwrap();
    let answer = rest(&mut newest, 5 * SECOND).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let closed = rest(&mut streams[0], 5 * SECOND).await.unwrap();
    assert!(!closed.contains("200 OK"), "{closed}");
}

#[tokio::test]
async fn sec_log_12_half_sent_requests_do_not_use_up_the_connections() {
    let half_a_head = "GET / HTTP/1.1\r\nhost: x\r\n";
    for half in [half_a_head, HALF_A_BODY, WHOLE] {
        let (_test, address) = serve_patiently(20).await;
        let held = use_up(address, half, 100).await;
        expect_answer(address).await;
        let ends = held.into_iter().map(|mut stream| async move {
            let end = rest(&mut stream, SECOND).await;
            end.is_some()
        });
        let ends = ends.collect::<JoinSet<_>>().join_all().await;
        let closed = ends.into_iter().filter(|is_closed| *is_closed).count();
        assert!(closed >= 80, "{closed} are closed: {half}");
    }
    // Of the 1024 files that a process may open, the database, emails and jobs need some.
    assert!((100..=900).contains(&connections::PATIENCE.max));
}

#[tokio::test]
async fn sec_log_12_responses_that_nobody_reads_do_not_use_up_the_connections() {
    let (_test, address) = serve_patiently(20).await;
    let _held = use_up(address, UNREAD, 20).await;
    expect_answer(address).await;
}

#[tokio::test]
async fn sec_log_12_a_response_that_nobody_reads_is_cut_off() {
    let (_test, address) = serve(20).await;
    let mut held = use_up(address, UNREAD, 3).await;
    sleep(2 * SECOND).await;
    for stream in &mut held {
        let rest = rest(stream, 5 * SECOND).await;
        assert!(rest.is_some_and(|read| read.len() < LARGE));
    }
}

#[tokio::test]
async fn a_response_that_is_read_slowly_is_sent_to_its_end() {
    let (_test, address) = serve(20).await;
    for request in [UNREAD, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = open(address, request).await;
        let begun = Instant::now();
        let (mut read, mut part) = (0, vec![0; LARGE / 20]);
        while read < LARGE {
            match stream.read(&mut part).await {
                Ok(length @ 1..) => read += length,
                _ => break,
            }
            sleep(Duration::from_millis(100)).await;
        }
        assert!(read >= LARGE, "{read} after {:?}", begun.elapsed());
        // Longer than a client may be idle, or read nothing.
        assert!(begun.elapsed() > Duration::from_millis(1500));
    }
}

#[tokio::test]
async fn a_connection_that_is_going_to_be_closed_says_so() {
    let (_test, address) = serve_patiently(20).await;
    let (head, body) = ("content-length: 100\r\n\r\n", "x".repeat(100));
    for (path, body, is_closed) in [
        // Nobody may come in, so nobody reads the body.
        ("/users/settings/email", "x", true),
        ("/users/log-in", &body, false),
    ] {
        let kind = "content-type: application/x-www-form-urlencoded";
        let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{kind}\r\n{head}{body}");
        let mut stream = open(address, &request).await;
        let mut answer = vec![0; 4 * KIB];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert_eq!(
            answer.contains("connection: close\r\n"),
            is_closed,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn sec_log_12_a_head_has_an_end() {
    let (_test, address) = serve_patiently(20).await;
    for (length, status) in [(32 * KIB, "200"), (200 * KIB, "431"), (KIB * KIB, "431")] {
        let long = "x".repeat(length);
        let head = format!(
            "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: {long}\r\n\r\n"
        );
        let mut stream = open(address, &head).await;
        let answer = rest(&mut stream, 5 * SECOND).await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_address_of_a_connection_is_known_to_handlers() {
    let (test, address) = serve(20).await;
    let form = "email=ann%40example.com&password=wrong";
    let request = format!(
        "POST /users/log-in HTTP/1.1\r\nhost: localhost:4000\r\norigin: http://localhost:4000\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{form}",
        form.len()
    );
    let mut stream = open(address, &request).await;
    let answer = rest(&mut stream, 5 * SECOND).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    let failures = "select count(*) from audit_events where address = '127.0.0.1'";
    assert_eq!(test.count(failures).await, 1);
}
