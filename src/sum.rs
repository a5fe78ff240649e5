//! Checksums: how a file is recognised as the one that was written last time.

use sha2::{Digest, Sha256};

/// `sha256:` and 64 hexadecimal digits, the form that the manifest stores.
#[must_use]
pub fn of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::from("sha256:"), |text, byte| {
        text + &format!("{byte:02x}")
    })
}
