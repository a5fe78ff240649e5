//! Joining.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::Body,
    problem::{Always, ForBody, ForLimits, Refused},
};
use crate::{
    accounts::{
        client::Client,
        registration::{self, FirstMethod},
    },
    app::App,
    web::registrations,
};

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ann@example.com", "password": "meadow trumpet gravel nine" }))]
pub struct Register {
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Any characters, but none that is easy to guess.
    #[schema(format = Password, min_length = 12, max_length = 256)]
    password: String,
}

/// What comes next is in a letter.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "confirmation_token": "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE" }))]
pub struct Registered {
    /// Send it with the code from the letter to confirm the address, within ten minutes. Tell it to nobody else.
    confirmation_token: String,
}

/// Register
///
/// Sends a letter with a code. The answer is the same for an address that has an account: then the letter says so.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    operation_id = "register",
    tag = "Joining",
    request_body = Register,
    responses((status = 202, description = "A letter is on its way.", body = Registered), Always, ForBody, ForLimits)
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    Body(body): Body<Register>,
) -> Result<(StatusCode, Json<Registered>), Refused> {
    app.limits.passwords.count(client.network)?;
    let (email, password) =
        registrations::check(&app, &body.email, &body.password, &client).await??;
    let method = FirstMethod::Password(&password);
    let program = registration::register(&app, &email, method, &client).await?;
    let confirmation_token = program.reveal();
    Ok((
        StatusCode::ACCEPTED,
        Json(Registered { confirmation_token }),
    ))
}
