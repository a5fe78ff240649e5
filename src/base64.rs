//! Base64 (RFC 4648, section 4) for secrets. Encoding only: nothing here ever reads one back.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The padded text of some bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(quartet).collect()
}

fn quartet(chunk: &[u8]) -> [char; 4] {
    let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    let letter = |at: usize| match at > chunk.len() {
        true => '=',
        false => char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]),
    };
    [letter(0), letter(1), letter(2), letter(3)]
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn the_vectors_of_rfc_4648_come_out() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in vectors {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
    }
}
