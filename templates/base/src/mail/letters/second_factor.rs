//! The emails about the second factor.

use super::{Letter, button};
use crate::{app::App, texts::second_factor::letters as texts};

pub fn on(app: &App) -> Letter {
    letter(app, texts::ON_SUBJECT, texts::ON)
}

pub fn off(app: &App) -> Letter {
    letter(app, texts::OFF_SUBJECT, texts::OFF)
}

pub fn changed(app: &App) -> Letter {
    letter(app, texts::CHANGED_SUBJECT, texts::CHANGED)
}

fn letter(app: &App, subject: &str, what: &str) -> Letter {
    Letter {
        subject: subject.to_owned(),
        paragraphs: vec![what.to_owned(), texts::NOT_YOU.to_owned()],
        button: button(app, texts::BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}
