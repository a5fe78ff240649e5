//! The letters, each a few sentences from `texts` in the frame of `templates/letters/`.

pub mod api_tokens;
pub mod jwt;

pub mod passkeys;
pub mod second_factor;

use time::OffsetDateTime;

use crate::{
    accounts::{audit::Event, client, secret::Secret},
    app::App,
    texts::{self as words, letters as texts},
};

/// What a letter says. The frame makes HTML and plain text of it.
#[derive(Default)]
pub struct Letter {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Shown large, to be typed.
    pub code: Option<String>,
    pub button: Option<Button>,
    /// Small print below.
    pub after: Vec<String>,
}

pub struct Button {
    pub label: &'static str,
    pub link: String,
}

pub fn confirm(app: &App, secret: &Secret, code: Option<String>) -> Letter {
    let first = match code {
        Some(_) => texts::CONFIRM_WITH_CODE,
        None => texts::CONFIRM,
    };
    Letter {
        subject: texts::CONFIRM_SUBJECT.to_owned(),
        paragraphs: vec![first.to_owned()],
        code,
        button: secret_button(app, texts::CONFIRM_BUTTON, "/users/confirm", secret),
        after: vec![texts::CONFIRM_AFTER.to_owned()],
    }
}

pub fn already_registered(app: &App) -> Letter {
    Letter {
        subject: texts::ALREADY_SUBJECT.to_owned(),
        paragraphs: vec![texts::ALREADY.to_owned()],
        button: button(app, texts::ALREADY_BUTTON, "/users/log-in"),
        after: vec![texts::ALREADY_AFTER.to_owned()],
        ..Letter::default()
    }
}

pub fn reset_password(app: &App, secret: &Secret) -> Letter {
    Letter {
        subject: texts::RESET_SUBJECT.to_owned(),
        paragraphs: vec![texts::RESET.to_owned()],
        button: secret_button(app, texts::RESET_BUTTON, "/users/reset-password", secret),
        after: vec![texts::RESET_AFTER.to_owned()],
        ..Letter::default()
    }
}

/// For somebody whose account you have made.
pub fn invited(app: &App, secret: &Secret) -> Letter {
    Letter {
        subject: texts::INVITED_SUBJECT.to_owned(),
        paragraphs: vec![texts::INVITED.to_owned()],
        button: secret_button(app, texts::INVITED_BUTTON, "/users/reset-password", secret),
        after: vec![texts::INVITED_AFTER.to_owned()],
        ..Letter::default()
    }
}

