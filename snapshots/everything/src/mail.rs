//! Letters, and how they leave: by SMTP, or into the mailbox of a developer's machine.

pub mod letters;
pub mod mailbox;

use askama::Template;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox as Sender, MultiPart},
};
use secrecy::ExposeSecret;

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
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())?.build(),
            ),
            None => Via::Mailbox(Mailbox::default()),
        };
        Ok(Self {
            from: config.mail_from.clone(),
            via,
        })
    }

    /// Sends a letter. The same job always gives the same Message-ID, so a letter that is sent twice can be told to be one.
    pub async fn send(&self, to: &Email, letter: Letter, job: i64) -> anyhow::Result<()> {
        let (text, html) = (
            Text { letter: &letter }.render()?,
            Html { letter: &letter }.render()?,
        );
        let message = Message::builder()
            .from(self.from.clone())
            .to(to.as_str().parse()?)
            .subject(letter.subject)
            .message_id(Some(format!("<letter-{job}@{}>", self.from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(
                text.clone(),
                html.clone(),
            ))?;
        match &self.via {
            Via::Smtp(server) => {
                server.send(message).await?;
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
