//! RST: forgetting a password.

use axum::http::StatusCode;
use sha2::{Digest, Sha256};
use time::Duration;

use crate::{
    accounts::{
        held::Held,
        password::{Lane, Password},
        secret::Secret,
        token::{self, Purpose},
    },
    tests::{
        ONE_CONNECTION, OTHER_PASSWORD, PASSWORD, counting, database::JOB_ARGS, test_app::TestApp,
    },
    texts,
};

const ANN: &str = "ann@example.com";

async fn forget(test: &TestApp, email: &str) -> String {
    test.browser()
        .post("/users/reset-password", &[("email", email)])
        .await
        .expect_redirect("/users/log-in");
    test.link_for(email).await
}

async fn change_address(test: &TestApp) {
    let change = sqlx::query(
        "update members
         set email = 'ann@example.org'",
    );
    change.execute(&test.app.db).await.unwrap();
}

#[tokio::test]
async fn sec_rst_01_a_link_works_once() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    test.browser()
        .post(&link, &[("new_password", "gravel meadow nine trumpet")])
        .await
        .expect(StatusCode::NOT_FOUND);
    test.browser()
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_rst_01_of_fifty_at_once_one_works() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    let tries: Vec<_> = (0..50)
        .map(|number| {
            let (mut browser, link) = (test.browser(), link.clone());
            let password = format!("velvet harbour onion {number} seven");
            tokio::spawn(async move {
                browser
                    .post(&link, &[("new_password", &password)])
                    .await
                    .status
            })
        })
        .collect();
    let mut worked = 0;
    for tried in tries {
        worked += usize::from(tried.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!(worked, 1);
    assert_eq!(test.count("select count(*) from audit_events where action = 'auth.password_reset' and outcome = 'success'").await, 1);
}

#[tokio::test]
async fn sec_rst_01_a_link_works_for_an_hour() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    test.after(Duration::minutes(59));
    test.browser().get(&link).await.expect(StatusCode::OK);
    test.after(Duration::minutes(1));
    test.browser()
        .get(&link)
        .await
        .expect(StatusCode::NOT_FOUND);
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_rst_01_the_database_knows_only_the_hash_of_256_random_bits() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    let secret = Secret::parse(link.rsplit('/').next().unwrap()).unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("select hash from token_secrets")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    assert_eq!(stored, secret.hash());
    let raw =
        base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, secret.reveal()).unwrap();
    assert_eq!((raw.len(), stored), (32, Sha256::digest(&raw).to_vec()));
    let args: Vec<String> = sqlx::query_scalar(JOB_ARGS)
        .fetch_all(&test.app.db)
        .await
        .unwrap();
    assert!(
        !args.is_empty() && args.iter().all(|args| !args.contains(&secret.reveal())),
        "{args:?}"
    );
}

#[tokio::test]
async fn sec_rst_01_a_link_dies_with_the_address_it_was_sent_to() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    change_address(&test).await;
    test.browser()
        .get(&link)
        .await
        .expect(StatusCode::NOT_FOUND);
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_rst_02_every_link_works_until_one_is_used() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let first = forget(&test, "ann@example.com").await;
    for number in 0..20 {
        test.after(Duration::minutes(2));
        test.browser()
            .from(&format!("203.0.113.{number}"))
            .post("/users/reset-password", &[("email", "ann@example.com")])
            .await
            .expect_redirect("/users/log-in");
    }
    let links = test.links_for("ann@example.com").await;
    let links = links.iter().filter(|link| link.contains("reset"));
    for link in links.clone() {
        test.browser().get(link).await.expect(StatusCode::OK);
    }
    assert!(links.clone().count() > 2, "nothing was asked for");
    test.browser()
        .post(&first, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    for link in links {
        test.browser().get(link).await.expect(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn sec_rst_02_a_new_password_ends_every_letter() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let confirm = test.link_for("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    test.browser()
        .get(&confirm)
        .await
        .expect(StatusCode::NOT_FOUND);
    for rows in [
        "select count(*) from tokens",
        "select count(*) from token_secrets",
        "select count(*) from registrations",
        "select count(*) from registration_secrets",
    ] {
        assert_eq!(test.count(rows).await, 0, "{rows}");
    }
}

#[tokio::test]
async fn sec_rst_03_an_unknown_address_gets_the_same_answer_for_the_same_work() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    test.member("ann@example.com").await;
    let test = test.without_workers();
    let mut answers = Vec::new();
    for email in ["ann@example.com", "nobody@example.com"] {
        let request = || async {
            test.browser()
                .post("/users/reset-password", &[("email", email)])
                .await
        };
        request().await;
        let (answer, statements) = counting::statements(request()).await;
        answers.push((
            answer.status,
            answer.body.clone(),
            answer.set_cookies().join(";"),
            statements,
        ));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].3.len() > 2, "nothing was counted");
}

#[tokio::test]
async fn sec_rst_03_nobody_gets_a_letter_for_an_unknown_address() {
    let test = TestApp::start().await;
    test.browser()
        .post("/users/reset-password", &[("email", "nobody@example.com")])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.letters_to("nobody@example.com").await.is_empty());
}

#[tokio::test]
async fn sec_rst_04_a_reset_logs_nobody_in() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    let mut browser = test.browser();
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(browser.cookie("_session"), None);
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_rst_05_a_reset_ends_every_session_and_tells_the_owner() {
    let test = TestApp::start().await;
    let mut one = test.member("ann@example.com").await;
    let mut other = test.browser();
    other.log_in_remembered("ann@example.com", PASSWORD).await;
    let link = forget(&test, "ann@example.com").await;
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    assert!(!one.is_logged_in().await);
    assert!(!other.is_logged_in().await);
    test.expect_letter("ann@example.com", texts::letters::CHANGED_SUBJECT)
        .await;
}

