//! Leaving, and changing one's mind.

use sqlx::AssertSqlSafe;
use time::Duration;

use super::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp};
use crate::{accounts::deletion, texts};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

async fn leave(browser: &mut Browser) {
    browser
        .post("/users/settings/delete", &[])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn an_account_is_deleted_after_two_weeks() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    test.expect_letter(ANN, texts::letters::DELETION_SUBJECT)
        .await;
    browser
        .get("/users/log-in")
        .await
        .expect_text(texts::notices::DELETION_SCHEDULED);

    test.after(Duration::days(13));
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 0);
    test.after(Duration::days(1));
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 1);
    test.expect_letter(ANN, texts::letters::DELETED_SUBJECT)
        .await;
    browser.log_in(ANN, PASSWORD).await;
    assert!(!browser.is_logged_in().await);
    assert!(test.user(ANN).await.is_none());
}

#[tokio::test]
async fn until_then_logging_in_leads_to_the_page_that_keeps_it() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/users/reactivate");
    browser.get("/users/reactivate").await.expect_text(ANN);
    assert!(!browser.clone().is_logged_in().await);
    browser
        .post("/users/reactivate", &[])
        .await
        .expect_redirect("/");
    browser
        .get("/")
        .await
        .expect_text(texts::notices::REACTIVATED);
    assert!(browser.is_logged_in().await);
    test.expect_letter(ANN, texts::letters::DELETION_CANCELLED_SUBJECT)
        .await;

    test.after(Duration::days(15));
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 0);
    assert!(test.user(ANN).await.is_some());
}

#[tokio::test]
async fn a_link_leads_there_too() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    browser
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    browser
        .post(&link, &[])
        .await
        .expect_redirect("/users/reactivate");
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn a_remembered_log_in_is_remembered_after_it() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    browser
        .log_in_remembered(ANN, PASSWORD)
        .await
        .expect_redirect("/users/reactivate");
    browser
        .post("/users/reactivate", &[])
        .await
        .expect_redirect("/");
    test.after(Duration::days(20));
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn turning_around_at_the_page_leaves_everything_as_it_is() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    browser.log_in(ANN, PASSWORD).await;
    browser
        .post("/users/log-out", &[])
        .await
        .expect_redirect("/users/log-in");
    browser
        .get("/users/reactivate")
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(ANN).await.unwrap().deletion_at.is_some());
}

#[tokio::test]
async fn the_address_of_a_deleted_account_may_be_used_again() {
    let test = TestApp::start().await;
    leave(&mut test.member(ANN).await).await;
    test.after(Duration::days(14));
    deletion::close_due(&test.app).await.unwrap();
    test.work().await;
    let mut new = test.member(ANN).await;
    assert!(new.is_logged_in().await);
    test.after(Duration::hours(2));
    deletion::erase_closed(&test.app).await.unwrap();
    assert!(test.user(ANN).await.is_some());
}

/// The job has found it due, and comes to it a moment later.
#[tokio::test]
async fn an_account_that_was_kept_in_the_meantime_is_not_closed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let id = test.user(ANN).await.unwrap().id;
    deletion::close(&test.app, id).await.unwrap();
    assert!(browser.is_logged_in().await);
    leave(&mut browser).await;
    test.after(Duration::days(13));
    deletion::close(&test.app, id).await.unwrap();
    assert!(test.user(ANN).await.is_some());
    test.after(Duration::days(1));
    deletion::close(&test.app, id).await.unwrap();
    assert!(test.user(ANN).await.is_none());
}

/// A table of the owner's still points to one of the users.
#[tokio::test]
async fn an_account_that_cannot_be_erased_keeps_no_other() {
    for broken in [ANN, BOB] {
        let test = TestApp::start_with(&[("DELETION", "hard")]).await;
        for email in [ANN, BOB] {
            leave(&mut test.member(email).await).await;
        }
        for kind in ["uuid", "bigint"] {
            let users = "members";
            let table = format!("create table orders (user_id {kind} references {users} (id))");
            if sqlx::query(AssertSqlSafe(table))
                .execute(&test.app.db)
                .await
                .is_ok()
            {
                break;
            }
        }
        sqlx::query("insert into orders (user_id) values ($1)")
            .bind(test.user(broken).await.unwrap().id)
            .execute(&test.app.db)
            .await
            .unwrap();
        test.after(Duration::days(14));
        assert_eq!(deletion::close_due(&test.app).await.unwrap(), 2);
        test.after(Duration::hours(1));
        assert!(deletion::erase_closed(&test.app).await.is_err());
        assert_eq!(test.people().await, 1, "{broken}");
    }
}

/// Who has registered somebody else's email and scheduled the deletion writes nothing to it.
#[tokio::test]
async fn the_end_of_an_account_whose_email_was_never_confirmed_is_written_to_no_one() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut browser = test.browser();
    browser.register(ANN, PASSWORD).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    leave(&mut browser).await;
    let before = test.letters_to(ANN).await.len();
    test.after(Duration::days(14));
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 1);
    assert_eq!(test.letters_to(ANN).await.len(), before);
}

#[tokio::test]
async fn sec_ses_06_a_suspended_user_does_not_reach_the_page_that_keeps_the_account() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    assert!(test.suspend(ANN).await);
    // As if the password did not exist.
    let wrong = browser.clone().log_in(ANN, OTHER_PASSWORD).await;
    let right = browser.log_in(ANN, PASSWORD).await;
    assert_eq!((right.status, right.body), (wrong.status, wrong.body));
    let page = browser.get("/users/reactivate").await;
    page.expect_redirect("/users/log-in");
    browser.post("/users/reactivate", &[]).await;
    assert!(test.user(ANN).await.unwrap().deletion_at.is_some());
}

/// It was registered once more, by whomever.
#[tokio::test]
async fn sec_prv_02_with_an_account_all_registrations_of_its_email_go() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    leave(&mut browser).await;
    test.after(Duration::days(14));
    test.browser().register(ANN, OTHER_PASSWORD).await;
    test.browser().register(BOB, OTHER_PASSWORD).await;
    assert_eq!(test.registrations().await, 2);
    assert_eq!(deletion::close_due(&test.app).await.unwrap(), 1);
    assert_eq!(test.registrations().await, 1);
}
