//! The mailbox of a developer's machine: letters are kept here instead of being sent, until the server stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lettre::Message;

use crate::accounts::email::Email;

#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Vec<Received>>>);

#[derive(Clone)]
pub struct Received {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// As an SMTP server would have got it.
    pub source: String,
}

impl Mailbox {
    pub fn put(&self, to: &Email, message: &Message, text: String, html: String) {
        let source = String::from_utf8_lossy(&message.formatted()).into_owned();
        let subject = message
            .headers()
            .get_raw("Subject")
            .unwrap_or_default()
            .to_owned();
        self.letters().push(Received {
            to: to.as_str().to_owned(),
            subject,
            text,
            html,
            source,
        });
    }

    /// All letters, the oldest first: a letter's place is its number.
    pub fn all(&self) -> Vec<Received> {
        self.letters().clone()
    }

    fn letters(&self) -> MutexGuard<'_, Vec<Received>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
