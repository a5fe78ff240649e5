//! JWT and LOG: what becomes of refresh tokens, and of those who log in with an app.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::json;
use time::Duration;

use super::jwt::with_app;
use crate::{
    accounts::{
        client::Client,
        jwt::{
            GRACE,
            refresh::{self, Exchange},
        },
        log_out,
        secret::Secret,
    },
    db::{self, schema},
    tests::{
        OTHER_PASSWORD, PASSWORD,
        api::Program,
        counting,
        jwt::{Pair, log_in},
        security::logging_in,
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn sec_jwt_06_only_a_hash_of_a_refresh_token_is_kept() {
    let (test, pair) = with_app().await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let mut kept = String::new();
    for table in ["jwt_refresh_tokens", "jwt_families", "jwt_keys"] {
        kept += &schema::dump(&mut tx, table).await.unwrap();
    }
    let secret = Secret::parse(&pair.refresh).unwrap();
    assert!(!kept.contains(&pair.refresh));
    let found: i64 =
        sqlx::query_scalar("select count(*) from jwt_refresh_tokens where token_hash = $1")
            .bind(secret.hash())
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    assert_eq!(found, 1);
}

#[tokio::test]
async fn sec_jwt_06_a_copied_refresh_token_ends_its_family() {
    let (test, stolen) = with_app().await;
    let other = log_in(&test, ANN).await;
    let next = stolen.next(&test).await;
    test.after(GRACE);
    assert_eq!(stolen.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(next.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    test.after(Duration::seconds(1));
    assert!(!next.is_accepted(&test).await);
    assert!(other.is_accepted(&test).await, "other apps are untouched");
    test.expect_letter(ANN, "We have logged one of your apps out")
        .await;
    let told = "select count(*) from audit_events where action = 'jwt.refresh_reuse'";
    assert_eq!(test.count(told).await, 1);
    // It is told once, however often the thief tries.
    assert_eq!(stolen.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(test.count(told).await, 1);
}

/// Once the app has used the next one, it has had the response: who asks again is somebody else.
#[tokio::test]
async fn sec_jwt_06_a_token_whose_successor_was_used_ends_its_family_at_once() {
    let (test, stolen) = with_app().await;
    let next = stolen.next(&test).await;
    let third = next.next(&test).await;
    assert_eq!(stolen.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(third.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_jwt_06_a_token_from_some_way_back_ends_its_family_too() {
    let (test, first) = with_app().await;
    let second = first.next(&test).await;
    test.after(Duration::minutes(15));
    let third = second.next(&test).await;
    assert_eq!(first.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(third.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_jwt_07_a_lost_response_comes_again_for_a_minute() {
    let (test, first) = with_app().await;
    let second = first.next(&test).await;
    test.after(GRACE - Duration::seconds(20));
    let again = first.next(&test).await;
    assert_eq!(again.refresh, second.refresh);
    assert!(again.is_accepted(&test).await);
    again.next(&test).await.next(&test).await;
    assert_eq!(test.count("select count(*) from jwt_families").await, 1);
}

#[tokio::test]
async fn sec_jwt_07_what_is_kept_for_lost_responses_is_sealed_and_erased() {
    let (test, first) = with_app().await;
    let kept = "select count(*) from jwt_refresh_tokens where sealed_child is not null";
    let second = first.next(&test).await;
    assert_eq!(test.count(kept).await, 1);
    let dump = {
        let mut tx = db::begin(&test.app.db).await.unwrap();
        schema::dump(&mut tx, "jwt_refresh_tokens").await.unwrap()
    };
    let revealed = second.refresh.as_bytes().iter();
    let revealed: String = revealed.map(|byte| format!("{byte:02x}")).collect();
    assert!(!dump.contains(&second.refresh) && !dump.to_lowercase().contains(&revealed));
    // Another exchange erases it, and so does time.
    second.next(&test).await;
    assert_eq!(test.count(kept).await, 1);
    test.after(GRACE);
    refresh::erase_children(&test.app.db, test.app.now())
        .await
        .unwrap();
    assert_eq!(test.count(kept).await, 0);
}

#[tokio::test]
async fn sec_jwt_07_what_the_vault_does_not_open_ends_nothing() {
    let (test, first) = with_app().await;
    let second = first.next(&test).await;
    sqlx::query("update jwt_refresh_tokens set sealed_child = $1 where sealed_child is not null")
        .bind(&b"sealed with a key of another process"[..])
        .execute(&test.app.db)
        .await
        .unwrap();
    let body = json!({ "refresh_token": first.refresh });
    let answer = Program::new(&test)
        .post("/api/auth/token/refresh", &body)
        .await
        .expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_ne!(answer.header("retry-after"), "");
    second.next(&test).await;
}

#[tokio::test]
async fn sec_jwt_07_an_error_costs_no_refresh_token() {
    let (test, pair) = with_app().await;
    let keys: Vec<u8> = sqlx::query_scalar("select sealed_private_key from jwt_keys")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let set = async |key: &[u8]| {
        sqlx::query("update jwt_keys set sealed_private_key = $1")
            .bind(key)
            .execute(&test.app.db)
            .await
            .unwrap();
        test.after(Duration::minutes(2));
    };
    set(b"nonsense").await;
    let families = "select count(*) from jwt_families";
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(pair.exchange(&test).await.0, unavailable);
    let body = json!({ "email": ANN, "password": PASSWORD });
    let mut program = Program::new(&test);
    let refused = program.post("/api/auth/token", &body).await;
    assert_eq!(refused.status, unavailable);
    assert_eq!(test.count(families).await, 1, "nothing was begun");
    set(&keys).await;
    pair.next(&test).await;
}

/// GHSA-392p-2q2v-4372 and GHSA-7w99-5wm4-3g79 (holes 8 and 9): of parallel exchanges several won.
#[tokio::test]
async fn sec_jwt_07_fifty_exchanges_at_once_have_one_child() {
    let (test, pair) = with_app().await;
    let exchanges = (0..50).map(|_| {
        let (app, pair) = (test.app.clone(), pair.clone());
        tokio::spawn(async move {
            let token = Secret::parse(&pair.refresh).unwrap();
            refresh::exchange(&app, &token, &Client::default())
                .await
                .unwrap()
        })
    });
    let mut children = BTreeSet::new();
    let mut child = None;
    for exchange in exchanges.collect::<Vec<_>>() {
        let Exchange::Done(tokens) = exchange.await.unwrap() else {
            panic!("an exchange was refused");
        };
        children.insert(tokens.refresh.reveal());
        child = Some(Pair {
            access: tokens.access.clone(),
            refresh: tokens.refresh.reveal(),
        });
    }
    assert_eq!(children.len(), 1);
    let tokens = test.count("select count(*) from jwt_refresh_tokens").await;
    let families = test.count("select count(*) from jwt_families").await;
    assert_eq!((tokens, families), (2, 1));
    let child = child.unwrap();
    assert!(child.is_accepted(&test).await);
    child.next(&test).await;
}

#[tokio::test]
async fn sec_jwt_07_an_exchange_while_everybody_is_logged_out_ends_with_nothing() {
    let (test, pair) = with_app().await;
    for _ in 0..20 {
        let pair = match pair.is_accepted(&test).await {
            true => pair.clone(),
            false => log_in_quickly(&test).await,
        };
        let token = Secret::parse(&pair.refresh).unwrap();
        let client = Client::default();
        let (exchanged, ()) = tokio::join!(
            refresh::exchange(&test.app, &token, &client),
            end_all(&test)
        );
        assert!(exchanged.is_ok(), "{:?}", exchanged.err());
        assert_eq!(test.count("select count(*) from jwt_families").await, 0);
        assert_eq!(
            test.count("select count(*) from jwt_refresh_tokens").await,
            0
        );
    }
}

async fn end_all(test: &TestApp) {
    let mut held = test.hold(ANN).await;
    let ended = log_out::everywhere(&test.app, &mut held, &Client::operator()).await;
    ended.unwrap();
    held.commit().await.unwrap();
}

async fn log_in_quickly(test: &TestApp) -> Pair {
    test.after(Duration::minutes(1));
    log_in(test, ANN).await
}

#[tokio::test]
async fn sec_jwt_08_ending_what_is_unknown_is_no_error() {
    let (test, pair) = with_app().await;
    for token in [
        "",
        "x",
        "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE",
        &pair.access,
    ] {
        let body = json!({ "refresh_token": token });
        let answer = Program::new(&test).delete("/api/auth/token", &body).await;
        assert_eq!(answer.expect(StatusCode::OK).body, "");
    }
    assert!(pair.is_accepted(&test).await);
    // An old token of the family ends it as well: whoever has it may not keep the new one.
    let next = pair.next(&test).await;
    let body = json!({ "refresh_token": pair.refresh });
    Program::new(&test).delete("/api/auth/token", &body).await;
    assert_eq!(next.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_log_01_apps_are_refused_alike_whoever_it_is() {
    let test = logging_in::with_everybody().await.without_workers();
    let mut seen = Vec::new();
    for (email, password) in logging_in::REFUSED {
        let body = json!({ "email": email, "password": password });
        let mut program = Program::new(&test);
        let call = program.post("/api/auth/token", &body);
        let (answer, statements) = counting::statements(call).await;
        seen.push((answer.expect(StatusCode::UNAUTHORIZED).body, statements));
    }
    assert!(seen.iter().all(|one| one.0 == seen[0].0), "{seen:?}");
    // The first one opens a connection.
    assert!(
        seen.iter().skip(1).all(|one| one.1 == seen[1].1),
        "{seen:?}"
    );
    assert!(seen[1].1.len() > 1, "nothing was counted");
}

#[tokio::test]
async fn sec_log_03_apps_and_browsers_are_counted_together() {
    let test = TestApp::start().await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    for _ in 0..5 {
        Program::new(&test).post("/api/auth/token", &body).await;
        test.browser().log_in(ANN, PASSWORD).await;
    }
    Program::new(&test)
        .post("/api/auth/token", &body)
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_log_05_wrong_passwords_from_apps_lock_new_browsers_only() {
    let test = TestApp::start().await;
    let mut owner = test.member(ANN).await;
    owner.post("/users/log-out", &[]).await;
    let body = json!({ "email": ANN, "password": OTHER_PASSWORD });
    for _ in 0..5 {
        let mut thief = Program(Program::new(&test).0.from("203.0.113.7"));
        thief
            .post("/api/auth/token", &body)
            .await
            .expect(StatusCode::UNAUTHORIZED);
    }
    let right = json!({ "email": ANN, "password": PASSWORD });
    Program::new(&test)
        .post("/api/auth/token", &right)
        .await
        .expect(StatusCode::UNAUTHORIZED);
    owner.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_aud_03_no_token_of_an_app_is_in_the_log() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let (pairs, log) = counting::log_of(async {
        let first = log_in(&test, ANN).await;
        let second = first.next(&test).await;
        first.exchange(&test).await;
        assert!(second.is_accepted(&test).await);
        [first, second]
    })
    .await;
    let log = log.join("\n");
    for pair in pairs {
        let (_, signature) = pair.access.rsplit_once('.').unwrap();
        assert!(!log.contains(signature) && !log.contains(&pair.refresh));
    }
}
