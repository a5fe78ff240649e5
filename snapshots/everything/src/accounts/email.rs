//! An e-mail address, parsed once at the edge and trusted inside.

use lettre::Address;
use unicode_normalization::UnicodeNormalization;
use url::Host;

/// Trimmed, NFKC, lower case, with the domain in its ASCII form: two spellings of one mailbox are one account.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// Normalises first and checks afterwards, so that what was checked is what letters are sent to.
    pub fn parse(typed: &str) -> Option<Self> {
        let text = typed.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return None;
        };
        let plain = !local.contains(|c: char| {
            c.is_control() || c.is_whitespace() || "\"(),:;<>@[\\]".contains(c)
        });
        let address = Address::new(local, &domain).ok().filter(|_| plain)?;
        let address = address.to_string();
        // 254 bytes fit into an SMTP path (RFC 5321, 4.5.3.1.3).
        (address.len() <= 254 && domain.contains('.')).then_some(Self(address))
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
