//! What mail servers see of us, and what is kept of what they say.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    accounts::email::Email,
    db::{self, schema},
    mail::{Mailer, NotSent, letters},
    tests::{PASSWORD, counting, test_app::TestApp},
};

const ANN: &str = "ann.private@example.com";

/// A mail server that answers `RCPT` with this, and keeps what it was told.
#[derive(Clone)]
struct Server {
    rcpt: &'static str,
    extensions: &'static str,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(rcpt: &'static str, extensions: &'static str) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = Self {
            rcpt,
            extensions,
            heard: Arc::default(),
        };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = answering.clone();
                tokio::spawn(async move { server.answer(stream).await });
            }
        });
        (server, url)
    }

    async fn answer(self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut in_data = false;
        writer.write_all(b"220 test\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            self.heard.lock().unwrap().push(line.clone());
            let word = line.split([' ', ':']).next().unwrap_or_default();
            let answer = match word {
                _ if in_data && line != "." => continue,
                "EHLO" => format!("250-test\r\n{}250 OK", self.extensions),
                "RCPT" => self.rcpt.to_owned(),
                "DATA" => "354 go on".to_owned(),
                _ => "250 OK".to_owned(),
            };
            in_data = word == "DATA";
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// Sends a letter by this server and returns why it could not, if it could not.
async fn send(url: &str, to: &str) -> Option<NotSent> {
    let settings = [("SMTP_URL", url), ("APP_URL", "http://shop.example.com")];
    let test = TestApp::idle(&settings).await;
    let mailer = Mailer::new(&test.app.config).unwrap();
    let sent = mailer
        .send(&Email::parse(to).unwrap(), letters::deleted(), "id")
        .await;
    sent.err().map(|error| *error.downcast_ref().unwrap())
}

#[tokio::test]
async fn the_mail_server_is_told_the_name_of_the_app() {
    let (server, url) = Server::start("250 OK", "").await;
    assert_eq!(send(&url, ANN).await, None);
    let heard = server.heard();
    assert_eq!(heard[0], "EHLO shop.example.com");
    assert!(
        heard.contains(&"Auto-Submitted: auto-generated".to_owned()),
        "{heard:?}"
    );
    assert!(
        heard.contains(&"Message-ID: <id@shop.example.com>".to_owned()),
        "{heard:?}"
    );
}

#[tokio::test]
async fn an_address_beyond_ascii_is_sent_to_or_it_is_said_that_it_cannot_be() {
    let to = "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}@example.com";
    let (_server, url) = Server::start("250 OK", "").await;
    assert_eq!(send(&url, to).await, Some(NotSent::NotAscii));
    let (server, url) = Server::start("250 OK", "250-SMTPUTF8\r\n250-8BITMIME\r\n").await;
    assert_eq!(send(&url, to).await, None);
    assert!(server.heard().iter().any(|line| line.contains(to)));
}

#[tokio::test]
async fn an_email_that_has_not_left_is_an_error_in_the_log_that_says_why_and_not_whose() {
    let to = "j\u{fc}rgen.private@example.com";
    for (answer, why) in [
        ("250 OK", "SMTPUTF8"),
        (
            "550 <private@example.com>: no such user",
            "refuses it for good (550)",
        ),
    ] {
        let (_server, url) = Server::start(answer, "250-8BITMIME\r\n").await;
        let to = if why == "SMTPUTF8" { to } else { ANN };
        let (sent, log) = counting::log_of(send(&url, to)).await;
        assert!(sent.is_some());
        let said = |line: &&String| line.starts_with("ERROR") && line.contains(why);
        let line = log.iter().find(said).unwrap_or_else(|| panic!("{log:?}"));
        assert!(!line.contains("private"), "{line}");
    }
}

#[tokio::test]
async fn sec_aud_08_what_a_mail_server_says_about_somebody_is_not_kept() {
    for (answer, class) in [
        (
            "450 <ann.private@example.com>: greylisted",
            NotSent::Later(450),
        ),
        (
            "550 <ann.private@example.com>: no such user",
            NotSent::Refused(550),
        ),
    ] {
        let (_server, url) = Server::start(answer, "").await;
        assert_eq!(send(&url, ANN).await, Some(class));
        let test = TestApp::start_with(&[("SMTP_URL", &url)]).await;
        test.browser().register(ANN, PASSWORD).await;
        test.work().await;
        let mut tx = db::begin(&test.app.db).await.unwrap();
        let jobs = schema::dump(&mut tx, "river_job").await.unwrap();
        assert!(jobs.contains("the mail server refuses it"), "{jobs}");
        assert!(!jobs.contains("ann.private"), "{jobs}");
    }
    assert_eq!(
        send("smtp://127.0.0.1:1", ANN).await,
        Some(NotSent::Unreachable)
    );
}

#[tokio::test]
async fn sec_job_02_the_number_of_a_letter_tells_nothing_and_is_no_other_environments() {
    let id = async |secret: &str| {
        let test = TestApp::start_with(&[("SECRET_KEY_BASE", secret)]).await;
        test.browser().register(ANN, PASSWORD).await;
        let letter = test.last_letter_to(ANN).await;
        let mut lines = letter.source.lines();
        let line = lines.find_map(|line| line.strip_prefix("Message-ID: <"));
        line.unwrap().split('@').next().unwrap().to_owned()
    };
    let (staging, production) = (id(&"s".repeat(64)).await, id(&"p".repeat(64)).await);
    assert_ne!(staging, production);
    assert_eq!(staging.len(), 22);
}
