//! What a signed-in page and a login cost, and how much memory many logins take: the generated app as it is deployed, on SQLite
//! and, where `TEST_DATABASE_URL` names a server, on PostgreSQL. `cargo bench --bench accounts -- sqlite` takes one of them.
//!
//! The page is held against a route of bare axum that looks its session up with sqlx, and a login against a route that does
//! nothing but hash; both are in the same program and answer in the same rounds, so that whatever else the machine does
//! happens to all of them. The memory is what the program's resident set grows by at its peak while 64 browsers log in at once.
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
    fs,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use around::shop::{Database, Shop};
use running::{Connection, Place, Target, log_in, median, request};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1000);
/// The page reaches at least this part of the rate of the bare session route.
const PAGE_AIM: f64 = 0.6;
/// Megabytes above idle.
const MEMORY_AIM: f64 = 100.0;

/// Each may log in from 50 new browsers an hour, and from five at a time.
const PEOPLE: usize = 32;
const AT_ONCE: usize = 64;
const LOG_INS: usize = 48;
/// As many at a time as keep all cores busy.
const HASHERS: usize = 4;

/// In the owner's pages: a page for users, and beside the app what it is held against.
const BARE: &str = r#"
async fn signed_in(user: CurrentUser) -> Html<String> {
    Html(format!("<p>{}</p>", user.email))
}

fn serve_nothing_else() {
    let Some(port) = std::env::var("BARE_PORT").ok().and_then(|port| port.parse().ok()) else {
        return;
    };
    tokio::spawn(async move {
        let database = std::env::var("DATABASE_URL").unwrap();
        let db = sqlx::Pool::<crate::db::Db>::connect(&database).await.unwrap();
        let routes = Router::new().route("/page", get(bare_page)).route("/hash", get(bare_hash));
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await;
        axum::serve(listener.unwrap(), routes.with_state(db)).await
    });
}

async fn bare_page(
    axum::extract::State(db): axum::extract::State<crate::db::Pool>,
    cookies: axum_extra::extract::CookieJar,
) -> Result<Html<String>, axum::http::StatusCode> {
    let secret = cookies.get("__Host-shop_session").and_then(|cookie| {
        crate::accounts::secret::Secret::parse(cookie.value())
    });
    let secret = secret.ok_or(axum::http::StatusCode::UNAUTHORIZED)?;
    let email: Option<String> = sqlx::query_scalar(
        "select u.email from sessions s join users u on u.id = s.user_id
         where s.token_hash = $1 and s.expires_at > $2 and u.deleted_at is null",
    )
    .bind(secret.hash())
    .bind(time::OffsetDateTime::now_utc())
    .fetch_optional(&db)
    .await
    .unwrap();
    let email = email.ok_or(axum::http::StatusCode::UNAUTHORIZED)?;
    Ok(Html(format!("<p>{email}</p>")))
}

async fn bare_hash() -> &'static str {
    use argon2::{Argon2, PasswordHasher, PasswordVerifier};
    static HASH: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| Argon2::default().hash_password(b"seven quiet owls").unwrap().to_string());
    static PERMITS: std::sync::LazyLock<tokio::sync::Semaphore> = std::sync::LazyLock::new(|| {
        tokio::sync::Semaphore::new(std::thread::available_parallelism().unwrap().get())
    });
    let _permit = PERMITS.acquire().await.unwrap();
    let verify = || Argon2::default().verify_password(b"seven quiet owls", HASH.as_str());
    tokio::task::spawn_blocking(verify).await.unwrap().unwrap();
    "right"
}
"#;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted =
        |database: &Database| named.is_empty() || named.iter().any(|name| *name == database.name());
    let databases = [Database::Sqlite, Database::Postgres];
    for database in databases.into_iter().filter(is_wanted) {
        if database == Database::Postgres && std::env::var_os("TEST_DATABASE_URL").is_none() {
            println!("\nPostgreSQL: not measured, TEST_DATABASE_URL is not set");
        } else {
            bench(database);
        }
    }
}

fn bench(database: Database) {
    let name = format!("bench-accounts-{}", database.name());
    let shop = Shop::released(database, &name, add_routes);
    let place = Place::start(&shop);
    // Before anybody has registered: the memory for hashing is kept from then on.
    let idle = resident(&place, "VmRSS:");
    let people: Vec<_> = (0..PEOPLE).map(|number| place.joins(number)).collect();
    let cookies = place.browser(&people[0]);
    println!("\n{}", database.name());
    memory(&place, &people, idle);
    pages(&place, &cookies);
    log_ins(&place, &people);
}

