//! API-6: how a token stands in `Authorization`. Whatever else stands there is 401 with a challenge, and no error of ours.

use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::api_tokens::with_token;
use crate::tests::test_app::TestApp;

/// Sends these headers, and returns the status. Refusals have a challenge and a body that says so.
async fn status(test: &TestApp, headers: &[&[u8]]) -> StatusCode {
    let mut request = Request::get("/api/me");
    for header in headers {
        let value = HeaderValue::from_bytes(header).unwrap();
        request = request.header("authorization", value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = test.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    if status != StatusCode::OK {
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer realm="), "{challenge}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], status.as_u16());
    }
    status
}

#[tokio::test]
async fn sec_api_06_a_token_may_be_written_in_any_case_and_with_any_space() {
    let (test, token) = with_token().await;
    for header in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER {token}"),
        format!("bEaReR {token}"),
        format!("Bearer    {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer \t {token} "),
        format!("  Bearer {token}\t"),
    ] {
        let answered = status(&test, &[header.as_bytes()]).await;
        assert_eq!(answered, StatusCode::OK, "{header:?}");
    }
}

/// GHSA-xmf8-cvqr-rfgj (hole 19): a malformed header made the server fail.
#[tokio::test]
async fn sec_api_06_whatever_else_stands_there_is_answered_with_a_challenge() {
    let (test, token) = with_token().await;
    let long = "x".repeat(100_000);
    let headers = [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer\t",
        "bearer x y",
        "Basic dXNlcjpwYXNz",
        "Basic {}",
        "Token {}",
        "{}",
        "Bearer{}",
        "Bearer={}",
        "Bearer: {}",
        "Bearer \"{}\"",
        "Bearer {} x",
        "Bearer x {}",
        "Bearer {},",
        "Bearer {}, Bearer {}",
        "Basic dXNlcjpwYXNz, Bearer {}",
        "Bearer Bearer {}",
        "\u{a0}Bearer {}",
        "Bearer\u{a0}{}",
        "Bearer {}\u{e9}",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer null",
        "Bearer undefined",
        "Bearer 🦀",
        &long,
    ];
    for header in headers.map(|header| header.replace("{}", &token)) {
        let answered = status(&test, &[header.as_bytes()]).await;
        assert_eq!(answered, StatusCode::UNAUTHORIZED, "{header:?}");
    }
    let mut latin = format!("Bearer {token}").into_bytes();
    latin.push(0xff);
    let answered = status(&test, &[&latin]).await;
    assert_eq!(answered, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_api_06_a_header_that_comes_twice_is_none() {
    let (test, token) = with_token().await;
    let (bearer, basic) = (format!("Bearer {token}"), "Basic dXNlcjpwYXNz".to_owned());
    for headers in [
        [&bearer, &bearer],
        [&bearer, &basic],
        [&basic, &bearer],
        [&bearer, &String::new()],
    ] {
        let headers = headers.map(|header| header.as_bytes());
        let answered = status(&test, &headers).await;
        assert_eq!(answered, StatusCode::UNAUTHORIZED, "{headers:?}");
    }
}
