//! The letter about a new API token.

use super::{Letter, button};
use crate::{app::App, texts::api_tokens as texts};

pub fn created(app: &App) -> Letter {
    Letter {
        subject: texts::CREATED_SUBJECT.to_owned(),
        paragraphs: vec![texts::CREATED.to_owned()],
        button: button(app, texts::CREATED_BUTTON, "/users/settings/api-tokens"),
        ..Letter::default()
    }
}
