//! Details of an audit event. The log is read by many and kept for long, so no secret may get into it.

use anyhow::ensure;
use serde_json::{Map, Value};

/// In bytes, as JSON.
const MAX_BYTES: usize = 8 * 1024;

/// What a name contains that means a secret: `accessToken`, `access-token` and `ACCESSTOKEN` alike.
const SECRET_PARTS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "cookie",
    "authorization",
    "credential",
    "apikey",
    "privatekey",
];
/// The same for words that are harmless as a part of another.
const SECRET_WORDS: [&str; 14] = [
    "pass", "pwd", "code", "codes", "otp", "totp", "pin", "key", "keys", "jwt", "bearer", "hash",
    "seed", "session",
];
/// Names that end like this tell which one or how many, not what it is.
const HARMLESS_ENDS: [&str; 3] = ["id", "ids", "count"];

#[derive(Default)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    pub fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Returns what is stored, or `None` if there are no details.
    ///
    /// # Errors
    /// Fails when a name, at any depth, is that of a secret, or when all of it is longer than [`MAX_BYTES`].
    pub fn checked(self) -> anyhow::Result<Option<Value>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let value = Value::Object(self.0);
        if let Some(name) = secret_in(&value) {
            anyhow::bail!("audit metadata: `{name}` is the name of a secret; leave it out");
        }
        let bytes = serde_json::to_vec(&value)?.len();
        ensure!(
            bytes <= MAX_BYTES,
            "audit metadata: {bytes} bytes, and {MAX_BYTES} are the most"
        );
        Ok(Some(value))
    }
}

/// The first name of a secret in there.
fn secret_in(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if names_a_secret(name) {
                Some(name.as_str())
            } else {
                secret_in(value)
            }
        }),
        Value::Array(values) => values.iter().find_map(secret_in),
        _ => None,
    }
}

fn names_a_secret(name: &str) -> bool {
    let words = words(name);
    if words
        .last()
        .is_some_and(|end| HARMLESS_ENDS.contains(&end.as_str()))
    {
        return false;
    }
    let joined = words.concat();
    SECRET_PARTS.iter().any(|part| joined.contains(part))
        || words
            .iter()
            .any(|word| SECRET_WORDS.contains(&word.as_str()))
}

/// The words of `accessToken`, `access_token` or `Access-Token`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
