//! The database: PostgreSQL. All that is particular to it is in this file and in `migrations/`.

pub mod schema;

use std::str::FromStr;

use anyhow::Context;
use riverqueue::migrate::PostgresMigrator;
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, Connection as _, Postgres,
    migrate::{MigrateDatabase, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::config::Config;

pub type Db = sqlx::Postgres;
pub type Pool = sqlx::PgPool;
pub type Tx = sqlx::Transaction<'static, Db>;
pub type Connection = sqlx::PgConnection;

/// A query that locks the rows it finds until its transaction ends. Rows elsewhere that point to them can still be inserted.
macro_rules! locking {
    ($select:literal) => {
        concat!($select, " for no key update")
    };
}
pub(crate) use locking;

/// The same for rows that can wait: those that another transaction holds are left for the next time, so that this one waits for
/// nobody and can be part of no deadlock.
macro_rules! locking_free {
    ($select:literal) => {
        concat!($select, " for update skip locked")
    };
}
pub(crate) use locking_free;

pub const DEVELOPMENT_URL: &str = "postgres://postgres:postgres@localhost/shop_development";
/// In production many programs may share the database: `migrate` is a step of its own before they start.
pub const MIGRATES_AT_START: bool = false;

/// A database that a newer program has migrated is no reason not to start: after a deployment, the older one may have to come
/// back. [`is_newer`] tells.
static MIGRATIONS: Migrator = Migrator {
    ignore_missing: true,
    ..sqlx::migrate!()
};

/// Any number will do, as long as nothing else in this database uses it.
const MIGRATION_LOCK: i64 = 4_159_265_358;
/// The same for the first of two numbers.
const EMAIL_LOCKS: i32 = 979_323_846;

/// Connects. In development a database that does not exist is created; in production the server has to prove who it is.
pub async fn connect(config: &Config) -> anyhow::Result<Pool> {
    let url = config.database_url.expose_secret();
    let options = options(config, PgConnectOptions::from_str(url)?);
    if !config.is_production() && !Postgres::database_exists(url).await? {
        Postgres::create_database(url).await?;
    }
    let connected = pool(config).connect_with(options).await;
    connected.context("cannot connect to the database (DATABASE_URL, DATABASE_TLS)")
}

pub fn pool(config: &Config) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(config.pool_size)
        .acquire_timeout(config.database_wait)
}

/// What is wrong with a `DATABASE_URL`, if anything.
pub fn refuse_url(url: &str) -> Option<&'static str> {
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let is_good = is_postgres && PgConnectOptions::from_str(url).is_ok();
    (!is_good).then_some("must be a server: postgres://user:password@host/name")
}

/// In production `verify-full`, with the certificates that the system trusts, unless `DATABASE_TLS` or `sslmode` in the URL say
/// otherwise in so many words. `prefer` and `allow` are what is there when nothing was said.
pub fn options(config: &Config, options: PgConnectOptions) -> PgConnectOptions {
    let is_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
    let given = match options.get_ssl_mode() {
        PgSslMode::Allow | PgSslMode::Prefer => None,
        given => Some(given),
    };
    let mode = match config.database_tls.or(given) {
        Some(mode) => mode,
        None if is_socket || !config.is_production() => return options,
        None => PgSslMode::VerifyFull,
    };
    if config.is_production() && matches!(mode, PgSslMode::Disable | PgSslMode::Require) {
        tracing::warn!("the database's certificate is not verified (DATABASE_TLS, sslmode)");
    }
    options.ssl_mode(mode)
}

/// The connections of the jobs: the same, for nobody waits here for the lock of another program.
pub fn for_jobs(db: &Pool) -> Pool {
    db.clone()
}

pub async fn begin(db: &Pool) -> sqlx::Result<Tx> {
    riverqueue::database::begin_postgres(db).await
}

/// The same for what no request needs: it waits for the locks of others for a second, and is given up then.
pub async fn begin_impatient(db: &Pool) -> sqlx::Result<Tx> {
    let mut tx = begin(db).await?;
    sqlx::query("set local lock_timeout = '1s'")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// Locks an email until the transaction ends: of two users who prove the same one, the second waits. It works for emails that
/// no row has yet.
pub async fn lock_email(tx: &mut Tx, email: &str) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2))")
        .bind(EMAIL_LOCKS)
        .bind(email)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Brings the tables up to date: ours, and those of the jobs. Of several that come at once, one does it and the others wait.
pub async fn migrate(db: &Pool) -> anyhow::Result<()> {
    MIGRATIONS.run(db).await?;
    // A connection outside the pool, which may have only one.
    let mut lock = db.connect_options().connect().await?;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut lock)
        .await?;
    let migrated = PostgresMigrator::new(db.clone()).migrate_up().await;
    lock.close().await?;
    migrated?;
    Ok(())
}

/// Whether a migration is still to be run.
pub async fn is_behind(db: &Pool) -> anyhow::Result<bool> {
    let exists: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(db)
        .await?;
    if !exists {
        return Ok(true);
    }
    let jobs = PostgresMigrator::new(db.clone()).validate(None).await?;
    Ok(!is_migrated(db).await? || !jobs.is_valid())
}

/// Whether every migration of ours was run.
pub async fn is_migrated(db: &Pool) -> sqlx::Result<bool> {
    were_run(&MIGRATIONS, db).await
}

/// Whether these were run. The way back that some have does not count.
pub async fn were_run(migrations: &Migrator, db: &Pool) -> sqlx::Result<bool> {
    let applied = applied(db).await?;
    let mut all = migrations.iter();
    Ok(all.all(|one| one.migration_type.is_down_migration() || applied.contains(&one.version)))
}

/// Whether a newer program has migrated the database.
pub async fn is_newer(db: &Pool) -> sqlx::Result<bool> {
    let applied = applied(db).await?;
    Ok(applied
        .iter()
        .any(|version| !MIGRATIONS.version_exists(*version)))
}

async fn applied(db: &Pool) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar("select version from _sqlx_migrations where success")
        .fetch_all(db)
        .await
}

/// Whether an error is about the server as a whole and may be over in a few seconds: it is away, starting, full or busy.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    // Classes and codes of PostgreSQL, appendix A: connection, resources, shutdown, lock not available, deadlock, serialization.
    const STATES: [&str; 7] = ["08", "53", "57P", "58", "55P03", "40P01", "40001"];
    match error {
        // What is in front of the database speaks when it is away: a proxy that accepts and closes.
        Io(_) | Protocol(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
        Database(error) => error
            .code()
            .is_some_and(|code| STATES.iter().any(|state| code.starts_with(state))),
        _ => false,
    }
}
