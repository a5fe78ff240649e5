//! Codes that people type: Crockford's base 32, five bits a character, and no two that look alike.

use unicode_normalization::UnicodeNormalization;

/// The zeros of other scripts that keyboards type; the nine that follow each are its other digits.
const ZEROS: [char; 12] = ['٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '๐'];
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

/// Forgives case, letters that look like digits, digits of other scripts, and everything that is no letter or digit: spaces,
/// hyphens, and invisible characters. What is longer than a code is cut to one character more.
pub fn normalise(typed: &str, length: usize) -> String {
    let characters = typed.nfkc().filter(|c| c.is_alphanumeric()).map(latin);
    let characters = characters.flat_map(char::to_uppercase);
    let alike = characters.map(|c| match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    alike.take(length + 1).collect()
}

/// Returns the ASCII digit for one of another script. Full-width ones are normalised already (NFKC).
pub fn latin(c: char) -> char {
    let values = ZEROS
        .iter()
        .map(|zero| u32::from(c).wrapping_sub(u32::from(*zero)));
    let mut digits = values.filter_map(|value| char::from_digit(value, 10));
    digits.next().unwrap_or(c)
}
