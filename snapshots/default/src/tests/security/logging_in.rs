//! LOG: coming in, guessing, and being slowed down.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use time::Duration;

use crate::{
    accounts::lockout,
    tests::{
        ONE_CONNECTION, OTHER_PASSWORD, PASSWORD, browser::Answer, counting, test_app::TestApp,
    },
};

/// One person for each reason to say no: unknown, wrong password, unconfirmed, locked, suspended, without a password, and not an
/// address at all.
pub const REFUSED: [(&str, &str); 8] = [
    ("nobody@example.com", PASSWORD),
    ("known@example.com", OTHER_PASSWORD),
    ("unconfirmed@example.com", PASSWORD),
    ("registered@example.com", PASSWORD),
    ("locked@example.com", PASSWORD),
    ("suspended@example.com", PASSWORD),
    ("passwordless@example.com", PASSWORD),
    ("not an address", PASSWORD),
];

pub async fn with_everybody() -> TestApp {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    for email in [
        "known",
        "passwordless",
        "locked",
        "suspended",
        "unconfirmed",
    ] {
        test.member(&format!("{email}@example.com"))
            .await
            .post("/users/log-out", &[])
            .await;
    }
    sqlx::query(
        "update users
         set confirmed_at = null where email = 'unconfirmed@example.com'",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    sqlx::query(
        "update users
         set password_hash = null where email = 'passwordless@example.com'",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    for _ in 0..lockout::MOST_FAILURES {
        let mut thief = test.browser().from("203.0.113.1");
        thief.log_in("locked@example.com", OTHER_PASSWORD).await;
    }
    test.suspend("suspended@example.com").await;
    test.browser()
        .register("registered@example.com", PASSWORD)
        .await;
    test.work().await;
    test
}

