//! What a developer and a load balancer see.

use std::{future::ready, io::ErrorKind, net::SocketAddr};

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};

use sqlx::migrate::Migrator;

use super::{PASSWORD, test_app::TestApp};
use crate::{db, run, texts, web::routes};

#[tokio::test]
async fn the_start_page_opens() {
    let test = TestApp::start().await;
    test.browser().get("/").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn health_is_good_when_everything_works() {
    let test = TestApp::start().await;
    let answer = test.browser().get("/health").await.expect(StatusCode::OK);
    let health: Value = serde_json::from_str(&answer.body).unwrap();
    let checks = json!({ "database": "ok", "jobs": "ok", "migrations": "ok" });
    assert_eq!(health, json!({ "status": "ok", "checks": checks }));
}

#[tokio::test]
async fn health_is_503_without_a_database() {
    let test = TestApp::idle(&[]).await;
    test.app.db.close().await;
    test.browser()
        .get("/health")
        .await
        .expect(StatusCode::SERVICE_UNAVAILABLE)
        .expect_text(r#""database":"failing""#);
}

/// What is broken, and what fails then.
#[tokio::test]
async fn health_is_503_where_something_is_missing() {
    for (broken, fails) in [
        (
            "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
            "migrations",
        ),
        ("alter table river_queue rename to river_queue_away", "jobs"),
    ] {
        let test = TestApp::idle(&[]).await;
        sqlx::query(broken).execute(&test.app.db).await.unwrap();
        let answer = test.browser().get("/health").await;
        let answer = answer.expect(StatusCode::SERVICE_UNAVAILABLE);
        let health: Value = serde_json::from_str(&answer.body).unwrap();
        let mut checks = json!({ "database": "ok", "jobs": "ok", "migrations": "ok" });
        checks[fails] = json!("failing");
        assert_eq!(health, json!({ "status": "failing", "checks": checks }));
        assert_eq!(answer.header("retry-after"), "5");
    }
}

#[tokio::test]
async fn letters_can_be_read_in_development() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser
        .get("/dev/mailbox")
        .await
        .expect_text(texts::mailbox::EMPTY);
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    browser
        .get("/dev/mailbox")
        .await
        .expect_text(texts::letters::CONFIRM_SUBJECT)
        .expect_text("ann@example.com");
    browser.get("/dev/mailbox/0").await.expect_text(&code);
    browser.get("/dev/mailbox/0/html").await.expect_text(&code);
    browser
        .get("/dev/mailbox/1")
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn static_files_are_served_and_asked_for_once() {
    let test = TestApp::start().await;
    let first = test
        .browser()
        .get("/static/app.css")
        .await
        .expect(StatusCode::OK);
    assert_eq!(first.header("content-type"), "text/css");
    let again = test
        .browser()
        .with_header("if-none-match", first.header("etag"))
        .get("/static/app.css")
        .await;
    assert_eq!(
        (again.status, again.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    test.browser()
        .get("/static/../Cargo.toml")
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_row_of_the_table_answers() {
    let test = TestApp::start().await;
    for route in routes::table() {
        let path = route
            .path
            .replace("{token}", "x")
            .replace("{id}", "x")
            .replace("{number}", "0");
        let answer = test
            .browser()
            .send(route.method.clone(), &path, Body::empty())
            .await;
        assert_ne!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{} {path}",
            route.method
        );
        assert!(
            !answer.status.is_server_error(),
            "{} {path}: {}",
            route.method,
            answer.status
        );
    }
}

#[tokio::test]
async fn password_managers_find_where_to_change_a_password() {
    let test = TestApp::start().await;
    test.browser()
        .get("/.well-known/change-password")
        .await
        .expect_redirect("/users/reset-password");
}

#[tokio::test]
async fn a_head_request_is_answered_like_a_get() {
    let test = TestApp::start().await;
    let answer = test
        .browser()
        .send(Method::HEAD, "/users/log-in", Body::empty())
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn where_ipv6_is_off_it_listens_on_ipv4() {
    let (everywhere, ipv4) = ("[::]:4000", Some("0.0.0.0:4000"));
    for (listen, kind, instead) in [
        (everywhere, ErrorKind::Unsupported, ipv4),
        (everywhere, ErrorKind::AddrNotAvailable, ipv4),
        (everywhere, ErrorKind::AddrInUse, None),
        (everywhere, ErrorKind::PermissionDenied, None),
        ("127.0.0.1:4000", ErrorKind::AddrNotAvailable, None),
    ] {
        let first: SocketAddr = listen.parse().unwrap();
        let bind = |address| {
            let is_first = address == first;
            ready((!is_first).then_some(address).ok_or(kind.into()))
        };
        let bound = run::bind_with(first, bind).await.ok();
        let expected = instead.map(|address| address.parse().unwrap());
        assert_eq!(bound, expected, "{listen} {kind}");
    }
    let taken = run::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let again = run::bind(taken.local_addr().unwrap()).await.unwrap_err();
    assert!(again.to_string().contains("PORT"), "{again}");
}

/// Migrations that can be undone have two files.
#[tokio::test]
async fn the_way_back_of_a_migration_is_none_that_is_missing() {
    let test = TestApp::idle(&[]).await;
    let folder = std::env::temp_dir().join(format!("{:016x}", getrandom::u64().unwrap()));
    std::fs::create_dir(&folder).unwrap();
    for (name, sql) in [
        (
            "20990101000000_orders.up.sql",
            "create table orders (id bigint)",
        ),
        ("20990101000000_orders.down.sql", "drop table orders"),
        ("20990101000001_older.down.sql", "drop table older"),
    ] {
        std::fs::write(folder.join(name), sql).unwrap();
    }
    let mut migrations = Migrator::new(folder.as_path()).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    migrations.set_ignore_missing(true);
    assert!(!db::were_run(&migrations, &test.app.db).await.unwrap());
    migrations.run(&test.app.db).await.unwrap();
    assert!(db::were_run(&migrations, &test.app.db).await.unwrap());
}
