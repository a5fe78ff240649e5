//! PRV: what is known about people, for themselves and no longer than it is needed.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    accounts::{audit, deletion, export, user_data},
    commands::user,
    db::{self, schema},
    jobs::{Run, cleanup_expired_tokens::CleanupExpiredTokens},
    tests::{
        PASSWORD,
        test_app::TestApp,
        two_factor::{self, STEP},
    },
};

const ANN: &str = "ann@example.com";
const HOME: &str = "198.51.100.77";

/// Somebody with a row in every table, who has asked to be deleted two weeks ago.
async fn on_the_day(settings: &[(&str, &str)]) -> TestApp {
    let test = TestApp::start_with(settings).await;
    let mut browser = test.member(ANN).await.from(HOME);
    browser.get("/").await;
    browser.log_in(ANN, "wrong").await;
    test.browser()
        .from(HOME)
        .log_in_remembered(ANN, PASSWORD)
        .await;
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    test.work().await;
    // What the user has done to the account of another.
    sqlx::query(
        "insert into audit_events (id, action, outcome, actor_kind, actor_id, address, agent, inserted_at)
         select id, 'account.delete', 'success', 'user', id, $1, 'Firefox', $2
         from users",
    )
    .bind(HOME)
    .bind(test.app.now())
    .execute(&test.app.db)
    .await
    .unwrap();
    browser
        .post("/users/settings/delete", &[])
        .await
        .expect_redirect("/users/log-in");
    test.after(Duration::days(14));
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 1);
    test.work().await;
    test.after(Duration::hours(1));
    deletion::erase_closed(&test.app).await.unwrap();
    test
}

/// Everything in every table, as text.
async fn whole_database(test: &TestApp) -> String {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let mut text = String::new();
    for column in ["inserted_at", "args"] {
        for table in schema::tables_with(&mut tx, column).await.unwrap() {
            let dump = schema::dump(&mut tx, &table).await.unwrap();
            text.push_str(&format!("{table}: {dump}\n"));
        }
    }
    text
}

#[tokio::test]
async fn sec_prv_01_the_export_has_every_row_of_theirs_and_nobody_elses() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    test.member("bob@example.com").await;
    browser
        .post("/users/settings/email", &[("email", "ann@example.org")])
        .await;
    let (phone, codes) = two_factor::turn_on(&test, &mut browser).await;
    let mut trusted = test.browser();
    trusted.log_in(ANN, PASSWORD).await;
    let code = phone.code(&test);
    trusted
        .post(STEP, &[("code", &code), ("trust_browser", "on")])
        .await
        .expect_redirect("/");
    test.browser().log_in(ANN, "wrong").await;
    let file = browser.get("/users/settings/export").await;
    let secret = trusted.cookie("_trusted").unwrap();
    for secret in [secret, &codes[0]] {
        assert!(!file.body.contains(secret), "{secret}");
    }
    let export: Value = serde_json::from_str(&file.body).unwrap();
    let id = test.user(ANN).await.unwrap().id;

    let mut tx = db::begin(&test.app.db).await.unwrap();
    let tables = schema::tables_with(&mut tx, "user_id").await.unwrap();
    for table in tables {
        let rows = schema::rows_as_json(&mut tx, &table, "user_id", id)
            .await
            .unwrap();
        assert_eq!(
            export[&table].as_array().map(Vec::len),
            Some(rows.len()),
            "{table}"
        );
    }
    let is_full = |table: &str| !export[table].as_array().unwrap().is_empty();
    for table in [
        "audit_events",
        "backup_codes",
        "devices",
        "lockouts",
        "sessions",
        "tokens",
        "totp_secrets",
        "trusted_browsers",
    ] {
        assert!(is_full(table), "{table} is empty, so nothing is shown");
    }
    assert!(!file.body.contains("bob@example.com"));
}