#[tokio::test]
async fn sec_log_01_every_refusal_looks_the_same() {
    let test = with_everybody().await;
    let mut answers = Vec::new();
    for (email, password) in REFUSED {
        let answer = test
            .browser()
            .log_in(email, password)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.set_cookies().is_empty());
        answers.push(answer.body.replace(email, "…"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn sec_log_02_every_refusal_costs_the_same_work() {
    let test = with_everybody().await;
    let test = test.without_workers();
    test.browser().log_in("warm@example.com", PASSWORD).await;
    let mut costs = Vec::new();
    for (email, password) in REFUSED {
        let before = test
            .app
            .hasher
            .done
            .load(std::sync::atomic::Ordering::SeqCst);
        let (_, statements) = counting::statements(test.browser().log_in(email, password)).await;
        costs.push((
            statements,
            test.app
                .hasher
                .done
                .load(std::sync::atomic::Ordering::SeqCst)
                - before,
        ));
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    assert!(
        costs[0].0.len() > 1 && costs[0].1 > 0,
        "nothing was counted: {costs:?}"
    );
}

#[tokio::test]
async fn sec_log_03_an_address_may_try_ten_times_a_minute() {
    let test = TestApp::start().await;
    for number in 0..10 {
        test.browser()
            .log_in(&format!("{number}@example.com"), PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    test.browser()
        .log_in("10@example.com", PASSWORD)
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    test.browser()
        .from("192.0.2.2")
        .log_in("10@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    test.after(Duration::minutes(1));
    test.browser()
        .log_in("10@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_log_03_an_ipv6_household_is_one_address() {
    let test = TestApp::start().await;
    for number in 0..10 {
        let mut browser = test.browser().from(&format!("2001:db8:1:2::{number}"));
        browser
            .log_in("ann@example.com", PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    test.browser()
        .from("2001:db8:1:2:ffff::1")
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    test.browser()
        .from("2001:db8:1:3::1")
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_log_03_one_account_cannot_be_guessed_from_many_addresses() {
    let test = TestApp::start().await;
    for number in 0..50 {
        let mut browser = test.browser().from(&format!("198.51.100.{number}"));
        browser
            .log_in("ann@example.com", PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    test.browser()
        .from("203.0.113.1")
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_log_03_a_success_gives_no_tries_back() {
    let test = TestApp::start().await;
    test.member("eve@example.com").await;
    for _ in 0..5 {
        test.browser()
            .log_in("ann@example.com", PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
        test.browser()
            .log_in("eve@example.com", PASSWORD)
            .await
            .expect_redirect("/");
    }
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_log_04_nobody_can_write_their_own_address() {
    let test = TestApp::start().await;
    for number in 0..12 {
        let forged = format!("203.0.113.{number}");
        let browser = test
            .browser()
            .with_header("x-forwarded-for", &forged)
            .with_header("x-real-ip", &forged);
        let mut browser = browser.with_header("forwarded", &format!("for={forged}"));
        let answer = browser.log_in("ann@example.com", PASSWORD).await;
        let wanted = if number < 10 {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        answer.expect(wanted);
    }
}

#[tokio::test]
async fn sec_log_04_behind_a_proxy_of_ours_only_what_it_adds_is_believed() {
    let test = TestApp::start_with(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    for number in 0..12 {
        let hops = format!("203.0.113.{number}, 198.51.100.9, 10.0.0.7");
        let mut browser = test
            .browser()
            .from("10.1.2.3")
            .with_header("x-forwarded-for", &hops);
        let answer = browser.log_in("ann@example.com", PASSWORD).await;
        let wanted = if number < 10 {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        answer.expect(wanted);
    }
    let mut other = test
        .browser()
        .from("10.1.2.3")
        .with_header("x-forwarded-for", "198.51.100.10");
    other
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_log_06_tries_that_come_at_once_are_all_counted() {
    let test = TestApp::start().await;
    let tries: Vec<_> = (0..30)
        .map(|_| {
            let mut browser = test.browser();
            tokio::spawn(async move { browser.log_in("ann@example.com", PASSWORD).await.status })
        })
        .collect();
    let mut refused = 0;
    for tried in tries {
        refused += usize::from(tried.await.unwrap() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 20);
}

#[tokio::test]
async fn sec_log_07_too_many_tries_say_when_to_come_back_and_nothing_else() {
    let test = TestApp::start().await;
    let mut last = None;
    for _ in 0..11 {
        last = Some(test.browser().log_in("ann@example.com", PASSWORD).await);
    }
    let answer = last.unwrap().expect(StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(answer.header("ratelimit-policy"), "\"login\";q=10;w=60");
    assert_eq!(
        answer.header("ratelimit"),
        format!("\"login\";r=0;t={wait}")
    );
    assert!(!answer.body.contains("ann@example.com"));
    let ((), log) = counting::log_of(async {
        test.browser().log_in("ann@example.com", PASSWORD).await;
    })
    .await;
    assert!(
        log.iter()
            .any(|line| line.contains("too many tries") && line.contains("login")),
        "{log:?}"
    );
}

#[tokio::test]
async fn sec_log_10_nobody_is_logged_in_from_another_site() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let browser = test.browser();
    for forged in [
        browser.clone().with_header("sec-fetch-site", "cross-site"),
        browser.clone().with_header("sec-fetch-site", "same-site"),
        browser
            .clone()
            .without_header("sec-fetch-site")
            .with_header("origin", "https://evil.example"),
        browser
            .clone()
            .without_header("sec-fetch-site")
            .with_header("origin", "null"),
    ] {
        let answer: Answer = forged.clone().log_in("ann@example.com", PASSWORD).await;
        assert!(
            answer
                .expect(StatusCode::FORBIDDEN)
                .set_cookies()
                .is_empty()
        );
    }
    let mut ours = browser
        .without_header("sec-fetch-site")
        .with_header("origin", "http://localhost:4000");
    ours.log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_log_12_broken_requests_are_answered_without_an_error_of_ours() {
    let test = TestApp::start().await;
    let session = concat!(env!("CARGO_PKG_NAME"), "_session");
    let long = "x".repeat(5000);
    for cookie in [
        "",
        "=",
        ";;;",
        "a",
        session,
        &format!("{session}=%ff"),
        &format!("{session}={long}"),
        &format!("{session}=AAAA"),
    ] {
        let mut browser = test
            .browser()
            .with_header("cookie", cookie)
            .with_header("authorization", "Bearer %%%");
        browser
            .get("/users/settings/sessions")
            .await
            .expect_redirect("/users/log-in");
    }
    for body in [
        "email=%ff%fe&password=%ff",
        "email",
        "&&&=",
        "email=a&email=b&password=c",
        "{\"email\":1}",
    ] {
        let answer = test
            .browser()
            .send(Method::POST, "/users/log-in", Body::from(body))
            .await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.status);
    }
    let mut text = test.browser().with_header("content-type", "text/plain");
    text.send(Method::POST, "/users/log-in", Body::from("x"))
        .await
        .expect(StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
