//! LOG-3, LOG-5 and RST-7: what each route is counted by, and what it does where that is used up. The tables are walked: what is
//! counted for a request has to be what is written here, and where one of these limits is reached, it has to matter.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use time::Duration;

use crate::{
    id::Id,
    limits::watched,
    tests::{
        PASSWORD,
        browser::{Answer, Browser},
        test_app::TestApp,
        two_factor::{self, STEP},
    },
    web::routes,
};

const ANN: &str = "ann@example.com";
const BANNER: [(&str, &str); 1] = [("UNCONFIRMED", "banner")];

/// What a request does where a limit is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// It is refused.
    Refused,
    /// It is answered as if it were not, and no email is sent.
    Unsent,
    /// Nothing else than otherwise: it only waits longer.
    Slower,
    /// The same, and it is not tried: another limit has no room for it.
    Untried,
}
use Beyond::{Refused, Slower, Unsent, Untried};

/// A request, and what it is counted by.
pub struct Row {
    method: Method,
    path: &'static str,
    /// A form, or JSON.
    body: &'static str,
    status: u16,
    counted: Vec<(Beyond, &'static str)>,
}

/// Reads a table. A line has the method and path of a request, its form or JSON if it has one, and the status of the response;
/// below it are the names of the limits that it is counted by, each with what happens beyond it and its key. In a key, `USER` is
/// Ann's id, `SESSION` another id, and `BROWSER` the hash of a cookie.
pub fn rows(table: &'static str) -> Vec<Row> {
    let mut rows = Vec::<Row>::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        if let Some((beyond, limit)) = line.trim().split_once(": ") {
            let beyond = match beyond {
                "refused" => Refused,
                "unsent" => Unsent,
                "slower" => Slower,
                "untried" => Untried,
                other => panic!("{other} is no outcome"),
            };
            rows.last_mut().unwrap().counted.push((beyond, limit));
            continue;
        }
        let parts: Vec<_> = line.split(' ').collect();
        rows.push(Row {
            method: parts[0].parse().unwrap(),
            path: parts[1],
            body: if parts.len() == 4 { parts[2] } else { "" },
            status: parts[parts.len() - 1].parse().unwrap(),
            counted: Vec::new(),
        });
    }
    rows
}

