//! Which emails a flow sends, to whom, and that it sends no other.

use time::Duration;

use crate::{
    accounts::{client::Client, deletion, second_factor},
    tests::{
        OTHER_PASSWORD, PASSWORD,
        test_app::TestApp,
        two_factor::{self, SETTINGS, STEP, WRONG_CODE},
    },
    texts::{letters as texts, second_factor::letters as factor},
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "ann@example.org";

/// What has arrived since it was last asked.
struct Inbox<'a> {
    test: &'a TestApp,
    seen: usize,
}

impl<'a> Inbox<'a> {
    async fn from_now_on(test: &'a TestApp) -> Self {
        test.work().await;
        let seen = test.app.mailer.mailbox().unwrap().all().len();
        Self { test, seen }
    }

    /// Fails unless just these have arrived since, in any order.
    async fn expect(&mut self, after: &str, emails: &[(&str, &str)]) {
        self.test.work().await;
        let all = self.test.app.mailer.mailbox().unwrap().all();
        let new = all[self.seen..].iter();
        let mut new: Vec<(&str, &str)> = new
            .map(|email| (email.to.as_str(), email.subject.as_str()))
            .collect();
        new.sort_unstable();
        let mut emails = emails.to_vec();
        emails.sort_unstable();
        assert_eq!(new, emails, "after {after}");
        self.seen = all.len();
    }
}

#[tokio::test]
async fn sec_job_02_registering_and_logging_in_send_these_emails() {
    let test = TestApp::start().await;
    let mut inbox = Inbox::from_now_on(&test).await;
    let mut browser = test.browser();
    browser.register(ANN, PASSWORD).await;
    inbox
        .expect("registering", &[(ANN, texts::CONFIRM_SUBJECT)])
        .await;
    browser.post("/users/confirm/resend", &[]).await;
    inbox
        .expect("asking again", &[(ANN, texts::CONFIRM_SUBJECT)])
        .await;
    let code = test.code_for(ANN).await;
    browser
        .post("/users/confirm", &[("code", "AAAA-AAAA")])
        .await;
    browser.post("/users/confirm", &[("code", &code)]).await;
    inbox.expect("a wrong code and the right one", &[]).await;
    test.browser().register(ANN, PASSWORD).await;
    inbox
        .expect("registering again", &[(ANN, texts::ALREADY_SUBJECT)])
        .await;

    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, OTHER_PASSWORD).await;
    browser.log_in(ANN, PASSWORD).await;
    inbox.expect("logging in in a known browser", &[]).await;
    test.browser().log_in(ANN, PASSWORD).await;
    inbox
        .expect(
            "logging in in a new one",
            &[(ANN, texts::NEW_LOG_IN_SUBJECT)],
        )
        .await;
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await;
    browser.post("/users/settings/sessions/end-all", &[]).await;
    inbox.expect("ending sessions", &[]).await;
}

#[tokio::test]
async fn sec_job_02_recovery_sends_these_emails() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    for path in [
        "/users/reset-password",
        "/users/log-in/link",
        "/users/confirm/resend",
    ] {
        test.browser().post(path, &[("email", BOB)]).await;
    }
    inbox.expect("asking for an unknown address", &[]).await;
    browser.post("/users/log-out", &[]).await;
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    inbox
        .expect("forgetting a password", &[(ANN, texts::RESET_SUBJECT)])
        .await;
    let link = test.link_for(ANN).await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await;
    inbox
        .expect("a new one", &[(ANN, texts::CHANGED_SUBJECT)])
        .await;
    browser.post("/users/log-in/link", &[("email", ANN)]).await;
    inbox
        .expect("asking for a login link", &[(ANN, texts::LINK_SUBJECT)])
        .await;
    for number in 0..5 {
        let mut other = test.browser().from(&format!("203.0.113.{number}"));
        other.log_in(ANN, PASSWORD).await;
    }
    inbox
        .expect("five wrong passwords", &[(ANN, texts::UNLOCK_SUBJECT)])
        .await;
    let link = test.link_below(ANN, "/users/unlock/").await;
    test.browser().post(&link, &[]).await;
    inbox.expect("unlocking", &[]).await;
}

