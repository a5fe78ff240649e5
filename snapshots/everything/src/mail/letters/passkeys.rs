//! The emails about passkeys.

use super::{Letter, button};
use crate::{accounts::passkey, app::App, id::Id, texts::passkeys as texts};

pub fn added(app: &App) -> Letter {
    Letter {
        subject: texts::ADDED_SUBJECT.to_owned(),
        paragraphs: vec![texts::ADDED.to_owned()],
        button: button(app, texts::SETTINGS_BUTTON, "/users/settings/passkeys"),
        ..Letter::default()
    }
}

pub fn removed(app: &App) -> Letter {
    Letter {
        subject: texts::REMOVED_SUBJECT.to_owned(),
        paragraphs: vec![texts::REMOVED.to_owned()],
        button: button(app, texts::SETTINGS_BUTTON, "/users/settings/passkeys"),
        ..Letter::default()
    }
}

/// Adds which passkeys still log in after a change of the password.
pub async fn naming(app: &App, user_id: Id, mut letter: Letter) -> anyhow::Result<Letter> {
    let all = passkey::list(&app.db, user_id).await?;
    let names = all.iter().filter(|one| one.kind == passkey::Kind::Login);
    let names: Vec<&str> = names.map(|one| one.name.as_str()).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        letter.after.push(format!("{} {names}.", texts::THAT_STAY));
    }
    Ok(letter)
}
