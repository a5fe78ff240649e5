//! What is kept about users: what becomes of it when an account is erased, and what they get when they export it.

use super::audit;
use crate::{
    db::{Tx, schema},
    id::Id,
};
use Erasure::{Anonymised, Deleted};

/// What happens to the rows of a table when the account they belong to is erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Erasure {
    /// Every row with the user's id in `user_id` is deleted.
    Deleted,
    /// The rows stay, without anything about a person: see [`anonymise`].
    Anonymised,
}

/// Every table with a column `user_id`, in the order in which they are erased. A test wants a line here for each of yours: say
/// `Deleted`, or `Anonymised` and do that in [`anonymise`]. What has to be kept has no `user_id`.
pub const TABLES: &[(&str, Erasure)] = &[
    ("audit_events", Anonymised),
    ("backup_codes", Deleted),
    ("devices", Deleted),
    ("lockouts", Deleted),
    //% if passkeys_tables
    ("passkey_challenges", Deleted),
    ("passkeys", Deleted),
    //% endif
    ("registrations", Deleted),
    ("repeats", Deleted),
    ("sessions", Deleted),
    ("tokens", Deleted),
    ("totp_secrets", Deleted),
    ("trusted_browsers", Deleted),
    //% if api_tables
    ("api_tokens", Deleted),
    //% endif
    //% if jwt_tables
    ("jwt_families", Deleted),
    //% endif
];

/// Erases what is known of a user, as [`TABLES`] says.
pub async fn erase(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    for (table, erasure) in TABLES {
        match erasure {
            Deleted => schema::delete_rows(tx, table, "user_id", user_id).await?,
            Anonymised => (),
        }
    }
    anonymise(tx, user_id).await
}

/// Takes everything about a person out of rows that stay.
async fn anonymise(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    audit::forget_where(tx, user_id).await
}

/// Words in the names of columns whose values prove something. They are of no use to their owner, only to a thief.
const SECRETS: &[&str] = &[
    "apikey",
    "cipher",
    "credential",
    "cvv",
    "digest",
    "encrypted",
    "hash",
    "key",
    "nonce",
    "otp",
    "passcode",
    "passphrase",
    "password",
    "pin",
    "private",
    "salt",
    "sealed",
    "secret",
    "seed",
    "signature",
    "token",
    "totp",
];

/// Returns whether a column is left out of the export: one of the words of its name is secret. `access_token`, `apiKey` and
/// `token_hashes` are, `hashtags` and `monkey` are not.
pub fn is_secret(column: &str) -> bool {
    words(column).iter().any(|word| {
        let word = word
            .strip_suffix("es")
            .filter(|word| word.ends_with("sh"))
            .unwrap_or(word);
        SECRETS.contains(&word) || SECRETS.contains(&word.trim_end_matches('s'))
    })
}

/// `access_token`, `access-token` and `accessToken` have the same two words.
fn words(column: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in column.chars() {
        if !c.is_alphabetic() || c.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}