#[tokio::test]
async fn sec_prv_01_the_export_has_nothing_that_proves_something() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let file = browser.get("/users/settings/export").await;
    assert!(file.body.contains("inserted_at"));
    for secret in ["hash", "argon2", browser.cookie("_session").unwrap()] {
        assert!(!file.body.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn sec_prv_01_the_export_needs_a_fresh_proof() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    test.after(Duration::minutes(16));
    browser
        .get("/users/settings/export")
        .await
        .expect_redirect("/users/sudo");
}

#[tokio::test]
async fn sec_prv_02_after_the_deletion_nothing_tells_who_they_were() {
    let test = on_the_day(&[]).await;
    let database = whole_database(&test).await;
    assert!(database.contains("auth.login") && database.contains("account.delete"));
    for trace in [ANN, "ann", HOME, "Firefox", "argon2"] {
        assert!(!database.contains(trace), "{trace} is in {database}");
    }
    let details = "select count(*) from audit_events where metadata is not null";
    assert_eq!(test.count(details).await, 0);
    assert_eq!(test.people().await, 1);
}

#[tokio::test]
async fn sec_prv_02_a_hard_deletion_leaves_no_row_either() {
    let test = on_the_day(&[("DELETION", "hard")]).await;
    let database = whole_database(&test).await;
    for trace in [ANN, HOME, "Firefox", "argon2"] {
        assert!(!database.contains(trace), "{trace} is in {database}");
    }
    assert_eq!(test.people().await, 0);
    for table in ["sessions", "tokens", "devices", "lockouts"] {
        assert!(database.contains(&format!("{table}: []\n")) || !database.contains(table));
    }
}

/// They have registered twice, in two places: one of the registrations has become the account.
#[tokio::test]
async fn sec_prv_02_the_deletion_forgets_every_registration_of_the_email() {
    let test = TestApp::start().await;
    let mut first = test.browser().from("198.51.100.7");
    first.register("ann@example.com", PASSWORD).await;
    first.post("/users/confirm", &[("code", "1")]).await;
    test.work().await;
    test.member("ann@example.com").await;
    let where_from = "select count(*) from audit_events where address = '198.51.100.7'";
    assert_eq!(test.count(where_from).await, 2);
    let mut browser = test.browser();
    browser.log_in("ann@example.com", PASSWORD).await;
    browser.post("/users/settings/delete", &[]).await;
    test.after(Duration::days(15));
    deletion::close_due(&test.app).await.unwrap();
    test.work().await;
    test.after(Duration::hours(2));
    deletion::erase_closed(&test.app).await.unwrap();
    assert_eq!(test.count(where_from).await, 0);
}

/// The same for one who was invited before they registered.
#[tokio::test]
async fn sec_prv_02_the_deletion_forgets_the_registration_that_took_an_invitation() {
    let test = TestApp::start().await;
    let create = user::Command::parse(&["create", "ann@example.com"]).unwrap();
    create.run(&test.app).await.unwrap();
    test.member_from("198.51.100.7", "ann@example.com").await;
    let id = test.user("ann@example.com").await.unwrap().id;
    let (other,): (i64,) = sqlx::query_as(
        "select count(*) from audit_events where address = '198.51.100.7' and user_id <> $1",
    )
    .bind(id)
    .fetch_one(&test.app.db)
    .await
    .unwrap();
    assert_eq!(other, 0, "all are about the account");
}

#[test]
fn sec_prv_01_json_is_shown_without_the_secrets_in_it() {
    let row = json!({
        "settings": { "api_key": "k1", "theme": { "name": "dark", "token": "k2" } },
        "as_text": "{\"password\":\"k3\",\"theme\":\"dark\"}",
        "list": [{ "secret": "k4", "size": 3 }],
        "prose": "{ this is no JSON, password: plain }",
        "written": "{ \"a\" : 1 }",
    });
    let shown = export::without_secrets(row);
    let expected = json!({
        "settings": { "theme": { "name": "dark" } },
        "as_text": "{\"theme\":\"dark\"}",
        "list": [{ "size": 3 }],
        "prose": "{ this is no JSON, password: plain }",
        "written": "{ \"a\" : 1 }",
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn sec_prv_02_a_soft_deletion_keeps_the_row_and_shuts_the_door() {
    let test = on_the_day(&[("DELETION", "soft")]).await;
    let database = whole_database(&test).await;
    for kept in [ANN, HOME, "Firefox", "account.delete"] {
        assert!(database.contains(kept), "{kept} is not in {database}");
    }
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await;
    assert!(!browser.is_logged_in().await);
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn sec_prv_02_while_deletion_is_scheduled_a_session_reaches_only_its_gate() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/settings/delete", &[]).await;
    browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/users/reactivate");
    for route in crate::web::routes::table() {
        use crate::web::routes::Who;
        if matches!(route.who, Who::User | Who::RecentUser) {
            let path = route.path.replace("{token}", "x").replace("{id}", "1");
            let answer = match route.method.as_str() {
                "GET" => browser.get(&path).await,
                _ => browser.post(&path, &[]).await,
            };
            answer.expect_redirect("/users/log-in");
        }
    }
    test.after(Duration::minutes(10));
    browser
        .get("/users/reactivate")
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn sec_prv_03_what_is_old_goes_on_schedule() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let tables = [
        "select count(*) from sessions",
        "select count(*) from devices",
        "select count(*) from audit_events",
    ];
    for query in tables {
        assert!(test.count(query).await > 0, "{query}");
    }
    test.after(Duration::days(364));
    audit::delete_old(&test.app.db, test.app.now())
        .await
        .unwrap();
    assert!(test.count(tables[2]).await > 0);
    test.after(Duration::days(37));
    CleanupExpiredTokens {}.run(&test.app, 1).await.unwrap();
    audit::delete_old(&test.app.db, test.app.now())
        .await
        .unwrap();
    for query in tables {
        assert_eq!(test.count(query).await, 0, "{query}");
    }
}

#[tokio::test]
async fn sec_prv_01_the_page_of_an_export_is_kept_by_no_cache() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let file = browser
        .get("/users/settings/export")
        .await
        .expect(StatusCode::OK);
    assert_eq!(file.header("cache-control"), "no-store");
}

#[tokio::test]
async fn sec_prv_02_every_table_about_users_has_a_decision() {
    let test = TestApp::idle(&[]).await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let there = schema::tables_with(&mut tx, "user_id").await.unwrap();
    let mut decided: Vec<_> = user_data::TABLES.iter().map(|(table, _)| *table).collect();
    decided.sort_unstable();
    assert_eq!(
        there, decided,
        "say in accounts/user_data.rs what becomes of the rows of each table when an account is erased"
    );
}

#[test]
fn sec_prv_01_columns_are_secret_by_the_words_of_their_names() {
    for secret in [
        "password_hash",
        "token_hash",
        "access_token",
        "refreshTokens",
        "api_key",
        "apikey",
        "apiKey",
        "API_KEY",
        "client-secret",
        "secret2",
        "sealed_blob",
        "totp_secret",
        "private_key",
        "otp",
        "hashes",
        "hash",
        "encrypted_note",
        "salt",
        "recovery_keys",
        "password",
    ] {
        assert!(user_data::is_secret(secret), "{secret}");
    }
    for plain in [
        "hashtags",
        "monkey",
        "keyboard",
        "tokenised_at_home",
        "secretary",
        "passwordless",
        "pinned_at",
        "id",
        "name",
        "postal_code",
        "keynote",
        "assault",
        "last_four",
        "",
        "_",
        "\u{e9}t\u{e9}",
    ] {
        assert!(!user_data::is_secret(plain), "{plain}");
    }
}

#[tokio::test]
async fn sec_aud_01_asking_whether_there_is_an_export_is_no_export() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let exports = "select count(*) from audit_events where action = 'account.export'";
    let head = browser
        .send(Method::HEAD, "/users/settings/export", Body::empty())
        .await;
    assert_eq!(
        (head.status, test.count(exports).await),
        (StatusCode::OK, 0)
    );
    browser
        .get("/users/settings/export")
        .await
        .expect(StatusCode::OK);
    assert_eq!(test.count(exports).await, 1);
}
