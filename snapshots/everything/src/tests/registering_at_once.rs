//! REG-5, REG-6 and EML-2 where two transactions overlap, step by step.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::task::JoinHandle;

use super::{
    OTHER_PASSWORD, PASSWORD,
    browser::{Answer, Browser},
    test_app::TestApp,
};
use crate::{
    accounts::{
        email::Email,
        password::Password,
        registration::{self, HeldEmail, PasswordAfter, pending},
        secret::Secret,
        token::Purpose,
    },
    db,
};

const ANN: &str = "ann@example.com";

/// Sends a form, and returns once it waits for a lock that another transaction has.
async fn waiting(
    test: &TestApp,
    mut browser: Browser,
    path: String,
    code: String,
) -> JoinHandle<Answer> {
    let sent = tokio::spawn(async move { browser.post(&path, &[("code", &code)]).await });
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    for _ in 0..500 {
        if test.count(waits).await > 0 {
            return sent;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the request does not wait");
}

#[tokio::test]
async fn sec_reg_05_a_registration_under_way_does_not_get_into_another() {
    let test = TestApp::start().await;
    let thiefs = Password::typed(OTHER_PASSWORD);
    let hash = test.app.hasher.hash(&thiefs).await.unwrap();
    let (ann, secret) = (Email::parse(ANN).unwrap(), Secret::random().unwrap());
    let mut tx = db::begin(&test.app.db).await.unwrap();
    pending::insert(&mut tx, &ann, Some(&hash), None, &secret, test.app.now())
        .await
        .unwrap();
    let mut owner = test.browser();
    owner.register(ANN, PASSWORD).await;
    tx.commit().await.unwrap();

    let code = test.code_for(ANN).await;
    owner
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    let mut thief = test.browser();
    thief.log_in(ANN, OTHER_PASSWORD).await;
    assert!(!thief.is_logged_in().await);
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
    assert_eq!(test.registrations().await, 0);
}

#[tokio::test]
async fn sec_reg_06_of_two_proofs_that_overlap_the_second_finds_an_account() {
    let test = TestApp::start().await;
    test.browser().register(ANN, OTHER_PASSWORD).await;
    let link = test.link_for(ANN).await;
    let mut second = test.browser();
    second.register(ANN, PASSWORD).await;
    let code = test.code_for(ANN).await;

    let ann = Email::parse(ANN).unwrap();
    let link = Secret::parse(link.rsplit('/').next().unwrap()).unwrap();
    let now = test.app.now();
    let mut proved = HeldEmail::begin(&test.app, &ann).await.unwrap();
    let first = pending::consume_link(proved.tx(), Purpose::Confirm, &link, now).await;
    let first = first.unwrap().unwrap();
    let path = "/users/confirm".to_owned();
    let waits = waiting(&test, second.clone(), path, code).await;
    let held = registration::complete(&test.app, proved, &first, PasswordAfter::None).await;
    held.unwrap().unwrap().commit().await.unwrap();

    let answer = waits.await.unwrap();
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    second.log_in(ANN, PASSWORD).await;
    assert!(!second.is_logged_in().await);
    assert_eq!((test.people().await, test.registrations().await), (1, 0));
}

#[tokio::test]
async fn sec_eml_02_a_change_to_an_email_that_is_being_confirmed_waits_and_fails() {
    let test = TestApp::start().await;
    let mut bob = test.member("bob@example.com").await;
    bob.post("/users/settings/email", &[("email", ANN)]).await;
    let change = test.link_below(ANN, "/users/settings/email/").await;
    let mut ann = test.browser();
    ann.register(ANN, PASSWORD).await;
    let link = test.link_below(ANN, "/users/confirm/").await;

    let email = Email::parse(ANN).unwrap();
    let link = Secret::parse(link.rsplit('/').next().unwrap()).unwrap();
    let mut proved = HeldEmail::begin(&test.app, &email).await.unwrap();
    let now = test.app.now();
    let pending = pending::consume_link(proved.tx(), Purpose::Confirm, &link, now).await;
    let pending = pending.unwrap().unwrap();
    let waits = waiting(&test, bob.clone(), change, String::new()).await;
    let password = PasswordAfter::Registered;
    let held = registration::complete(&test.app, proved, &pending, password).await;
    held.unwrap().unwrap().commit().await.unwrap();

    waits.await.unwrap().expect(StatusCode::NOT_FOUND);
    assert!(test.user("bob@example.com").await.is_some());
    ann.log_in(ANN, PASSWORD).await.expect_redirect("/");
}