/// Others may have used up what unknown browsers are allowed.
#[tokio::test]
async fn sec_log_05_the_known_browser_that_resets_stays_known_and_no_other() {
    let test = TestApp::start().await;
    let mut owner = test.member(ANN).await;
    let mut thief = test.browser().from("203.0.113.9");
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    for _ in 0..50 {
        test.app.limits.login_account.allows(ANN);
    }
    owner.post("/users/log-out", &[]).await;
    // The usual reason for a reset.
    for _ in 0..5 {
        owner.log_in(ANN, OTHER_PASSWORD).await;
    }
    let link = forget(&test, ANN).await;
    let new = [("new_password", OTHER_PASSWORD)];
    owner
        .post(&link, &new)
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(test.count("select count(*) from devices").await, 1);
    for mut other in [thief, test.browser().from("203.0.113.8")] {
        other
            .log_in(ANN, OTHER_PASSWORD)
            .await
            .expect(StatusCode::TOO_MANY_REQUESTS);
    }
    owner.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_rst_05_a_log_in_that_was_under_way_does_not_outlive_a_new_password() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let hasher = &test.app.hasher;
    let new = hasher.hash(&Password::typed(OTHER_PASSWORD)).await.unwrap();
    let mut permits = Vec::new();
    for _ in 0..test.app.config.hashing.cores {
        permits.push(hasher.queue.enter(Lane::Anonymous).await.unwrap());
    }

    let mut browser = test.browser();
    let log_in = tokio::spawn(async move { browser.log_in("ann@example.com", PASSWORD).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let reset = sqlx::query(
        "update members
         set password_hash = $1",
    )
    .bind(new);
    reset.execute(&test.app.db).await.unwrap();
    drop(permits);
    log_in
        .await
        .unwrap()
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_rst_06_the_host_of_links_is_ours_whatever_the_request_says() {
    let test = TestApp::start_with(&[("APP_URL", "https://shop.example.com")]).await;
    test.member("ann@example.com").await;
    let browser = test
        .browser()
        .with_header("host", "evil.example")
        .with_header("x-forwarded-host", "evil.example");
    browser
        .clone()
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let letter = test.last_letter_to("ann@example.com").await;
    assert!(
        letter
            .text
            .contains("\nhttps://shop.example.com/users/reset-password/")
    );
    assert!(!letter.source.contains("evil.example"));
}

#[tokio::test]
async fn sec_rst_07_nobody_can_fill_a_mailbox() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    for _ in 0..3 {
        forget(&test, "ann@example.com").await;
    }
    for email in ["ann@example.com", " ANN@example.com"] {
        test.browser()
            .post("/users/reset-password", &[("email", email)])
            .await
            .expect_redirect("/users/log-in");
    }
    assert_eq!(test.letters_to("ann@example.com").await.len(), 1 + 3);
    test.after(Duration::minutes(1));
    forget(&test, "ann@example.com").await;
}

#[tokio::test]
async fn sec_rst_07_one_network_gets_twenty_letters_an_hour_sent() {
    let test = TestApp::start().await;
    for number in 0..20 {
        let email = format!("{number}@example.com");
        test.browser()
            .post("/users/reset-password", &[("email", &email)])
            .await
            .expect_redirect("/users/log-in");
    }
    test.browser()
        .post("/users/reset-password", &[("email", "20@example.com")])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    test.browser()
        .post("/users/confirm/resend", &[("email", "20@example.com")])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_rst_07_three_letters_to_confirm_in_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    for _ in 0..3 {
        browser
            .post("/users/confirm/resend", &[])
            .await
            .expect_redirect("/users/confirm");
        test.work().await;
    }
    browser
        .post("/users/confirm/resend", &[])
        .await
        .expect_redirect("/users/confirm");
    assert_eq!(test.letters_to("ann@example.com").await.len(), 1 + 3);
}

#[tokio::test]
async fn sec_rst_08_a_link_for_one_thing_does_not_do_another() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let confirm = test
        .link_for("ann@example.com")
        .await
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let reset = forget(&test, "ann@example.com")
        .await
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();

    let wrong = format!("/users/reset-password/{confirm}");
    browser.get(&wrong).await.expect(StatusCode::NOT_FOUND);
    browser
        .post(&wrong, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::NOT_FOUND);
    let wrong = format!("/users/confirm/{reset}");
    browser.get(&wrong).await.expect(StatusCode::NOT_FOUND);
    browser
        .post(&wrong, &[("password", PASSWORD)])
        .await
        .expect(StatusCode::NOT_FOUND);
    assert!(test.user("ann@example.com").await.is_none());
}

#[tokio::test]
async fn sec_rst_08_spending_itself_asks_for_the_purpose_the_time_and_the_address() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let link = forget(&test, "ann@example.com").await;
    let secret = Secret::parse(link.rsplit('/').next().unwrap()).unwrap();
    let now = test.app.now();
    let ann = test.user("ann@example.com").await.unwrap().id;
    let spent = async |purpose, now| {
        let user = Held::by_operator(&test.app, ann).await;
        let mut held = user.unwrap().unwrap();
        token::spend(&mut held, purpose, &secret, now)
            .await
            .unwrap()
            .is_some()
    };
    assert!(!spent(Purpose::Confirm, now).await);
    assert!(!spent(Purpose::ResetPassword, now + Duration::hours(1)).await);
    assert!(spent(Purpose::ResetPassword, now).await);
    change_address(&test).await;
    assert!(!spent(Purpose::ResetPassword, now).await);
}

#[tokio::test]
async fn sec_rst_10_a_new_database_has_nobody_in_it() {
    let test = TestApp::idle(&[]).await;
    assert_eq!(test.people().await, 0);
}
