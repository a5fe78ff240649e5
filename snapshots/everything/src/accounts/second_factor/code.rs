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
    db::Pool,
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

const TOTP_LENGTH: usize = 6;
/// After so many wrong codes in a row the user is told, in however many sessions they were typed.
const TOLD_EVERY: i32 = 5;
/// After so many, the password is in the wrong hands: see [`was_guessed_at`].
const MAX_FAILURES: i32 = 100;

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
    count(app, held, proof.is_some()).await?;
    Ok(proof)
}

/// Counts wrong codes in a row. It outlasts sessions and restarts, so that patience finds no code; a right code and a new
/// password end the row.
async fn count(app: &App, held: &mut Held, is_right: bool) -> anyhow::Result<()> {
    let user_id = held.user().id;
    let failures: i32 = sqlx::query_scalar(
        "update members
         set second_factor_failures = case when $2 then 0 else second_factor_failures + 1 end
         where id = $1 returning second_factor_failures",
    )
    .bind(user_id)
    .bind(is_right)
    .fetch_one(held.connection())
    .await?;
    if failures > 0 && failures % TOLD_EVERY == 0 {
        tell(app, held).await?;
    }
    Ok(())
}

/// Tells the user that somebody who knows their password guesses codes, at most once an hour.
pub async fn tell(app: &App, held: &mut Held) -> anyhow::Result<()> {
    let user_id = held.user().id;
    if app.limits.second_factor_email.allows(&user_id.to_string()) {
        let email = SendLetter::about(News::SecondFactorFailed, user_id);
        app.jobs.enqueue(held.tx(), email).await?;
    }
    Ok(())
}

/// Whether so many codes in a row were wrong that unknown browsers get few more.
pub async fn was_guessed_at(db: &Pool, user_id: Id) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select second_factor_failures >= $2
         from members where id = $1",
    )
    .bind(user_id)
    .bind(MAX_FAILURES)
    .fetch_one(db)
    .await
}
