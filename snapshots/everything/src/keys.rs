//! Keys for signing. One secret is set; each purpose gets a key of its own, derived from it (HKDF, RFC 5869).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Signs with the newest secret, accepts the one before it too, so that a secret can be changed while people are busy.
pub struct Keys {
    newest_first: Vec<SecretString>,
    salt: SecretString,
}

impl Keys {
    pub fn new(current: SecretString, old: Option<SecretString>, salt: SecretString) -> Self {
        let newest_first = std::iter::once(current).chain(old).collect();
        Self { newest_first, salt }
    }

    /// HMAC-SHA-256 of a message, for one purpose.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        sign(&self.newest_first[0], &self.salt, purpose, message)
    }

    /// What [`Keys::sign`] may have given: with the current secret first, then with the old one.
    pub fn signatures(&self, purpose: &str, message: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
        let sign = |secret| sign(secret, &self.salt, purpose, message);
        self.newest_first.iter().map(sign).collect()
    }
}

fn sign(
    secret: &SecretString,
    salt: &SecretString,
    purpose: &str,
    message: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(
        Some(salt.expose_secret().as_bytes()),
        secret.expose_secret().as_bytes(),
    )
    .expand(purpose.as_bytes(), &mut key)
    .map_err(|_| anyhow::anyhow!("a derived key is at most 8160 bytes long"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}
