//! The database: PostgreSQL. All that is particular to it is in this file and in `migrations/`.

pub mod schema;

use std::str::FromStr;

use riverqueue::migrate::PostgresMigrator;
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, Connection as _, Postgres,
    migrate::MigrateDatabase,
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

pub const DEVELOPMENT_URL: &str = "postgres://postgres:postgres@localhost/{= name =}_development";
/// In production many programs may share the database: `migrate` is a step of its own before they start.
pub const MIGRATES_AT_START: bool = false;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Any number will do, as long as nothing else in this database uses it.
const MIGRATION_LOCK: i64 = 4_159_265_358;
/// The same for the first of two numbers.
const EMAIL_LOCKS: i32 = 979_323_846;

/// Connects. In development a database that does not exist is created; in production TLS is on unless the address says otherwise.
pub async fn connect(config: &Config) -> anyhow::Result<Pool> {
    let url = config.database_url.expose_secret();
    let mut options = PgConnectOptions::from_str(url)?;
    if !config.is_production() && !Postgres::database_exists(url).await? {
        Postgres::create_database(url).await?;
    }
    if config.is_production() && !url.contains("sslmode=") {
        options = options.ssl_mode(PgSslMode::Require);
    }
    let pool = PgPoolOptions::new().max_connections(config.pool_size);
    Ok(pool.connect_with(options).await?)
}

pub async fn begin(db: &Pool) -> sqlx::Result<Tx> {
    riverqueue::database::begin_postgres(db).await
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
    let applied: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
        .fetch_one(db)
        .await?;
    let jobs = PostgresMigrator::new(db.clone()).validate(None).await?;
    Ok(applied < MIGRATIONS.iter().count() as i64 || !jobs.is_valid())
}
