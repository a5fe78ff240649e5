//! What goes wrong, as programs are told (problem+json, RFC 9457).

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        ContentBuilder, Header, HeaderBuilder, Object, Ref, RefOr, Response as Described,
        ResponseBuilder, Type,
    },
};

use crate::{
    texts::api_tokens::problems as texts,
    web::{
        error::{self, Error},
        form,
    },
};

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Not valid", "status": 422,
    "detail": "The body has the right form, but something in it cannot be: see errors.",
    "errors": { "email": "This does not look like an e-mail address." }
}))]
pub struct Problem {
    /// Always about:blank: the status says what kind of problem it is.
    r#type: &'static str,
    title: String,
    status: u16,
    detail: String,
    /// What is wrong with fields of the body, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<&'static str, String>,
}

/// An answer that says no. Handlers return it, also by `?` from whatever else fails.
#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
    title: String,
    detail: String,
    errors: BTreeMap<&'static str, String>,
    headers: Box<HeaderMap>,
}

impl Refused {
    pub fn new(status: StatusCode, (title, detail): (&str, &str)) -> Self {
        Self {
            status,
            title: title.to_owned(),
            detail: detail.to_owned(),
            errors: BTreeMap::new(),
            headers: Box::default(),
        }
    }

    /// What was asked for is not there, or is somebody else's: which of them, nobody is told.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, texts::NOT_FOUND)
    }

    /// One field cannot be as it is.
    pub fn field(name: &'static str, what: &str) -> Self {
        Self::fields([(name, what)])
    }

    pub fn fields<'a>(errors: impl IntoIterator<Item = (&'static str, &'a str)>) -> Self {
        let errors = errors.into_iter();
        Self {
            errors: errors.map(|(name, what)| (name, what.to_owned())).collect(),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, texts::INVALID)
        }
    }

    /// Says how to do better (RFC 6750, section 3).
    pub fn challenge(mut self, challenge: &str) -> Self {
        if let Ok(challenge) = HeaderValue::from_str(challenge) {
            self.headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        self
    }
}

impl From<form::Errors> for Refused {
    fn from(errors: form::Errors) -> Self {
        let named = [
            ("email", errors.email),
            ("password", errors.password),
            ("code", errors.code),
            ("current_password", errors.current_password),
        ];
        Self::fields(
            named
                .into_iter()
                .filter_map(|(name, what)| Some((name, what?))),
        )
    }
}

/// Whatever fails elsewhere, errors of yours included: the same status, words and headers as a page would have.
impl<E> From<E> for Refused
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        let answer = Error::from(error).into_response();
        let words = error::words(answer.status(), answer.extensions());
        Self {
            headers: Box::new(answer.headers().clone()),
            ..Self::new(answer.status(), words)
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = Problem {
            r#type: "about:blank",
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        };
        let mut headers = *self.headers;
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        (self.status, headers, Json(problem)).into_response()
    }
}

/// What any endpoint may answer.
pub struct Always;
/// What an endpoint that takes a body may answer besides.
pub struct ForBody;
/// What an endpoint that takes a token may answer besides.
pub struct ForBearer;
/// What an endpoint that counts how often somebody tries may answer besides.
pub struct ForLimits;
/// What an endpoint with a hole in its address may answer besides.
pub struct ForId;

type Responses = BTreeMap<String, RefOr<Described>>;

impl IntoResponses for Always {
    fn responses() -> Responses {
        describe(&[
            (400, "The request does not make sense."),
            (413, "The body is larger than 64 KiB."),
            (500, "It was our fault."),
            (503, "Too busy, for the seconds in Retry-After."),
        ])
    }
}

impl IntoResponses for ForBody {
    fn responses() -> Responses {
        describe(&[
            (403, "A browser sends this from a site that may not."),
            (415, "The body is not said to be JSON."),
            (422, "Something in the body is missing, or cannot be."),
        ])
    }
}

impl IntoResponses for ForBearer {
    fn responses() -> Responses {
        describe(&[
            (
                401,
                "There is no token, or it is not good any more. WWW-Authenticate says which.",
            ),
            (
                403,
                "The token lacks the scope that WWW-Authenticate names.",
            ),
        ])
    }
}

impl IntoResponses for ForLimits {
    fn responses() -> Responses {
        describe(&[(429, "Too many tries, for the seconds in Retry-After.")])
    }
}

impl IntoResponses for ForId {
    fn responses() -> Responses {
        describe(&[(404, "There is none, or it is not theirs.")])
    }
}

fn describe(answers: &[(u16, &str)]) -> Responses {
    answers
        .iter()
        .map(|(status, says)| (status.to_string(), RefOr::T(described(*status, says))))
        .collect()
}

fn described(status: u16, says: &str) -> Described {
    let known = StatusCode::from_u16(status).unwrap_or_default();
    let (title, detail) = error::explain(known);
    let example =
        json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(Some(example))
        .build();
    let response = ResponseBuilder::new()
        .description(says)
        .content("application/problem+json", content);
    match header(status) {
        Some((name, header)) => response.header(name, header).build(),
        None => response.build(),
    }
}

/// What helps a program further, in a header.
fn header(status: u16) -> Option<(&'static str, Header)> {
    let header = |kind, says| {
        let header = HeaderBuilder::new().schema(Some(Object::with_type(kind)));
        header.description(Some(says)).build()
    };
    match status {
        401 => Some((
            "www-authenticate",
            header(Type::String, "As RFC 6750 says."),
        )),
        429 | 503 => Some(("retry-after", header(Type::Integer, "Seconds."))),
        _ => None,
    }
}
