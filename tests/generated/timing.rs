//! Whether somebody with a stopwatch can tell who has an account: the app as it runs, with the hashing cost of production.

use std::time::{Duration, Instant};

use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    app::App,
    client::Client,
    shop::{Database, Shop},
};

const PAIRS: usize = 400;
/// Less than a network hides, with more pairs than the limits let anybody try.
const LARGEST_DIFFERENCE: Duration = Duration::from_millis(2);
/// Each is asked for twice: three letters to one address within a minute are too many.
const KNOWN: usize = PAIRS / 2;

/// Asks once, from an address that nobody has asked from, and says how long the answer took.
fn ask(app: &App, number: usize, path: &str, email: &str, password: &str) -> (Duration, u16) {
    let mut client = client(app, number);
    let start = Instant::now();
    let answer = client.post(path, &[("email", email), ("password", password)]);
    (start.elapsed(), answer.status)
}

/// Already connected, so that only the answer is timed.
fn client(app: &App, number: usize) -> Client {
    let mut client = app.client();
    client.get("/static/favicon.svg");
    let from = format!("203.0.{}.{}", number / 250, number % 250);
    client.headers.push(("x-forwarded-for".to_owned(), from));
    client
}

/// An app with people who have confirmed their addresses.
fn start() -> App {
    let shop = Shop::with_dashboard(Database::Sqlite);
    let app = App::with(&shop, &[("TRUSTED_PROXIES", "127.0.0.0/8")]);
    for number in 0..KNOWN {
        let mut browser = client(&app, 2 * PAIRS + number);
        browser.post(
            "/users/register",
            &[("email", &known(number)), ("password", PASSWORD)],
        );
        let code = app.letter(number).code();
        assert_eq!(
            browser.post("/users/confirm", &[("code", &code)]).location,
            "/"
        );
    }
    app
}

fn known(number: usize) -> String {
    format!("known{:03}@example.com", number % KNOWN)
}

fn unknown(number: usize) -> String {
    format!("nobody{number:03}@example.com")
}

/// Interleaved, so that whatever else the machine does happens to both.
fn expect_no_difference(path: &str, password: &str, expected: u16) {
    let app = start();
    let (mut knowns, mut unknowns) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let mut known = || knowns.push(ask(&app, 2 * pair, path, &known(pair), password));
        let mut unknown = || unknowns.push(ask(&app, 2 * pair + 1, path, &unknown(pair), password));
        match pair % 2 {
            0 => (known(), unknown()),
            _ => (unknown(), known()),
        };
    }
    let mut all = knowns.iter().chain(&unknowns);
    assert!(
        all.all(|(_, status)| *status == expected),
        "the answers differ"
    );
    let [known, unknown] = [median(knowns), median(unknowns)];
    println!("{path}: {known:?} for known, {unknown:?} for unknown addresses");
    let difference = known.abs_diff(unknown);
    assert!(
        difference < LARGEST_DIFFERENCE,
        "{path}: {difference:?} between {known:?} for known and {unknown:?} for unknown addresses"
    );
}

fn median(mut answers: Vec<(Duration, u16)>) -> Duration {
    answers.sort_unstable();
    answers[answers.len() / 2].0
}

#[test]
#[ignore = "takes minutes; tests/run timing"]
fn log_in_takes_the_same_time_whether_somebody_has_the_address_or_not() {
    expect_no_difference("/users/log-in", OTHER_PASSWORD, 422);
}

#[test]
#[ignore = "takes minutes; tests/run timing"]
fn registration_takes_the_same_time_whether_somebody_has_the_address_or_not() {
    expect_no_difference("/users/register", PASSWORD, 303);
}

#[test]
#[ignore = "takes minutes; tests/run timing"]
fn asking_for_a_new_password_takes_the_same_time_whether_somebody_has_the_address_or_not() {
    expect_no_difference("/users/reset-password", PASSWORD, 303);
}