#[tokio::test]
async fn sec_job_02_changes_in_the_settings_send_these_emails() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    browser.change_password(PASSWORD, OTHER_PASSWORD).await;
    inbox
        .expect("a new password", &[(ANN, texts::CHANGED_SUBJECT)])
        .await;
    browser
        .post("/users/settings/email", &[("email", NEW)])
        .await;
    let asked = [
        (NEW, texts::CHANGE_EMAIL_SUBJECT),
        (ANN, texts::EMAIL_CHANGING_SUBJECT),
    ];
    inbox.expect("asking for a new email", &asked).await;
    let link = test.link_below(NEW, "/users/settings/email/").await;
    browser.post(&link, &[]).await;
    inbox
        .expect("the link", &[(ANN, texts::EMAIL_CHANGED_SUBJECT)])
        .await;
    let veto = test.link_below(ANN, "/users/email-veto/").await;
    test.browser().post(&veto, &[]).await;
    inbox
        .expect("taking it back", &[(ANN, texts::RESET_SUBJECT)])
        .await;
}

#[tokio::test]
async fn sec_job_02_leaving_sends_these_emails() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    browser.get("/users/settings/export").await;
    inbox.expect("an export", &[]).await;
    browser.post("/users/settings/delete", &[]).await;
    inbox
        .expect("leaving", &[(ANN, texts::DELETION_SUBJECT)])
        .await;
    browser.log_in(ANN, PASSWORD).await;
    browser.post("/users/reactivate", &[]).await;
    inbox
        .expect("staying", &[(ANN, texts::DELETION_CANCELLED_SUBJECT)])
        .await;
    browser.post("/users/settings/delete", &[]).await;
    inbox
        .expect("leaving again", &[(ANN, texts::DELETION_SUBJECT)])
        .await;
    test.after(Duration::days(15));
    deletion::close_due(&test.app).await.unwrap();
    inbox
        .expect("the day", &[(ANN, texts::DELETED_SUBJECT)])
        .await;
}

#[tokio::test]
async fn sec_job_02_guessing_in_a_session_is_told_once() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    for _ in 0..6 {
        browser.post("/users/sudo", &[("password", "wrong")]).await;
    }
    inbox
        .expect("five wrong passwords", &[(ANN, texts::GUESSED_SUBJECT)])
        .await;
}

#[tokio::test]
async fn sec_mfa_09_each_change_of_the_second_factor_is_told() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    let (_, codes) = two_factor::turn_on(&test, &mut browser).await;
    inbox
        .expect("turning it on", &[(ANN, factor::ON_SUBJECT)])
        .await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await;
    inbox.expect("the first step", &[]).await;
    other.post(STEP, &[("code", WRONG_CODE)]).await;
    let used = [("code", codes[0].as_str()), ("trust_browser", "on")];
    other.post(STEP, &used).await;
    let entered = [
        (ANN, factor::USED_SUBJECT),
        (ANN, texts::NEW_LOG_IN_SUBJECT),
    ];
    inbox
        .expect("a backup code, in a new browser", &entered)
        .await;
    let other_phone = two_factor::scan(&mut browser).await;
    let code = other_phone.code(&test);
    browser.post(two_factor::CONFIRM, &[("code", &code)]).await;
    inbox
        .expect("another app", &[(ANN, factor::CHANGED_SUBJECT)])
        .await;
    browser.post(&format!("{SETTINGS}/backup-codes"), &[]).await;
    inbox
        .expect("new backup codes", &[(ANN, factor::CODES_SUBJECT)])
        .await;
    browser.post(&format!("{SETTINGS}/disable"), &[]).await;
    inbox
        .expect("turning it off", &[(ANN, factor::OFF_SUBJECT)])
        .await;
    two_factor::turn_on(&test, &mut browser).await;
    inbox
        .expect("turning it on again", &[(ANN, factor::ON_SUBJECT)])
        .await;
    let mut held = test.hold(ANN).await;
    let operator = Client::operator();
    second_factor::remove_by_operator(&test.app, &mut held, &operator)
        .await
        .unwrap();
    held.commit().await.unwrap();
    inbox
        .expect("removal by an operator", &[(ANN, factor::OFF_SUBJECT)])
        .await;
}

#[tokio::test]
async fn sec_log_11_five_wrong_codes_are_told_once() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut pending = ann.pending(&test, ANN).await;
    let mut inbox = Inbox::from_now_on(&test).await;
    for _ in 0..6 {
        pending.post(STEP, &[("code", WRONG_CODE)]).await;
    }
    inbox
        .expect("five wrong codes", &[(ANN, factor::FAILED_SUBJECT)])
        .await;
}
