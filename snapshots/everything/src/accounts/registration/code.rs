//! The code of an email: eight characters that do the same as its link, in the browser that registered, for a short while.

use time::{Duration, OffsetDateTime};
use unicode_normalization::UnicodeNormalization;

use crate::{app::App, id::Id};

/// Five tries find one of 2^40 codes once in 220,000,000,000 times.
pub const MOST_TRIES: i32 = 5;
pub const LIFETIME: Duration = Duration::minutes(10);

/// Crockford's base 32: five bits each, and no two that look alike.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;
/// The zeros of other scripts that keyboards type; the nine that follow each are its other digits.
const ZEROS: [char; 12] = ['٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '๐'];
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
    // 256 is a multiple of 32, so each character is as likely as the others.
    let character = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let code: String = bytes.iter().map(character).collect();
    let kept = Kept {
        hash: app
            .config
            .keys
            .sign(PURPOSE, &message(registration, &code))?,
        expires_at: app.now() + LIFETIME,
    };
    let (first, last) = code.split_at(LENGTH / 2);
    Ok((format!("{first}-{last}"), kept))
}

/// Returns what a typed code may be kept as: signed with the current secret, and with the old one.
pub fn hashes(app: &App, registration: Id, typed: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let message = message(registration, &normalised(typed));
    app.config.keys.signatures(PURPOSE, &message)
}

/// Forgives case, letters that look like digits, digits of other scripts, and everything that is no letter or digit: spaces,
/// hyphens, and what is copied along unseen.
fn normalised(typed: &str) -> String {
    let characters = typed.nfkc().filter(|c| c.is_alphanumeric()).map(latin);
    let characters = characters.flat_map(char::to_uppercase);
    let alike = characters.map(|c| match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    // One more than a code has: what is too long is none.
    alike.take(LENGTH + 1).collect()
}

/// The ASCII digit for one of another script. Full-width ones are normalised already (NFKC).
fn latin(c: char) -> char {
    let values = ZEROS
        .iter()
        .map(|zero| u32::from(c).wrapping_sub(u32::from(*zero)));
    let mut digits = values.filter_map(|value| char::from_digit(value, 10));
    digits.next().unwrap_or(c)
}

fn message(registration: Id, code: &str) -> Vec<u8> {
    format!("{registration} {code}").into_bytes()
}
