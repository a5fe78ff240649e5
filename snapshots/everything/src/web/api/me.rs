//! Who a token speaks for.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    bearer::Bearer,
    problem::{Always, ForBearer, Refused},
    scope_name::ScopeName,
};
use crate::accounts::api::scope::ProfileRead;

/// A person, and what the token that asks is good for.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0197a2f4-7a51-7c3e-9d0b-2f6c1f1b7a11", "email": "ann@example.com", "second_factor": true,
    "scopes": ["profile:read"]
}))]
pub struct Me {
    id: String,
    email: String,
    /// Whether a log-in asks for a second factor.
    second_factor: bool,
    #[schema(value_type = Vec<ScopeName>, inline)]
    scopes: Vec<&'static str>,
}

/// Who you are
///
/// The person whose token it is, and what the token is good for.
#[utoipa::path(
    get,
    path = "/api/me",
    operation_id = "show_me",
    tag = "Account",
    security(("bearer" = ["profile:read"])),
    responses((status = 200, description = "The person.", body = Me), Always, ForBearer)
)]
pub async fn show(bearer: Bearer<ProfileRead>) -> Result<Json<Me>, Refused> {
    Ok(Json(Me {
        id: bearer.user.id.to_string(),
        email: bearer.user.email.to_string(),
        second_factor: bearer.user.second_factor_at.is_some(),
        scopes: bearer.scopes.names(),
    }))
}
