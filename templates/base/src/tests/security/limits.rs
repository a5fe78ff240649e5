//! LOG-3 and LOG-7: what each route allows, and by which key. The table is walked: so many pass, and the next one is 429.

use std::time::Instant;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::{
    clock::Clock,
    limits::{Limits, Network},
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::{Answer, Browser},
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";

/// What an anonymous client may send, and how often from one network at once.
pub struct Row {
    pub method: Method,
    pub path: &'static str,
    /// A form, or JSON. `{n}` is the number of the request.
    pub body: &'static str,
    pub allowed: usize,
    pub status: u16,
}

pub const FORMS: [Row; 7] = [
    form(
        "/users/log-in",
        "email={n}%40example.com&password=x",
        10,
        422,
    ),
    form(
        "/users/register",
        "email={n}%40example.com&password=x",
        20,
        422,
    ),
    form(
        "/users/register",
        "email={n}%40example.com&password=meadow+trumpet+gravel+nine",
        5,
        303,
    ),
    form("/users/confirm", "code=AAAA-AAAA", 20, 303),
    form("/users/confirm/resend", "email={n}%40example.com", 20, 303),
    form("/users/reset-password", "email={n}%40example.com", 20, 303),
    form("/users/log-in/link", "email={n}%40example.com", 20, 303),
];

const fn form(path: &'static str, body: &'static str, allowed: usize, status: u16) -> Row {
    Row {
        method: Method::POST,
        path,
        body,
        allowed,
        status,
    }
}

impl Row {
    async fn send(&self, test: &TestApp, number: usize, from: &str) -> Answer {
        let body = self.body.replace("{n}", &number.to_string());
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let mut browser = test.browser().from(from).with_header("content-type", kind);
        browser
            .send(self.method.clone(), self.path, Body::from(body))
            .await
    }

    /// Sends as many as are allowed, each from another address of one household, and then one too many.
    pub async fn walk(&self) {
        let test = TestApp::idle(&[]).await;
        let start = Instant::now();
        for number in 0..self.allowed {
            let from = format!("2001:db8:1:2::{number:x}");
            let answer = self.send(&test, number, &from).await;
            assert_eq!(
                answer.status.as_u16(),
                self.status,
                "{} {number}",
                self.path
            );
        }
        let refused = self.one_too_many(&test, start).await;
        assert_eq!(
            refused.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{}",
            self.path
        );
        assert!(!refused.header("retry-after").is_empty(), "{}", self.path);
        assert!(!refused.header("ratelimit").is_empty(), "{}", self.path);
        for elsewhere in ["2001:db8:7::1", "192.0.2.77"] {
            let answer = self.send(&test, self.allowed + 1, elsewhere).await;
            assert_eq!(
                answer.status.as_u16(),
                self.status,
                "{} {elsewhere}",
                self.path
            );
        }
    }

    /// On a slow machine there is room again for a few while the others are sent: a minute makes room for all, at most.
    async fn one_too_many(&self, test: &TestApp, start: Instant) -> Answer {
        let mut number = self.allowed;
        loop {
            let answer = self.send(test, number, "2001:db8:1:2:ffff::1").await;
            let minutes = start.elapsed().as_secs_f64() / 60.0;
            let room = self.allowed as f64 * (1.0 + minutes);
            if answer.status == StatusCode::TOO_MANY_REQUESTS || number as f64 >= room {
                return answer;
            }
            number += 1;
        }
    }
}

#[tokio::test]
async fn sec_log_03_every_form_of_anonymous_clients_is_counted_by_network() {
    for row in &FORMS {
        row.walk().await;
    }
}

/// Whether a household, a site or an IPv4 address may go on.
fn goes_on(limits: &Limits, ip: &str) -> bool {
    let network = Network::of(Some(ip.parse().unwrap()));
    limits.confirm.count(network).is_ok()
}

#[test]
fn sec_log_03_larger_ipv6_networks_are_counted_too() {
    let limits = Limits::new(&Clock::new());
    let count = |site: u16, household: u16| {
        let ip = |host: u16| format!("2001:db8:1:{site:02x}{household:02x}::{host:x}");
        (0..30).filter(|host| goes_on(&limits, &ip(*host))).count()
    };
    // Twenty for a /64, four times as many for a /56, 32 times as many for a /48.
    assert_eq!(
        (0..5).map(|one| count(0, one)).collect::<Vec<_>>(),
        [20, 20, 20, 20, 0]
    );
    let sites = (1..9).map(|site| (0..5).map(|one| count(site, one)).sum::<usize>());
    assert_eq!(sites.collect::<Vec<_>>(), [80, 80, 80, 80, 80, 80, 80, 0]);
    assert!(goes_on(&limits, "2001:db8:2::1"));
}

#[test]
fn sec_log_03_what_is_refused_takes_nothing_from_the_neighbours() {
    let limits = Limits::new(&Clock::new());
    let noisy = (0..1000).filter(|_| goes_on(&limits, "2001:db8:1:2::1"));
    assert_eq!(noisy.count(), 20);
    let neighbour = (0..1000).filter(|_| goes_on(&limits, "2001:db8:1:3::1"));
    assert_eq!(neighbour.count(), 20);
}

#[test]
fn sec_log_03_ipv4_written_as_ipv6_is_ipv4() {
    let limits = Limits::new(&Clock::new());
    let both = ["192.0.2.1", "::ffff:192.0.2.1"];
    let passed = (0..40).filter(|number| goes_on(&limits, both[number % 2]));
    assert_eq!(passed.count(), 20);
    assert!(goes_on(&limits, "::ffff:192.0.2.2"));
}

async fn ask_again(browser: &mut Browser, password: &str) -> StatusCode {
    let fields = [("password", password)];
    browser.post("/users/sudo", &fields).await.status
}

#[tokio::test]
async fn sec_log_03_passwords_in_a_session_are_counted_by_session() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    for _ in 0..10 {
        assert_eq!(ask_again(&mut ann, PASSWORD).await, StatusCode::SEE_OTHER);
    }
    let moved = ann.clone().from("198.51.100.1");
    for mut browser in [ann, moved] {
        let status = ask_again(&mut browser, PASSWORD).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        let fields = [
            ("current_password", PASSWORD),
            ("new_password", OTHER_PASSWORD),
        ];
        let answer = browser.post("/users/settings/password", &fields).await;
        answer.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
    assert_eq!(ask_again(&mut other, PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_log_03_passwords_after_a_link_are_counted_by_network() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser().from("198.51.100.9");
    browser
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let reset = test.link_below(ANN, "/users/reset-password/").await;
    test.browser().register("bob@example.com", PASSWORD).await;
    let confirm = test.link_for("bob@example.com").await;
    for (path, field, from) in [
        (&reset, "new_password", "198.51.100.10"),
        (&confirm, "new_password", "198.51.100.11"),
        (&confirm, "password", "198.51.100.12"),
    ] {
        let mut browser = test.browser().from(from);
        for number in 0..21 {
            let answer = browser.post(path, &[(field, "short")]).await;
            let wanted = if number < 20 { 422 } else { 429 };
            assert_eq!(answer.status.as_u16(), wanted, "{path} {number}");
        }
    }
}

#[test]
fn sec_cfg_06_a_clock_that_is_put_back_keeps_nobody_waiting() {
    let clock = Clock::new();
    let limits = Limits::new(&clock);
    let network = Network::of("192.0.2.1".parse().ok());
    while limits.login.count(network).is_ok() {}
    clock.put_back(time::Duration::hours(1));
    clock.advance(time::Duration::minutes(1));
    assert!(limits.login.count(network).is_ok());
}
