//! An e-mail address, parsed once at the edge and trusted inside.

use lettre::Address;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use url::Host;

/// Trimmed, NFKC, lower case, with the domain in its ASCII form: two spellings of one mailbox are one account.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

/// In bytes (RFC 5321, 4.5.3.1): what stands before the `@`, and all of it, which has to fit into a path with its brackets.
const MAX_LOCAL: usize = 64;
const MAX_LENGTH: usize = 254;

impl Email {
    /// Normalises first and checks afterwards, so that what was checked is what email is sent to.
    pub fn parse(typed: &str) -> Option<Self> {
        let text: String = typed.trim().nfkc().collect();
        let text: String = text.to_lowercase().nfkc().collect();
        let (local, domain) = text.rsplit_once('@')?;
        // An escape would be decoded.
        let host = Host::parse(domain).ok().filter(|_| !domain.contains('%'));
        let Some(Host::Domain(domain)) = host else {
            return None;
        };
        // The part before the `@` is checked here: lettre refuses vowel signs.
        Address::new("user", &domain).ok()?;
        let email = format!("{local}@{domain}");
        let fits = local.len() <= MAX_LOCAL && email.len() <= MAX_LENGTH;
        (is_local(local) && fits && domain.contains('.')).then_some(Self(email))
    }

    /// As the mail library wants it.
    pub fn address(&self) -> Address {
        Address::new_dangerous(self.local(), self.domain())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words with dots between them (RFC 5322, 3.2.3, and RFC 6532 for other scripts), without quotes. `=?` begins an encoded word:
/// a mail server that decodes it would send to another address.
fn is_local(local: &str) -> bool {
    !local.contains("=?") && local.split('.').all(is_word)
}

/// A sign that changes the letter before it, such as a vowel sign, needs one there.
fn is_word(word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() && !is_invisible(c);
    let is_plain = |c: char| is_letter(c) || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let first = word.chars().next();
    let starts_well = first.is_some_and(|c| is_plain(c) && !is_combining_mark(c));
    let is_mark = |c: char| is_combining_mark(c) && !is_invisible(c);
    starts_well && word.chars().all(|c| is_plain(c) || is_mark(c))
}

/// Letters and marks that nobody sees (Default_Ignorable_Code_Point of Unicode): an address with one looks like another.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
