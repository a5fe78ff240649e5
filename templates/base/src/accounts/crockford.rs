//! Codes that people type: Crockford's base 32, five bits a character, and no two that look alike.

use unicode_normalization::UnicodeNormalization;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns a character for each byte. 256 is a multiple of 32, so of random bytes each is as likely as the others.
pub fn encode(bytes: &[u8]) -> String {
    let character = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    bytes.iter().map(character).collect()
}

/// Returns a code in two halves, as `4GQ7-K0ZM`.
pub fn in_halves(code: &str) -> String {
    let (first, last) = code.split_at(code.len() / 2);
    format!("{first}-{last}")
}

/// Forgives case, spaces, hyphens, and letters that look like digits. What is longer than a code is cut to one character more.
pub fn normalise(typed: &str, length: usize) -> String {
    let characters = typed.nfkc().filter(|c| c.is_alphanumeric());
    let characters = characters.flat_map(char::to_uppercase);
    let alike = characters.map(|c| match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    alike.take(length + 1).collect()
}
