//! The OpenAPI document (3.1), made from the handlers. A test compares it with the table.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, ServerBuilder,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{
    confirmations, me, passwords,
    problem::{Problem, Refused},
    registrations, sessions, tokens,
};
use crate::{app::App, brand, web::cookies};

/// Every endpoint. The order is that of the page.
#[derive(OpenApi)]
#[openapi(
    paths(
        registrations::create,
        confirmations::create,
        passwords::create,
        passwords::update,
        me::show,
        sessions::index,
        tokens::index,
        tokens::create,
        tokens::delete,
        tokens::delete_all,
        show,
    ),
    components(schemas(Problem)),
    modifiers(&Security),
    tags(
        (name = "Joining", description = "An account, and a new password."),
        (name = "Account", description = "Whose token it is, and where they are logged in."),
        (name = "API tokens", description = "What programs come with."),
        (name = "About")
    )
)]
struct Endpoints;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", bearer);
        let session = ApiKey::Cookie(ApiKeyValue::new(cookies::SESSION));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// What the API can do.
pub fn document(app: &App) -> Document {
    let mut document = Endpoints::openapi();
    //% if jwt
    document.merge(super::jwt::Endpoints::openapi());
    //% endif
    document.info.title = brand::NAME.to_owned();
    document.info.license = None;
    let server = ServerBuilder::new().url(app.config.origin()).build();
    document.servers = Some(vec![server]);
    document
}

/// This document
///
/// Production has none unless it is told to.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "show_document",
    tag = "About",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object), super::problem::Always, super::problem::ForId)
)]
pub async fn show(State(app): State<App>) -> Result<Response, Refused> {
    match app.config.api_docs {
        true => Ok(Json(document(&app)).into_response()),
        false => Err(Refused::not_found()),
    }
}
