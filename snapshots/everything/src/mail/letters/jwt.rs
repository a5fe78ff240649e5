//! The letter about an app that was logged out.

use super::{Letter, button};
use crate::{app::App, texts::jwt as texts};

pub fn stolen(app: &App) -> Letter {
    Letter {
        subject: texts::STOLEN_SUBJECT.to_owned(),
        paragraphs: vec![texts::STOLEN.to_owned()],
        button: button(app, texts::STOLEN_BUTTON, "/users/reset-password"),
        ..Letter::default()
    }
}
