//! A database of its own for each test, on the server of `TEST_DATABASE_URL`, and dropped afterwards.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

use crate::{
    config::Config,
    db::{self, Pool},
    tests::security::configuration::production,
};

/// What the jobs carry, as text.
pub const JOB_ARGS: &str = "select args::text from river_job";

/// An address that production may have.
pub const PRODUCTION_URL: &str = "postgres://shop:secret@db.example.com/shop";

pub struct Database {
    pub url: String,
    server: String,
    name: String,
}

impl Database {
    pub async fn create() -> Self {
        let server =
            std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| db::DEVELOPMENT_URL.to_owned());
        let mut url =
            Url::parse(&server).expect("TEST_DATABASE_URL is postgres://user:password@host");
        url.set_path("postgres");
        let server = url.to_string();
        let name = format!("test_{:016x}", getrandom::u64().unwrap());
        run(&server, format!("create database {name}")).await;
        url.set_path(&name);
        // A server for tests speaks no TLS, which production would ask for.
        url.set_query(Some("sslmode=disable"));
        let url = url.to_string();
        Self { url, server, name }
    }

    /// The same: a server copies a database no faster than it makes its tables.
    pub async fn migrated() -> Self {
        Self::create().await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run(&server, format!("drop database {name} with (force)")));
        });
        let _ = dropped.join();
    }
}

async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("a PostgreSQL server at TEST_DATABASE_URL, whose user may create databases");
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Waits until somebody waits for a lock, or whoever should is done.
pub async fn until_somebody_waits(db: &Pool, is_done: impl Fn() -> bool) {
    for _ in 0..2500 {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(db)
        .await
        .unwrap();
        if waiting > 0 || is_done() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("the request neither waits nor ends");
}

#[tokio::test]
async fn sec_cfg_01_production_never_speaks_to_the_database_in_the_clear() {
    let database = Database::create().await;
    let (url, _) = database.url.split_once('?').unwrap();
    let setting = |name: &str| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        _ => production(name),
    };
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    let pool = match db::connect(&config).await {
        Ok(pool) => pool,
        Err(error) => {
            let error = format!("{error:#}");
            assert!(
                error.contains("TLS") || error.contains("certificate"),
                "{error}"
            );
            return;
        }
    };
    let encrypted: bool =
        sqlx::query_scalar("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(encrypted);
}
