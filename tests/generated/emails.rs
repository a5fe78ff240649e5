//! Letters leave by SMTP, arrive once, say who they are, and are tried again when the other side is not ready.

use std::time::Duration;

use crate::around::{
    PASSWORD,
    app::App,
    shop::{Database, Shop},
    smtp::{Heard, SmtpServer},
    wait_for,
};

const ANN: &str = "ann@example.com";

/// Registers, and waits for so many letters.
fn letters(server: &SmtpServer, count: usize) -> Heard {
    let shop = Shop::with_dashboard(Database::Sqlite);
    let settings = [
        ("SMTP_URL", server.url.as_str()),
        ("MAIL_FROM", "Shop <hello@shop.example.com>"),
    ];
    let app = App::with(&shop, &settings);
    let answer = app
        .client()
        .post("/users/register", &[("email", ANN), ("password", PASSWORD)]);
    assert_eq!(answer.location, "/users/confirm");
    let brought = || Some(server.heard()).filter(|heard| heard.letters.len() >= count);
    wait_for(
        &format!("{count} letters by SMTP"),
        Duration::from_secs(30),
        brought,
    )
}

fn header<'a>(letter: &'a str, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let (head, _) = letter.split_once("\n\n").unwrap();
    head.lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_else(|| panic!("no {name} in\n{head}"))
}

#[test]
#[ignore = "starts an app; tests/run emails"]
fn a_letter_has_one_recipient_and_says_who_it_is() {
    let heard = letters(&SmtpServer::start(), 1);
    let recipients: Vec<_> = heard
        .commands
        .iter()
        .filter(|command| command.starts_with("RCPT"))
        .collect();
    assert_eq!(recipients, [&format!("RCPT TO:<{ANN}>")]);
    let letter = &heard.letters[0];
    assert_eq!(header(letter, "From"), "Shop <hello@shop.example.com>");
    assert_eq!(header(letter, "To"), ANN);
    assert_eq!(header(letter, "Subject"), "Confirm your address");
    assert_eq!(header(letter, "MIME-Version"), "1.0");
    assert!(header(letter, "Content-Type").starts_with("multipart/alternative"));
    assert!(header(letter, "Message-ID").ends_with("@shop.example.com>"));
    assert!(header(letter, "Date").ends_with("+0000"));
    assert!(
        letter.contains("Content-Type: text/plain") && letter.contains("Content-Type: text/html")
    );
}

#[test]
#[ignore = "starts an app; tests/run emails"]
fn a_letter_that_was_refused_for_now_comes_again_as_the_same_one() {
    let server = SmtpServer::refusing(&["451 come back later"]);
    let heard = letters(&server, 2);
    let ids: Vec<_> = heard
        .letters
        .iter()
        .map(|letter| header(letter, "Message-ID"))
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
#[ignore = "starts an app; tests/run emails"]
fn with_an_smtp_server_there_is_no_mailbox_for_strangers_to_read() {
    let server = SmtpServer::start();
    let app = App::with(
        &Shop::with_dashboard(Database::Sqlite),
        &[("SMTP_URL", &server.url)],
    );
    assert_eq!(app.client().get("/dev/mailbox").status, 404);
}
