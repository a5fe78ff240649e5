//! The table of what programs may ask: address, what the token has to be good for, and what answers. The router is built from it
//! and enforces it, and tests walk it.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::Method,
    middleware::{Next, from_fn},
    response::Response,
    routing::{self, MethodRouter},
};

use super::{
    bearer, confirmations, docs, me, openapi, passwords, problem::Refused, registrations, sessions,
    tokens,
};
use crate::{
    accounts::api::scope::{ApiTokensRead, ApiTokensWrite, ProfileRead, Scope, SessionsRead},
    app::App,
    web::{routes, settings::api_tokens, to_the_end},
};
use Who::{Anyone, Bearer};

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Anyone,
    /// Who has a token that is good for this.
    Bearer(&'static str),
}

pub fn table() -> Vec<Route> {
    vec![
        // joining
        post("/api/auth/register", Anyone, registrations::create),
        post("/api/auth/confirm", Anyone, confirmations::create),
        post("/api/auth/reset-password", Anyone, passwords::create),
        put("/api/auth/reset-password", Anyone, passwords::update),
        // logging in with an app: jwt
        post("/api/auth/token", Anyone, super::jwt::create),
        post(
            "/api/auth/token/second-factor",
            Anyone,
            super::jwt::second_factor::create,
        ),
        post("/api/auth/token/refresh", Anyone, super::jwt::refresh),
        delete("/api/auth/token", Anyone, super::jwt::delete),
        get("/.well-known/jwks.json", Anyone, super::jwks::show),
        // account
        get("/api/me", Bearer(ProfileRead::NAME), me::show),
        get("/api/sessions", Bearer(SessionsRead::NAME), sessions::index),
        get("/api/tokens", Bearer(ApiTokensRead::NAME), tokens::index),
        delete(
            "/api/tokens",
            Bearer(ApiTokensWrite::NAME),
            tokens::delete_all,
        ),
        delete(
            "/api/tokens/{id}",
            Bearer(ApiTokensWrite::NAME),
            tokens::delete,
        ),
        // what there is
        get("/api/openapi.json", Anyone, openapi::show),
    ]
}

/// The pages about all this, for the table of what browsers may ask. Making a token stands there, too: it takes a person who has
/// just shown who they are, and no program may do it.
pub fn pages() -> [routes::Route; 6] {
    use crate::web::routes::{
        Who::{Anyone, RecentUser, User},
        get, post,
    };

    const PAGE: &str = "/users/settings/api-tokens";
    [
        get("/api/docs", Anyone, docs::show),
        get(PAGE, User, api_tokens::index),
        post(PAGE, RecentUser, api_tokens::create),
        post(
            "/users/settings/api-tokens/{id}/revoke",
            RecentUser,
            api_tokens::revoke,
        ),
        post(
            "/users/settings/api-tokens/revoke-all",
            RecentUser,
            api_tokens::revoke_all,
        ),
        post("/api/tokens", RecentUser, tokens::create),
    ]
}

/// A row of the table.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
    handler: MethodRouter<App>,
}

fn get<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    row(Method::GET, path, who, routing::get(handler))
}

fn post<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    row(Method::POST, path, who, routing::post(handler))
}

fn put<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    row(Method::PUT, path, who, routing::put(handler))
}

fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    row(Method::DELETE, path, who, routing::delete(handler))
}

fn row(method: Method, path: &'static str, who: Who, handler: MethodRouter<App>) -> Route {
    Route {
        method,
        path,
        who,
        handler,
    }
}

pub fn router(app: &App) -> Router<App> {
    table().into_iter().fold(Router::new(), |router, route| {
        let (who, app) = (route.who, app.clone());
        tracing::debug!(%route.method, route.path, ?who, "route");
        let guard =
            from_fn(move |request: Request, next: Next| enforce(app.clone(), who, request, next));
        router.route(route.path, route.handler.route_layer(guard))
    })
}

async fn enforce(
    app: App,
    who: Who,
    mut request: Request,
    next: Next,
) -> Result<Response, Refused> {
    if let Bearer(scope) = who {
        let caller = bearer::authenticate(&app, request.headers()).await?;
        bearer::demand(&caller, scope)?;
        request.extensions_mut().insert(caller);
    }
    Ok(to_the_end::run(&app, next, request).await)
}
