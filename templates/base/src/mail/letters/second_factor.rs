//! The emails about the second factor.

use super::{Letter, button};
use crate::{
    app::App,
    texts::second_factor::{codes_left, letters as texts},
};

/// `has_backup_codes`: false for a user with security keys only, who makes them later.
pub fn on(app: &App, has_backup_codes: bool) -> Letter {
    let codes = match has_backup_codes {
        true => texts::KEEP_CODES,
        false => texts::MAKE_CODES,
    };
    let mut letter = warning(app, texts::ON_SUBJECT, &format!("{} {codes}", texts::ON));
    letter.paragraphs.push(texts::STAYS.to_owned());
    letter
}

pub fn off(app: &App) -> Letter {
    warning(app, texts::OFF_SUBJECT, texts::OFF)
}

pub fn changed(app: &App) -> Letter {
    warning(app, texts::CHANGED_SUBJECT, texts::CHANGED)
}

/// The first proof was right, and the second factor was wrong five times.
pub fn failed(app: &App) -> Letter {
    Letter {
        subject: texts::FAILED_SUBJECT.to_owned(),
        paragraphs: vec![texts::FAILED.to_owned()],
        button: button(app, texts::RESET, "/users/reset-password"),
        ..Letter::default()
    }
}

pub fn backup_code_used(app: &App, left: i64) -> Letter {
    Letter {
        subject: texts::USED_SUBJECT.to_owned(),
        paragraphs: vec![
            format!("{} {}", texts::USED, codes_left(left)),
            texts::NOT_YOU.to_owned(),
        ],
        button: button(app, texts::OPEN, "/users/settings/second-factor"),
        ..Letter::default()
    }
}

pub fn backup_codes(app: &App) -> Letter {
    warning(app, texts::CODES_SUBJECT, texts::CODES)
}

fn warning(app: &App, subject: &str, what: &str) -> Letter {
    Letter {
        subject: subject.to_owned(),
        paragraphs: vec![what.to_owned(), texts::NOT_YOU.to_owned()],
        button: button(app, texts::RESET, "/users/reset-password"),
        ..Letter::default()
    }
}
