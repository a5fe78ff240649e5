//! Showing that an address is one's own.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::Body,
    problem::{Always, ForBody, ForLimits, Refused},
};
use crate::{
    accounts::{api::joining, client::Client, secret::Secret},
    app::App,
    texts::api_tokens::problems as texts,
};

/// The code from the letter, for the program that has registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "confirmation_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE", "code": "4GQ7-K0ZM" }))]
pub struct Confirm {
    /// From the answer to registering.
    confirmation_token: String,
    /// Eight characters. Case, spaces and hyphens do not matter.
    code: String,
}

/// Confirm an address
///
/// With the code from the letter, which works for ten minutes and five tries. The letter has a link, too, that does the same in a
/// browser. Nobody is logged in by this.
#[utoipa::path(
    post,
    path = "/api/auth/confirm",
    operation_id = "confirm",
    tag = "Joining",
    request_body = Confirm,
    responses((status = 204, description = "The address is confirmed."), Always, ForBody, ForLimits)
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Confirm>,
) -> Result<StatusCode, Refused> {
    app.limits.confirm.count(client.network)?;
    let confirmed = match Secret::parse(&body.confirmation_token) {
        Some(program) => joining::confirm(&app, &program, &body.code, &client).await?,
        None => false,
    };
    match confirmed {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refused::field("code", texts::CODE_WRONG)),
    }
}
