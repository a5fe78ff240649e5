//! What a browser may ask. HTTP lives here and SQL does not.
//!
//! Start with [`routes`]: the table of every address, who may come in, and which function answers.

pub mod accept;
pub mod assets;
pub mod client;
pub mod confirmation_links;
pub mod confirmations;
pub mod connections;
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
pub mod origin;
pub mod page;
pub mod passkeys;
pub mod passwords;
pub mod path;
pub mod reactivations;
pub mod registrations;
pub mod request_id;
pub mod return_to;
pub mod routes;
pub mod same_browser;
pub mod second_factor;
pub mod sessions;
pub mod settings;
pub mod sudo;
pub mod throttle;
pub mod time_limit;
pub mod to_the_end;
pub mod unlocks;
pub mod visitor;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{from_fn, from_fn_with_state},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    trace::{DefaultOnResponse, TraceLayer},
};

use tracing::Level;

use self::time_limit::{TIME_LIMIT, TimeLimit};
use crate::app::App;

/// The longest body that extractors read, in bytes. A route of yours with uploads raises it for itself:
/// `.layer(DefaultBodyLimit::max(10 * 1024 * 1024))`.
const MAX_BODY: usize = 64 * 1024;

/// The whole site: the accounts' pages, and yours.
pub fn router(app: App, pages: Router<App>) -> Router {
    router_with(app, pages, TIME_LIMIT)
}

/// The same with another limit. Everything below the layers passes through them, from the last to the first.
pub fn router_with(app: App, pages: Router<App>, limit: TimeLimit) -> Router {
    let log = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    routes::router()
        .layer(from_fn_with_state(app.clone(), same_browser::recognise))
        .layer(from_fn_with_state(limit, time_limit::whole))
        .merge(pages.layer(from_fn_with_state(limit, time_limit::while_body_comes)))
        .layer(from_fn_with_state(app.clone(), notice::forget_shown))
        .layer(from_fn_with_state(app.clone(), visitor::recognise))
        .merge(assets::router())
        .merge(health::router())
        .layer(from_fn_with_state(app.clone(), origin::only_ours))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(error::show))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(log)
        .layer(from_fn(request_id::set))
        .with_state(app)
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
