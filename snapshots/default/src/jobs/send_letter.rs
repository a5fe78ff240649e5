//! Writes a letter and sends it.

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Run;
use crate::{
    accounts::{
        confirmation,
        email::Email,
        token::{self, Purpose, Token},
        user,
    },
    app::App,
    mail::letters::{self, Letter},
};

/// Five tries: after about ten minutes a letter comes too late to be of use.
#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(kind = "send_letter", queue = "mailers", max_attempts = 5)]
pub struct SendLetter {
    which: Which,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    ForToken { token_id: Uuid },
    PasswordChanged { user_id: Uuid },
    SessionStolen { user_id: Uuid },
}

impl SendLetter {
    /// The letter that a token was asked for with. Nothing is sent when the token is gone, or never was.
    pub fn for_token(token_id: Uuid) -> Self {
        let which = Which::ForToken { token_id };
        Self { which }
    }

    pub fn password_changed(user_id: Uuid) -> Self {
        let which = Which::PasswordChanged { user_id };
        Self { which }
    }

    pub fn session_stolen(user_id: Uuid) -> Self {
        let which = Which::SessionStolen { user_id };
        Self { which }
    }
}

impl Run for SendLetter {
    async fn run(self, app: &App, id: i64) -> anyhow::Result<()> {
        let written = match self.which {
            Which::ForToken { token_id } => for_token(app, token_id).await?,
            Which::PasswordChanged { user_id } => {
                notice(app, user_id, letters::password_changed).await?
            }
            Which::SessionStolen { user_id } => {
                notice(app, user_id, letters::session_stolen).await?
            }
        };
        match written {
            Some((to, letter)) => app.mailer.send(&to, letter, id).await,
            None => Ok(()),
        }
    }
}

async fn notice(
    app: &App,
    user_id: Uuid,
    letter: fn(&App) -> Letter,
) -> anyhow::Result<Option<(Email, Letter)>> {
    let user = user::by_id(&app.db, user_id).await?;
    Ok(user.map(|user| (user.email, letter(app))))
}

async fn for_token(app: &App, id: Uuid) -> anyhow::Result<Option<(Email, Letter)>> {
    let Some(token) = token::by_id(&app.db, id, app.now()).await? else {
        return Ok(None);
    };
    let letter = match token.purpose {
        Purpose::Confirm => to_confirm(app, &token).await?,
        Purpose::ResetPassword => {
            letters::reset_password(app, &token::arm(&app.db, id, None, app.now()).await?)
        }
    };
    Ok(Some((token.email, letter)))
}

/// Whoever has registered an address that is already confirmed learns so in the letter, where only its owner reads it.
async fn to_confirm(app: &App, token: &Token) -> anyhow::Result<Letter> {
    let user = user::by_id(&app.db, token.user_id).await?;
    if user.is_some_and(|user| user.confirmed_at.is_some()) {
        return Ok(letters::already_registered(app));
    }
    let (code, kept) = match token.browser_hash {
        Some(_) => Some(confirmation::new_code(app, token.id)?).unzip(),
        None => (None, None),
    };
    let secret = token::arm(&app.db, token.id, kept, app.now()).await?;
    Ok(letters::confirm(app, &secret, code))
}
