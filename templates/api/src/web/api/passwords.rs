//! Forgetting a password and choosing a new one.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::Body,
    problem::{Always, ForBody, ForLimits, Refused},
};
use crate::{
    accounts::{client::Client, reset, token::Purpose},
    app::App,
    texts::api_tokens::problems as texts,
    web::{form, link, passwords, throttle},
};

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ann@example.com" }))]
pub struct Forgot {
    #[schema(format = Email, max_length = 254)]
    email: String,
}

/// What is in the letter, and the password to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE", "new_password": "velvet harbour onion seven"
}))]
pub struct Reset {
    /// What the address in the letter ends with.
    token: String,
    #[schema(format = Password, min_length = 12, max_length = 256)]
    new_password: String,
}

/// Ask for a new password
///
/// Sends a letter with a link, if somebody has this address. The answer is the same if nobody has it.
#[utoipa::path(
    post,
    path = "/api/auth/reset-password",
    operation_id = "forget_password",
    tag = "Joining",
    request_body = Forgot,
    responses((status = 202, description = "If the address is known, a letter is on its way."), Always, ForBody, ForLimits)
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Forgot>,
) -> Result<StatusCode, Refused> {
    let email = form::email(&body.email)?;
    passwords::request(&app, &email, &client, None).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password
///
/// Ends everything that somebody is logged in with, and every API token. Nobody is logged in by this.
#[utoipa::path(
    put,
    path = "/api/auth/reset-password",
    operation_id = "reset_password",
    tag = "Joining",
    request_body = Reset,
    responses((status = 204, description = "The password is changed."), Always, ForBody, ForLimits)
)]
pub async fn update(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Reset>,
) -> Result<StatusCode, Refused> {
    let spent = || Refused::field("token", texts::TOKEN_SPENT);
    let found = link::find(&app, Purpose::ResetPassword, &body.token).await?;
    let (secret, addressee) = found.ok_or_else(spent)?;
    let email = addressee.email();
    let lane = throttle::after_link(&app, email, &client).await?;
    let password = form::new_password(&app, lane, &body.new_password, email, &client).await?;
    let password = password.map_err(|errors| {
        let what = errors.password.unwrap_or_default();
        Refused::field("new_password", what)
    })?;
    match reset::finish(&app, &secret, &password, lane, &client).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(spent()),
    }
}
