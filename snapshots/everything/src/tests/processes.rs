//! The program as a process of its own, as it is deployed: this test binary once more, which runs nothing but [`child`].

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{PASSWORD, database::Database, test_app::TestApp};
use crate::{commands, pages};

/// What [`child`] is told to do. Without it, it is a test that does nothing.
const WORDS: &str = "WORDS_OF_THE_CHILD";
const SECRET: &str = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U";
/// For what takes no time, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn child() {
    let Ok(words) = std::env::var(WORDS) else {
        return;
    };
    let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
    if let Err(error) = commands::run(&words, pages::routes()).await {
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

/// A process in a folder of its own, with these settings and no others.
struct Process {
    child: Child,
    folder: PathBuf,
}

/// How a process has ended, and what it has written.
struct Ended {
    success: bool,
    output: String,
}

impl Process {
    fn start(words: &str, dot_env: &str, settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("{:016x}", getrandom::u64().unwrap()));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".env"), dot_env).unwrap();
        let output = fs::File::create(folder.join("output")).unwrap();
        let (_, module) = module_path!().split_once("::").unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args([&format!("{module}::child"), "--exact", "--nocapture"])
            .current_dir(&folder)
            .env_clear()
            .env(WORDS, words)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.join("output")).unwrap()
    }

    /// Waits for it to end by itself.
    fn wait(mut self) -> Ended {
        let status = wait_for("its end", || self.child.try_wait().unwrap());
        Ended {
            success: status.success(),
            output: self.output(),
        }
    }

    /// Asks it to stop, as Docker, Kubernetes and systemd do.
    fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        let asked = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(asked.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(found) = ask() {
            return found;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("{what} does not come");
}

/// A server in development, and its port.
fn serve(database_url: &str, settings: &[(&str, &str)]) -> (Process, u16) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let port_setting = port.to_string();
    let fixed = [
        ("APP_ENV", "development"),
        ("DATABASE_URL", database_url),
        ("PORT", &port_setting),
    ];
    let process = Process::start("serve", "", &[&fixed[..], settings].concat());
    wait_for("the server", || connect(port).ok());
    (process, port)
}

fn connect(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a form, and reads the response to its end.
fn post(port: u16, path: &str, form: &str) -> String {
    let mut stream = connect(port).unwrap();
    write!(stream, "{}{form}", head(port, path, form, "")).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn head(port: u16, path: &str, form: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n{more}\r\n",
        form.len()
    )
}

/// Reads up to the end of a head.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_stop_takes_no_new_requests_and_finishes_those_under_way() {
    let test = TestApp::idle(&[]).await;
    let (process, port) = serve(test.database_url(), &[]);
    let form = "email=ann%40example.com";
    let (first, rest) = form.split_at(10);
    let mut stream = connect(port).unwrap();
    let head = head(
        port,
        "/users/reset-password",
        form,
        "Expect: 100-continue\r\n",
    );
    write!(stream, "{head}").unwrap();
    assert!(
        read_head(&mut stream).starts_with("HTTP/1.1 100 "),
        "it is read"
    );
    write!(stream, "{first}").unwrap();
    process.terminate();
    wait_for("the end of new connections", || connect(port).err());
    write!(stream, "{rest}").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 303 "), "{response}");
    let ended = process.wait();
    assert!(ended.success, "{}", ended.output);
    assert!(!ended.output.contains("cut off"), "{}", ended.output);
    let asked = "select count(*) from audit_events
         where action = 'auth.password_reset_request' and address = '127.0.0.1'";
    assert_eq!(test.count(asked).await, 1);
}

/// Returns a hash that takes a while to verify, on fast machines and slow ones.
fn slow_hash(password: &str) -> String {
    let mut costs = 8..;
    loop {
        let start = Instant::now();
        let hash = bcrypt::hash(password, costs.next().unwrap()).unwrap();
        if start.elapsed() > Duration::from_millis(500) {
            return hash;
        }
    }
}

