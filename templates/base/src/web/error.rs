//! What went wrong, as a page for people and as problem+json (RFC 9457) for programs.

use askama::Template;
use axum::{
    Extension, Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde::Serialize;

use super::request_id;
use crate::{accounts::password::Busy, limits::Exceeded, texts::errors as texts};

pub enum Error {
    NotFound,
    /// The session has ended, or is not in sudo any more, while the request was under way. Nothing was written.
    SessionEnded,
    TooMany(Exceeded),
    Unexpected(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref::<Exceeded>() {
            Some(exceeded) => Self::TooMany(*exceeded),
            None => Self::Unexpected(error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::SessionEnded => {
                (StatusCode::UNAUTHORIZED, Extension(SessionEnded)).into_response()
            }
            Self::TooMany(exceeded) => too_many(exceeded),
            Self::Unexpected(error) => unexpected(&error),
        }
    }
}

/// Marks an answer for `visitor`, which sends a browser back to its page.
#[derive(Clone, Copy, Debug)]
pub struct SessionEnded;

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        error.into_response()
    }
}

fn too_many(exceeded: Exceeded) -> Response {
    tracing::warn!(limit = exceeded.name, "too many tries");
    let seconds = exceeded.retry_after.as_secs() + 1;
    let (name, most, within) = (exceeded.name, exceeded.most, exceeded.within.as_secs());
    let headers = [
        (header::RETRY_AFTER.as_str(), seconds.to_string()),
        (
            "ratelimit-policy",
            format!("\"{name}\";q={most};w={within}"),
        ),
        ("ratelimit", format!("\"{name}\";r=0;t={seconds}")),
    ];
    (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
}

/// The log gets the whole error, the browser only a number to ask for.
fn unexpected(error: &anyhow::Error) -> Response {
    if error.is::<Busy>() || is_database_gone(error) {
        tracing::error!("cannot answer now: {error:#}");
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "5")],
        )
            .into_response();
    }
    tracing::error!("unexpected: {error:#}");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn is_database_gone(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)
    )
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    title: &'a str,
    detail: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
}

/// A layer that gives every error a body: ours, the framework's, and those of layers that know only a status.
pub async fn show(request: Request, next: Next) -> Response {
    let is_page = wants_page(request.headers());
    let id = request_id::of(request.extensions()).map(str::to_owned);
    let response = next.run(request).await;
    let status = response.status();
    let has_body = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(is_ours);
    if !(status.is_client_error() || status.is_server_error()) || has_body {
        return response;
    }

    let (title, detail) = explain(status);
    let id = id.as_deref().unwrap_or_default();
    let page = is_page
        .then(|| Page { title, detail, id }.render().ok())
        .flatten();
    let mut body = match page {
        Some(page) => Html(page).into_response(),
        None => problem(title, detail, status),
    };
    *body.status_mut() = status;
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            body.headers_mut().append(name, value.clone());
        }
    }
    body
}

fn problem(title: &str, detail: &str, status: StatusCode) -> Response {
    let problem = Problem {
        r#type: "about:blank",
        title,
        status: status.as_u16(),
        detail,
    };
    let json = HeaderValue::from_static("application/problem+json");
    ([(header::CONTENT_TYPE, json)], Json(problem)).into_response()
}

/// Whether a browser asks, rather than a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn is_ours(content_type: &HeaderValue) -> bool {
    let content_type = content_type.to_str().unwrap_or_default();
    content_type.starts_with("text/html") || content_type.contains("json")
}

/// A title and a sentence for a status.
pub fn explain(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => texts::UNAUTHORIZED,
        StatusCode::FORBIDDEN => texts::FORBIDDEN,
        StatusCode::NOT_FOUND => texts::NOT_FOUND,
        StatusCode::PAYLOAD_TOO_LARGE => texts::TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS => texts::TOO_MANY,
        StatusCode::SERVICE_UNAVAILABLE => texts::UNAVAILABLE,
        status if status.is_client_error() => texts::BAD_REQUEST,
        _ => texts::UNEXPECTED,
    }
}
