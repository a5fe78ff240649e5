//! `JWT_SECRET_KEY`: signs access tokens with one shared secret (HS256).

use secrecy::SecretString;

use super::reader::{Reader, is_weak};

/// As many bytes as the hash has (RFC 7518, section 3.2).
const SHORTEST: usize = 32;

impl Reader<'_> {
    pub fn jwt_secret_key(&mut self) -> Option<SecretString> {
        let key = self.text("JWT_SECRET_KEY")?;
        if key.len() < SHORTEST || self.production && is_weak(&key) {
            self.problem(
                "JWT_SECRET_KEY",
                "must be 64 random characters or more, or be left out: `cargo sigra secret` prints some",
            );
        }
        if self.text("SECRET_KEY_BASE").as_ref() == Some(&key) {
            self.problem("JWT_SECRET_KEY", "must be another key than SECRET_KEY_BASE");
        }
        Some(key.into())
    }
}
