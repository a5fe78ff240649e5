//! `GET /health`: whether this process can do its work. For load balancers; it tells no secrets.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::{sync::Mutex, time::timeout};

use crate::{app::App, db};

/// How long an answer is good for everybody. Anybody may ask, so the database is asked no more often than this, and once at a
/// time.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// A database that does not answer in this time is failing: load balancers do not wait for longer than a few seconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Default)]
struct Checks {
    database: bool,
    migrations: bool,
    jobs: bool,
}

/// The last answer, and when it was found.
type Latest = Arc<Mutex<Option<(Duration, Checks)>>>;

pub fn router() -> Router<App> {
    let latest = Latest::default();
    Router::new()
        .route("/health", get(show))
        .layer(Extension(latest))
}

async fn show(State(app): State<App>, Extension(latest): Extension<Latest>) -> Response {
    let Checks {
        database,
        migrations,
        jobs,
    } = latest_checks(&app, &latest).await;
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

async fn latest_checks(app: &App, latest: &Latest) -> Checks {
    let mut latest = latest.lock().await;
    let now = app.clock.uptime();
    if let Some((_, checks)) = latest.filter(|(at, _)| now < *at + GOOD_FOR) {
        return checks;
    }
    let checks = timeout(PATIENCE, check(app)).await.unwrap_or_default();
    *latest = Some((app.clock.uptime(), checks));
    checks
}

/// One short query each for the tables and for the jobs.
async fn check(app: &App) -> Checks {
    let migrated = db::is_migrated(&app.db).await;
    let database = migrated.is_ok();
    Checks {
        database,
        migrations: migrated.unwrap_or(false),
        jobs: database && app.jobs.can_be_reached().await,
    }
}
