//! The file that `DATABASE_URL` names: where it is, who can read it, and what happens when somebody else uses it, too.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use sqlx::Connection;

use super::{
    PASSWORD, counting,
    database::{Database, PRODUCTION_URL},
    test_app::TestApp,
};
use crate::{
    config::Config,
    db, run,
    tests::security::configuration::{production, read},
};

fn settings(url: &str) -> Config {
    let setting = |name: &str| match name {
        "APP_ENV" => Some("development".to_owned()),
        "DATABASE_URL" => Some(url.to_owned()),
        _ => None,
    };
    Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"))
}

#[tokio::test]
async fn sec_ses_01_nobody_else_on_the_machine_can_read_the_database() {
    let database = Database::create().await;
    let pool = db::connect(&settings(&database.url)).await.unwrap();
    db::migrate(&pool).await.unwrap();
    for file in ["test.db", "test.db-wal", "test.db-shm"] {
        let file = database.folder().join(file);
        let rights = file.metadata().unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600, "{}", file.display());
    }
}

/// Tests run in the folder of the package, so the path itself has to say which it is.
#[test]
fn a_relative_path_is_that_of_the_package() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = |path: &str| db::place_of(Path::new(path));
    assert_eq!(place("shop.db"), package.join("shop.db"));
    assert_eq!(place("data/shop.db"), package.join("data/shop.db"));
    for path in ["/data/shop.db", ":memory:", "file:shop?mode=memory"] {
        assert_eq!(place(path), Path::new(path));
    }
}

#[tokio::test]
async fn the_database_is_made_where_its_path_says() {
    let name = format!("target/{:016x}.db", getrandom::u64().unwrap());
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(package.join("target")).unwrap();
    let url = format!("sqlite://{name}");
    let pool = db::connect(&settings(&url)).await.unwrap();
    pool.close().await;
    std::fs::remove_file(package.join(&name)).unwrap();
}

#[tokio::test]
async fn a_new_database_beside_another_one_is_mentioned() {
    let database = Database::create().await;
    let new = database.url.replace("test.db", "renamed.db");
    let open = async |url: &str| {
        let (pool, log) = counting::log_of(db::connect(&settings(url))).await;
        pool.unwrap().close().await;
        log.iter()
            .any(|line| line.starts_with("WARN") && line.contains("renamed.db is new"))
    };
    assert!(!open(&database.url).await);
    assert!(open(&new).await);
    assert!(!open(&new).await);
}

#[test]
fn an_address_that_is_no_file_is_named() {
    for bad in [
        "shop.db",
        "/data/shop.db",
        "postgres://localhost/shop",
        "sqlite://x?mode=perhaps",
        "sqlite::memory:",
        "sqlite://x?mode=memory",
        "sqlite://x?mode=ro",
        "sqlite://x?immutable=true",
    ] {
        assert!(db::refuse_url(bad).is_some(), "{bad}");
    }
    for good in [
        PRODUCTION_URL,
        "sqlite:shop.db",
        "sqlite://shop.db?mode=rwc",
    ] {
        assert_eq!(db::refuse_url(good), None, "{good}");
    }
    assert!(read("DATABASE_URL", "shop.db").is_err());
    assert!(production("DATABASE_URL").is_some());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let error = db::connect(&settings("sqlite:///nowhere/at/all/shop.db"))
        .await
        .unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.contains("/nowhere/at/all/shop.db") && error.contains("DATABASE_URL"),
        "{error}"
    );
}

#[tokio::test]
async fn sec_err_01_a_lock_of_another_process_is_no_error_of_ours() {
    let test = TestApp::impatient(&[("POOL_SIZE", "2")]).await;
    let other = db::connect(&test.app.config).await.unwrap();
    let mut writer = other.acquire().await.unwrap();
    let _lock = writer.begin_with("begin immediate").await.unwrap();
    test.browser()
        .get("/users/log-in")
        .await
        .expect(StatusCode::OK);
    let answer = test.browser().register("ann@example.com", PASSWORD).await;
    let answer = answer.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "5");
}

/// Jobs write all the time: waiting for another program's lock, they must not use up the connections that pages read with.
#[tokio::test]
async fn sec_err_01_a_lock_of_another_process_does_not_hold_pages_up() {
    let test = TestApp::impatient(&[]).await.with_workers();
    let browser = test.member("ann@example.com").await;
    test.work().await;
    let other = db::connect(&test.app.config).await.unwrap();
    let mut writer = other.acquire().await.unwrap();
    let _lock = writer.begin_with("begin immediate").await.unwrap();
    // Longer than a writer waits.
    let until = Instant::now() + Duration::from_secs(2);
    let mut slowest = Duration::ZERO;
    while Instant::now() < until {
        let start = Instant::now();
        let answer = browser.clone().get("/users/settings/sessions").await;
        answer.expect(StatusCode::OK);
        slowest = slowest.max(start.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(slowest < Duration::from_millis(700), "{slowest:?}");
}

const NEWER: &str =
    "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values (99990101000000, 'of a newer program', true, x'00', 1)";

#[tokio::test]
async fn an_older_program_starts_on_a_newer_database() {
    let database = Database::create().await;
    let pool = db::connect(&settings(&database.url)).await.unwrap();
    db::migrate(&pool).await.unwrap();
    assert!(!db::is_newer(&pool).await.unwrap());
    sqlx::query(NEWER).execute(&pool).await.unwrap();
    run::open(settings(&database.url)).await.unwrap();
    assert!(db::is_newer(&pool).await.unwrap());
    assert!(!db::is_behind(&pool).await.unwrap());

    let rename = "alter table audit_events rename column outcome to result";
    sqlx::query(rename).execute(&pool).await.unwrap();
    let refused = run::open(settings(&database.url)).await.err().unwrap();
    assert!(
        refused.to_string().contains("deploy the newer program"),
        "{refused}"
    );
}

#[tokio::test]
async fn sec_err_01_a_disk_that_was_full_for_a_moment_spoils_no_connection() {
    let test = TestApp::idle(&[("POOL_SIZE", "1")]).await;
    let table = "create table notes (text text not null)";
    sqlx::query(table).execute(&test.app.db).await.unwrap();
    let insert = "insert into notes (text) values (hex(zeroblob(100000)))";
    // No more pages than there are: as on a disk that is full.
    let full = "pragma max_page_count = 1";
    for pool in [test.app.db.clone(), db::for_jobs(&test.app.db)] {
        let mut tx = db::begin(&pool).await.unwrap();
        sqlx::query(full).execute(&mut *tx).await.unwrap();
        let error = sqlx::query(insert).execute(&mut *tx).await.unwrap_err();
        assert!(db::is_unavailable(&error), "{error}");
        drop(tx);

        // As often as there are connections, which come in turn.
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut tx = db::begin(&pool).await.unwrap();
            sqlx::query(insert).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    assert_eq!(test.count("select count(*) from notes").await, 8);
}
