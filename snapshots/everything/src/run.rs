//! Starting and stopping: `serve`, `worker` and `migrate`.

use std::{
    future::Future,
    io::{self, IsTerminal},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use axum::{Router, middleware::from_fn};
use tokio::net::TcpListener;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    accounts::{audit, housekeeping, session, user},
    app::App,
    config::Config,
    db,
    id::Id,
    jobs,
    web::{
        self,
        connections::{self, Connections, Peer},
    },
};

/// How long requests under way may take after a stop was asked for. Docker kills after 10 s, Kubernetes and systemd later.
const GRACE: Duration = Duration::from_secs(8);

const TIDY_EVERY: Duration = Duration::from_mins(10);
#[cfg(not(test))]
const ERASE_EVERY: Duration = Duration::from_mins(1);
#[cfg(test)]
const ERASE_EVERY: Duration = Duration::from_millis(100);

/// Serves pages and works jobs in one process, until SIGTERM or Ctrl-C.
pub async fn serve(config: Config, pages: Router<App>) -> anyhow::Result<()> {
    let app = open(config).await?;
    let mut working = jobs::start(&app)?;
    let listener = bind(app.config.listen).await?;
    tokio::spawn(forget_idle_visitors(app.clone()));
    tokio::spawn(erase_secrets(app.clone()));

    tracing::info!("listening on {}", app.config.origin());
    let jobs = working.stopper();
    let stop = async move {
        stop_signal().await;
        jobs.stop();
    };
    let listener = Connections::new(listener, connections::PATIENCE);
    let router = web::router(app.clone(), pages).layer(from_fn(connections::in_use));
    let router = router.into_make_service_with_connect_info::<Peer>();
    let served = async {
        axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await?;
        // What clients have begun that have hung up since.
        app.places.are_free().await;
        anyhow::Ok(())
    };
    tokio::select! {
        served = served => served?,
        () = grace_is_over() => tracing::warn!("some requests were still running and have been cut off"),
    }
    Ok(working.wait().await?)
}

/// Listens, on 0.0.0.0 instead of `[::]` where IPv6 is off.
pub async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    bind_with(listen, TcpListener::bind).await
}

/// The same with a function that listens.
pub async fn bind_with<L, B: Future<Output = io::Result<L>>>(
    listen: SocketAddr,
    bind: impl Fn(SocketAddr) -> B,
) -> anyhow::Result<L> {
    let bound = match bind(listen).await {
        Err(error) if is_without_ipv6(listen, &error) => {
            bind((Ipv4Addr::UNSPECIFIED, listen.port()).into()).await
        }
        bound => bound,
    };
    bound.with_context(|| format!("cannot listen on {listen}: is something running there? (PORT)"))
}

fn is_without_ipv6(listen: SocketAddr, error: &io::Error) -> bool {
    let is_about_port = [io::ErrorKind::AddrInUse, io::ErrorKind::PermissionDenied];
    listen.ip() == Ipv6Addr::UNSPECIFIED && !is_about_port.contains(&error.kind())
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
    if db::is_newer(&app.db).await? {
        tracing::warn!("the database is newer than this program");
        can_be_read(&app).await.context(
            "this program cannot work with its database, which is newer: deploy the newer program",
        )?;
    }
    // Makes the first key of `jwt_keys`, or notices now that ENCRYPTION_KEYS does not open it.
    if crate::accounts::jwt::keys::current(&app).await?.is_none() {
        anyhow::bail!(
            "no key for access tokens signs now: look at ENCRYPTION_KEYS and at the table jwt_keys"
        );
    }
    Ok(app)
}

/// Whether what is always asked for still has all its columns.
async fn can_be_read(app: &App) -> sqlx::Result<()> {
    let nobody = Id::default();
    user::by_id(&app.db, nobody).await?;
    session::list(&app.db, nobody, app.now()).await?;
    audit::latest(&app.db, nobody, 1).await?;
    Ok(())
}

/// What is logged where `RUST_LOG` says nothing. `webauthn-rs` logs as errors whatever anybody sends.
const LOG_FILTER: &str = "info,riverqueue=warn,sqlx=warn,webauthn_rs_core=off";

/// Human lines in development, JSON in production. `RUST_LOG` chooses what is shown.
pub fn start_logging(config: &Config) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    let log = fmt::layer().with_ansi(std::io::stdout().is_terminal());
    let log = match config.is_production() {
        true => log.json().boxed(),
        false => log.compact().boxed(),
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter_fn(may_be_logged)))
        .with(filter)
        .init();
}

/// At TRACE, crates of others show whole addresses and bodies, with the secrets in them: whatever `RUST_LOG` says, that level is
/// for our own lines.
pub fn may_be_logged(metadata: &Metadata) -> bool {
    let is_ours = metadata.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"));
    is_ours || *metadata.level() < Level::TRACE
}

/// Limits count in memory, and would count for ever.
pub async fn forget_idle_visitors(app: App) {
    loop {
        app.limits.forget_idle();
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// Secrets that are kept for second clicks and lost responses are kept for a minute.
async fn erase_secrets(app: App) {
    loop {
        tokio::time::sleep(ERASE_EVERY).await;
        housekeeping::erase_secrets(&app).await;
    }
}

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
