//! `GET /health`: whether this process can do its work. For load balancers; it tells no secrets.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{app::App, db};

pub fn router() -> Router<App> {
    Router::new().route("/health", get(show))
}

async fn show(State(app): State<App>) -> Response {
    let (database, migrations) = match db::is_behind(&app.db).await {
        Ok(is_behind) => (true, !is_behind),
        Err(_) => (false, false),
    };
    let jobs = app.jobs.can_be_reached().await;
    let healthy = database && migrations && jobs;
    let status = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = |good: bool| if good { "ok" } else { "failing" };
    let checks =
        json!({ "database": word(database), "migrations": word(migrations), "jobs": word(jobs) });
    (
        status,
        Json(json!({ "status": word(healthy), "checks": checks })),
    )
        .into_response()
}
