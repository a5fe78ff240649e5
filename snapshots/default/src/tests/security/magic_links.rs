//! Logging in by letter keeps the rules of every other way in.

use axum::http::StatusCode;

use crate::{
    tests::{ONE_CONNECTION, PASSWORD, counting, test_app::TestApp},
    texts,
};

const ANN: &str = "ann@example.com";

async fn link(test: &TestApp) -> String {
    test.browser()
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    test.link_below(ANN, "/users/log-in/link/").await
}

#[tokio::test]
async fn sec_rst_01_a_log_in_link_works_once_and_ends_the_others() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let first = link(&test).await;
    let mut browser = test.browser();
    browser.get(&first).await.expect_text(ANN);
    browser.post(&first, &[]).await.expect_redirect("/");
    let second = link(&test).await;
    let third = link(&test).await;
    test.browser().post(&third, &[]).await.expect_redirect("/");
    // Which ends the others.
    for link in [&first, &second] {
        let answer = test.browser().post(link, &[]).await;
        answer.expect(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn sec_rst_01_of_fifty_log_ins_by_one_link_one_succeeds() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let link = link(&test).await;
    let before = test.count("select count(*) from sessions").await;
    let tries = (0..50).map(|_| {
        let (mut browser, link) = (test.browser(), link.clone());
        tokio::spawn(async move { browser.post(&link, &[]).await.status })
    });
    let mut inside = 0;
    for answer in tries.collect::<Vec<_>>() {
        inside += usize::from(answer.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!(inside, 1);
    let after = test.count("select count(*) from sessions").await;
    assert_eq!(after, before + 1);
}

#[tokio::test]
async fn sec_rst_03_a_log_in_link_for_an_unknown_address_looks_and_costs_the_same() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    test.member(ANN).await;
    let test = test.without_workers();
    let ask = async |email: &'static str| {
        let (mut browser, form) = (test.browser(), [("email", email)]);
        let asking = browser.post("/users/log-in/link", &form);
        let (answer, statements) = counting::statements(asking).await;
        (answer.status, answer.body, statements)
    };
    ask("warm@example.com").await;
    let known = ask(ANN).await;
    assert_eq!(known, ask("nobody@example.com").await);
    assert!(known.2.len() > 1, "nothing was counted");
}

#[tokio::test]
async fn sec_rst_07_three_log_in_links_in_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    for _ in 0..3 {
        link(&test).await;
    }
    test.browser()
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(test.letters_to(ANN).await.len(), 1 + 3);
}

#[tokio::test]
async fn sec_web_02_a_mail_scanner_logs_nobody_in() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let link = link(&test).await;
    let mut scanner = test.browser();
    scanner.get(&link).await.expect(StatusCode::OK);
    assert!(!scanner.is_logged_in().await);
    test.browser().post(&link, &[]).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_reg_05_a_log_in_link_confirms_and_drops_what_a_thief_has_set() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register(ANN, PASSWORD).await;
    let code = test.code_for(ANN).await;
    let link = link(&test).await;
    let mut owner = test.browser();
    owner.post(&link, &[]).await.expect_redirect("/");
    assert!(owner.is_logged_in().await);
    assert!(test.user(ANN).await.unwrap().confirmed_at.is_some());

    thief.log_in(ANN, PASSWORD).await;
    assert!(!thief.is_logged_in().await);
    thief.post("/users/confirm", &[("code", &code)]).await;
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_01_what_was_typed_besides_the_address_does_not_matter() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let form = [("email", ANN), ("password", "wrong"), ("remember_me", "on")];
    let mut browser = test.browser();
    browser
        .post("/users/log-in/link", &form)
        .await
        .expect_redirect("/users/log-in");
    browser
        .get("/users/log-in")
        .await
        .expect_text(texts::notices::LINK_SENT);
}