#[tokio::test]
async fn a_stop_waits_for_requests_whose_client_has_disconnected() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    sqlx::query("update members set password_hash = $1")
        .bind(slow_hash(PASSWORD))
        .execute(&test.app.db)
        .await
        .unwrap();
    let logins = "select count(*) from audit_events where action = 'auth.login'";
    let before = test.count(logins).await;
    let (process, port) = serve(test.database_url(), &[]);
    let form = format!("email=ann%40example.com&password={PASSWORD}").replace(' ', "+");
    let head = head(port, "/users/log-in", &form, "Expect: 100-continue\r\n");
    let mut stream = connect(port).unwrap();
    write!(stream, "{head}").unwrap();
    read_head(&mut stream);
    write!(stream, "{form}").unwrap();
    // Enough to read the body, but not to verify the password. Until the body has been read, a
    // disconnect cancels the request.
    sleep(Duration::from_millis(200));
    drop(stream);
    process.terminate();
    let ended = process.wait();
    assert!(ended.success, "{}", ended.output);
    assert_eq!(test.count(logins).await, before + 1, "{}", ended.output);
}

#[tokio::test]
async fn sec_cfg_01_production_does_not_read_a_dot_env_and_development_does() {
    let database = Database::create().await;
    let dot_env = format!("DATABASE_URL={}\n", database.url);
    let read = Process::start("migrate", &dot_env, &[("APP_ENV", "development")]).wait();
    assert!(read.success, "{}", read.output);
    assert!(read.output.contains("up to date"), "{}", read.output);
    let unread = "PORT=many\nNOTHING\n";
    let refused = Process::start("migrate", unread, &[("APP_ENV", "production")]).wait();
    assert!(!refused.success, "{}", refused.output);
    for (text, is_said) in [("DATABASE_URL", true), ("PORT", false), (".env", false)] {
        assert_eq!(refused.output.contains(text), is_said, "{}", refused.output);
    }
}

/// Logs in with what does not exist, opens a link, and registers, where no mail server is. Returns what the process says.
async fn log_at(level: &str) -> String {
    let test = TestApp::idle(&[]).await;
    let settings = [("RUST_LOG", level), ("SMTP_URL", "smtp://127.0.0.1:9")];
    let (process, port) = serve(test.database_url(), &settings);
    let form = format!("email=ann%40example.com&password=hunter2-{SECRET}");
    for path in ["/users/log-in", "/users/register"] {
        let response = post(port, path, &form);
        assert!(response.starts_with("HTTP/1.1 "), "{response}");
    }
    let path = format!("/users/log-in/link/{SECRET}?email=ann@example.com");
    post(port, &path, "");
    let failed = "select count(*) from river_job where kind = 'send_letter' and attempt > 0";
    for _ in 0..2000 {
        if test.count(failed).await > 0 && process.output().contains("a job has failed") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    process.terminate();
    process.wait().output
}

#[tokio::test]
async fn sec_ses_11_a_process_that_logs_everything_logs_no_secret() {
    let log = log_at("trace").await;
    assert!(log.contains("a job has failed"), "{log}");
    assert!(log.contains("request"), "{log}");
    for secret in [SECRET, "hunter2", "ann@example.com", "ann%40example.com"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    let ours = format!("{}::", env!("CARGO_CRATE_NAME"));
    let of_others = |line: &&str| line.contains(" TRACE ") && !line.contains(&ours);
    assert_eq!(log.lines().find(of_others), None);
}

#[tokio::test]
async fn sec_ses_02_a_process_erases_what_was_kept_for_second_clicks() {
    let test = TestApp::idle(&[]).await;
    let old = "insert into repeats (hash, secret, inserted_at) values ($1, $1, $2)";
    let insert = sqlx::query(old).bind(SECRET.as_bytes());
    let long_ago = test.app.now() - time::Duration::minutes(2);
    let insert = insert.bind(long_ago).execute(&test.app.db).await;
    insert.unwrap();
    let (_process, _) = serve(test.database_url(), &[]);
    let kept = "select count(*) from repeats where secret is not null";
    for _ in 0..6000 {
        if test.count(kept).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the secret is still there");
}
