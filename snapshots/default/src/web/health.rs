//! `GET /health`: whether this process can do its work. For load balancers; it tells no secrets.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{app::App, db};

pub fn router() -> Router<App> {
    Router::new().route("/health", get(show))
}

/// One short query each for the tables and for the jobs: everybody may ask this.
async fn show(State(app): State<App>) -> Response {
    let migrated = db::is_migrated(&app.db).await;
    let (database, migrations) = (migrated.is_ok(), migrated.unwrap_or(false));
    let jobs = database && app.jobs.can_be_reached().await;
    let healthy = database && migrations && jobs;
    let word = |good: bool| if good { "ok" } else { "failing" };
    let checks =
        json!({ "database": word(database), "migrations": word(migrations), "jobs": word(jobs) });
    let body = Json(json!({ "status": word(healthy), "checks": checks }));
    if healthy {
        return body.into_response();
    }
    let retry_after = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after, body).into_response()
}
