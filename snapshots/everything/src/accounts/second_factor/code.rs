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

/// A code that is wrong, or was used already.
pub struct Wrong {
    /// How many were wrong in a row.
    failures: i32,
}

/// Consumes a code of the held user, and records it.
pub async fn consume(
    app: &App,
    held: &mut Held,
    code: &TypedCode,
    client: &Client,
) -> anyhow::Result<Result<Proof, Wrong>> {
    let proof = match code {
        TypedCode::Totp(code) => totp::consume(app, held, code).await?.then_some(Proof::Totp),
        TypedCode::Backup(hash) => backup_code::consume(held, hash)
            .await?
            .then_some(Proof::BackupCode),
        TypedCode::Other => None,
    };
    let event = NewEvent::new(Action::SecondFactorVerify, client).with("method", code.method());
    held.record(app, event.outcome(proof.is_some())).await?;
    let Some(proof) = proof else {
        let failures = count(held).await?;
        return Ok(Err(Wrong { failures }));
    };
    if proof == Proof::BackupCode {
        let email = SendLetter::about(News::BackupCodeUsed, held.user().id);
        app.jobs.enqueue(held.tx(), email).await?;
    }
    forgive(held).await?;
    Ok(Ok(proof))
}

/// Counts wrong codes in a row. It outlasts sessions, restarts and resets by email, so that patience finds no code.
async fn count(held: &mut Held) -> sqlx::Result<i32> {
    sqlx::query_scalar(
        "update members set second_factor_failures = second_factor_failures + 1
         where id = $1 returning second_factor_failures",
    )
    .bind(held.user().id)
    .fetch_one(held.connection())
    .await
}

/// Ends the row of wrong codes: the held user has given a factor, or has changed the password in a session.
pub async fn forgive(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query(
        "update members set second_factor_failures = 0
         where id = $1 and second_factor_failures > 0",
    )
    .bind(held.user().id)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Tells the user of every fifth wrong code in a row, in however many log-ins they were typed.
pub async fn warn(app: &App, held: &mut Held, wrong: &Wrong) -> anyhow::Result<()> {
    if wrong.failures % TOLD_EVERY == 0 {
        tell(app, held).await?;
    }
    Ok(())
}

/// Tells the user that their password is known and codes are being guessed, at most once an hour.
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
