//! Settings of passkeys: which domain they are made for, and which pages may use them.

use url::{Host, Url};

use super::reader::Reader;

pub struct Passkeys {
    /// `PASSKEY_RP_ID`: the domain that passkeys are made for; the host of `APP_URL`, if not set. Every passkey stops working
    /// when it changes. None: there is no domain, only an IP address.
    pub rp_id: Option<String>,
    /// `PASSKEY_ORIGINS`: further origins of yours whose pages may use the passkeys (related origins).
    pub origins: Vec<String>,
    /// `PASSKEY_COUNTERS`: what becomes of a log-in whose signature counter has gone back.
    pub counters: Counters,
}

/// What to do when an authenticator counts backwards. Its key may have been copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counters {
    /// `refuse`: the passkey is refused, and the audit log says why.
    Refuse,
    /// `record`: the audit log says so.
    Record,
}

impl Reader<'_> {
    pub fn passkeys(&mut self, url: Option<&Url>) -> Passkeys {
        Passkeys {
            rp_id: self.rp_id(url),
            origins: self.passkey_origins(),
            counters: self.counters(),
        }
    }

    fn rp_id(&mut self, url: Option<&Url>) -> Option<String> {
        let Some(text) = self.text("PASSKEY_RP_ID") else {
            return url.and_then(Url::domain).map(str::to_owned);
        };
        match Host::parse(&text) {
            Ok(Host::Domain(domain)) if domain == text => Some(domain),
            _ => {
                self.problem("PASSKEY_RP_ID", "must be a domain: example.com");
                None
            }
        }
    }

    fn passkey_origins(&mut self) -> Vec<String> {
        let Some(text) = self.text("PASSKEY_ORIGINS") else {
            return Vec::new();
        };
        let items = self.items("PASSKEY_ORIGINS", &text);
        let origins = items.iter().filter_map(|item| {
            let url = Url::parse(item).ok()?;
            let origin = url.origin().ascii_serialization();
            let is_secure = url.scheme() == "https" || !self.production;
            (origin == *item && is_secure).then_some(origin)
        });
        let origins: Vec<String> = origins.collect();
        if origins.len() != items.len() {
            self.problem(
                "PASSKEY_ORIGINS",
                "must be origins with commas between: https://example.de,https://example.fr",
            );
        }
        origins
    }

    fn counters(&mut self) -> Counters {
        match self.text("PASSKEY_COUNTERS").as_deref() {
            None | Some("refuse") => Counters::Refuse,
            Some("record") => Counters::Record,
            Some(_) => {
                self.problem("PASSKEY_COUNTERS", "must be refuse or record");
                Counters::Refuse
            }
        }
    }
}
