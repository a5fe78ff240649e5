//! A code that a user types: of the authenticator app, or one of the backup codes. One field takes both.

use unicode_normalization::UnicodeNormalization;

use crate::{
    accounts::{
        audit::{Action, NewEvent},
        backup_code,
        client::Client,
        crockford,
        held::Held,
        proof::Proof,
        totp,
    },
    app::App,
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

const TOTP_LENGTH: usize = 6;

/// What was typed, ready to be consumed.
pub enum TypedCode {
    Totp(String),
    /// The hash.
    Backup(Vec<u8>),
    /// None of these.
    Other,
}

impl TypedCode {
    /// Reads a code, and hashes it if it may be a backup code: before anything is held.
    ///
    /// # Errors
    /// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
    pub async fn read(app: &App, user_id: Id, typed: &str) -> anyhow::Result<Self> {
        if let Some(code) = digits(typed) {
            return Ok(Self::Totp(code));
        }
        if !backup_code::is_one(typed) {
            return Ok(Self::Other);
        }
        let hash = backup_code::hash(app, user_id, typed).await?;
        Ok(hash.map_or(Self::Other, Self::Backup))
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Totp(_) => Proof::Totp.name(),
            Self::Backup(_) => Proof::BackupCode.name(),
            Self::Other => "unknown",
        }
    }
}

/// The digits of a code, whichever way they were written, with or without spaces.
pub fn digits(typed: &str) -> Option<String> {
    let typed = typed.nfkc().filter(|c| !c.is_whitespace() && *c != '-');
    let code: String = typed.map(crockford::latin).take(TOTP_LENGTH + 1).collect();
    let is_one = code.len() == TOTP_LENGTH && code.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then_some(code)
}

/// Consumes a code of the held user, and records it. `None`: it is wrong, or was used already.
pub async fn consume(
    app: &App,
    held: &mut Held,
    code: &TypedCode,
    client: &Client,
) -> anyhow::Result<Option<Proof>> {
    let proof = match code {
        TypedCode::Totp(code) => totp::consume(app, held, code).await?.then_some(Proof::Totp),
        TypedCode::Backup(hash) => backup_code::consume(held, hash)
            .await?
            .then_some(Proof::BackupCode),
        TypedCode::Other => None,
    };
    let event = NewEvent::new(Action::SecondFactorVerify, client).with("method", code.method());
    held.record(app, event.outcome(proof.is_some())).await?;
    if proof == Some(Proof::BackupCode) {
        let email = SendLetter::about(News::BackupCodeUsed, held.user().id);
        app.jobs.enqueue(held.tx(), email).await?;
    }
    Ok(proof)
}
