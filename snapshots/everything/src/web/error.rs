//! What went wrong, as a page for browsers and as problem+json (RFC 9457) for programs.
//!
//! In your own handlers: return `Error::new(StatusCode::CONFLICT, "Taken", "Somebody has booked this room.")`, or write
//! `impl From<MyError> for Error` and use `?`. A body that a handler has written itself is never replaced.

use std::any::Any;

use anyhow::anyhow;
use askama::Template;
use axum::{
    Extension, Json,
    body::HttpBody,
    extract::{
        Request,
        rejection::{
            BytesRejection, FormRejection, JsonRejection, PathRejection, QueryRejection,
            RawFormRejection, StringRejection,
        },
    },
    http::{Extensions, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde::Serialize;

use super::{accept, request_id};
use crate::{accounts::password::Busy, db, limits::Exceeded, texts::errors as texts};

#[derive(Debug)]
pub enum Error {
    NotFound,
    /// The session has ended, or is not in sudo any more, while the request was under way. Nothing was written.
    SessionEnded,
    TooMany(Exceeded),
    /// A status with a title and a sentence of its own.
    Message(StatusCode, Message),
    /// Something we depend on is down or busy: 503, and the log says what.
    Unavailable(anyhow::Error),
    Unexpected(anyhow::Error),
}

/// What a page and a problem say.
#[derive(Clone, Debug)]
pub struct Message {
    title: String,
    detail: String,
}

impl Error {
    /// An error with words of its own, shown as they are.
    pub fn new(status: StatusCode, title: impl Into<String>, detail: impl Into<String>) -> Self {
        let (title, detail) = (title.into(), detail.into());
        Self::Message(status, Message { title, detail })
    }

    /// What an extractor of axum's says, with its status. An address that cannot be read is one that does not exist.
    fn rejected(status: StatusCode, detail: String) -> Self {
        if status.is_server_error() {
            return Self::Unexpected(anyhow!(detail));
        }
        let (title, short) = explain(status);
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, title, short),
            _ => Self::new(status, title, detail),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
            return Self::TooMany(*exceeded);
        }
        if is_unavailable(&error) {
            return Self::Unavailable(error);
        }
        Self::Unexpected(error)
    }
}

/// Whether it is likely to go well in a few seconds.
fn is_unavailable(error: &anyhow::Error) -> bool {
    let in_job = |error: &riverqueue::Error| match error {
        riverqueue::Error::Database(error) => db::is_unavailable(error),
        _ => false,
    };
    error.chain().any(|cause| {
        cause.is::<Busy>()
            || cause.downcast_ref().is_some_and(db::is_unavailable)
            || cause.downcast_ref().is_some_and(in_job)
    })
}

macro_rules! from {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                anyhow::Error::from(error).into()
            }
        })+
    };
}

from![
    askama::Error,
    serde_json::Error,
    sqlx::Error,
    time::error::Format,
    Busy,
    Exceeded,
];

macro_rules! from_rejection {
    ($($rejection:ty),+ $(,)?) => {
        $(impl From<$rejection> for Error {
            fn from(rejection: $rejection) -> Self {
                Self::rejected(rejection.status(), rejection.body_text())
            }
        })+
    };
}

from_rejection![
    BytesRejection,
    FormRejection,
    JsonRejection,
    QueryRejection,
    RawFormRejection,
    StringRejection
];

impl From<PathRejection> for Error {
    fn from(rejection: PathRejection) -> Self {
        match rejection.status() {
            status if status.is_client_error() => Self::NotFound,
            status => Self::rejected(status, rejection.body_text()),
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
            Self::Message(status, message) => with(status, message),
            Self::Unavailable(error) => unavailable(&error),
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

/// [`show`] writes the body, which depends on who asks.
fn with(status: StatusCode, message: Message) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(message);
    response
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

fn unavailable(error: &anyhow::Error) -> Response {
    tracing::error!("cannot answer now: {error:#}");
    let retry_after = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after).into_response()
}

/// The log gets the whole error, the browser only a number to ask for.
fn unexpected(error: &anyhow::Error) -> Response {
    tracing::error!("unexpected: {error:#}");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// For a handler that has panicked. What it said is on standard error.
pub fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    unexpected(&anyhow!("a handler has panicked"))
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

/// A layer that gives every error without a body one: ours, and those of layers that know only a status.
pub async fn show(request: Request, next: Next) -> Response {
    let is_page = accept::wants_page(request.headers());
    let id = request_id::of(request.extensions()).map(str::to_owned);
    let response = next.run(request).await;
    if !is_silent_error(&response) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let status = parts.status;
    let (title, detail) = words(status, &parts.extensions);
    let id = id.as_deref().unwrap_or_default();
    let page = is_page.then(|| Page { title, detail, id }.render().ok());
    let mut body = match page.flatten() {
        Some(page) => Html(page).into_response(),
        None => problem(title, detail, status),
    };
    *body.status_mut() = status;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    body.headers_mut().extend(parts.headers);
    *body.extensions_mut() = parts.extensions;
    body
}

/// Whether it is an error whose body nobody has written.
fn is_silent_error(response: &Response) -> bool {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_written = response.headers().contains_key(header::CONTENT_TYPE);
    is_error && !is_written && response.body().size_hint().exact() == Some(0)
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

/// The title and the sentence of an error: its own, or those of its status.
pub fn words(status: StatusCode, extensions: &Extensions) -> (&str, &str) {
    match extensions.get::<Message>() {
        Some(message) => (&message.title, &message.detail),
        None => explain(status),
    }
}

/// A title and a sentence for a status.
pub fn explain(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => texts::UNAUTHORIZED,
        StatusCode::FORBIDDEN => texts::FORBIDDEN,
        StatusCode::NOT_FOUND => texts::NOT_FOUND,
        StatusCode::REQUEST_TIMEOUT => texts::TOO_SLOW,
        StatusCode::PAYLOAD_TOO_LARGE => texts::TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS => texts::TOO_MANY,
        StatusCode::SERVICE_UNAVAILABLE => texts::UNAVAILABLE,
        status if status.is_client_error() => texts::BAD_REQUEST,
        _ => texts::UNEXPECTED,
    }
}
