//! Writes a letter and sends it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::{
    accounts::{
        audit, backup_code, deletion,
        email::Email,
        registration::{
            code,
            pending::{self, PendingRegistration},
        },
        secret::Secret,
        token::{self, Purpose, Token},
        user::{self, User},
    },
    app::App,
    id::Id,
    mail::letters::{self, Letter},
};

/// Tries that take six minutes in all, for a link that somebody waits for. (The wait after the nth one is n⁴ seconds.)
const ATTEMPTS_FOR_LINKS: i32 = 5;

/// Sixteen tries take two days: what has happened to an account, and how to object, its owner has to learn also when their
/// mail server was away. A link that has expired meanwhile is not sent.
#[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
#[river(kind = "send_letter", queue = "mailers", max_attempts = 16)]
pub struct SendLetter {
    which: Which,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    ForToken {
        token_id: Id,
    },
    WithCode {
        registration_id: Id,
    },
    ForRegistration {
        registration_id: Id,
        purpose: Purpose,
    },
    About {
        what: News,
        user_id: Id,
    },
    LogIn {
        user_id: Id,
        event_id: Id,
    },
}

/// What has happened to somebody's account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    PasswordChanged,
    SessionStolen,
    /// Five wrong passwords in a running session.
    PasswordGuessed,
    SecondFactorOn,
    SecondFactorOff,
    /// One was added, replaced or removed, and another is left.
    SecondFactorChanged,
    /// Five wrong codes or signatures after a right first proof.
    SecondFactorFailed,
    BackupCodeUsed,
    BackupCodesRegenerated,
    DeletionScheduled,
    DeletionCancelled,
    Deleted,
    PasskeyAdded,
    PasskeyRemoved,
}

impl SendLetter {
    /// The letter that a token was asked for with. Nothing is sent when the token is gone, or never was.
    pub fn for_token(token_id: Id) -> Self {
        let which = Which::ForToken { token_id };
        Self { which }
    }

    /// A letter to confirm a registration, with a code for the browser that has registered.
    pub fn with_code(registration_id: Id) -> Self {
        let which = Which::WithCode { registration_id };
        Self { which }
    }

    /// A letter with a link for whoever has registered, asked for elsewhere: it confirms, and does what the purpose says.
    pub fn for_registration(registration_id: Id, purpose: Purpose) -> Self {
        let which = Which::ForRegistration {
            registration_id,
            purpose,
        };
        Self { which }
    }

    pub fn about(what: News, user_id: Id) -> Self {
        let which = Which::About { what, user_id };
        Self { which }
    }

    /// That somebody has logged in, as the audit row tells it.
    pub fn log_in(user_id: Id, event_id: Id) -> Self {
        let which = Which::LogIn { user_id, event_id };
        Self { which }
    }
}

impl Run for SendLetter {
    fn max_attempts(&self) -> Option<i32> {
        match self.which {
            // These links live from when their letter is written, which is to be soon after somebody has asked.
            Which::ForRegistration {
                purpose: Purpose::LogIn | Purpose::ResetPassword,
                ..
            } => Some(ATTEMPTS_FOR_LINKS),
            _ => None,
        }
    }

    async fn run(self, app: &App, id: i64) -> anyhow::Result<()> {
        let message_id = message_id(app, &self, id)?;
        let written = match self.which {
            Which::ForToken { token_id } => for_token(app, token_id).await?,
            Which::WithCode { registration_id } => with_code(app, registration_id).await?,
            Which::ForRegistration {
                registration_id,
                purpose,
            } => for_registration(app, registration_id, purpose).await?,
            Which::About { what, user_id } => about(app, what, user_id).await?,
            Which::LogIn { user_id, event_id } => log_in(app, user_id, event_id).await?,
        };
        match written {
            Some((to, letter)) => app.mailer.send(&to, letter, &message_id).await,
            None => Ok(()),
        }
    }
}

/// The same for a job that runs twice. It tells nobody how many letters there were, and is different where the same numbers
/// come again: in another environment, and after a backup was put back.
fn message_id(app: &App, job: &SendLetter, id: i64) -> anyhow::Result<String> {
    let message = format!("{id} {}", serde_json::to_string(job)?);
    let signature = app.config.keys.sign("message-id", message.as_bytes())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(&signature[..16]))
}

type Written = Option<(Email, Letter)>;

async fn about(app: &App, what: News, user_id: Id) -> anyhow::Result<Written> {
    if let News::Deleted = what {
        let email = deletion::last_address(&app.db, user_id).await?;
        return Ok(email.map(|email| (email, letters::deleted())));
    }
    let Some(user) = confirmed(app, user_id).await? else {
        return Ok(None);
    };
    let letter = match (what, user.deletion_at) {
        (News::PasswordChanged, _) => letters::password_changed(app),
        (News::SessionStolen, _) => letters::session_stolen(app),
        (News::PasswordGuessed, _) => letters::password_guessed(app),
        (News::SecondFactorOn, _) => {
            let left = backup_code::count(&app.db, user.id).await?;
            letters::second_factor::on(app, left > 0)
        }
        (News::SecondFactorOff, _) => letters::second_factor::off(app),
        (News::SecondFactorChanged, _) => letters::second_factor::changed(app),
        (News::SecondFactorFailed, _) => letters::second_factor::failed(app),
        (News::BackupCodeUsed, _) => {
            let left = backup_code::count(&app.db, user.id).await?;
            letters::second_factor::backup_code_used(app, left)
        }
        (News::BackupCodesRegenerated, _) => letters::second_factor::backup_codes(app),
        (News::DeletionScheduled, Some(day)) => letters::deletion_scheduled(app, day)?,
        (News::DeletionCancelled, None) => letters::deletion_cancelled(app),
        (News::PasskeyAdded, _) => letters::passkeys::added(app),
        (News::PasskeyRemoved, _) => letters::passkeys::removed(app),
        // Taken back, or asked for again, before this was written.
        (News::DeletionScheduled | News::DeletionCancelled | News::Deleted, _) => return Ok(None),
    };
    let letter = match what {
        News::PasswordChanged | News::SecondFactorOn => {
            letters::passkeys::naming(app, user_id, letter).await?
        }
        _ => letter,
    };
    Ok(Some((user.email, letter)))
}

