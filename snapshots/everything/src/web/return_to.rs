//! Where somebody wanted to go before they had to log in.

/// A path on this site and nothing else: a link to our log-in page must not end on somebody else's site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnTo(String);

/// A cookie has 4096 bytes. A longer address is forgotten, and they come to the start.
const LONGEST: usize = 1024;

impl ReturnTo {
    pub fn parse(path: &str) -> Option<Self> {
        // Browsers take `\` for `/`, and `//host` for another site; some servers decode %2f and %5c first.
        let plain = path
            .replace("%2f", "/")
            .replace("%2F", "/")
            .replace("%5c", "\\")
            .replace("%5C", "\\");
        let is_path =
            plain.starts_with('/') && !plain.starts_with("//") && !plain.starts_with("/.");
        let is_clean = plain
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (is_path && is_clean && path.len() <= LONGEST).then(|| Self(path.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