pub fn password_changed(app: &App) -> Letter {
    Letter {
        subject: texts::CHANGED_SUBJECT.to_owned(),
        paragraphs: vec![texts::CHANGED.to_owned()],
        button: button(app, texts::CHANGED_BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}

pub fn session_stolen(app: &App) -> Letter {
    Letter {
        subject: texts::STOLEN_SUBJECT.to_owned(),
        paragraphs: vec![texts::STOLEN.to_owned()],
        button: button(app, texts::STOLEN_BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}

/// A session in which wrong passwords were typed has ended.
pub fn password_guessed(app: &App) -> Letter {
    Letter {
        subject: texts::GUESSED_SUBJECT.to_owned(),
        paragraphs: vec![texts::GUESSED.to_owned()],
        button: button(app, texts::GUESSED_BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}

pub fn log_in_link(app: &App, secret: &Secret) -> Letter {
    Letter {
        subject: texts::LINK_SUBJECT.to_owned(),
        paragraphs: vec![texts::LINK.to_owned()],
        button: secret_button(app, texts::LINK_BUTTON, "/users/log-in/link", secret),
        after: vec![texts::LINK_AFTER.to_owned()],
        ..Letter::default()
    }
}

/// Somebody has logged in: where, when and with what.
pub fn log_in(app: &App, event: &Event) -> anyhow::Result<Letter> {
    let (device, at) = (
        client::device(&event.agent),
        words::time(event.inserted_at)?,
    );
    Ok(Letter {
        subject: texts::NEW_LOG_IN_SUBJECT.to_owned(),
        paragraphs: vec![
            texts::NEW_LOG_IN.to_owned(),
            format!("{device}\n{}\n{at}", event.address),
            texts::NEW_LOG_IN_HELP.to_owned(),
        ],
        button: button(app, texts::NEW_LOG_IN_BUTTON, "/users/reset-password"),
        ..Letter::default()
    })
}

pub fn unlock(app: &App, secret: &Secret) -> Letter {
    Letter {
        subject: texts::UNLOCK_SUBJECT.to_owned(),
        paragraphs: vec![texts::UNLOCK.to_owned()],
        button: secret_button(app, texts::UNLOCK_BUTTON, "/users/unlock", secret),
        after: vec![texts::UNLOCK_AFTER.to_owned()],
        ..Letter::default()
    }
}

/// To the new address.
pub fn change_email(app: &App, secret: &Secret) -> Letter {
    Letter {
        subject: texts::CHANGE_EMAIL_SUBJECT.to_owned(),
        paragraphs: vec![texts::CHANGE_EMAIL.to_owned()],
        button: secret_button(
            app,
            texts::CHANGE_EMAIL_BUTTON,
            "/users/settings/email",
            secret,
        ),
        after: vec![texts::CHANGE_EMAIL_AFTER.to_owned()],
        ..Letter::default()
    }
}

/// To an address that somebody wants for their account and that has one.
pub fn address_has_account(app: &App) -> Letter {
    Letter {
        subject: texts::ALREADY_SUBJECT.to_owned(),
        paragraphs: vec![texts::ALREADY_WANTED.to_owned()],
        button: button(app, texts::ALREADY_BUTTON, "/users/log-in"),
        ..Letter::default()
    }
}

/// To the old address.
pub fn veto_email(app: &App, secret: &Secret, is_done: bool) -> Letter {
    let (subject, paragraph) = match is_done {
        true => (texts::EMAIL_CHANGED_SUBJECT, texts::EMAIL_CHANGED),
        false => (texts::EMAIL_CHANGING_SUBJECT, texts::EMAIL_CHANGING),
    };
    Letter {
        subject: subject.to_owned(),
        paragraphs: vec![paragraph.to_owned(), texts::VETO.to_owned()],
        button: secret_button(app, texts::VETO_BUTTON, "/users/email-veto", secret),
        ..Letter::default()
    }
}

pub fn deletion_scheduled(app: &App, day: OffsetDateTime) -> anyhow::Result<Letter> {
    Ok(Letter {
        subject: texts::DELETION_SUBJECT.to_owned(),
        paragraphs: vec![
            format!("{} {}.", texts::DELETION, words::day(day)?),
            texts::DELETION_HELP.to_owned(),
        ],
        button: button(app, texts::DELETION_BUTTON, "/users/log-in"),
        ..Letter::default()
    })
}

pub fn deletion_cancelled(app: &App) -> Letter {
    Letter {
        subject: texts::DELETION_CANCELLED_SUBJECT.to_owned(),
        paragraphs: vec![texts::DELETION_CANCELLED.to_owned()],
        button: button(app, texts::CHANGED_BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}

pub fn deleted() -> Letter {
    Letter {
        subject: texts::DELETED_SUBJECT.to_owned(),
        paragraphs: vec![texts::DELETED.to_owned()],
        ..Letter::default()
    }
}

/// A button whose link is good for one thing, once.
fn secret_button(app: &App, label: &'static str, path: &str, secret: &Secret) -> Option<Button> {
    button(app, label, &format!("{path}/{}", secret.reveal()))
}

pub fn button(app: &App, label: &'static str, path: &str) -> Option<Button> {
    let link = app.config.link(path);
    Some(Button { label, link })
}