/// A user who has proved that the email is theirs. Who has only registered somebody else's must not fill that mailbox with what
/// happens to the account: besides emails to confirm, log in and choose a password, within their budgets, nothing is sent there.
async fn confirmed(app: &App, user_id: Id) -> sqlx::Result<Option<User>> {
    let user = user::by_id(&app.db, user_id).await?;
    Ok(user.filter(|user| user.confirmed_at.is_some()))
}

async fn log_in(app: &App, user_id: Id, event_id: Id) -> anyhow::Result<Written> {
    let user = confirmed(app, user_id).await?;
    let event = audit::by_id(&app.db, event_id).await?;
    let Some((user, event)) = user.zip(event) else {
        return Ok(None);
    };
    Ok(Some((user.email, letters::log_in(app, &event)?)))
}

async fn for_token(app: &App, id: Id) -> anyhow::Result<Written> {
    let Some(token) = token::by_id(&app.db, id, app.now()).await? else {
        return Ok(None);
    };
    let letter = match token.purpose {
        Purpose::Confirm => to_confirm_account(app, &token).await?,
        Purpose::LogIn => letters::log_in_link(app, &arm(app, &token).await?),
        Purpose::ResetPassword => to_set_password(app, &token).await?,
        Purpose::Unlock => letters::unlock(app, &arm(app, &token).await?),
        Purpose::ChangeEmail => to_change_email(app, &token).await?,
        Purpose::VetoEmail => to_veto(app, &token).await?,
    };
    Ok(Some((token.email, letter)))
}

async fn arm(app: &App, token: &Token) -> anyhow::Result<Secret> {
    token::arm(&app.db, token.id, app.now()).await
}

async fn to_confirm_account(app: &App, token: &Token) -> anyhow::Result<Letter> {
    let user = user::by_id(&app.db, token.user_id).await?;
    if user.is_some_and(|user| user.confirmed_at.is_some()) {
        return Ok(letters::already_registered(app));
    }
    Ok(letters::confirm(app, &arm(app, token).await?, None))
}

async fn with_code(app: &App, id: Id) -> anyhow::Result<Written> {
    let Some(pending) = unconfirmed(app, id).await? else {
        return already_registered(app, id).await;
    };
    // After too many wrong codes no other one works either.
    let (code, kept) = if pending.takes_codes() {
        Some(code::random(app, id)?).unzip()
    } else {
        (None, None)
    };
    let secret = pending::issue(&app.db, id, Purpose::Confirm, kept, app.now()).await?;
    Ok(Some((pending.email, letters::confirm(app, &secret, code))))
}

async fn for_registration(app: &App, id: Id, purpose: Purpose) -> anyhow::Result<Written> {
    let Some(pending) = unconfirmed(app, id).await? else {
        return Ok(None);
    };
    let secret = pending::issue(&app.db, id, purpose, None, app.now()).await?;
    let letter = match purpose {
        Purpose::LogIn => letters::log_in_link(app, &secret),
        Purpose::ResetPassword => letters::reset_password(app, &secret),
        _ => letters::confirm(app, &secret, None),
    };
    Ok(Some((pending.email, letter)))
}

/// A registration that can still be confirmed.
async fn unconfirmed(app: &App, id: Id) -> anyhow::Result<Option<PendingRegistration>> {
    let Some(pending) = pending::by_id(&app.db, id, app.now()).await? else {
        return Ok(None);
    };
    let owner = user::by_email(&app.db, Some(&pending.email)).await?;
    let is_taken = owner.is_some_and(|owner| owner.confirmed_at.is_some());
    Ok(Some(pending).filter(|_| !is_taken))
}

/// Whoever has registered an address that is already confirmed learns so in the letter, where only its owner reads it.
async fn already_registered(app: &App, id: Id) -> anyhow::Result<Written> {
    let pending = pending::by_id(&app.db, id, app.now()).await?;
    Ok(pending.map(|pending| (pending.email, letters::already_registered(app))))
}

/// Who has never had a password, and has never read a letter of ours, has an account because you made it.
async fn to_set_password(app: &App, token: &Token) -> anyhow::Result<Letter> {
    let user = user::by_id(&app.db, token.user_id).await?;
    let is_invited = user.is_some_and(|user| !user.has_password && user.confirmed_at.is_none());
    let secret = arm(app, token).await?;
    Ok(match is_invited {
        true => letters::invited(app, &secret),
        false => letters::reset_password(app, &secret),
    })
}

/// The same: that an address has an account already is for its owner only.
async fn to_change_email(app: &App, token: &Token) -> anyhow::Result<Letter> {
    let owner = user::by_email(&app.db, Some(&token.email)).await?;
    if owner.is_some_and(|owner| owner.confirmed_at.is_some()) {
        return Ok(letters::address_has_account(app));
    }
    Ok(letters::change_email(app, &arm(app, token).await?))
}

/// Before the change and after it.
async fn to_veto(app: &App, token: &Token) -> anyhow::Result<Letter> {
    let user = user::by_id(&app.db, token.user_id).await?;
    let is_done = user.is_some_and(|user| user.email != token.email);
    Ok(letters::veto_email(app, &arm(app, token).await?, is_done))
}
