//! Which other sites of yours may use the passkeys of this one (WebAuthn, 5.11). Browsers ask for it.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{app::App, web::error::Error};

#[derive(Serialize)]
struct RelatedOrigins<'a> {
    origins: &'a [String],
}

/// Answers 404 where `PASSKEY_ORIGINS` names none.
pub async fn show(State(app): State<App>) -> Result<Response, Error> {
    let origins = app.config.passkeys.origins.as_slice();
    if origins.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(Json(RelatedOrigins { origins }).into_response())
}
