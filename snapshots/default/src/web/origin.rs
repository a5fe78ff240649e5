//! Forms are taken from our own pages only (CSRF). Browsers say where they come from: `Sec-Fetch-Site`, and old ones `Origin`.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::app::App;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// For pages: whatever changes something has to come from `APP_URL`, or from what is no browser.
pub async fn only_ours(State(app): State<App>, request: Request, next: Next) -> Response {
    check(&[], &app, request, next).await
}

/// Answers 403 to what another site makes a browser send, unless that is one of `others`.
pub async fn check(others: &[String], app: &App, request: Request, next: Next) -> Response {
    let ours = app.config.origin();
    if is_safe(request.method()) || is_welcome(request.headers(), &ours, others) {
        return next.run(request).await;
    }
    tracing::warn!("refused what does not come from {ours} (APP_URL)");
    StatusCode::FORBIDDEN.into_response()
}

/// Methods that change nothing here. TRACE is none of ours.
fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Compares whole origins, scheme and port included: a proxy may hide that a page was fetched without encryption.
fn is_welcome(headers: &HeaderMap, ours: &str, others: &[String]) -> bool {
    let (Ok(site), Ok(origin)) = (one(headers, SITE), one(headers, header::ORIGIN)) else {
        return false;
    };
    let is_other = origin.is_some_and(|origin| others.iter().any(|o| o.as_bytes() == origin));
    match site {
        Some(b"same-origin" | b"none") => true,
        Some(_) => is_other,
        None => is_other || origin.is_none_or(|origin| origin == ours.as_bytes()),
    }
}

/// The value of a header that may come once, or none; an empty one is none.
fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&[u8]>, ()> {
    let mut values = headers.get_all(name).iter().map(|value| value.as_bytes());
    let first = values.next().filter(|value| !value.is_empty());
    match values.next() {
        Some(_) => Err(()),
        None => Ok(first),
    }
}
