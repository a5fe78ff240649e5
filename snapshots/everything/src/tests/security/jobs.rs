//! JOB: work that is done later, once, and never lost.

use axum::http::StatusCode;
use riverqueue::JobArgs;
use time::Duration;

use crate::{
    accounts::token::Purpose,
    db,
    id::{self, Id},
    jobs::{
        Run,
        send_letter::{News, SendLetter},
    },
    tests::{PASSWORD, test_app::TestApp},
};

/// Where nobody listens.
const NO_SERVER: [(&str, &str); 1] = [("SMTP_URL", "smtp://127.0.0.1:1")];

#[tokio::test]
async fn sec_job_01_a_job_comes_with_its_transaction_or_not_at_all() {
    let test = TestApp::idle(&[]).await;
    let enqueue = async |commit: bool| {
        let mut tx = db::begin(&test.app.db).await.unwrap();
        let nothing = id::next(&mut tx).await.unwrap();
        test.app
            .jobs
            .enqueue(&mut tx, SendLetter::for_token(nothing))
            .await
            .unwrap();
        match commit {
            true => tx.commit().await.unwrap(),
            false => tx.rollback().await.unwrap(),
        }
        test.count("select count(*) from river_job").await
    };
    assert_eq!(enqueue(false).await, 0);
    assert_eq!(enqueue(true).await, 1);
}

#[tokio::test]
async fn sec_job_02_a_letter_that_is_written_twice_keeps_both_links_and_one_id() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let first = test.link_for("ann@example.com").await;
    let registration: Id = sqlx::query_scalar("select id from registrations")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let job = test
        .count("select id from river_job where kind = 'send_letter'")
        .await;
    SendLetter::with_code(registration)
        .run(&test.app, job)
        .await
        .unwrap();

    let letters = test.letters_to("ann@example.com").await;
    let id = |source: &str| {
        source
            .lines()
            .find(|line| line.starts_with("Message-ID"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(letters.len(), 2);
    assert_eq!(id(&letters[0].source), id(&letters[1].source));
    let second = test.link_for("ann@example.com").await;
    assert_ne!(first, second);
    browser.get(&second).await.expect(StatusCode::OK);
    browser.post(&first, &[]).await.expect_redirect("/");
    let other = test.browser().get(&second).await;
    other.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_job_02_a_letter_whose_token_is_gone_is_not_sent() {
    let test = TestApp::start().await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let nothing = id::next(&mut tx).await.unwrap();
    tx.rollback().await.unwrap();
    SendLetter::for_token(nothing)
        .run(&test.app, 1)
        .await
        .unwrap();
    assert!(test.app.mailer.mailbox().unwrap().all().is_empty());
}

/// The mail server was away, or no worker ran.
#[tokio::test]
async fn sec_job_02_a_letter_whose_link_has_expired_is_not_sent() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    test.work().await;
    let test = test.without_workers();
    let form = [("email", "ann@example.com")];
    test.browser().post("/users/log-in/link", &form).await;
    let token: Id = sqlx::query_scalar("select id from tokens")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let sent = || test.app.mailer.mailbox().unwrap().all().len();
    let before = sent();
    for (minutes, more) in [(9, 1), (2, 1)] {
        test.after(Duration::minutes(minutes));
        let letter = SendLetter::for_token(token);
        letter.run(&test.app, 1).await.unwrap();
        assert_eq!(sent(), before + more);
    }
}

#[tokio::test]
async fn sec_job_03_a_job_that_fails_is_tried_again_later_and_kept_in_the_end() {
    let test = TestApp::start_with(&NO_SERVER).await;
    test.browser()
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    test.work().await;
    let failed = "select count(*) from river_job where kind = 'send_letter' and state in ('available', 'retryable') and attempt = 1 and max_attempts = 16";
    assert_eq!(test.count(failed).await, 1);

    let last_try =
        "update river_job set state = 'available', attempt = 15 where kind = 'send_letter'";
    sqlx::query(last_try).execute(&test.app.db).await.unwrap();
    let dead = "select count(*) from river_job where kind = 'send_letter' and state = 'discarded'";
    for _ in 0..400 {
        if test.count(dead).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the job was not kept as discarded");
}

#[tokio::test]
async fn sec_job_03_what_an_owner_has_to_know_outlives_an_outage_of_two_days() {
    let test = TestApp::idle(&[]).await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let id = id::next(&mut tx).await.unwrap();
    let link = |purpose| SendLetter::for_registration(id, purpose);
    let most = |job: SendLetter| {
        let default = SendLetter::default_insert_opts().max_attempts();
        job.max_attempts().or(default).unwrap()
    };
    // The wait after the nth try is n⁴ seconds.
    let lasts = |job| (1..i64::from(most(job))).map(|n| n.pow(4)).sum::<i64>();
    for job in [
        SendLetter::for_token(id),
        SendLetter::log_in(id, id),
        SendLetter::about(News::PasswordChanged, id),
        SendLetter::about(News::DeletionScheduled, id),
        SendLetter::with_code(id),
        link(Purpose::Confirm),
    ] {
        assert!(lasts(job.clone()) > 48 * 3600, "{job:?}");
    }
    for purpose in [Purpose::LogIn, Purpose::ResetPassword] {
        assert!(lasts(link(purpose)) < 600, "{purpose:?}");
        test.app.jobs.enqueue(&mut tx, link(purpose)).await.unwrap();
    }
    let about = SendLetter::about(News::Deleted, id);
    test.app.jobs.enqueue(&mut tx, about).await.unwrap();
    tx.commit().await.unwrap();
    let few = "select count(*) from river_job where max_attempts = 5";
    let many = "select count(*) from river_job where max_attempts = 16";
    assert_eq!((test.count(few).await, test.count(many).await), (2, 1));
}

#[tokio::test]
async fn sec_job_03_what_has_expired_is_deleted_and_nothing_else() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let mut remembered = test.browser();
    remembered
        .log_in_remembered("ann@example.com", PASSWORD)
        .await;
    test.browser().register("ben@example.com", PASSWORD).await;
    test.browser()
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    test.work().await;
    let cleanup = || crate::jobs::cleanup_expired_tokens::CleanupExpiredTokens {}.run(&test.app, 1);
    cleanup().await.unwrap();
    assert_eq!(
        (
            test.count("select count(*) from sessions").await,
            test.count("select count(*) from tokens").await,
            test.registrations().await
        ),
        (2, 1, 1)
    );

    test.after(Duration::hours(48));
    cleanup().await.unwrap();
    assert_eq!(
        (
            test.count("select count(*) from sessions").await,
            test.count("select count(*) from tokens").await,
            test.registrations().await
        ),
        (1, 0, 0)
    );
    for secrets in [
        "select count(*) from token_secrets",
        "select count(*) from registration_secrets",
    ] {
        assert_eq!(test.count(secrets).await, 0);
    }
    assert!(remembered.is_logged_in().await);
}

#[tokio::test]
async fn sec_job_04_a_mail_server_that_is_away_does_not_disturb_anybody() {
    let test = TestApp::start_with(&NO_SERVER).await;
    let mut browser = test.browser();
    browser
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    browser.get("/users/confirm").await.expect(StatusCode::OK);
    test.work().await;
    assert_eq!(test.registrations().await, 1);
}
