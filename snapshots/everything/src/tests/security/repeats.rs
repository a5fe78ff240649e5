//! SES-2: browsers send forms twice, late and out of order. What is proved twice by the same
//! browser has one result; whichever response it keeps, its cookie works; and no response takes a
//! newer cookie away.

use std::sync::Arc;

use axum::{Router, http::StatusCode, routing::get};
use time::Duration;
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    accounts::{
        client::Client,
        housekeeping, log_out,
        repeat::{self, Act},
        secret::Secret,
    },
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::{Answer, Browser},
        test_app::TestApp,
        two_factor,
    },
    texts::letters,
    web::{self, routes},
};

const ANN: &str = "ann@example.com";
const NEW: &str = "ann@example.org";
const SETTINGS: &str = "/users/settings";

type Fields<'a> = &'a [(&'a str, &'a str)];

/// Sends a form twice, with the same cookies, as a double click does. The browser keeps the second
/// response.
async fn twice(browser: &mut Browser, path: &str, fields: Fields<'_>) -> [Answer; 2] {
    let mut first = browser.clone();
    let first = first.post(path, fields).await;
    [first, browser.post(path, fields).await]
}

/// The same, but both are under way at the same time.
async fn at_once(browser: &mut Browser, path: &str, fields: Fields<'_>) -> [Answer; 2] {
    let mut first = browser.clone();
    let (first, second) = tokio::join!(first.post(path, fields), browser.post(path, fields));
    [first, second]
}

#[track_caller]
fn expect_redirects(answers: [Answer; 2], to: &str) {
    for answer in answers {
        answer.expect_redirect(to);
    }
}

/// A user who is logged out, in the browser where they have registered.
async fn logged_out(test: &TestApp) -> Browser {
    let mut browser = test.member(ANN).await;
    browser.post("/users/log-out", &[]).await;
    browser
}

async fn log_in_link(test: &TestApp, browser: &mut Browser) -> String {
    browser
        .post("/users/log-in/link", &[("email", ANN)])
        .await
        .expect(StatusCode::SEE_OTHER);
    test.link_below(ANN, "/users/log-in/link/").await
}

