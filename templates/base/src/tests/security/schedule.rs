//! JOB-3, PRV-3: every kind of job has a worker, and does what it is for.

use axum::http::Method;
use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::AssertSqlSafe;
use time::Duration;

use super::ending_access::{self, add_rows};
use crate::{
    app::App,
    db,
    jobs::{
        Run, audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens,
        process_scheduled_deletions::ProcessScheduledDeletions,
    },
    tests::{OTHER_PASSWORD, PASSWORD, test_app::TestApp, two_factor},
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Puts a job into its queue, and waits until a worker has done it.
async fn run(test: &TestApp, job: impl Run) {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    test.app.jobs.enqueue(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    test.work().await;
    let undone = "select count(*) from river_job where state <> 'completed'";
    assert_eq!(test.count(undone).await, 0);
}

/// What goes, which rows of it, and after how many minutes.
const KEPT: [(&str, &str, i64); 14] = [
    ("sessions", "not remembered", 30),
    ("lockouts", "true", HOUR),
    ("totp_secrets", "confirmed_at is null", HOUR),
    ("tokens", "purpose <> 'veto_email'", DAY),
    ("registrations", "true", DAY),
    ("passkey_challenges", "true", DAY),
    ("repeats", "true", 2 * DAY),
    ("tokens", "true", 3 * DAY),
    ("trusted_browsers", "true", 30 * DAY),
    ("api_tokens", "true", 30 * DAY),
    ("jwt_families", "true", 30 * DAY),
    ("sessions", "true", 60 * DAY),
    ("audit_events", "true", 365 * DAY),
    ("devices", "true", 400 * DAY),
];

/// Users with something of all that.
async fn fill(test: &TestApp) {
    test.member(ANN).await;
    let bob = two_factor::member(test, BOB).await;
    bob.log_in(test, BOB, &[("trust_browser", "on")]).await;
    let mut browser = test.browser();
    browser.log_in_remembered(ANN, PASSWORD).await;
    two_factor::scan(&mut browser).await;
    let new = [("email", "ann@example.org")];
    browser.post("/users/settings/email", &new).await;
    // Where there are no API tokens, or no connected apps, this is not found.
    let token = [("name", "x"), ("days", "30"), ("scopes", "profile:read")];
    browser.post("/users/settings/api-tokens", &token).await;
    let app = test
        .browser()
        .with_header("content-type", "application/json");
    let log_in = json!({ "email": ANN, "password": PASSWORD }).to_string();
    let path = "/api/auth/token";
    app.clone().send(Method::POST, path, log_in.into()).await;
    test.browser().log_in(ANN, OTHER_PASSWORD).await;
    add_rows(test, test.user(ANN).await.unwrap().id, ANN).await;
    test.work().await;
}

/// The tables of the list that there are in this project.
async fn tables(test: &TestApp) -> Vec<String> {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    ending_access::tables(&mut tx).await
}

async fn rows(test: &TestApp, table: &str, which: &str) -> i64 {
    let query = format!("select count(*) from {table} where {which}");
    let counted = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&test.app.db);
    counted.await.unwrap()
}

#[tokio::test]
async fn sec_prv_03_everything_goes_when_its_time_is_over_and_not_before() {
    let test = TestApp::start().await;
    fill(&test).await;
    let (tables, start) = (tables(&test).await, test.app.now());
    // Some of it is older than the rest by a minute or two.
    let mut moments: Vec<_> = KEPT
        .into_iter()
        .flat_map(|(table, which, minutes)| {
            [
                (minutes - 10, table, which, true),
                (minutes + 1, table, which, false),
            ]
        })
        .collect();
    moments.sort_unstable();
    for (minutes, table, which, is_kept) in moments {
        if !tables.iter().any(|known| known == table) {
            continue;
        }
        let at = start + Duration::minutes(minutes);
        test.after((at - test.app.now()).max(Duration::ZERO));
        run(&test, CleanupExpiredTokens {}).await;
        run(&test, AuditCleanup {}).await;
        let is_there = rows(&test, table, which).await > 0;
        assert_eq!(
            is_there, is_kept,
            "{table} where {which} after {minutes} min"
        );
    }
    assert_eq!(test.people().await, 2);
}

#[tokio::test]
async fn sec_prv_02_the_worker_deletes_accounts_and_erases_them_an_hour_later() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    test.member(BOB).await;
    ann.post("/users/settings/delete", &[]).await;
    let users = "{= users =}";
    for (hours, deleted, erased) in [
        (14 * 24 - 1, 0, 0),
        (1, 1, 0),
        // The last email has an hour to leave.
        (0, 1, 0),
        (1, 1, 1),
    ] {
        test.after(Duration::hours(hours));
        run(&test, ProcessScheduledDeletions {}).await;
        let counts = (
            rows(&test, users, "deleted_at is not null").await,
            rows(&test, users, "erased_at is not null").await,
        );
        assert_eq!(counts, (deleted, erased), "after {hours} hours more");
    }
    assert!(test.user(BOB).await.is_some());
}

/// A job that only a newer program knows.
#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(kind = "of_a_newer_program", queue = "sigra_audit")]
struct OfANewerProgram {}

impl Run for OfANewerProgram {
    async fn run(self, _app: &App, _id: i64) -> anyhow::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn sec_job_03_a_job_of_a_newer_program_is_left_for_it() {
    let test = TestApp::start().await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let jobs = &test.app.jobs;
    jobs.enqueue(&mut tx, OfANewerProgram {}).await.unwrap();
    jobs.enqueue(&mut tx, AuditCleanup {}).await.unwrap();
    tx.commit().await.unwrap();
    let done =
        "select count(*) from river_job where kind = 'audit_cleanup' and state = 'completed'";
    for _ in 0..2000 {
        if test.count(done).await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let untouched = "select count(*) from river_job
         where kind = 'of_a_newer_program' and state = 'available' and attempt = 0";
    assert_eq!(test.count(untouched).await, 1);
}

/// The leader makes up for the last quarter of an hour at once.
#[tokio::test]
async fn sec_job_03_a_tick_is_enqueued_once_whoever_is_the_leader() {
    let test = TestApp::start().await;
    let ticks = "select count(*) from river_job where kind = 'process_scheduled_deletions'";
    for _ in 0..4000 {
        if test.count(ticks).await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let unique = "select count(*) from river_job where kind = 'process_scheduled_deletions'
         and unique_key is not null and unique_states is not null";
    assert!(test.count(unique).await > 0);
    assert_eq!(test.count(unique).await, test.count(ticks).await);
}
