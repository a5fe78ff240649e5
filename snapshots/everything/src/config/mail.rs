//! How email leaves: `SMTP_URL` and `MAIL_FROM`.

use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox};
use secrecy::SecretString;
use url::Url;

use super::reader::{Reader, is_here};

const SMTP_HELP: &str = "must be smtps://user:password@host, or smtp://user:password@host?tls=required for STARTTLS; \
     characters such as # / ? @ % in the password are written as %23 %2F %3F %40 %25";

impl Reader<'_> {
    /// The URL as lettre reads it, without `tls=none`.
    pub fn smtp_url(&mut self) -> Option<SecretString> {
        let text = self.required("SMTP_URL")?;
        let mut url: Url = self.parse("SMTP_URL", &text, SMTP_HELP)?;
        if !is_whole(&url) {
            self.problem("SMTP_URL", SMTP_HELP);
            return None;
        }
        if self.production && !is_encrypted(&url) && !is_here(&url) && tls(&url) != Some("none") {
            self.problem(
                "SMTP_URL",
                "sends passwords and links in the clear: write smtps://, or ?tls=required for STARTTLS, \
                 or ?tls=none in a network of your own",
            );
        }
        if tls(&url) == Some("none") {
            url.set_query(None);
        }
        if AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).is_err() {
            self.problem("SMTP_URL", SMTP_HELP);
        }
        Some(url.as_str().to_owned().into())
    }

    pub fn mail_from(&mut self, name: &str, url: Option<&Url>) -> Option<Mailbox> {
        let host = url.and_then(Url::host_str).unwrap_or("localhost");
        let default = format!("\"{name}\" <hello@{host}>");
        self.parsed(
            "MAIL_FROM",
            &default,
            "must be an address: Shop <hello@example.com>",
        )
    }
}

/// Whether it is a server, perhaps with a user and their password. What else is there was meant to be part of the password.
fn is_whole(url: &Url) -> bool {
    let is_smtp = ["smtp", "smtps"].contains(&url.scheme());
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let has_more = !["", "/"].contains(&url.path()) || url.fragment().is_some();
    let has_both = url.username().is_empty() == url.password().is_none();
    let is_known = match url.query() {
        None => true,
        Some(_) => tls(url).is_some(),
    };
    is_smtp && has_host && has_both && is_known && !has_more
}

/// What the query says of encryption, if it says that and nothing else.
fn tls(url: &Url) -> Option<&'static str> {
    let words = ["none", "opportunistic", "required"];
    let query = url.query()?.strip_prefix("tls=")?;
    words.into_iter().find(|word| *word == query)
}

/// `opportunistic` is not: whoever is in between can say that there is no encryption.
fn is_encrypted(url: &Url) -> bool {
    url.scheme() == "smtps" || tls(url) == Some("required")
}
