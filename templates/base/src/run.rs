//! Starting and stopping: `serve`, `worker` and `migrate`.

use std::{io::IsTerminal, net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{app::App, config::Config, db, jobs, web};

/// How long requests under way may take after a stop was asked for. Docker kills after 10 s, Kubernetes and systemd later.
const GRACE: Duration = Duration::from_secs(8);

const TIDY_EVERY: Duration = Duration::from_mins(10);

/// Serves pages and works jobs in one process, until SIGTERM or Ctrl-C.
pub async fn serve(config: Config, pages: Router<App>) -> anyhow::Result<()> {
    let app = open(config).await?;
    let mut working = jobs::start(&app)?;
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is something running there? (PORT)")
    })?;
    tokio::spawn(forget_idle_visitors(app.clone()));
    //% if jwt
    tokio::spawn(erase_children(app.clone()));
    //% endif

    tracing::info!("listening on {}", app.config.origin());
    let jobs = working.stopper();
    let stop = async move {
        stop_signal().await;
        jobs.stop();
    };
    let router = web::router(app, pages).into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(stop) => served?,
        () = grace_is_over() => tracing::warn!("some requests were still running and have been cut off"),
    }
    Ok(working.wait().await?)
}

/// Works jobs only. Run as many of these as you like beside `serve` (on SQLite: on the same machine).
pub async fn worker(config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    let mut working = jobs::start(&app)?;
    tracing::info!("working jobs");
    stop_signal().await;
    Ok(working.stop().await?)
}

/// Brings the database up to date. The release step of a deployment on PostgreSQL.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    let pool = db::connect(&config).await?;
    db::migrate(&pool).await?;
    tracing::info!("the database is up to date");
    Ok(())
}

/// Everything that a handler, a job or a command can reach.
pub async fn open(config: Config) -> anyhow::Result<App> {
    let pool = db::connect(&config).await?;
    if db::MIGRATES_AT_START || !config.is_production() {
        db::migrate(&pool).await?;
    } else if db::is_behind(&pool).await? {
        anyhow::bail!("the database is behind this program: run its `migrate` command first");
    }
    let app = App::new(config, pool)?;
    //% if jwt
    // Makes the first key of `jwt_keys`, or notices now that ENCRYPTION_KEYS does not open it.
    crate::accounts::jwt::keys::current(&app).await?;
    //% endif
    Ok(app)
}

/// Human lines in development, JSON in production. `RUST_LOG` chooses what is shown.
pub fn start_logging(config: &Config) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,riverqueue=warn,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    match config.is_production() {
        true => log.json().init(),
        false => log.compact().init(),
    }
}

/// Limits count in memory, and would count for ever.
async fn forget_idle_visitors(app: App) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        app.limits.forget_idle();
    }
}

//% if jwt
/// Refresh tokens that are kept for lost responses are kept for a minute.
async fn erase_children(app: App) {
    loop {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let erased = crate::accounts::jwt::refresh::erase_children(&app.db, app.now());
        app.housekeeping.run("sealed_child", erased).await;
    }
}

//% endif
async fn grace_is_over() {
    stop_signal().await;
    tokio::time::sleep(GRACE).await;
}

async fn stop_signal() {
    let terminated = async {
        #[cfg(unix)]
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        };
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => (),
        () = terminated => (),
    }
}