async fn sessions(test: &TestApp) -> i64 {
    test.count("select count(*) from sessions").await
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_a_link_log_in_once_and_no_other_browser() {
    let test = TestApp::start().await;
    let mut browser = logged_out(&test).await;
    let link = log_in_link(&test, &mut browser).await;
    browser.get(&link).await.expect(StatusCode::OK);
    let mut other = test.browser();
    other.get(&link).await.expect(StatusCode::OK);
    expect_redirects(twice(&mut browser, &link, &[]).await, "/");
    assert!(browser.is_logged_in().await);
    assert_eq!(sessions(&test).await, 1);
    other.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    assert!(!other.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_11_after_two_clicks_on_log_in_the_browser_is_known() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser.get("/users/log-in").await.expect(StatusCode::OK);
    let fields = [("email", ANN), ("password", PASSWORD)];
    expect_redirects(twice(&mut browser, "/users/log-in", &fields).await, "/");
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let told = test.letters_about(ANN, letters::NEW_LOG_IN_SUBJECT).await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn sec_ses_02_a_link_that_was_used_a_minute_ago_is_spent_everywhere() {
    let test = TestApp::start().await;
    let mut browser = logged_out(&test).await;
    let link = log_in_link(&test, &mut browser).await;
    browser.get(&link).await;
    let mut late = browser.clone();
    browser.post(&link, &[]).await.expect_redirect("/");
    test.after(Duration::seconds(40));
    late.clone().post(&link, &[]).await.expect_redirect("/");
    test.after(Duration::seconds(20));
    let answer = late.post(&link, &[]).await;
    assert_ne!(answer.status, StatusCode::SEE_OTHER);
    assert!(!late.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_what_ends_a_session_ends_its_second_click() {
    let test = TestApp::start().await;
    for ends in ["log out", "reset", "end all", "suspend"] {
        let mut browser = test.browser();
        let email = format!("{}@example.com", ends.replace(' ', "-"));
        test.member(&email).await.post("/users/log-out", &[]).await;
        browser
            .post("/users/log-in/link", &[("email", &email)])
            .await;
        let link = test.link_below(&email, "/users/log-in/link/").await;
        browser.get(&link).await;
        let mut second = browser.clone();
        browser.post(&link, &[]).await.expect_redirect("/");
        match ends {
            "log out" => _ = browser.post("/users/log-out", &[]).await,
            "reset" => reset(&test, &email).await,
            "end all" => {
                let path = "/users/settings/sessions/end-all";
                browser.post(path, &[]).await.expect(StatusCode::SEE_OTHER);
            }
            _ => _ = test.suspend(&email).await,
        }
        second.post(&link, &[]).await;
        assert!(!second.is_logged_in().await, "{ends}");
        // Not of the next user's limits.
        test.after(Duration::minutes(30));
    }
}

async fn reset(test: &TestApp, email: &str) {
    let mut browser = test.browser();
    browser
        .post("/users/reset-password", &[("email", email)])
        .await;
    let link = test.link_below(email, "/users/reset-password/").await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_a_code_confirm_and_log_in() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register(ANN, PASSWORD).await;
    browser.get("/users/confirm").await.expect(StatusCode::OK);
    let code = test.code_for(ANN).await;
    expect_redirects(
        at_once(&mut browser, "/users/confirm", &[("code", &code)]).await,
        "/",
    );
    assert!(browser.is_logged_in().await);
    assert_eq!(sessions(&test).await, 1);
    let mut other = test.browser();
    other.get("/users/confirm").await;
    other.post("/users/confirm", &[("code", &code)]).await;
    assert!(!other.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_a_link_confirm_and_log_in() {
    let test = TestApp::start().await;
    for (email, is_same_browser) in [(ANN, true), ("ben@example.com", false)] {
        let mut browser = test.browser();
        browser.register(email, PASSWORD).await;
        let link = test.link_below(email, "/users/confirm/").await;
        if !is_same_browser {
            browser = test.browser();
        }
        browser.get(&link).await.expect(StatusCode::OK);
        let fields = [("password", PASSWORD)];
        expect_redirects(twice(&mut browser, &link, &fields).await, "/");
        assert!(browser.is_logged_in().await, "{email}");
        let page = browser.get(&link).await.expect(StatusCode::OK);
        page.expect_text(crate::texts::link_used::TITLE);
    }
    assert_eq!(sessions(&test).await, 2);
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_register_send_one_email_whose_code_works() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.get("/users/register").await;
    let fields = [("email", ANN), ("password", PASSWORD)];
    let answers = at_once(&mut browser, "/users/register", &fields).await;
    expect_redirects(answers, "/users/confirm");
    assert_eq!(test.letters_to(ANN).await.len(), 1);
    let code = test.code_for(ANN).await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_a_second_try_with_another_password_is_no_second_click() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.get("/users/register").await;
    browser.register(ANN, PASSWORD).await;
    assert_eq!(test.letters_to(ANN).await.len(), 1);
    browser.register(ANN, OTHER_PASSWORD).await;
    assert_eq!(test.letters_to(ANN).await.len(), 2);
    let code = test.code_for(ANN).await;
    browser.post("/users/confirm", &[("code", &code)]).await;
    browser.post("/users/log-out", &[]).await;
    browser
        .log_in(ANN, OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_log_in_begin_one_session() {
    let test = TestApp::start().await;
    let mut browser = logged_out(&test).await;
    browser.get("/users/log-in").await;
    let fields = [("email", ANN), ("password", PASSWORD)];
    let answers = at_once(&mut browser, "/users/log-in", &fields).await;
    expect_redirects(answers, "/");
    assert!(browser.is_logged_in().await);
    assert_eq!(sessions(&test).await, 1);
    // Who has logged out logs in again.
    browser.post("/users/log-out", &[]).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_a_proof_sent_twice_has_the_same_secret_whichever_response_is_kept() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    for (path, fields) in [
        ("/users/sudo", vec![("password", PASSWORD)]),
        (
            "/users/settings/password",
            vec![
                ("current_password", PASSWORD),
                ("new_password", OTHER_PASSWORD),
            ],
        ),
    ] {
        let mut kept = browser.clone();
        kept.post("/users/sudo", &[("password", PASSWORD)]).await;
        let mut first = kept.clone();
        let (one, two) = tokio::join!(first.post(path, &fields), kept.post(path, &fields));
        one.expect(StatusCode::SEE_OTHER);
        two.expect(StatusCode::SEE_OTHER);
        assert_eq!(first.cookie("_session"), kept.cookie("_session"), "{path}");
        assert!(kept.is_logged_in().await, "{path}");
    }
    test.expect_letter(ANN, letters::CHANGED_SUBJECT).await;
}

#[tokio::test]
async fn sec_ses_02_a_replaced_secret_lives_a_minute_without_sudo() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut tab = browser.clone();
    browser.post("/users/sudo", &[("password", PASSWORD)]).await;
    // Many times within the minute: every secret on the way still works.
    for _ in 0..3 {
        browser.post("/users/sudo", &[("password", PASSWORD)]).await;
    }
    let email = [("email", NEW)];
    tab.get(SETTINGS).await.expect(StatusCode::OK);
    tab.post("/users/settings/email", &email)
        .await
        .expect_redirect("/users/sudo");
    test.after(Duration::seconds(40));
    let page = tab.get(SETTINGS).await.expect(StatusCode::OK);
    assert!(
        page.set_cookies()
            .iter()
            .all(|cookie| !cookie.contains("_session="))
    );
    test.after(Duration::seconds(20));
    tab.get(SETTINGS).await.expect_redirect("/users/log-in");
    browser
        .post("/users/settings/email", &email)
        .await
        .expect_redirect(SETTINGS);
    let stolen = test.letters_about(ANN, letters::STOLEN_SUBJECT).await;
    assert_eq!(stolen, 0, "that was no thief");
}

#[tokio::test]
async fn sec_ses_02_no_response_takes_a_cookie_away_that_it_does_not_know() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let mut dead = browser.clone();
    browser.clone().post("/users/log-out", &[]).await;
    for row in routes::table() {
        let path = row.path.replace("{token}", "x").replace("{id}", "1");
        let path = path.replace("{number}", "0");
        let kept = dead.cookie("_session").unwrap().to_owned();
        match row.method.as_str() {
            "GET" => dead.get(&path).await,
            _ => dead.post(&path, &[("email", "x"), ("password", "y")]).await,
        };
        assert_eq!(dead.cookie("_session"), Some(&*kept), "{path}");
    }
}

/// A request of another tab, which has come and is not answered before the test says so.
struct Late {
    answer: JoinHandle<Answer>,
    goes_on: Arc<Notify>,
}

impl Late {
    async fn of(test: &TestApp, browser: &Browser) -> Self {
        let (asked, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let signals = (asked.clone(), goes_on.clone());
        let page = async move || {
            signals.0.notify_one();
            signals.1.notified().await;
        };
        let pages = Router::new().route("/slow", get(page));
        let mut tab = Browser::new(web::router(test.app.clone(), pages));
        tab.cookies = browser.cookies.clone();
        let answer = tokio::spawn(async move { tab.get("/slow").await });
        asked.notified().await;
        Self { answer, goes_on }
    }

    async fn answer(self) -> Answer {
        self.goes_on.notify_one();
        self.answer.await.unwrap()
    }
}

#[tokio::test]
async fn sec_ses_02_a_late_response_does_not_undo_a_log_in() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    log_out::everyone(&test.app, &Client::operator())
        .await
        .unwrap();
    let late = Late::of(&test, &browser).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert_eq!(late.answer().await.set_cookies(), Vec::<&str>::new());
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_a_late_new_secret_by_age_does_not_replace_a_newer_one() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser.log_in_remembered(ANN, PASSWORD).await;
    test.after(Duration::days(7));
    let late = Late::of(&test, &browser).await;
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
    assert_eq!(late.answer().await.set_cookies(), Vec::<&str>::new());
    test.after(Duration::minutes(2));
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_the_other_forms_of_emails_say_the_same() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .post("/users/settings/email", &[("email", NEW)])
        .await;
    let change = test.link_below(NEW, "/users/settings/email/").await;
    expect_redirects(at_once(&mut browser, &change, &[]).await, SETTINGS);
    assert!(browser.is_logged_in().await);

    let veto = test.link_below(ANN, "/users/email-veto/").await;
    let mut owner = test.browser();
    owner.get(&veto).await;
    expect_redirects(twice(&mut owner, &veto, &[]).await, "/users/log-in");
    owner.get(&veto).await.expect(StatusCode::OK);

    let reset = test.link_below(ANN, "/users/reset-password/").await;
    owner.get(&reset).await;
    let fields = [("new_password", OTHER_PASSWORD)];
    expect_redirects(twice(&mut owner, &reset, &fields).await, "/users/log-in");
    assert_eq!(test.letters_about(ANN, letters::CHANGED_SUBJECT).await, 1);
    owner.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");

    for number in 0..5 {
        let mut unknown = test.browser().from(&format!("203.0.113.{number}"));
        unknown.log_in(ANN, PASSWORD).await;
    }
    let unlock = test.link_below(ANN, "/users/unlock/").await;
    let mut owner = test.browser();
    owner.get(&unlock).await;
    expect_redirects(twice(&mut owner, &unlock, &[]).await, "/users/log-in");
    test.browser()
        .post(&unlock, &[])
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_ses_02_a_link_for_one_user_logs_out_no_other() {
    let test = TestApp::start().await;
    let mut ben = test.member("ben@example.com").await;
    test.member(ANN).await;
    ben.post("/users/reset-password", &[("email", ANN)]).await;
    let reset = test.link_below(ANN, "/users/reset-password/").await;
    ben.post(&reset, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    assert!(ben.is_logged_in().await);

    let mut ann = test.browser();
    ann.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");
    ann.post("/users/settings/email", &[("email", NEW)])
        .await
        .expect_redirect(SETTINGS);
    let veto = test.link_below(ANN, "/users/email-veto/").await;
    ben.post(&veto, &[]).await.expect_redirect("/users/log-in");
    assert!(ben.is_logged_in().await && !ann.is_logged_in().await);
}

/// The lifetime that a response gives the cookie of the session, in seconds. None: until the
/// browser is closed.
fn lifetime(answer: &Answer) -> Option<i64> {
    let cookies = answer.set_cookies();
    let session = cookies.iter().find(|cookie| cookie.contains("_session="));
    let mut parts = session.expect("a session").split("; ");
    let lifetime = parts.find_map(|part| part.strip_prefix("Max-Age="));
    let seconds = lifetime.map(|seconds| seconds.parse::<i64>().unwrap());
    // The clock of tests does not stand still.
    seconds.map(|seconds| (seconds + 59) / 60)
}

#[tokio::test]
async fn sec_ses_02_a_new_secret_keeps_the_lifetime_of_its_session() {
    let test = TestApp::start().await;
    let ordinary = test.member(ANN).await;
    let mut remembered = test.browser();
    let answer = remembered.log_in_remembered(ANN, PASSWORD).await;
    assert_eq!(lifetime(&answer), Some(Duration::days(60).whole_minutes()));
    test.after(Duration::minutes(10));
    let left = Duration::days(60) - Duration::minutes(10);
    for (mut browser, expected) in [(ordinary, None), (remembered, Some(left.whole_minutes()))] {
        let sudo = [("password", PASSWORD)];
        let answer = browser.post("/users/sudo", &sudo).await;
        assert_eq!(lifetime(&answer), expected);
    }
}

#[tokio::test]
async fn sec_ses_02_a_new_password_keeps_the_lifetime_of_its_session() {
    let test = TestApp::start().await;
    let mut ordinary = test.member(ANN).await;
    let answer = ordinary.change_password(PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(lifetime(&answer), None);
    let mut remembered = test.browser();
    remembered.log_in_remembered(ANN, OTHER_PASSWORD).await;
    let answer = remembered.change_password(OTHER_PASSWORD, PASSWORD).await;
    assert_eq!(lifetime(&answer), Some(Duration::days(60).whole_minutes()));
}

#[tokio::test]
async fn sec_ses_02_two_clicks_on_what_ends_the_session_say_the_same() {
    let test = TestApp::start().await;
    for (path, notice, overlap) in [
        ("/users/settings/sessions/end-all", "logged-out", false),
        ("/users/settings/sessions/end-all", "logged-out", true),
        ("/users/settings/delete", "deletion-scheduled", false),
        ("/users/settings/delete", "deletion-scheduled", true),
    ] {
        let email = format!("{notice}-{overlap}@example.com");
        let mut browser = test.member(&email).await;
        browser.get(SETTINGS).await.expect(StatusCode::OK);
        let mut other = browser.clone();
        other.cookies.retain(|name, _| name.ends_with("_session"));
        let answers = if overlap {
            at_once(&mut browser, path, &[]).await
        } else {
            twice(&mut browser, path, &[]).await
        };
        expect_redirects(answers, "/users/log-in");
        assert_eq!(browser.cookie("_notice"), Some(notice));
        assert!(!browser.is_logged_in().await);
        other.post(path, &[]).await;
        assert_eq!(other.cookie("_notice"), None, "{path}");
    }
}

#[tokio::test]
async fn sec_ses_02_two_clicks_keep_an_account_and_log_in() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/settings/delete", &[]).await;
    browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/users/reactivate");
    let mut first = browser.clone();
    let mut pending = browser.clone();
    let (one, two) = tokio::join!(
        first.post("/users/reactivate", &[]),
        browser.post("/users/reactivate", &[])
    );
    expect_redirects([one, two], "/");
    assert!(browser.is_logged_in().await && first.is_logged_in().await);
    assert_eq!(sessions(&test).await, 1);
    // The secret from before the step is good for no later one.
    assert!(!pending.is_logged_in().await);
    test.expect_letter(ANN, letters::DELETION_CANCELLED_SUBJECT)
        .await;
}

/// A thief has the secret of the pending session, and the owner takes the step.
#[tokio::test]
async fn sec_ses_02_a_copied_pending_session_does_not_become_the_full_one() {
    let test = TestApp::start().await;
    let mut owner = test.member(ANN).await;
    owner.post("/users/settings/delete", &[]).await;
    for has_own_cookie in [false, true] {
        owner.get("/users/log-in").await;
        owner.log_in(ANN, PASSWORD).await;
        let mut thief = test.browser().from("203.0.113.9");
        if has_own_cookie {
            thief.get("/users/log-in").await;
        }
        let (name, pending) = session_cookie(&owner);
        thief.cookies.insert(name, pending.clone());
        expect_redirects(twice(&mut owner, "/users/reactivate", &[]).await, "/");
        thief
            .post("/users/reactivate", &[])
            .await
            .expect_redirect("/users/log-in");
        assert_eq!(thief.cookie("_session"), Some(&*pending));
        assert!(!thief.is_logged_in().await && owner.is_logged_in().await);
        owner.post("/users/settings/delete", &[]).await;
    }
}

/// The browser that took the step had no cookie but that of the session.
#[tokio::test]
async fn sec_ses_02_a_pending_session_alone_tells_no_browser_from_another() {
    let test = TestApp::start().await;
    test.member(ANN)
        .await
        .post("/users/settings/delete", &[])
        .await;
    let mut owner = test.browser();
    owner.log_in(ANN, PASSWORD).await;
    owner.cookies.retain(|name, _| name.ends_with("_session"));
    let mut thief = owner.clone();
    owner
        .post("/users/reactivate", &[])
        .await
        .expect_redirect("/");
    thief.post("/users/reactivate", &[]).await;
    assert!(owner.is_logged_in().await && !thief.is_logged_in().await);
}

fn session_cookie(browser: &Browser) -> (String, String) {
    let mut cookies = browser.cookies.iter();
    let session = cookies.find(|(name, _)| name.ends_with("_session"));
    let (name, value) = session.expect("a session");
    (name.clone(), value.clone())
}

#[tokio::test]
async fn sec_ses_02_a_second_try_with_a_link_and_another_password_is_no_second_click() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser.get("/users/log-in").await;
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let reset = test.link_below(ANN, "/users/reset-password/").await;
    let mut back = browser.clone();
    let fields = [("new_password", OTHER_PASSWORD)];
    expect_redirects(twice(&mut browser, &reset, &fields).await, "/users/log-in");
    let late = back.post(&reset, &[("new_password", PASSWORD)]).await;
    late.expect(StatusCode::OK)
        .expect_text(crate::texts::link_used::TITLE);
    let mut owner = test.browser();
    owner.log_in(ANN, OTHER_PASSWORD).await.expect_redirect("/");

    let (email, mut other) = ("ben@example.com", test.browser());
    test.browser().register(email, PASSWORD).await;
    let link = test.link_below(email, "/users/confirm/").await;
    other.get(&link).await;
    let mut back = other.clone();
    let fields = [("new_password", OTHER_PASSWORD)];
    expect_redirects(twice(&mut other, &link, &fields).await, "/");
    let third = [("new_password", "lantern gravel orbit twelve")];
    let late = back.post(&link, &third).await.expect(StatusCode::OK);
    late.expect_text(crate::texts::link_used::TITLE);
    assert!(!back.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_02_a_late_second_log_out_leaves_a_newer_session() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let late = twice(&mut browser.clone(), "/users/log-out", &[]).await;
    let [first, second] = late.map(|answer| answer.expect_redirect("/users/log-in"));
    let takes_away = |answer: &Answer| {
        let cookies = answer.set_cookies();
        cookies.iter().any(|cookie| cookie.contains("_session="))
    };
    assert!(takes_away(&first) && !takes_away(&second));
    assert!(!browser.is_logged_in().await);
}

/// What is kept for a second click is good for a minute, and is gone then.
#[tokio::test]
async fn sec_ses_02_secrets_that_were_kept_for_a_second_click_are_erased() {
    let test = TestApp::start().await;
    let mut browser = logged_out(&test).await;
    browser.get("/users/log-in").await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let kept = "select count(*) from repeats where secret is not null";
    let before = test.count(kept).await;
    test.after(Duration::seconds(30));
    housekeeping::erase_secrets(&test.app).await;
    assert!(before > 0 && test.count(kept).await == before);
    test.after(Duration::seconds(30));
    housekeeping::erase_secrets(&test.app).await;
    assert_eq!(test.count(kept).await, 0);
    assert!(test.count("select count(*) from repeats").await > 0);
}

/// A one-time pad is used one time, also by a clock that stands still.
#[tokio::test]
async fn sec_cry_02_what_is_kept_twice_looks_different_each_time() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let client = Client {
        browser: Some(Secret::random().unwrap()),
        ..Client::default()
    };
    let (act, secret) = (Act::new(&client, "x", &[]), Secret::random().unwrap());
    let (mut kept, now) = (Vec::new(), test.app.now());
    for _ in 0..2 {
        let mut held = test.hold(ANN).await;
        let (act, secret) = (act.as_ref(), Some(&secret));
        repeat::remember(&mut held, act, secret, now).await.unwrap();
        held.commit().await.unwrap();
        let mut connection = test.app.db.acquire().await.unwrap();
        let found = repeat::find(&test.app, &mut connection, act).await.unwrap();
        let found = found.unwrap().secret.unwrap();
        assert_eq!(found.hash(), secret.unwrap().hash());
        let hidden: Vec<u8> = sqlx::query_scalar(
            "select secret from repeats where user_id is not null and session_id is null",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        kept.push(hidden);
    }
    assert_ne!(kept[0][kept[0].len() - 32..], kept[1][kept[1].len() - 32..]);
}

#[tokio::test]
async fn sec_ses_02_who_logs_in_again_here_gets_a_new_secret_and_another_user_takes_over() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    test.member("ben@example.com").await;
    browser
        .log_in(ANN, OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.is_logged_in().await);

    let mut tab = browser.clone();
    for _ in 0..2 {
        let before = browser.cookie("_session").unwrap().to_owned();
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        assert_ne!(browser.cookie("_session"), Some(&*before));
    }
    assert!(browser.is_logged_in().await && tab.is_logged_in().await);
    assert_eq!(sessions(&test).await, 2, "hers and his");

    browser
        .log_in("ben@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    browser.get(SETTINGS).await.expect_text("ben@example.com");
    assert!(!tab.is_logged_in().await, "ann is logged out here");
}

/// The second click of two is not sent at once where the network is slow: the first response has come.
#[tokio::test]
async fn sec_ses_02_a_slow_second_click_in_a_trusted_browser_stays_logged_in() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    browser.post("/users/log-out", &[]).await;
    browser.get("/users/log-in").await;
    for _ in 0..3 {
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        assert!(browser.is_logged_in().await);
    }
    // Who logs in again later does it for sudo, for which trust is not enough.
    test.after(Duration::seconds(61));
    browser
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/users/second-factor");
}

#[tokio::test]
async fn sec_ses_02_a_slow_second_click_on_sudo_is_no_wrong_code() {
    for with_backup_code in [false, true] {
        let test = TestApp::start().await;
        let mut ann = two_factor::member(&test, ANN).await;
        test.after(Duration::minutes(16));
        let code = match with_backup_code {
            true => ann.backup_codes[0].clone(),
            false => ann.phone.code(&test),
        };
        let typed = [("password", PASSWORD), ("code", code.as_str())];
        for _ in 0..3 {
            let answer = ann.browser.post("/users/sudo", &typed).await;
            answer.expect(StatusCode::SEE_OTHER);
        }
        let failures = "select coalesce(sum(failures), 0) from sessions";
        assert_eq!(test.count(failures).await, 0);
        // Another browser with the same code is none of these clicks.
        let mut other = ann.pending(&test, ANN).await;
        other
            .post("/users/second-factor", &[("code", &code)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
}
