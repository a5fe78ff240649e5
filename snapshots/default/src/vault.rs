//! Encryption at rest: secrets that have to be read again, such as private keys, are sealed before they are stored
//! (XChaCha20-Poly1305). A copy of the database alone opens nothing.
//!
//! What is sealed is bound to its table, column and row, and opens nowhere else. In front of it stands the id of its key, so
//! that keys can change while people are busy: put a new one first in `ENCRYPTION_KEYS`, restart, run the command
//! `rotate-keys`, then leave the old one out. A column whose name contains `sealed` is left out of what people export.

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use sha2::{Digest, Sha256};

use crate::id::Id;

/// What tells keys apart: the start of a hash of the key.
pub type KeyId = [u8; KEY_ID_LENGTH];

const KEY_ID_LENGTH: usize = 8;
const NONCE_LENGTH: usize = 24;

/// 256 bits, base64 in `ENCRYPTION_KEYS`.
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let key: [u8; 32] = bytes.try_into().ok()?;
        Some(Self(SecretBox::new(Box::new(key))))
    }

    fn id(&self) -> KeyId {
        let hash = Sha256::new()
            .chain_update(b"id of a key of the vault")
            .chain_update(self.0.expose_secret())
            .finalize();
        std::array::from_fn(|at| hash[at])
    }
}

/// A column in which everything is sealed. The rows of its table are known by a column `id`.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub table: &'static str,
    pub name: &'static str,
}

impl Column {
    /// What a sealed value is bound to.
    fn place(self, row: Id) -> String {
        format!("{}.{}:{row}", self.table, self.name)
    }
}

/// Seals with the first key, opens with any.
pub struct Vault {
    keys: Vec<(KeyId, XChaCha20Poly1305)>,
}

impl Vault {
    pub fn new(keys: &[Key]) -> Self {
        let cipher = |key: &Key| XChaCha20Poly1305::new(key.0.expose_secret().into());
        Self {
            keys: keys.iter().map(|key| (key.id(), cipher(key))).collect(),
        }
    }

    fn current(&self) -> anyhow::Result<&(KeyId, XChaCha20Poly1305)> {
        self.keys.first().context("ENCRYPTION_KEYS holds no key")
    }

    /// The key that seals.
    pub fn current_id(&self) -> anyhow::Result<KeyId> {
        Ok(self.current()?.0)
    }

    /// Seals a secret for its place: the id of the key, a random nonce, and what XChaCha20-Poly1305 makes of it.
    pub fn seal(&self, column: Column, row: Id, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (id, cipher) = self.current()?;
        // Of 192 bits, random nonces do not meet, however many are drawn.
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce)?;
        let place = column.place(row);
        let payload = Payload {
            msg: secret,
            aad: place.as_bytes(),
        };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| anyhow::anyhow!("{place} is too long to be sealed"))?;
        Ok([&id[..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// When its key is none of ours, or when it was sealed for another place, or changed.
    pub fn open(&self, column: Column, row: Id, sealed: &[u8]) -> anyhow::Result<SecretSlice<u8>> {
        let place = column.place(row);
        let (id, rest) = sealed
            .split_first_chunk::<KEY_ID_LENGTH>()
            .with_context(|| format!("{place} is not sealed"))?;
        let (nonce, message) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .with_context(|| format!("{place} is not sealed"))?;
        let (_, cipher) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .with_context(|| format!("{place}: its key is not in ENCRYPTION_KEYS"))?;
        let payload = Payload {
            msg: message,
            aad: place.as_bytes(),
        };
        let opened = cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| anyhow::anyhow!("{place} was sealed for another place, or changed"))?;
        Ok(opened.into())
    }
}
