//! LOG-5, LOG-8 and LOG-11: who is locked out, for how long, and who is told.

use axum::http::StatusCode;
use time::Duration;

use super::guessing::{all_permits, try_from};
use crate::{
    accounts::email::Email,
    commands::user::Command,
    tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, counting, test_app::TestApp},
    texts::letters,
};

const ANN: &str = "ann@example.com";

/// Types a wrong password as many times, each from another network so that no other limit speaks first.
async fn guess(test: &TestApp, times: u8) {
    for number in 0..times {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        thief
            .log_in(ANN, OTHER_PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
}

async fn lets_in(mut browser: Browser) -> bool {
    browser.log_in(ANN, PASSWORD).await.status == StatusCode::SEE_OTHER
}

/// A browser in which they have logged in before, and are logged out.
async fn known_browser(test: &TestApp) -> Browser {
    let mut browser = test.member(ANN).await;
    browser
        .post("/users/log-out", &[])
        .await
        .expect_redirect("/users/log-in");
    browser
}

#[tokio::test]
async fn sec_log_05_five_wrong_passwords_lock_unknown_browsers_for_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 5).await;
    assert!(!lets_in(test.browser()).await);
    test.after(Duration::minutes(14));
    assert!(!lets_in(test.browser()).await);
    test.after(Duration::minutes(1));
    assert!(lets_in(test.browser()).await);
}

/// Minutes that pass, each with as many wrong passwords after them, and whether the right one is let in then.
const COURSES: [(&[(i64, u8)], bool); 11] = [
    (&[(0, 4)], true),
    (&[(0, 5)], false),
    (&[(0, 5), (14, 0)], false),
    (&[(0, 5), (15, 0)], true),
    // Tries while it is locked make the lock no longer, and they begin no row.
    (&[(0, 5), (10, 4), (5, 0)], true),
    (&[(0, 5), (15, 4)], true),
    (&[(0, 5), (15, 5)], false),
    // An hour after the last one, all are forgotten.
    (&[(0, 4), (58, 1)], false),
    (&[(0, 2), (40, 2), (40, 1)], false),
    (&[(0, 4), (60, 4)], true),
    (&[(0, 4), (60, 5)], false),
];

#[tokio::test]
async fn sec_log_05_which_wrong_passwords_lock_and_when_they_are_forgotten() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    for (course, is_let_in) in COURSES {
        for (minutes, times) in course {
            test.after(Duration::minutes(*minutes));
            guess(&test, *times).await;
        }
        assert_eq!(lets_in(test.browser()).await, is_let_in, "{course:?}");
        test.after(Duration::hours(2));
    }
}

/// What forgets the wrong passwords of unknown browsers: what only the owner can do.
#[tokio::test]
async fn sec_log_05_a_log_in_and_a_reset_forget_wrong_passwords() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    guess(&test, 4).await;
    assert!(lets_in(test.browser()).await);
    guess(&test, 4).await;
    // A browser that is known has its own row.
    assert!(lets_in(mine).await);
    guess(&test, 1).await;
    assert!(!lets_in(test.browser()).await);
    let mut browser = test.browser();
    let fields = [("email", ANN)];
    browser.post("/users/reset-password", &fields).await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let new = [("new_password", PASSWORD)];
    browser
        .post(&link, &new)
        .await
        .expect(StatusCode::SEE_OTHER);
    assert!(lets_in(test.browser()).await);
}

#[tokio::test]
async fn sec_aud_08_the_log_does_not_say_whose_account_is_locked() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    let ((), log) = counting::log_of(guess(&test, 5)).await;
    let told: Vec<_> = log
        .iter()
        .filter(|line| line.contains("is locked"))
        .collect();
    assert_eq!(told.len(), 1, "{log:?}");
    assert!(!told[0].contains('@'), "{told:?}");
}

#[tokio::test]
async fn sec_log_06_a_busy_server_ends_no_lock() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 5).await;
    let permits = all_permits(&test).await;
    for number in 0..3 {
        let tried = try_from(&test, number, PASSWORD).await.unwrap();
        assert_eq!(tried, StatusCode::SERVICE_UNAVAILABLE);
    }
    drop(permits);
    assert!(!lets_in(test.browser()).await);
}

#[tokio::test]
async fn sec_log_05_the_owners_browser_still_gets_in() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    guess(&test, 5).await;
    assert!(lets_in(mine).await);
    // And that unlocks nothing for the thief.
    assert!(!lets_in(test.browser()).await);
}

#[tokio::test]
async fn sec_log_05_a_known_browser_may_not_guess_for_ever() {
    let test = TestApp::start().await;
    let mut stolen = known_browser(&test).await;
    guess(&test, 5).await;
    for _ in 0..5 {
        stolen.log_in(ANN, OTHER_PASSWORD).await;
    }
    assert!(!lets_in(stolen).await);
}

#[tokio::test]
async fn sec_log_05_somebody_elses_browser_is_not_known() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    let mut bobs = test.member("bob@example.com").await;
    bobs.post("/users/log-out", &[]).await;
    guess(&test, 5).await;
    assert!(!lets_in(bobs).await);
}

/// Two people at one computer, or one with two accounts.
#[tokio::test]
async fn sec_log_05_a_browser_of_two_users_is_known_to_both() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/log-out", &[]).await;
    let mut browser = test.member_in_browser(browser, "bob@example.com").await;
    browser.post("/users/log-out", &[]).await;
    for email in [ANN, "bob@example.com"] {
        browser.log_in(email, PASSWORD).await.expect_redirect("/");
        browser.post("/users/log-out", &[]).await;
        let told = test.letters_about(email, letters::NEW_LOG_IN_SUBJECT).await;
        assert_eq!(told, 0);
    }
    guess(&test, 5).await;
    assert!(!lets_in(test.browser()).await);
    assert!(lets_in(browser).await);
}

