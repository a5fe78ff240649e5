//! PWD-4: passwords that were stolen elsewhere, asked of a server of the test's own.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    routing::get,
};
use tokio::net::TcpListener;
use url::Url;

use crate::{
    tests::{OTHER_PASSWORD, PASSWORD, counting, test_app::TestApp},
    texts::fields::PASSWORD_BREACHED,
};

/// The SHA-1 of [`PASSWORD`], in the two parts in which it is asked for.
const HASH: (&str, &str) = ("BEEA6", "98FB7C7341B78030372F90C819B51A40A6D");
/// That of [`OTHER_PASSWORD`].
const OTHER_HASH: (&str, &str) = ("4EA4C", "D3A0D8064A6A94529DE9BB15B7625574B26");

const SKIPPED: &str = "select count(*) from audit_events
    where action = 'auth.password_check_skipped' and outcome = 'failure'";

/// A server that always gives the same answer, and remembers all that it was asked.
#[derive(Clone)]
struct List {
    answer: String,
    after: Duration,
    asked: Arc<Mutex<Vec<String>>>,
}

impl List {
    fn of(answer: impl Into<String>) -> Self {
        Self {
            answer: answer.into(),
            after: Duration::ZERO,
            asked: Arc::default(),
        }
    }

    /// Serves it, and gives the setting for it.
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/range/{start}", get(answer))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/range/")
    }

    async fn app(&self) -> TestApp {
        TestApp::start_with(&[("PWNED_PASSWORDS", &self.serve().await)]).await
    }
}

async fn answer(State(list): State<List>, request: Request) -> String {
    list.asked.lock().unwrap().push(format!("{request:?}"));
    tokio::time::sleep(list.after).await;
    list.answer
}

/// Hashes that begin as asked: some that are not this one, and this one so many times.
fn lines(rest: &str, times: u32) -> String {
    format!(
        "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n{rest}:{times}\r\n011053FD0102E94D6AE2F8B83D76FAF94F6:1"
    )
}

async fn expect_accepted(test: &TestApp) {
    test.browser()
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    assert_eq!(test.registrations().await, 1);
}

/// The list was of no use: they can register all the same, and it is noted.
async fn expect_skipped(test: &TestApp) {
    expect_accepted(test).await;
    assert_eq!(test.count(SKIPPED).await, 1);
}

#[tokio::test]
async fn sec_pwd_04_nobody_registers_with_a_breached_password() {
    let test = List::of(lines(HASH.1, 3)).app().await;
    test.browser()
        .register("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(PASSWORD_BREACHED);
    assert_eq!(test.registrations().await, 0);
    test.browser()
        .register("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    assert_eq!(test.count(SKIPPED).await, 0);
}

#[tokio::test]
async fn sec_pwd_04_nobody_changes_to_a_breached_password() {
    let test = List::of(lines(OTHER_HASH.1, 1)).app().await;
    let mut ann = test.member("ann@example.com").await;
    let new = [("new_password", OTHER_PASSWORD)];
    ann.post("/users/settings/password", &new)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(PASSWORD_BREACHED);
    let forgot = [("email", "ann@example.com")];
    ann.post("/users/reset-password", &forgot).await;
    let link = test.link_for("ann@example.com").await;
    ann.post(&link, &new)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(PASSWORD_BREACHED);

    test.browser().register("bob@example.com", PASSWORD).await;
    let link = test.link_for("bob@example.com").await;
    test.browser()
        .post(&link, &new)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(PASSWORD_BREACHED);
}

#[tokio::test]
async fn sec_pwd_04_padding_is_nobodys_password() {
    let test = List::of(lines(HASH.1, 0)).app().await;
    expect_accepted(&test).await;
    assert_eq!(test.count(SKIPPED).await, 0);
}

#[tokio::test]
async fn sec_pwd_04_five_characters_of_the_hash_are_all_that_is_told() {
    let list = List::of(lines(HASH.1, 0));
    let test = list.app().await;
    expect_accepted(&test).await;
    let asked = list.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    let asked = asked[0].to_uppercase();
    assert!(
        asked.contains(&format!("GET, URI: /RANGE/{},", HASH.0)),
        "{asked}"
    );
    assert!(asked.contains("\"ADD-PADDING\": \"TRUE\""), "{asked}");
    for told in ["ANN@EXAMPLE.COM", &HASH.1[..4], "TRUMPET"] {
        assert!(!asked.contains(told), "{told}: {asked}");
    }
}

#[tokio::test]
async fn sec_pwd_04_people_can_register_while_nobody_answers() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let url = format!("http://{address}/range");
    let test = TestApp::start_with(&[("PWNED_PASSWORDS", &url)]).await;
    let ((), log) = counting::log_of(expect_skipped(&test)).await;
    // What it was asked is not in the log.
    let ours = concat!(" ", env!("CARGO_CRATE_NAME"), "::");
    let ours: Vec<_> = log.iter().filter(|line| line.contains(ours)).collect();
    assert!(!ours.is_empty());
    for line in ours {
        assert!(!line.contains(HASH.0) && !line.contains("/range"), "{line}");
    }
}

#[tokio::test]
async fn sec_pwd_04_a_slow_server_is_not_waited_for() {
    let slow = List {
        after: Duration::from_secs(20),
        ..List::of(lines(HASH.1, 3))
    };
    let test = slow.app().await;
    let start = Instant::now();
    expect_skipped(&test).await;
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn sec_pwd_04_an_answer_that_is_not_the_list_is_none() {
    let endless = format!("{}\n", lines(HASH.1, 3)).repeat(20_000);
    for answer in ["", "<h1>Log in to this network</h1>", "A:many", &endless] {
        expect_skipped(&List::of(answer).app().await).await;
    }
}

#[tokio::test]
async fn sec_pwd_04_nobody_is_asked_unless_the_setting_says_so() {
    for (setting, asked) in [
        ("", None),
        ("off", None),
        ("on", Some("https://api.pwnedpasswords.com/range")),
    ] {
        let test = TestApp::idle(&[("PWNED_PASSWORDS", setting)]).await;
        let url = test.app.config.pwned_passwords.as_ref();
        assert_eq!(url.map(Url::as_str), asked, "{setting}");
    }
}