impl Row {
    async fn send(&self, browser: &Browser, link: &str) -> Answer {
        let kind = match self.body.starts_with('{') {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        let path = self.path.replace("{link}", link);
        let body = Body::from(self.body.replace("{link}", link));
        let mut browser = browser.clone().with_header("content-type", kind);
        browser.send(self.method.clone(), &path, body).await
    }

    /// Sends the request once for each limit that is reached, and once while none is. `link` is the secret of an emailed link.
    pub async fn walk(&self, test: &TestApp, browser: &Browser, link: &str) {
        let mut beyond_each = Vec::new();
        for (beyond, limit) in self.counted.iter().filter(|(beyond, _)| *beyond != Untried) {
            watched::reach(limit.split(' ').next());
            let before = emails(test).await;
            let answer = self.send(browser, link).await;
            let is_sent = emails(test).await > before;
            watched::reach(None);
            beyond_each.push((limit, *beyond, answer, is_sent));
        }
        watched::take();
        let before = emails(test).await;
        let answer = self.send(browser, link).await;
        let counted = in_words(test, watched::take()).await;
        let is_sent = emails(test).await > before;
        let (path, status) = (self.path, answer.status.as_u16());
        assert_eq!(status, self.status, "{path}: {}", answer.body);
        let limits: Vec<_> = self.counted.iter().map(|(_, limit)| *limit).collect();
        assert_eq!(counted, limits, "{path}");
        for (limit, beyond, other, other_is_sent) in beyond_each {
            let row = format!("{path} beyond {limit}: {}", other.status);
            let is_same = other.status == answer.status
                && other.header("location") == answer.header("location");
            match beyond {
                Refused => assert_eq!(other.status, StatusCode::TOO_MANY_REQUESTS, "{row}"),
                Unsent => assert!(is_same && is_sent, "{row}"),
                Slower | Untried => assert!(is_same, "{row}"),
            }
            assert!(beyond == Slower || !other_is_sent, "{row}");
        }
    }
}

async fn emails(test: &TestApp) -> usize {
    test.work().await;
    test.app.mailer.mailbox().unwrap().all().len()
}

/// Puts words in the place of what is different in each test.
async fn in_words(test: &TestApp, counted: Vec<String>) -> Vec<String> {
    let user = test.user(ANN).await.map(|user| user.id.to_string());
    let word = |part: &str| match part.len() {
        _ if Some(part) == user.as_deref() => "USER".to_owned(),
        _ if part.parse::<Id>().is_ok() => "SESSION".to_owned(),
        43 => "BROWSER".to_owned(),
        _ => part.to_owned(),
    };
    let words = |line: String| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    counted.into_iter().map(words).collect()
}

/// The browser, closed and opened again: known, and not logged in.
fn known(browser: &Browser) -> Browser {
    let mut known = browser.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    known
}

const ANONYMOUS: &str = "
POST /users/log-in email=%20ANN%40Example.com&password=x 422
    refused: login 192.0.2.1/32
    refused: login_account ann@example.com
POST /users/register email=%20NEW%40Example.com&password=meadow+trumpet+gravel+nine 303
    refused: passwords 192.0.2.1/32
    refused: register 192.0.2.1/32
    unsent: register_email new@example.com
    unsent: confirm_email_hourly new@example.com
POST /users/confirm code=AAAA-AAAA 303
    refused: confirm 192.0.2.1/32
POST /users/confirm/resend email=%20NEW%40Example.com 303
    refused: emails 192.0.2.1/32
    unsent: resend new@example.com
    unsent: confirm_email_hourly new@example.com
POST /users/reset-password email=%20ANN%40Example.com 303
    refused: emails 192.0.2.1/32
    unsent: reset_password ann@example.com
    unsent: reset_password_hourly ann@example.com
POST /users/log-in/link email=%20ANN%40Example.com 303
    refused: emails 192.0.2.1/32
    unsent: log_in_link ann@example.com
POST /users/reset-password/{link} new_password=short 422
    refused: passwords 192.0.2.1/32
";

const KNOWN: &str = "
POST /users/log-in email=%20ANN%40Example.com&password=x 422
    refused: login_browser browser BROWSER ann@example.com
    refused: known_account USER
    slower: reserved_lane USER
POST /users/reset-password email=%20ANN%40Example.com 303
    unsent: reset_password browser BROWSER ann@example.com
    unsent: reset_password_hourly browser BROWSER ann@example.com
    refused: own_emails ann@example.com
POST /users/log-in/link email=%20ANN%40Example.com 303
    unsent: log_in_link browser BROWSER ann@example.com
    refused: own_emails ann@example.com
POST /users/reset-password/{link} new_password=short 422
    refused: login_browser browser BROWSER ann@example.com
    refused: known_account USER
    slower: reserved_lane USER
";

const IN_SESSION: &str = "
POST /users/sudo password=x 422
    refused: session_password SESSION
    refused: session_account USER
    slower: reserved_lane USER
    slower: repeats sudo BROWSER
POST /users/settings/password current_password=x&new_password=short 422
    refused: settings SESSION
    slower: repeats change password BROWSER
    refused: session_password SESSION
    refused: session_account USER
    slower: reserved_lane USER
POST /users/settings/email email=%20EVE%40Example.com 303
    refused: settings SESSION
    refused: email_change SESSION
    refused: email_change_account USER
    refused: email_change_address USER eve@example.com
    refused: email_change_hourly eve@example.com
POST /users/settings/email/cancel 303
    refused: settings SESSION
POST /users/reset-password email=%20ANN%40Example.com 303
    unsent: reset_password session SESSION
    unsent: reset_password_hourly session SESSION
    refused: own_emails ann@example.com
POST /users/log-in/link email=%20ANN%40Example.com 303
    unsent: log_in_link session SESSION
    refused: own_emails ann@example.com
POST /users/settings/second-factor/confirm code=000000 422
    refused: settings SESSION
    refused: session_password SESSION
    refused: session_account USER
    slower: repeats set up totp BROWSER
GET /users/settings/export 200
    refused: export USER
POST /users/settings/delete 303
    refused: settings SESSION
    refused: deletion USER
";

/// The secret of a reset link, asked for elsewhere.
pub async fn reset_link(test: &TestApp) -> String {
    let mut elsewhere = test.browser().from("203.0.113.99");
    elsewhere
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    link.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn sec_log_03_anonymous_requests_are_counted_by_network_and_by_what_was_typed() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    for row in rows(ANONYMOUS) {
        test.after(Duration::hours(1));
        let link = reset_link(&test).await;
        row.walk(&test, &test.browser(), &link).await;
    }
}

#[tokio::test]
async fn sec_log_05_known_browsers_are_counted_by_account_and_browser() {
    let test = TestApp::start().await;
    let browser = known(&test.member(ANN).await);
    for row in rows(KNOWN) {
        test.after(Duration::hours(1));
        let link = reset_link(&test).await;
        row.walk(&test, &browser, &link).await;
    }
}

#[tokio::test]
async fn sec_log_05_sessions_are_counted_by_session_and_by_user() {
    let test = TestApp::start().await;
    let browser = known(&test.member(ANN).await);
    for row in rows(IN_SESSION) {
        test.after(Duration::hours(1));
        let mut browser = browser.clone();
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        row.walk(&test, &browser, "").await;
    }
}

const REGISTERED: &str = "
POST /users/confirm/resend 303
    unsent: resend registered BROWSER
    refused: resend_network 192.0.2.1/32 new@example.com
    refused: resend_hourly new@example.com
POST /users/confirm code=AAAA-AAAA 422
    refused: confirm 192.0.2.1/32
    slower: repeats confirm BROWSER
";

const UNCONFIRMED: &str = "
POST /users/confirm/resend email=%20ANN%40Example.com 303
    unsent: resend user USER
    refused: resend_network 192.0.2.1/32 ann@example.com
    refused: resend_hourly ann@example.com
POST /users/reset-password email=%20ANN%40Example.com 303
    refused: emails 192.0.2.1/32
    unsent: reset_password ann@example.com
    unsent: reset_password_hourly ann@example.com
POST /users/log-in/link email=%20ANN%40Example.com 303
    refused: emails 192.0.2.1/32
    unsent: log_in_link ann@example.com
POST /users/settings/email email=%20EVE%40Example.com 303
    refused: settings SESSION
    refused: emails 192.0.2.1/32
    refused: email_change SESSION
    refused: email_change_account USER
    refused: email_change_address USER eve@example.com
    refused: email_change_hourly eve@example.com
";

const CONFIRMING_WHERE_KNOWN: &str = "
POST /users/confirm/{link} password=x 422
    refused: login_browser browser BROWSER ann@example.com
    refused: known_account USER
    slower: reserved_lane USER
    slower: repeats confirm with a link BROWSER
";

const CONFIRMING: &str = "
POST /users/confirm/{link} password=x 422
    refused: passwords 192.0.2.1/32
";

#[tokio::test]
async fn sec_rst_07_the_browser_that_registered_is_counted_by_itself_and_its_network() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("new@example.com", PASSWORD).await;
    for row in rows(REGISTERED) {
        row.walk(&test, &browser, "").await;
    }
}

