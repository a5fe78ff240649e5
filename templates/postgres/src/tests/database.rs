//! A database of its own for each test, on the server of `TEST_DATABASE_URL`, and dropped afterwards.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;
use uuid::Uuid;

use crate::db;

/// What the jobs carry, as text.
pub const JOB_ARGS: &str = "select args::text from river_job";

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
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(&server, format!("create database {name}")).await;
        url.set_path(&name);
        let url = url.to_string();
        Self { url, server, name }
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
