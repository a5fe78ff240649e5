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

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Command,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use around::{
    PASSWORD,
    app::free_port,
    program::{Program, Settings},
    shop::Shop,
    smtp::SmtpServer,
    wait_for,
};
use serde_json::{Value, json};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1000);
const CONNECTIONS: usize = 8;
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
    let shop = Shop::released("bench", add_bare_routes);
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

/// The program as it is deployed, with its log in a file.
struct Place {
    program: Program,
    port: u16,
    bare_port: u16,
    letters: SmtpServer,
    _folder: tempfile::TempDir,
}

impl Place {
    fn start(shop: &Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, bare_port) = (free_port(), free_port());
        let letters = SmtpServer::start();
        let database = format!("sqlite://{}", folder.path().join("shop.db").display());
        let settings = [
            ("APP_URL", "https://shop.example.com"),
            ("PORT", &port.to_string()),
            ("BARE_PORT", &bare_port.to_string()),
            ("DATABASE_URL", &database),
            ("SECRET_KEY_BASE", &secret()),
            ("SESSION_SIGNING_SALT", &secret()),
            (
                "ENCRYPTION_KEYS",
                "Q26ebGAqJkytwclU+mW9b8Z8QPypmFsYQSNCLlA7V6k=",
            ),
            ("TRUSTED_PROXIES", "127.0.0.0/8"),
            ("SMTP_URL", &letters.url),
        ];
        let settings: Settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut command = Command::new(&shop.program);
        command.current_dir(&shop.root);
        let mut program = Program::start(command, &settings);
        program.is_healthy(port);
        Self {
            program,
            port,
            bare_port,
            letters,
            _folder: folder,
        }
    }

    /// The address of somebody who has registered and confirmed it.
    fn joins(&self, number: usize) -> String {
        let email = format!("person{number}@example.com");
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.ask("POST", "/api/auth/register", "", &body);
        let code = wait_for("the letter", Duration::from_secs(20), || {
            let letters = self.letters.heard().letters;
            letters.iter().find_map(|letter| code(letter, &email))
        });
        let body =
            json!({ "confirmation_token": answer.json()["confirmation_token"], "code": code });
        assert_eq!(self.ask("POST", "/api/auth/confirm", "", &body).status, 204);
        email
    }

    fn log_in(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        self.ask("POST", "/api/auth/token", "", &body).json()
    }

    fn api_token(&self, email: &str) -> String {
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let kind = "content-type: application/x-www-form-urlencoded";
        let request = request("POST", "/users/log-in", kind, form.as_bytes());
        let cookies = Connection::to(self.port).ask(&request).cookies();
        let body = json!({ "name": "Bench", "scopes": ["profile:read"] });
        let cookie = format!("cookie: {cookies}\r\n");
        let made = self.ask("POST", "/api/tokens", &cookie, &body).json();
        made["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned()
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &Value) -> Answer {
        let headers = format!("{headers}content-type: application/json");
        let request = request(method, path, &headers, body.to_string().as_bytes());
        Connection::to(self.port).ask(&request)
    }

    /// How long the program has worked so far, where that can be read.
    fn worked(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.program.id())).ok()?;
        let (_, after_the_name) = stat.rsplit_once(") ")?;
        let mut numbers = after_the_name.split(' ').skip(11);
        let mut ticks = || numbers.next()?.parse::<u64>().ok();
        // A hundredth of a second each, on every Linux there is.
        Some(Duration::from_millis((ticks()? + ticks()?) * 10))
    }
}

fn code(letter: &str, email: &str) -> Option<String> {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    let is_theirs = letter.contains(&format!("To: {email}"));
    let code = letter.lines().map(str::trim).find(is_code);
    code.filter(|_| is_theirs).map(str::to_owned)
}

fn secret() -> String {
    let sigra = env!("CARGO_BIN_EXE_cargo-sigra");
    let said = Command::new(sigra).arg("secret").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// Something to ask for, and what came of it in each round.
struct Target {
    name: &'static str,
    port: u16,
    request: Vec<u8>,
    rounds: Vec<Round>,
}

struct Round {
    per_second: f64,
    /// Microseconds that the program worked for an answer.
    worked: Option<f64>,
}

impl Target {
    fn round(&mut self, place: &Place, lasts: Duration) {
        let (before, start) = (place.worked(), Instant::now());
        let answers: usize = thread::scope(|scope| {
            let askers: Vec<_> = (0..CONNECTIONS)
                .map(|_| scope.spawn(|| self.ask_until(start + lasts)))
                .collect();
            askers.into_iter().map(|asker| asker.join().unwrap()).sum()
        });
        let took = start.elapsed();
        let worked = before
            .zip(place.worked())
            .map(|(before, after)| after - before);
        self.rounds.push(Round {
            per_second: answers as f64 / took.as_secs_f64(),
            worked: worked.map(|worked| worked.as_secs_f64() * 1e6 / answers as f64),
        });
    }

    fn ask_until(&self, end: Instant) -> usize {
        let mut connection = Connection::to(self.port);
        let mut answers = 0;
        while Instant::now() < end {
            let answer = connection.ask(&self.request);
            assert_eq!(answer.status, 200, "{}: {}", self.name, answer.text());
            answers += 1;
        }
        answers
    }

    fn per_second(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.per_second))
    }

    fn worked(&self) -> Option<f64> {
        let worked: Option<Vec<_>> = self.rounds.iter().map(|round| round.worked).collect();
        worked.map(|worked| median(worked.into_iter()))
    }

    /// How much of the other's answers this one gives.
    fn part_of(&self, other: &Self) -> f64 {
        let rounds = self.rounds.iter().zip(&other.rounds);
        median(rounds.map(|(ours, theirs)| ours.per_second / theirs.per_second))
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
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

fn get(path: &str, token: &str) -> Vec<u8> {
    let header = match token {
        "" => String::new(),
        token => format!("authorization: {token}"),
    };
    request("GET", path, &header, &[])
}

/// From an address that nobody has asked from, so that limits do not count it together with others.
fn request(method: &str, path: &str, header: &str, body: &[u8]) -> Vec<u8> {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let header = match header {
        "" => String::new(),
        header => format!("{header}\r\n"),
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: shop.example.com\r\naccept: application/json\r\nx-forwarded-proto: https\r\n\
         x-forwarded-for: 203.{}.{}.{}\r\n{header}content-length: {}\r\n\r\n",
        number / 62500 % 250,
        number / 250 % 250,
        number % 250,
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// One that stays open.
struct Connection(BufReader<TcpStream>);

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Connection {
    fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    fn ask(&mut self, request: &[u8]) -> Answer {
        self.0.get_mut().write_all(request).unwrap();
        let (mut line, mut headers, mut length) = (String::new(), Vec::new(), 0);
        self.0.read_line(&mut line).unwrap();
        let status = line[9..12].parse().unwrap();
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name {
                "content-length" => length = value.parse().unwrap(),
                "set-cookie" => headers.push((name.to_owned(), value.to_owned())),
                _ => (),
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        Answer {
            status,
            headers,
            body,
        }
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    /// As a browser sends them back.
    fn cookies(&self) -> String {
        let set = self
            .headers
            .iter()
            .filter_map(|(_, value)| value.split(';').next());
        let cookies: HashMap<_, _> = set.filter_map(|cookie| cookie.split_once('=')).collect();
        let cookies: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }
}
