//! 256 random bits that prove something: a session, a letter that was read, a browser.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Never printed, never stored: the database only learns its hash, so a stolen copy of it opens nothing.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Drawn from the operating system.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Takes 256 bits that were derived from other secrets.
    pub fn derived(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The text for a cookie or a link. The only way out.
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256 is enough: 256 random bits cannot be guessed, however fast the hash.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    /// Returns the HMAC-SHA-256 of a message, with this secret as the key.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        // HMAC fills shorter keys up with zeros (RFC 2104, section 2).
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Hides another secret, so that only a holder of this one can read it: a one-time pad, so no two secrets may be hidden
    /// with the same message.
    pub fn hide(&self, message: &[u8], other: &Self) -> Vec<u8> {
        let pad = self.mac(message);
        pad.iter().zip(other.0).map(|(a, b)| a ^ b).collect()
    }

    /// Reads what was hidden with this secret and this message.
    pub fn reveal_hidden(&self, message: &[u8], hidden: &[u8]) -> Option<Self> {
        let hidden = Self(hidden.try_into().ok()?);
        let bytes = self.hide(message, &hidden);
        Some(Self(bytes.try_into().ok()?))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
