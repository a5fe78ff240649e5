//! Logging an app in, keeping it in, and logging it out.

pub mod second_factor;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    body::Body,
    problem::{Always, ForBody, ForLimits, Problem, Refused},
    scope_name::ScopeName,
};
use crate::{
    accounts::{
        api::scope::{self, Scopes},
        client::Client,
        email::Email,
        jwt::{
            ACCESS, Tokens,
            log_in::{self, Entry},
            refresh::{self as refreshing, Exchange},
        },
        password::Password,
        secret::Secret,
    },
    app::App,
    texts::{api_tokens as tokens, jwt::problems as texts},
    web::throttle,
};

/// What the document says of them.
#[derive(OpenApi)]
#[openapi(
    paths(create, second_factor::create, refresh, delete, super::jwks::show),
    tags((name = "Apps", description = "Logging in with a password, for apps of your own."))
)]
pub struct Endpoints;

/// Who logs in with an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ann@example.com", "password": "meadow trumpet gravel nine" }))]
pub struct LogIn {
    #[schema(format = Email)]
    email: String,
    #[schema(format = Password)]
    password: String,
    /// What the app needs to do. Left out: everything.
    #[schema(value_type = Option<Vec<ScopeName>>, inline)]
    scopes: Option<Vec<String>>,
    /// What an earlier log-in of this app has answered, so that other people's wrong passwords do not lock it out.
    client_token: Option<String>,
}

/// The app as a client that the account may know, as it knows browsers.
fn known(client: Client, client_token: Option<&str>) -> Client {
    let token = client_token.and_then(Secret::parse);
    Client {
        device: token.or(client.device),
        ..client
    }
}

/// What an app keeps its person logged in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE" }))]
pub struct Refresh {
    refresh_token: String,
}

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": 900,
    "refresh_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE", "scopes": ["profile:read"]
}))]
pub struct Pair {
    /// For the header Authorization.
    access_token: String,
    /// Bearer
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// For the next pair, once. It is worth the password: keep it where the system keeps secrets.
    refresh_token: String,
    #[schema(value_type = Vec<ScopeName>, inline)]
    scopes: Vec<&'static str>,
    /// After a log-in without one: for the next log-in. It is no password: keep it for as long as the app is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
}

impl Pair {
    /// No cache may keep it (RFC 6749, section 5.1), which every answer of ours says.
    fn answer(tokens: Tokens) -> Response {
        let pair = Self {
            access_token: tokens.access,
            token_type: "Bearer",
            expires_in: ACCESS.whole_seconds(),
            refresh_token: tokens.refresh.reveal(),
            scopes: tokens.family.scopes.names(),
            client_token: tokens.client.as_ref().map(Secret::reveal),
        };
        Json(pair).into_response()
    }
}

/// Log in
///
/// Exchanges a password for a pair of tokens. Whatever is wrong, the answer is the same.
#[utoipa::path(
    post,
    path = "/api/auth/token",
    operation_id = "log_in",
    tag = "Apps",
    request_body = LogIn,
    responses(
        (status = 200, description = "The tokens.", body = Pair),
        (status = 401, description = "Refused.", body = Problem, content_type = "application/problem+json"),
        Always,
        ForBody,
        (status = 403, description = "The password is right, and a step is missing.", body = second_factor::PendingProblem, content_type = "application/problem+json"),
        ForLimits
    )
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    Body(body): Body<LogIn>,
) -> Result<Response, Refused> {
    let scopes = scopes(body.scopes.as_deref())?;
    let (email, password) = (Email::parse(&body.email), Password::typed(&body.password));
    let client = known(client, body.client_token.as_deref());
    throttle::login(&app, email.as_ref(), &client).await?;
    match log_in::with_password(&app, email.as_ref(), &password, scopes, &client).await? {
        Entry::In(tokens) => Ok(Pair::answer(*tokens)),
        Entry::Pending(pending) => Ok(second_factor::still_pending(&app, pending)),
        Entry::Refused => Err(refused(texts::REFUSED)),
        Entry::Unavailable => Ok(later()),
    }
}

fn scopes(names: Option<&[String]>) -> Result<Scopes, Refused> {
    let names: Vec<&str> = match names {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => scope::ALL.iter().map(|(name, _)| *name).collect(),
    };
    let scopes = Scopes::named(names);
    scopes.map_err(|_| Refused::field("scopes", tokens::SCOPE_UNKNOWN))
}

/// The next pair
///
/// Exchanges a refresh token, once. Within a minute it brings the same next one again, for a response that was lost or two requests
/// that ran at once, as long as that was not used. Later, it has been copied: then the app is logged out, wherever it runs.
#[utoipa::path(
    post,
    path = "/api/auth/token/refresh",
    operation_id = "refresh",
    tag = "Apps",
    request_body = Refresh,
    responses(
        (status = 200, description = "The tokens.", body = Pair),
        (status = 401, description = "It is good for nothing any more: log in again.", body = Problem, content_type = "application/problem+json"),
        Always,
        ForBody,
        ForLimits
    )
)]
pub async fn refresh(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Refresh>,
) -> Result<Response, Refused> {
    let token = Secret::parse(&body.refresh_token);
    count(&app, token.as_ref(), &client).await?;
    let exchanged = match token {
        Some(token) => refreshing::exchange(&app, &token, &client).await?,
        None => Exchange::Refused,
    };
    match exchanged {
        Exchange::Done(tokens) => Ok(Pair::answer(*tokens)),
        Exchange::Unavailable => Ok(later()),
        Exchange::Refused => Err(refused(texts::REFRESH_REFUSED)),
    }
}

/// Log out
///
/// Ends a refresh token and whatever came out of it. One that is unknown, or has ended, is answered alike (RFC 7009).
#[utoipa::path(
    delete,
    path = "/api/auth/token",
    operation_id = "log_out",
    tag = "Apps",
    request_body = Refresh,
    responses((status = 200, description = "It is good for nothing any more."), Always, ForBody, ForLimits)
)]
pub async fn delete(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Refresh>,
) -> Result<StatusCode, Refused> {
    let token = Secret::parse(&body.refresh_token);
    count(&app, token.as_ref(), &client).await?;
    if let Some(token) = token {
        log_in::out(&app, &token, &client).await?;
    }
    Ok(StatusCode::OK)
}

/// Counts a refresh token by the family it belongs to, which nobody else can use up. One that does not exist is counted by
/// network.
async fn count(app: &App, token: Option<&Secret>, client: &Client) -> Result<(), Refused> {
    let family = match token {
        Some(token) => refreshing::family_of(&app.db, token).await?,
        None => None,
    };
    match family {
        Some(family) => app.limits.refresh.count(&family.to_string())?,
        None => app.limits.refresh_unknown.count(client.network)?,
    }
    Ok(())
}

fn later() -> Response {
    let later = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, later).into_response()
}

fn refused(says: (&str, &str)) -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, says).challenge("Bearer")
}
