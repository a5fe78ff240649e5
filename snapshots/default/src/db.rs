//! The database: SQLite, a file. All that is particular to SQLite is in this file and in `migrations/`.

pub mod schema;

use std::{
    fs::OpenOptions,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use anyhow::Context;
use riverqueue::migrate::SqliteMigrator;
use secrecy::ExposeSecret;
use sqlx::{
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::config::{Config, dot_env};

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

/// The same for rows that can wait for the next time if another transaction holds them, which here none does.
macro_rules! locking_free {
    ($select:literal) => {
        $select
    };
}
pub(crate) use locking_free;

pub const DEVELOPMENT_URL: &str = concat!("sqlite://", env!("CARGO_PKG_NAME"), ".db");
/// A file has one program: it brings its database up to date by itself.
pub const MIGRATES_AT_START: bool = true;

/// A database that a newer program has migrated is no reason not to start: after a deployment, the older one may have to come
/// back. [`is_newer`] tells.
static MIGRATIONS: Migrator = Migrator {
    ignore_missing: true,
    ..sqlx::migrate!()
};

/// More would only wait for each other: SQLite has one writer.
const JOB_CONNECTIONS: u32 = 2;

/// Opens the file, or makes one that nobody else on the machine can read.
pub async fn connect(config: &Config) -> anyhow::Result<Pool> {
    let options = SqliteConnectOptions::from_str(config.database_url.expose_secret())?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(config.database_wait);
    let file = place_of(options.get_filename());
    create(&file).with_context(|| format!("cannot make {} (DATABASE_URL)", file.display()))?;
    let pool = pool(config.pool_size).acquire_timeout(config.database_wait);
    let opened = pool.connect_with(options.filename(&file)).await;
    opened.with_context(|| format!("cannot open {} (DATABASE_URL)", file.display()))
}

fn pool(max_connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(max_connections)
        .before_acquire(|connection, _| Box::pin(async { Ok(is_at_rest(connection)) }))
}

/// Whether a connection can be used again. When the disk is full, SQLite ends a transaction by itself, which sqlx goes on
/// counting: every later one on this connection would fail. The pool replaces it.
fn is_at_rest(connection: &Connection) -> bool {
    !sqlx::Connection::is_in_transaction(connection)
}

/// What is wrong with a `DATABASE_URL`, if anything.
pub fn refuse_url(url: &str) -> Option<&'static str> {
    let read = SqliteConnectOptions::from_str(url).ok();
    let file = read.filter(|read| url.starts_with("sqlite:") && !is_in_memory(read.get_filename()));
    // In memory, each connection has a database of its own.
    let cannot_be_written = ["mode=ro", "mode=memory", "immutable="];
    let is_good = file.is_some() && !cannot_be_written.iter().any(|what| url.contains(what));
    (!is_good).then_some("must be a file that can be written: sqlite:///data/shop.db")
}

/// A relative path begins at the package if cargo runs it, as that of `.env` does; else, at the working directory.
pub fn place_of(file: &Path) -> PathBuf {
    let package = dot_env::package_folder().unwrap_or_default();
    match is_in_memory(file) {
        true => file.to_owned(),
        false => package.join(file),
    }
}

fn is_in_memory(file: &Path) -> bool {
    file.to_string_lossy().starts_with("file:") || file == Path::new(":memory:")
}

/// Makes an empty file with the rights 0600. Those that SQLite makes beside it get the same.
fn create(file: &Path) -> io::Result<()> {
    if is_in_memory(file) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(_) => {
            mention_others(file);
            Ok(())
        }
    }
}

/// A package that was renamed has another database by default, which is empty.
fn mention_others(file: &Path) {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = folder
        .unwrap_or(Path::new("."))
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let mut others = entries.map(|entry| entry.path());
    let is_other = |other: &PathBuf| {
        other.extension().is_some_and(|extension| extension == "db")
            && other.file_name() != file.file_name()
    };
    if let Some(other) = others.find(is_other) {
        let (new, other) = (file.display(), other.display());
        tracing::warn!(
            "{new} is new and empty. Beside it there is {other}: DATABASE_URL says which one is used"
        );
    }
}

/// Connections of their own for the jobs, which write all the time: where they wait for another program's lock, they use up
/// none that pages read with.
pub fn for_jobs(db: &Pool) -> Pool {
    let options = db.connect_options();
    if is_in_memory(options.get_filename()) {
        return db.clone();
    }
    pool(JOB_CONNECTIONS).connect_lazy_with(options.as_ref().clone())
}

/// Begins a transaction that writes. It takes SQLite's one write lock at once, so that it cannot fail half-way.
pub async fn begin(db: &Pool) -> sqlx::Result<Tx> {
    riverqueue::database::begin_sqlite_write(db).await
}

/// The same for what no request needs. Here there is one lock, for which every writer waits as long.
pub async fn begin_impatient(db: &Pool) -> sqlx::Result<Tx> {
    begin(db).await
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
    let jobs = SqliteMigrator::new(db.clone()).validate(None).await?;
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

/// Whether an error is about the database as a whole and may be over in a few seconds: it is locked by another process, its disk
/// is full or away, or all connections are in use.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    use sqlx::Error::{
        BeginFailed, Database, InvalidSavePointStatement, Io, PoolClosed, PoolTimedOut,
        WorkerCrashed,
    };
    match error {
        Io(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
        // A transaction that SQLite has ended by itself.
        BeginFailed | InvalidSavePointStatement => true,
        // The last byte says what it is (sqlite.org/rescode.html): busy, locked, read-only, disk error, full, cannot open.
        Database(error) => {
            let code: Option<u32> = error.code().and_then(|code| code.parse().ok());
            code.is_some_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
        }
        _ => false,
    }
}
