//! What programs may ask. They come with a token instead of a cookie, and get JSON.
//!
//! Start with [`routes`], the table. For an endpoint of your own: a handler with `#[utoipa::path(…)]`, a row there, a line in
//! [`openapi`], and a scope in `accounts/api/scope.rs` if it needs one. A handler elsewhere just takes `Bearer<OrdersRead>`.

pub mod bearer;
pub mod body;
pub mod confirmations;
pub mod docs;
pub mod jwks;
pub mod jwt;
pub mod me;
pub mod openapi;
pub mod paging;
pub mod passwords;
pub mod problem;
pub mod registrations;
pub mod routes;
pub mod scope_name;
pub mod sessions;
pub mod tokens;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use time::{OffsetDateTime, error::Format, format_description::well_known::Rfc3339};
use tower_http::cors::CorsLayer;

use super::origin;
use crate::{app::App, config::Config};

/// Programs in a browser may come from `ALLOWED_ORIGINS`. They bring their token themselves, so cookies stay out of it.
pub fn router(app: &App) -> Router<App> {
    let routes = routes::router(app).layer(from_fn_with_state(app.clone(), from_allowed_origins));
    match app.config.allowed_origins.is_empty() {
        true => routes,
        false => routes.layer(cors(&app.config)),
    }
}

async fn from_allowed_origins(State(app): State<App>, request: Request, next: Next) -> Response {
    origin::check(&app.config.allowed_origins, &app, request, next).await
}

fn cors(config: &Config) -> CorsLayer {
    let origins = config.allowed_origins.iter();
    let origins = origins.filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE])
}

/// A moment as JSON has it: RFC 3339, such as `2027-03-01T12:00:00Z`.
fn moment(at: OffsetDateTime) -> Result<String, Format> {
    at.format(&Rfc3339)
}
