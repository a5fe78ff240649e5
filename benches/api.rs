//! What it costs to ask the API with a token: the generated app as it is deployed, over connections that stay open on this machine.
//!
//! `/api/me` is held against the same answer that takes no token: from the API's own table, from a page of the owner's, and from
//! a bare axum router in the same program. Rounds are interleaved, so that whatever else the machine does happens to all of them,
//! and what is compared within a round is summed up by its median. Where there is `/proc`, it also says how long the program
//! worked for an answer, which a busy machine changes less.
//!
//! What the token costs is the difference to the same route of the same app without one: that is the measure, and the aim. The router
//! with nothing around it stands there for another question, namely what a line of log, the security headers and the limits cost
//! together, which every answer of the app has, with a token or without.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "../tests/around/mod.rs"]
mod around;
#[path = "running/mod.rs"]
mod running;

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use around::{
    PASSWORD,
    shop::{Database, Shop},
};
use running::{Connection, Place, Target, get, request};
use serde_json::{Value, json};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1000);
/// What is asked for is at least this part of what the bare route gives.
const AIM: f64 = 0.8;

/// Each may log in 50 times an hour.
const PEOPLE: usize = 10;
const LOG_INS: usize = 240;

/// In the owner's pages: the answer of `/api/me` for somebody who is always the same, and a listener without anything around it.
const BARE: &str = r#"
#[derive(serde::Serialize)]
pub struct Bare {
    id: String,
    email: String,
    scopes: Vec<&'static str>,
}

pub async fn bare() -> axum::Json<Bare> {
    axum::Json(Bare {
        id: "0197a2f4-7a51-7c3e-9d0b-2f6c1f1b7a11".to_owned(),
        email: "person0@example.com".to_owned(),
        scopes: vec!["api_tokens:read", "api_tokens:write", "profile:read", "sessions:read"],
    })
}

fn serve_nothing_else() {
    let Some(port) = std::env::var("BARE_PORT").ok().and_then(|port| port.parse().ok()) else {
        return;
    };
    tokio::spawn(async move {
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await;
        axum::serve(listener.unwrap(), Router::new().route("/bare", get(bare))).await
    });
}
"#;

fn main() {
    let shop = Shop::released(Database::Sqlite, "bench", add_bare_routes);
    let place = Place::start(&shop);
    let people: Vec<_> = (0..PEOPLE).map(|number| place.joins(number)).collect();
    let person = &people[0];
    let pair = place.log_in(person);
    let access = format!("Bearer {}", pair["access_token"].as_str().unwrap());
    let token = format!("Bearer {}", place.api_token(person));

    let ask = |name, port, path, token: &str| Target {
        name,
        port,
        request: get(path, token),
        rounds: Vec::new(),
    };
    let mut targets = [
        ask("/api/me, access token", place.port, "/api/me", &access),
        ask("/api/me, API token", place.port, "/api/me", &token),
        ask("bare, in the API's table", place.port, "/api/bare", ""),
        ask("bare, in the pages", place.port, "/bare", ""),
        ask("bare axum", place.bare_port, "/bare", ""),
    ];
    for target in &mut targets {
        target.round(&place, Duration::from_millis(300));
        target.rounds.clear();
    }
    for round in 0..ROUNDS {
        // There and back, so that none always comes after the same.
        let mut those: Vec<_> = targets.iter_mut().collect();
        if round % 2 == 1 {
            those.reverse();
        }
        for target in those {
            target.round(&place, ROUND);
        }
    }
    report(&targets);
    flows(&place, &people);
}

fn add_bare_routes(shop: &Shop) {
    shop.change("src/pages.rs", |pages| {
        let routes = "    Router::new().route(\"/\", get(home))";
        assert!(pages.contains(routes), "pages.rs has other routes");
        let ours = format!("    serve_nothing_else();\n{routes}.route(\"/bare\", get(bare))");
        pages.replace(routes, &ours) + BARE
    });
    shop.change("src/web/api/routes.rs", |table| {
        let row = "        get(\"/api/sessions\"";
        assert!(table.contains(row), "the table has other rows");
        let ours = format!("        get(\"/api/bare\", Anyone, crate::pages::bare),\n{row}");
        table.replacen(row, &ours, 1)
    });
}

fn report(targets: &[Target; 5]) {
    let [access, token, bare, page, axum] = targets;
    println!(
        "\n{:26} {:>9} {:>9} {:>13} {:>13}",
        "", "per s", "CPU µs", "of bare", "of bare axum"
    );
    for target in targets {
        let worked = target
            .worked()
            .map_or("?".to_owned(), |worked| format!("{worked:.1}"));
        println!(
            "{:26} {:>9.0} {worked:>9} {:>11.0} % {:>11.0} %",
            target.name,
            target.per_second(),
            100.0 * target.part_of(bare),
            100.0 * target.part_of(axum)
        );
    }
    let parts = [
        access.part_of(bare),
        access.part_of(page),
        token.part_of(bare),
    ];
    let [of_bare, of_page, token] = parts.map(|part| 100.0 * part);
    println!(
        "\n/api/me with an access token: {of_bare:.0} % of the bare route in the same table, {of_page:.0} % of the one in the pages; \
         with an API token {token:.0} %"
    );
    let verdict = if of_bare >= 100.0 * AIM {
        "met"
    } else {
        "MISSED"
    };
    println!("the aim of {:.0} % is {verdict}", 100.0 * AIM);
}

/// Logging in, the next pair, logging out: by two at a time, each answer timed.
fn flows(place: &Place, people: &[String]) {
    println!(
        "\n{:26} {:>9} {:>9} {:>13}",
        "", "per s", "median", "19 of 20"
    );
    let bodies = (0..LOG_INS).map(|number| {
        let email = &people[number % people.len()];
        json!({ "email": email, "password": PASSWORD })
    });
    let refresh = |pair: &Value| json!({ "refresh_token": pair["refresh_token"] });
    let pairs = flow(
        place,
        "log in",
        ("POST", "/api/auth/token"),
        bodies.collect(),
    );
    let path = ("POST", "/api/auth/token/refresh");
    let pairs = flow(place, "refresh", path, pairs.iter().map(refresh).collect());
    let path = ("DELETE", "/api/auth/token");
    flow(place, "revoke", path, pairs.iter().map(refresh).collect());
}

fn flow(place: &Place, name: &str, (method, path): (&str, &str), bodies: Vec<Value>) -> Vec<Value> {
    let count = bodies.len();
    let (bodies, done) = (Mutex::new(bodies), Mutex::new(Vec::new()));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut connection = Connection::to(place.port);
                while let Some(body) = take(&bodies) {
                    let kind = "content-type: application/json";
                    let request = request(method, path, kind, body.to_string().as_bytes());
                    let start = Instant::now();
                    let answer = connection.ask(&request);
                    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                    done.lock().unwrap().push((start.elapsed(), answer));
                }
            });
        }
    });
    let took = start.elapsed();
    let done = done.into_inner().unwrap();
    let mut times: Vec<_> = done.iter().map(|(time, _)| *time).collect();
    times.sort_unstable();
    println!(
        "{name:26} {:>9.0} {:>9.2?} {:>13.2?}",
        count as f64 / took.as_secs_f64(),
        times[count / 2],
        times[count * 19 / 20]
    );
    let answers = done.iter().map(|(_, answer)| answer);
    answers
        .map(|answer| serde_json::from_slice(&answer.body).unwrap_or_default())
        .collect()
}

fn take(bodies: &Mutex<Vec<Value>>) -> Option<Value> {
    bodies.lock().unwrap().pop()
}
