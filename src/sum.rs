//! Checksums: how a file is recognised as the one that was written last time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What stands before the digits.
const PREFIX: &str = "sha256:";
/// How many bytes a checksum has.
const BYTES: usize = 32;

/// The SHA-256 checksum of a file's bytes. Its text is `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sum([u8; BYTES]);

impl Sum {
    /// Returns the checksum of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<Sum> for String {
    fn from(sum: Sum) -> Self {
        sum.to_string()
    }
}

impl TryFrom<String> for Sum {
    type Error = NoSum;

    fn try_from(text: String) -> Result<Self, NoSum> {
        text.parse()
    }
}

impl FromStr for Sum {
    type Err = NoSum;

    fn from_str(text: &str) -> Result<Self, NoSum> {
        let digits = text.strip_prefix(PREFIX).filter(|digits| is_hex(digits));
        let digits = digits.ok_or_else(|| NoSum(text.to_owned()))?;
        let mut bytes = [0; BYTES];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let pair = &digits[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoSum(text.to_owned()))?;
        }
        Ok(Self(bytes))
    }
}

fn is_hex(digits: &str) -> bool {
    digits.len() == 2 * BYTES && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// A text that is not a checksum.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSum(String);

impl fmt::Display for NoSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a checksum", self.0)
    }
}

impl std::error::Error for NoSum {}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn the_text_of_a_checksum_is_read_back() {
        let sum = Sum::of(b"a");
        let text = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        assert_eq!(sum.to_string(), text);
        assert_eq!(text.parse(), Ok(sum));
    }

    #[test]
    fn a_text_that_is_not_a_checksum_is_refused() {
        for text in ["", "sha256:", "sha256:00", &"é".repeat(36), &"0".repeat(71)] {
            assert!(text.parse::<Sum>().is_err(), "{text}");
        }
    }
}