/// Who knew the old password may have logged in, and so may their browser.
#[tokio::test]
async fn sec_pwd_07_a_new_password_makes_other_browsers_unknown_and_this_one_stays() {
    let test = TestApp::start().await;
    let mut mine = test.member(ANN).await;
    let mut thief = test.browser();
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    mine.change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");
    for number in 0..5 {
        let mut other = test.browser().from(&format!("203.0.113.{number}"));
        other.log_in(ANN, PASSWORD).await;
    }
    for (mut browser, status) in [
        (thief, StatusCode::UNPROCESSABLE_ENTITY),
        (mine, StatusCode::SEE_OTHER),
    ] {
        browser.log_in(ANN, OTHER_PASSWORD).await.expect(status);
    }
}

#[tokio::test]
async fn sec_log_05_a_link_in_a_letter_unlocks() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 7).await;
    test.expect_letter(ANN, letters::UNLOCK_SUBJECT).await;
    let link = test.link_below(ANN, "/users/unlock/").await;
    let mut browser = test.browser();
    browser.get(&link).await.expect_text(ANN);
    assert!(!lets_in(test.browser()).await);
    browser
        .post(&link, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(lets_in(test.browser()).await);
    let again = test.browser().post(&link, &[]).await;
    again.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_log_05_a_letter_and_a_reset_get_in_while_passwords_are_locked() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 5).await;
    let mut browser = test.browser();
    browser
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    browser.post(&link, &[]).await.expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_05_trying_on_makes_the_lock_no_longer_and_brings_no_new_one() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 5).await;
    test.after(Duration::minutes(10));
    guess(&test, 4).await;
    test.after(Duration::minutes(5));
    guess(&test, 1).await;
    assert!(lets_in(test.browser()).await);
}

#[tokio::test]
async fn sec_log_05_a_lock_shows_nobody_that_there_is_an_account() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 5).await;
    let locked = test.browser().log_in(ANN, PASSWORD).await;
    let nobody = test.browser().log_in("bob@example.com", PASSWORD).await;
    assert_eq!(locked.status, nobody.status);
    assert_eq!(
        locked.body.replace(ANN, "…"),
        nobody.body.replace("bob@example.com", "…")
    );
}

#[tokio::test]
async fn sec_log_06_wrong_passwords_that_come_at_once_are_all_counted() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    let tries = (0..5).map(|number| {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        tokio::spawn(async move { thief.log_in(ANN, OTHER_PASSWORD).await.status })
    });
    for answer in tries.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let counted = "select count(*) from lockouts where failures = 5";
    assert_eq!(test.count(counted).await, 1);
    assert!(!lets_in(test.browser()).await);
}

#[tokio::test]
async fn sec_log_08_two_processes_count_together() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    guess(&test, 3).await;
    let other = test.other_process().await;
    for _ in 0..2 {
        Browser::new(other.clone())
            .log_in(ANN, OTHER_PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(!lets_in(test.browser()).await);
    assert!(!lets_in(Browser::new(other)).await);
}

#[tokio::test]
async fn sec_log_11_a_log_in_from_a_new_browser_is_told_by_letter() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    assert!(lets_in(mine).await);
    assert_eq!(
        test.letters_about(ANN, letters::NEW_LOG_IN_SUBJECT).await,
        0
    );
    let mut phone = test.browser().from("198.51.100.7");
    phone.log_in(ANN, PASSWORD).await.expect_redirect("/");
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
    let letter = test.last_letter_to(ANN).await;
    assert!(letter.text.contains("198.51.100.7") && letter.text.contains("Firefox on Linux"));
    phone.post("/users/log-out", &[]).await;
    assert!(lets_in(phone).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_11_a_login_from_a_browser_of_another_user_sends_an_email() {
    let test = TestApp::start().await;
    known_browser(&test).await;
    let mut attacker = test.member("bob@example.com").await;
    attacker.post("/users/log-out", &[]).await;
    assert!(lets_in(attacker).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_11_a_login_after_a_suspension_sends_an_email() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    test.after(Duration::minutes(2));
    let email = || Email::parse(ANN).unwrap();
    for command in [Command::Suspend(email()), Command::Unsuspend(email())] {
        command.run(&test.app).await.unwrap();
    }
    assert!(lets_in(mine).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_11_a_log_in_after_five_wrong_passwords_is_told() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    test.after(Duration::minutes(1));
    guess(&test, 5).await;
    assert!(lets_in(mine.clone()).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
    test.after(Duration::minutes(1));
    assert!(lets_in(mine).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_11_a_log_in_after_ninety_days_is_told() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    test.after(Duration::days(89));
    assert!(lets_in(mine.clone()).await);
    assert_eq!(
        test.letters_about(ANN, letters::NEW_LOG_IN_SUBJECT).await,
        0
    );
    test.after(Duration::days(90));
    assert!(lets_in(mine).await);
    test.expect_letter(ANN, letters::NEW_LOG_IN_SUBJECT).await;
}

#[tokio::test]
async fn sec_log_11_wrong_passwords_for_another_account_are_not_told() {
    let test = TestApp::start().await;
    let mine = known_browser(&test).await;
    test.member("bob@example.com").await;
    let wrong =
        "select count(*) from audit_events where action = 'auth.login' and outcome = 'failure'";
    test.after(Duration::minutes(1));
    for number in 0..5 {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        thief.log_in("bob@example.com", "wrong").await;
    }
    assert_eq!(test.count(wrong).await, 5);
    assert!(lets_in(mine).await);
    let told = test.letters_about(ANN, letters::NEW_LOG_IN_SUBJECT).await;
    assert_eq!(told, 0);
}