#[tokio::test]
async fn sec_rst_07_users_who_have_not_confirmed_have_no_budgets_of_their_own() {
    let test = TestApp::start_with(&BANNER).await;
    let mut session = test.browser();
    session.register(ANN, PASSWORD).await;
    session.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let link = test.link_below(ANN, "/users/confirm/").await;
    let link = link.rsplit('/').next().unwrap();
    let (known, unknown) = (known(&session), test.browser());
    for (table, browser) in [
        (UNCONFIRMED, &session),
        (CONFIRMING_WHERE_KNOWN, &known),
        (CONFIRMING, &unknown),
    ] {
        for row in rows(table) {
            row.walk(&test, browser, link).await;
        }
    }
}

/// Sets how many wrong codes in a row there were.
async fn guessed(test: &TestApp, times: i32) {
    sqlx::query(
        "update members
         set second_factor_failures = $1",
    )
    .bind(times)
    .execute(&test.app.db)
    .await
    .unwrap();
}

const STEP_WHERE_UNKNOWN: &str = "
POST /users/second-factor code=000000 422
    refused: mfa_challenge USER
    untried: repeats second factor BROWSER
";

const STEP_WHERE_UNKNOWN_AND_GUESSED: &str = "
POST /users/second-factor code=000000 422
    refused: mfa_challenge_guessed USER
    untried: repeats second factor BROWSER
