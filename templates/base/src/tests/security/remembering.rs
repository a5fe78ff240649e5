//! SES-13: sessions that outlive the browser change their secret, and notice a thief.

use time::Duration;

use crate::{
    jobs::{Run, cleanup_expired_tokens::CleanupExpiredTokens},
    tests::{PASSWORD, browser::Browser, test_app::TestApp},
    texts,
};

async fn remembered(test: &TestApp) -> Browser {
    test.member("ann@example.com").await;
    let mut browser = test.browser();
    browser
        .log_in_remembered("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    browser
}

#[tokio::test]
async fn sec_ses_13_a_remembered_session_gets_a_new_secret_after_a_week() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    let old = browser.cookie("_session").unwrap().to_owned();
    test.after(Duration::days(6));
    assert!(browser.is_logged_in().await);
    assert_eq!(browser.cookie("_session").unwrap(), old);
    test.after(Duration::days(1));
    assert!(browser.is_logged_in().await);
    assert_ne!(browser.cookie("_session").unwrap(), old);
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_13_the_new_secret_arrives_with_whatever_other_cookies() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    let old = browser.cookie("_session").unwrap().to_owned();
    assert!(browser.cookie("_notice").is_some());
    test.after(Duration::days(7));
    browser.get("/").await;
    assert_eq!(browser.cookie("_notice"), None);
    assert_ne!(browser.cookie("_session").unwrap(), old);
}

#[tokio::test]
async fn sec_ses_13_requests_under_way_may_use_the_old_secret_for_a_minute() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    let mut slow = browser.clone();
    test.after(Duration::days(7));
    browser.get("/").await;
    test.after(Duration::seconds(40));
    assert!(slow.is_logged_in().await);
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_13_of_many_requests_at_once_one_changes_the_secret() {
    let test = TestApp::start().await;
    let browser = remembered(&test).await;
    test.after(Duration::days(7));
    let requests: Vec<_> = (0..10)
        .map(|_| {
            let mut browser = browser.clone();
            tokio::spawn(async move {
                (
                    browser.is_logged_in().await,
                    browser.cookie("_session").map(str::to_owned),
                )
            })
        })
        .collect();
    let mut secrets = std::collections::BTreeSet::new();
    for request in requests {
        let (logged_in, secret) = request.await.unwrap();
        assert!(logged_in);
        secrets.insert(secret);
    }
    assert_eq!(secrets.len(), 2, "the old secret and one new one");
}

#[tokio::test]
async fn sec_ses_13_an_old_secret_ends_the_session_and_sends_a_letter() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    let mut thief = browser.clone();
    test.after(Duration::days(7));
    assert!(browser.is_logged_in().await);
    // The browser has the new secret now, and shows it.
    assert!(browser.is_logged_in().await);
    test.after(Duration::seconds(60));
    assert!(!thief.is_logged_in().await);
    assert!(!browser.is_logged_in().await);
    test.expect_letter("ann@example.com", texts::letters::STOLEN_SUBJECT)
        .await;
    assert_eq!(
        test.count("select count(*) from audit_events where action = 'session.reuse'")
            .await,
        1
    );
}

/// The response with the new secret may never arrive. That is no theft.
#[tokio::test]
async fn sec_ses_13_a_lost_response_logs_nobody_out() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    test.after(Duration::days(7));
    for wait in [Duration::ZERO, Duration::minutes(2), Duration::days(3)] {
        test.after(wait);
        // Answered, but the browser keeps nothing of it.
        assert!(browser.clone().is_logged_in().await, "{wait}");
    }
    let old = browser.clone();
    assert!(browser.is_logged_in().await);
    assert_ne!(browser.cookie("_session"), old.cookie("_session"));
    assert!(browser.is_logged_in().await);
    test.after(Duration::seconds(40));
    assert!(old.clone().is_logged_in().await, "another tab's request");
    let stolen = test.letters_about("ann@example.com", texts::letters::STOLEN_SUBJECT);
    assert_eq!(stolen.await, 0);
}

#[tokio::test]
async fn sec_ses_13_a_secret_of_weeks_ago_is_noticed_too() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    let mut thief = browser.clone();
    for _ in 0..2 {
        test.after(Duration::days(7));
        assert!(browser.is_logged_in().await && browser.is_logged_in().await);
    }
    test.after(Duration::minutes(2));
    // Every night.
    CleanupExpiredTokens {}.run(&test.app, 1).await.unwrap();
    assert!(!thief.is_logged_in().await && !browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_13_a_remembered_session_ends_after_sixty_days() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    test.after(Duration::days(60) - Duration::minutes(1));
    assert!(browser.is_logged_in().await);
    test.after(Duration::minutes(1));
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_15_a_new_secret_by_age_forgets_the_proof() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    test.after(Duration::days(7) - Duration::minutes(5));
    browser.post("/users/sudo", &[("password", PASSWORD)]).await;
    test.after(Duration::days(7) - Duration::minutes(5));
    browser.post("/users/sudo", &[("password", PASSWORD)]).await;
    sqlx::query("update sessions set reissued_at = $1")
        .bind(test.app.now() - Duration::days(7))
        .execute(&test.app.db)
        .await
        .unwrap();
    browser.get("/").await;
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/sudo");
}

#[tokio::test]
async fn sec_ses_15_the_request_that_brings_a_new_secret_has_no_proof_either() {
    let test = TestApp::start().await;
    let mut browser = remembered(&test).await;
    sqlx::query("update sessions set reissued_at = $1")
        .bind(test.app.now() - Duration::days(7))
        .execute(&test.app.db)
        .await
        .unwrap();
    let old = browser.cookie("_session").unwrap().to_owned();
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/sudo");
    assert_ne!(browser.cookie("_session"), Some(old.as_str()));
}