fn add_routes(shop: &Shop) {
    shop.change("src/pages.rs", |pages| {
        let routes = "    Router::new().route(\"/\", get(home))";
        assert!(pages.contains(routes), "pages.rs has other routes");
        let ours = format!("    serve_nothing_else();\n{routes}.route(\"/page\", get(signed_in))");
        pages.replace(routes, &ours) + BARE
    });
}

/// 64 browsers log in at once, and the program's resident set is looked at meanwhile.
fn memory(place: &Place, people: &[String], idle: Option<f64>) {
    let Some(idle) = idle else {
        return println!("memory: not measured, there is no /proc");
    };
    // The peak begins anew.
    _ = fs::write(format!("/proc/{}/clear_refs", place.program.id()), "5");
    let start = Barrier::new(AT_ONCE);
    let statuses: Vec<_> = thread::scope(|scope| {
        let browsers: Vec<_> = (0..AT_ONCE)
            .map(|number| {
                let (start, email) = (&start, &people[number % people.len()]);
                scope.spawn(move || {
                    let mut connection = Connection::to(place.port);
                    start.wait();
                    connection.ask(&log_in(email)).status
                })
            })
            .collect();
        let statuses = browsers.into_iter().map(|browser| browser.join().unwrap());
        statuses.collect()
    });
    let logged_in = statuses.iter().filter(|status| **status == 303).count();
    let peak = resident(place, "VmHWM:").unwrap();
    let above = peak - idle;
    println!(
        "{AT_ONCE} logins at once ({logged_in} logged in): {idle:.0} MB idle, {above:.0} MB above at the peak; \
         the aim of less than {MEMORY_AIM:.0} MB is {}",
        verdict(above < MEMORY_AIM)
    );
}

/// Megabytes, as the kernel counts them.
fn resident(place: &Place, which: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", place.program.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

fn pages(place: &Place, cookies: &str) {
    let cookie = format!("cookie: {cookies}");
    let target = |name, port| Target {
        name,
        port,
        request: request("GET", "/page", &cookie, &[]),
        rounds: Vec::new(),
    };
    let mut targets = [
        target("signed-in page", place.port),
        target("bare session route", place.bare_port),
    ];
    for target in &mut targets {
        target.round(place, Duration::from_millis(300));
        target.rounds.clear();
    }
    for round in 0..ROUNDS {
        // There and back, so that none always comes after the same.
        let mut those: Vec<_> = targets.iter_mut().collect();
        if round % 2 == 1 {
            those.reverse();
        }
        for target in those {
            target.round(place, ROUND);
        }
    }
    let [page, bare] = &targets;
    for target in [page, bare] {
        let worked = target.worked().unwrap_or(f64::NAN);
        let (name, rate) = (target.name, target.per_second());
        println!("{name:20} {rate:>8.0} per s {worked:>8.1} µs of CPU each");
    }
    let part = page.part_of(bare);
    println!(
        "ratio {part:.2}; the aim of {PAGE_AIM} is {}",
        verdict(part >= PAGE_AIM)
    );
}

fn log_ins(place: &Place, people: &[String]) {
    let next = AtomicUsize::new(0);
    let log_in = || log_in(&people[next.fetch_add(1, Ordering::Relaxed) % people.len()]);
    let hash = || request("GET", "/hash", "", &[]);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let log_ins = per_second(place.port, 303, &log_in);
        let hashes = per_second(place.bare_port, 200, &hash);
        rounds.push((log_ins, hashes));
    }
    let log_ins = median(rounds.iter().map(|round| round.0));
    let hashes = median(rounds.iter().map(|round| round.1));
    let part = median(rounds.iter().map(|round| round.0 / round.1));
    println!("login {log_ins:.1} per s, bare hashing {hashes:.1} per s: ratio {part:.2}");
}

/// How many answers come in a second when some ask at a time.
fn per_second(port: u16, status: u16, request: &(impl Fn() -> Vec<u8> + Sync)) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..HASHERS {
            scope.spawn(|| {
                let mut connection = Connection::to(port);
                for _ in 0..LOG_INS / HASHERS {
                    let answer = connection.ask(&request());
                    assert_eq!(answer.status, status, "{}", answer.text());
                }
            });
        }
    });
    LOG_INS as f64 / start.elapsed().as_secs_f64()
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}