";

const STEP_WHERE_KNOWN: &str = "
POST /users/second-factor code=000000 422
    refused: mfa_challenge_browser browser BROWSER ann@example.com
    refused: mfa_challenge_known USER
    untried: repeats second factor BROWSER
";

const SUDO_WHERE_TRUSTED: &str = "
POST /users/sudo password=x&code=000000 422
    refused: session_password SESSION
    refused: session_account USER
    refused: mfa_challenge_trusted USER
    refused: mfa_challenge_trusted_daily USER
    slower: reserved_lane USER
    slower: repeats sudo BROWSER
";

const WITH_BOTH_FACTORS: &str = "
POST /users/sudo password=x&code=000000 422
    refused: session_password SESSION
    refused: session_account USER
    refused: mfa_challenge_browser browser BROWSER ann@example.com
    refused: mfa_challenge_known USER
    slower: reserved_lane USER
    slower: repeats sudo BROWSER
POST /users/settings/second-factor/backup-codes 200
    refused: settings SESSION
    refused: backup_codes USER
    slower: reserved_lane USER
";

#[tokio::test]
async fn sec_mfa_07_codes_are_counted_by_user_and_those_of_known_browsers_apart() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut known = known(&ann.browser);
    known.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let trust = [("trust_browser", "on")];
    let mut trusted = ann.log_in(&test, ANN, &trust).await;
    trusted.post("/users/log-out", &[]).await;
    trusted.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let unknown = ann.pending(&test, ANN).await;
    for (guesses, table, browser) in [
        (0, STEP_WHERE_UNKNOWN, &unknown),
        (98, STEP_WHERE_UNKNOWN, &unknown),
        (100, STEP_WHERE_UNKNOWN_AND_GUESSED, &unknown),
        (100, STEP_WHERE_KNOWN, &known),
        (100, SUDO_WHERE_TRUSTED, &trusted),
        (0, WITH_BOTH_FACTORS, &ann.browser),
    ] {
        guessed(&test, guesses).await;
        for row in rows(table) {
            row.walk(&test, browser, "").await;
        }
    }
}

/// Whatever it is that they change.
#[tokio::test]
async fn sec_aud_01_every_change_of_settings_is_counted_by_session() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    watched::reach(Some("settings"));
    let mut walked = 0;
    for route in routes::table() {
        if route.method == Method::GET || !route.path.starts_with("/users/settings/") {
            continue;
        }
        let path = route.path.replace("{id}", "1").replace("{token}", "x");
        let answer = ann.send(route.method, &path, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        walked += 1;
    }
    watched::reach(None);
    assert!(walked >= 13, "{walked}");
}
