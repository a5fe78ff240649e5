//! Letters, and how they leave: by SMTP, or into the mailbox of a developer's machine.

pub mod letters;
pub mod mailbox;

use askama::Template;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::Envelope,
    message::{
        Mailbox as Sender, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
    transport::smtp::{self, extension::ClientId},
};
use secrecy::ExposeSecret;
use url::Host;

use crate::{accounts::email::Email, config::Config};
use letters::Letter;
use mailbox::Mailbox;

#[derive(Clone)]
pub struct Mailer {
    from: Sender,
    via: Via,
}

#[derive(Clone)]
enum Via {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Mailbox(Mailbox),
}

#[derive(Template)]
#[template(path = "letters/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letters/letter.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Letter,
}

impl Mailer {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let via = match &config.smtp_url {
            Some(url) => Via::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())?
                    .hello_name(hello_name(config))
                    .build(),
            ),
            None => Via::Mailbox(Mailbox::default()),
        };
        Ok(Self {
            from: config.mail_from.clone(),
            via,
        })
    }

    /// Sends a letter. One that is sent twice has the same `id`, so that it can be told to be one.
    ///
    /// # Errors
    /// [`NotSent`], which says nothing of whom the letter is for.
    pub async fn send(&self, to: &Email, letter: Letter, id: &str) -> anyhow::Result<()> {
        let (text, html) = (
            Text { letter: &letter }.render()?,
            Html { letter: &letter }.render()?,
        );
        // Not read off the headers, whose addresses lettre would refuse if they have vowel signs.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.address()])?;
        let message = Message::builder()
            .envelope(envelope)
            .from(self.from.clone())
            .to(Sender::new(None, to.address()))
            .subject(letter.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(
                text.clone(),
                html.clone(),
            ))?;
        match &self.via {
            Via::Smtp(server) => {
                server
                    .send(message)
                    .await
                    .map_err(|error| NotSent::new(&error, to))
                    .inspect_err(|why| tracing::error!(%why, "an email has not left"))?;
            }
            Via::Mailbox(mailbox) => mailbox.put(to, &message, text, html),
        }
        Ok(())
    }

    /// The mailbox, where there is one.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match &self.via {
            Via::Smtp(_) => None,
            Via::Mailbox(mailbox) => Some(mailbox),
        }
    }
}

/// Who we say we are (`EHLO`): the host of `APP_URL`. Servers refuse the name that a container has.
fn hello_name(config: &Config) -> ClientId {
    match config.url.host() {
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        None => ClientId::default(),
    }
}

/// Why a letter has not left. What the server said is left out: it repeats the address, and this is kept in `river_job.errors`.
#[derive(thiserror::Error, Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSent {
    #[error("the mail server takes no addresses with letters beyond ASCII (SMTPUTF8)")]
    NotAscii,
    #[error("the mail server refuses it for good ({0})")]
    Refused(u16),
    #[error("the mail server refuses it for now ({0})")]
    Later(u16),
    #[error("the mail server did not answer in time")]
    TooSlow,
    #[error("no encrypted connection to the mail server")]
    Tls,
    #[error("the mail server cannot be reached, or broke off")]
    Unreachable,
}

impl NotSent {
    fn new(error: &smtp::Error, to: &Email) -> Self {
        match error.status().map(u16::from) {
            Some(code) if error.is_permanent() => Self::Refused(code),
            Some(code) => Self::Later(code),
            None if error.is_timeout() => Self::TooSlow,
            None if error.is_tls() => Self::Tls,
            None if error.is_client() && !to.as_str().is_ascii() => Self::NotAscii,
            None => Self::Unreachable,
        }
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no out-of-office answer comes back.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
