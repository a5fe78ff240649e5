//! The database: SQLite, a file. All that is particular to SQLite is in this file and in `migrations/`.

pub mod schema;

use std::{str::FromStr, time::Duration};

use riverqueue::migrate::SqliteMigrator;
use secrecy::ExposeSecret;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::config::Config;

pub type Db = sqlx::Sqlite;
pub type Pool = sqlx::SqlitePool;
pub type Tx = sqlx::Transaction<'static, Db>;
pub type Connection = sqlx::SqliteConnection;

/// A query that locks the rows it finds until its transaction ends. Here [`begin`] has locked the whole database.
macro_rules! locking {
    ($select:literal) => {
        $select
    };
}
pub(crate) use locking;

pub const DEVELOPMENT_URL: &str = concat!("sqlite://", env!("CARGO_PKG_NAME"), ".db");
/// A file has one program: it brings its database up to date by itself.
pub const MIGRATES_AT_START: bool = true;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn connect(config: &Config) -> anyhow::Result<Pool> {
    let options = SqliteConnectOptions::from_str(config.database_url.expose_secret())?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(PATIENCE);
    let pool = SqlitePoolOptions::new().max_connections(config.pool_size);
    Ok(pool.connect_with(options).await?)
}

/// Begins a transaction that writes. It takes SQLite's one write lock at once, so that it cannot fail half-way.
pub async fn begin(db: &Pool) -> sqlx::Result<Tx> {
    riverqueue::database::begin_sqlite_write(db).await
}

/// Locks an email until the transaction ends: of two users who prove the same one, the second waits. Here [`begin`] has locked
/// the whole database.
pub async fn lock_email(_tx: &mut Tx, _email: &str) -> sqlx::Result<()> {
    Ok(())
}

/// Brings the tables up to date: ours, and those of the jobs.
pub async fn migrate(db: &Pool) -> anyhow::Result<()> {
    // SQLite has no lock for this: of several processes that start at once some fail, and find it done when they try again.
    let mut tries = 0;
    while let Err(error) = migrate_once(db).await {
        tries += 1;
        if tries == 20 {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn migrate_once(db: &Pool) -> anyhow::Result<()> {
    MIGRATIONS.run(db).await?;
    SqliteMigrator::new(db.clone()).migrate_up().await?;
    Ok(())
}

/// Whether a migration is still to be run.
pub async fn is_behind(db: &Pool) -> anyhow::Result<bool> {
    let applied: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
        .fetch_one(db)
        .await?;
    let jobs = SqliteMigrator::new(db.clone()).validate(None).await?;
    Ok(applied < MIGRATIONS.iter().count() as i64 || !jobs.is_valid())
}
