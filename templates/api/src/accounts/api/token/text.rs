//! What a token looks like: `shop_live_` or `shop_test_`, 43 letters and digits for 256 random bits, and 6 for a checksum.
//!
//! The start says whose token was found in some public place, and the checksum that it is none that somebody has made up or
//! mistyped: scanners for leaked secrets and [`Text::parse`] know that without asking the database.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::{
    accounts::secret::Secret,
    config::{Config, Environment},
};

const LIVE: &str = concat!(env!("CARGO_PKG_NAME"), "_live_");
const TEST: &str = concat!(env!("CARGO_PKG_NAME"), "_test_");

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// As many digits as 256 bits take.
const LENGTH: usize = 43;
/// As many digits as 32 bits take.
const CHECKSUM_LENGTH: usize = 6;

/// A token as its owner has it. Never stored: the database learns [`Text::hash`].
pub struct Text(SecretString);

impl Text {
    /// Always the same token for the same secret.
    pub fn of(config: &Config, secret: &Secret) -> Self {
        let bytes = secret.mac(b"api token");
        let start = format!("{}{}", prefix(config), base62::<LENGTH>(&bytes));
        let checksum = checksum(&start);
        Self(format!("{start}{checksum}").into())
    }

    /// None for whatever cannot be a token of ours.
    pub fn parse(config: &Config, text: &str) -> Option<Self> {
        let body = text.strip_prefix(prefix(config))?;
        let is_ours = body.len() == LENGTH + CHECKSUM_LENGTH
            && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (start, end) = text.split_at_checked(text.len().checked_sub(CHECKSUM_LENGTH)?)?;
        (is_ours && checksum(start) == end).then(|| Self(text.into()))
    }

    /// The only way out, for its owner's eyes, once.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// SHA-256 is enough: 256 random bits cannot be guessed, however fast the hash.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.reveal()).to_vec()
    }

    /// What its owner knows it by afterwards. It is a part of the checksum, so it gives nothing away.
    pub fn last_four(&self) -> &str {
        let text = self.reveal();
        &text[text.len() - 4..]
    }
}

/// What every token of this program starts with. One of a developer's machine is none in production.
pub fn prefix(config: &Config) -> &'static str {
    match config.environment {
        Environment::Production => LIVE,
        Environment::Development => TEST,
    }
}

fn checksum(start: &str) -> String {
    base62::<CHECKSUM_LENGTH>(&Sha256::digest(start)[..4])
}

/// The digits of a number, by long division.
fn base62<const DIGITS: usize>(number: &[u8]) -> String {
    let mut number = number.to_vec();
    let mut digits = [ALPHABET[0]; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            let part = rest << 8 | usize::from(*byte);
            *byte = (part / ALPHABET.len()) as u8;
            rest = part % ALPHABET.len();
        }
        *digit = ALPHABET[rest];
    }
    digits.iter().copied().map(char::from).collect()
}
