//! The code of an email: eight characters that do the same as its link, in the browser that registered, for a short while.

use time::{Duration, OffsetDateTime};

use crate::{accounts::crockford, app::App, id::Id};

/// Five tries find one of 2^40 codes once in 220,000,000,000 times.
pub const MOST_TRIES: i32 = 5;
pub const LIFETIME: Duration = Duration::minutes(10);

const LENGTH: usize = 8;
const PURPOSE: &str = "confirmation code";

/// What the database keeps of a code: signed, because 2^40 codes are soon tried.
pub struct Kept {
    pub hash: Vec<u8>,
    pub expires_at: OffsetDateTime,
}

/// Returns a code for an email, as `4GQ7-K0ZM`, and what is kept of it. Only its own registration takes it.
pub fn random(app: &App, registration: Id) -> anyhow::Result<(String, Kept)> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes)?;
    let code = crockford::encode(&bytes);
    let kept = Kept {
        hash: app
            .config
            .keys
            .sign(PURPOSE, &message(registration, &code))?,
        expires_at: app.now() + LIFETIME,
    };
    Ok((crockford::in_halves(&code), kept))
}

/// Returns what a typed code may be kept as: signed with the current secret, and with the old one.
pub fn hashes(app: &App, registration: Id, typed: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let message = message(registration, &crockford::normalise(typed, LENGTH));
    app.config.keys.signatures(PURPOSE, &message)
}

fn message(registration: Id, code: &str) -> Vec<u8> {
    format!("{registration} {code}").into_bytes()
}
