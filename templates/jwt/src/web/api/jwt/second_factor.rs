//! The second factor of a user who logs in with an app.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Pair, known, later, refused};
use crate::{
    accounts::{
        client::Client,
        jwt::log_in::{self, Entry, PendingLogin},
        login_step::LoginStep,
        secret::Secret,
    },
    app::App,
    texts::jwt::problems as texts,
    web::{
        api::{
            body::Body,
            problem::{Always, ForBody, ForLimits, Problem, Refused},
        },
        throttle,
    },
};

/// The second factor of a user who logs in with an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "login_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE", "code": "287082" }))]
pub struct SecondFactor {
    /// As the response to the password has it.
    login_token: String,
    /// Of the authenticator app, or a backup code.
    code: String,
    /// The same as with the password.
    client_token: Option<String>,
}

/// What is left of a log-in: a problem (RFC 9457) with two more members.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "One step is missing", "status": 403,
    "detail": "Send login_token and a code to /api/auth/token/second-factor within ten minutes.",
    "login_steps": ["second_factor"], "login_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE"
}))]
pub struct PendingProblem {
    /// Always about:blank.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// The steps, in their order: second_factor or reactivation.
    #[schema(value_type = Vec<String>)]
    login_steps: Vec<LoginStep>,
    /// For the first of them. It is left out if that is taken in a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_token: Option<String>,
}

/// Log in: the second factor
///
/// Exchanges a login token and a code for a pair of tokens. A code works once. After five wrong ones, the password is asked for
/// again.
#[utoipa::path(
    post,
    path = "/api/auth/token/second-factor",
    operation_id = "log_in_second_factor",
    tag = "Apps",
    request_body = SecondFactor,
    responses(
        (status = 200, description = "The tokens.", body = Pair),
        (status = 401, description = "Refused.", body = Problem, content_type = "application/problem+json"),
        Always,
        ForBody,
        (status = 403, description = "The code is right, and a step is missing that is taken in a browser.", body = PendingProblem, content_type = "application/problem+json"),
        ForLimits
    )
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    Body(body): Body<SecondFactor>,
) -> Result<Response, Refused> {
    let client = known(client, body.client_token.as_deref());
    let pending = match Secret::parse(&body.login_token) {
        Some(token) => log_in::find_pending(&app, &token, &client).await?,
        None => None,
    };
    let Some(pending) = pending else {
        app.limits.refresh_unknown.count(client.network)?;
        return Err(refused(texts::CODE_REFUSED));
    };
    throttle::second_factor(&app, &pending, &client).await?;
    match log_in::with_second_factor(&app, &pending, &body.code, &client).await? {
        Entry::In(tokens) => Ok(Pair::answer(*tokens)),
        Entry::Pending(pending) => Ok(still_pending(&app, pending)),
        Entry::Refused => Err(refused(texts::CODE_REFUSED)),
        Entry::Unavailable => Ok(later()),
    }
}

/// Tells an app which steps are left.
pub(super) fn still_pending(app: &App, pending: PendingLogin) -> Response {
    let status = StatusCode::FORBIDDEN;
    let detail = match (&pending.login_token, pending.steps.first()) {
        (Some(_), _) => texts::SECOND_FACTOR_HELP.to_owned(),
        (None, Some(LoginStep::SecondFactor)) => {
            let page = app.config.link("/users/settings/second-factor");
            format!("{} {page}", texts::NO_CODES_HELP)
        }
        (None, step) => {
            let page = step.map_or("/", |step| step.page());
            format!("{} {}", texts::HELD_HELP, app.config.link(page))
        }
    };
    let problem = PendingProblem {
        r#type: "about:blank",
        title: texts::HELD,
        status: status.as_u16(),
        detail,
        login_steps: pending.steps,
        login_token: pending.login_token.map(|token| token.reveal()),
    };
    let json = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, json, Json(problem)).into_response()
}
