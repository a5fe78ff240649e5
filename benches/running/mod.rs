//! The generated app as it is deployed, on either database, and what it answers over connections that stay open on this machine.
#![allow(dead_code)]

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::around::{
    PASSWORD,
    app::{database_url, free_port},
    program::{Program, Settings},
    shop::{self, Database, Shop},
    smtp::SmtpServer,
    wait_for,
};

const CONNECTIONS: usize = 8;

/// The program as it is deployed, with its log in a file.
pub struct Place {
    pub program: Program,
    pub port: u16,
    pub bare_port: u16,
    letters: SmtpServer,
    _folder: tempfile::TempDir,
}

impl Place {
    pub fn start(shop: &Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, bare_port) = (free_port(), free_port());
        let letters = SmtpServer::start();
        let database = database(shop.database, folder.path());
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
        let command = |words: &[&str]| {
            let mut command = Command::new(&shop.program);
            command.current_dir(&shop.root).args(words);
            command
        };
        Program::start(command(&["migrate"]), &settings).succeeds();
        let mut program = Program::start(command(&[]), &settings);
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
    pub fn joins(&self, number: usize) -> String {
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

    pub fn log_in(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        self.ask("POST", "/api/auth/token", "", &body).json()
    }

    pub fn api_token(&self, email: &str) -> String {
        let cookies = self.browser(email);
        let body = json!({ "name": "Bench", "scopes": ["profile:read"] });
        let cookie = format!("cookie: {cookies}\r\n");
        let made = self.ask("POST", "/api/tokens", &cookie, &body).json();
        made["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned()
    }

    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &Value) -> Answer {
        let headers = format!("{headers}content-type: application/json");
        let request = request(method, path, &headers, body.to_string().as_bytes());
        Connection::to(self.port).ask(&request)
    }

    /// The cookies of a browser in which somebody has just logged in.
    pub fn browser(&self, email: &str) -> String {
        let answer = Connection::to(self.port).ask(&log_in(email));
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.cookies()
    }

    /// How long the program has worked so far, where that can be read.
    pub fn worked(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.program.id())).ok()?;
        let (_, after_the_name) = stat.rsplit_once(") ")?;
        let mut numbers = after_the_name.split(' ').skip(11);
        let mut ticks = || numbers.next()?.parse::<u64>().ok();
        // A hundredth of a second each, on every Linux there is.
        Some(Duration::from_millis((ticks()? + ticks()?) * 10))
    }
}

/// An empty database.
fn database(database: Database, folder: &Path) -> String {
    let url = database_url(database, folder);
    if database == Database::Sqlite {
        return url;
    }
    let (server, name) = url.rsplit_once('/').unwrap();
    let sql = format!("create database {name}");
    let mut psql = Command::new("psql");
    let psql = psql.arg(format!("{server}/postgres"));
    shop::run(psql.args(["--quiet", "--command", &sql]), folder);
    // The server of the bench has no certificate.
    format!("{url}?sslmode=disable")
}

fn code(letter: &str, email: &str) -> Option<String> {
    let is_code = |line: &&str| {
        let halves = line.split_once('-').unwrap_or_default();
        (halves.0.len(), halves.1.len()) == (4, 4)
    };
    let is_theirs = letter.contains(&format!("To: {email}"));
    let code = letter.lines().map(str::trim).find(is_code);
    code.filter(|_| is_theirs).map(str::to_owned)
}

pub fn secret() -> String {
    let sigra = env!("CARGO_BIN_EXE_cargo-sigra");
    let said = Command::new(sigra).arg("secret").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// Something to ask for, and what came of it in each round.
pub struct Target {
    pub name: &'static str,
    pub port: u16,
    pub request: Vec<u8>,
    pub rounds: Vec<Round>,
}

pub struct Round {
    per_second: f64,
    /// Microseconds that the program worked for an answer.
    worked: Option<f64>,
}

impl Target {
    pub fn round(&mut self, place: &Place, lasts: Duration) {
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

    pub fn ask_until(&self, end: Instant) -> usize {
        let mut connection = Connection::to(self.port);
        let mut answers = 0;
        while Instant::now() < end {
            let answer = connection.ask(&self.request);
            assert_eq!(answer.status, 200, "{}: {}", self.name, answer.text());
            answers += 1;
        }
        answers
    }

    pub fn per_second(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.per_second))
    }

    pub fn worked(&self) -> Option<f64> {
        let worked: Option<Vec<_>> = self.rounds.iter().map(|round| round.worked).collect();
        worked.map(|worked| median(worked.into_iter()))
    }

    /// How much of the other's answers this one gives.
    pub fn part_of(&self, other: &Self) -> f64 {
        let rounds = self.rounds.iter().zip(&other.rounds);
        median(rounds.map(|(ours, theirs)| ours.per_second / theirs.per_second))
    }
}

pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

pub fn get(path: &str, token: &str) -> Vec<u8> {
    let header = match token {
        "" => String::new(),
        token => format!("authorization: {token}"),
    };
    request("GET", path, &header, &[])
}

/// The form, from a browser that nobody knows.
pub fn log_in(email: &str) -> Vec<u8> {
    let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
    let kind = "content-type: application/x-www-form-urlencoded";
    request("POST", "/users/log-in", kind, form.as_bytes())
}

/// From an address that nobody has asked from, so that limits do not count it together with others.
pub fn request(method: &str, path: &str, header: &str, body: &[u8]) -> Vec<u8> {
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
pub struct Connection(BufReader<TcpStream>);

pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Connection {
    pub fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn ask(&mut self, request: &[u8]) -> Answer {
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
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    /// As a browser sends them back.
    pub fn cookies(&self) -> String {
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
