//! What a browser may ask. HTTP lives here and SQL does not.
//!
//! Start with [`routes`]: the table of every address, who may come in, and which function answers.

//% if api
pub mod api;
//% endif
pub mod assets;
pub mod client;
pub mod confirmation_links;
pub mod confirmations;
pub mod cookies;
pub mod current_user;
pub mod email_vetoes;
pub mod error;
pub mod form;
pub mod headers;
pub mod health;
pub mod link;
pub mod log_in_links;
pub mod mailbox;
pub mod notice;
pub mod page;
pub mod passwords;
pub mod reactivations;
pub mod registrations;
pub mod request_id;
pub mod return_to;
pub mod routes;
pub mod same_browser;
pub mod sessions;
pub mod settings;
pub mod sudo;
pub mod throttle;
pub mod unlocks;
pub mod visitor;

use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
    trace::{DefaultOnResponse, TraceLayer},
};

use tracing::Level;

use crate::{app::App, config::Config};

/// The longest body we read. Give routes with uploads a `DefaultBodyLimit` of their own.
const LONGEST_BODY: usize = 64 * 1024;
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// The whole site: the accounts' pages, and yours. Everything below the layers passes through them, from the last to the first.
pub fn router(app: App, pages: Router<App>) -> Router {
    let log = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    routes::router()
        .layer(from_fn_with_state(app.clone(), same_browser::recognise))
        .merge(pages)
        .layer(from_fn_with_state(app.clone(), notice::forget_shown))
        .layer(from_fn_with_state(app.clone(), visitor::recognise))
        //% if api
        .merge(api::router(&app))
        //% endif
        .merge(assets::router())
        .merge(health::router())
        .layer(same_origin(&app.config))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            LONGEST_ANSWER,
        ))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(error::show))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(log)
        .layer(from_fn_with_state(app.clone(), request_id::set))
        .with_state(app)
}

/// Forms are taken from our own origins only: browsers say where they come from (`Sec-Fetch-Site`, `Origin`).
fn same_origin(config: &Config) -> CsrfLayer {
    let origins = config
        .allowed_origins
        .iter()
        .cloned()
        .chain([config.origin()]);
    origins.fold(CsrfLayer::new(), |layer, origin| {
        layer.clone().add_trusted_origin(origin).unwrap_or(layer)
    })
}

/// What the log knows of a request: the route, never the address itself, which may hold the secret of a letter.
fn span(request: &Request) -> tracing::Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str);
    let id = request_id::of(request.extensions()).unwrap_or("-");
    tracing::info_span!("request", method = %request.method(), route, id)
}
