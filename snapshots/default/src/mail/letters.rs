//! The letters, each a few sentences from `texts` in the frame of `templates/letters/`.

use crate::{accounts::secret::Secret, app::App, texts::letters as texts};

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
        button: button(
            app,
            texts::CONFIRM_BUTTON,
            &format!("/users/confirm/{}", secret.reveal()),
        ),
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
        button: button(
            app,
            texts::RESET_BUTTON,
            &format!("/users/reset-password/{}", secret.reveal()),
        ),
        after: vec![texts::RESET_AFTER.to_owned()],
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

fn button(app: &App, label: &'static str, path: &str) -> Option<Button> {
    let link = app.config.link(path);
    Some(Button { label, link })
}
