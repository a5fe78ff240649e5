//! Reads one setting after the other and remembers everything that is wrong with them.

use std::{collections::HashSet, str::FromStr};

use axum::http::HeaderName;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::{Host, Url};

use super::{Deletion, Environment, Problems, Registration, Unconfirmed};
use crate::db;

/// Signs things on a developer's machine that has no `.env`. Production refuses it.
const DEVELOPMENT_KEY: &str =
    "development-only-0123456789-abcdefghijklmnopqrstuvwxyz-not-for-production";

/// Have I Been Pwned's list of stolen passwords.
const PWNED_PASSWORDS: &str = "https://api.pwnedpasswords.com/range";

pub struct Reader<'a> {
    setting: &'a dyn Fn(&str) -> Option<String>,
    pub production: bool,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(
        setting: &'a dyn Fn(&str) -> Option<String>,
        environment: Option<Environment>,
    ) -> Self {
        let mut reader = Self {
            setting,
            production: environment != Some(Environment::Development),
            problems: Vec::new(),
        };
        if environment.is_none() {
            reader.problem("APP_ENV", "must be development or production");
        }
        reader
    }

    /// The three that have no value when they are wrong, or everything that is wrong.
    pub fn finish<A, B, C>(
        self,
        a: Option<A>,
        b: Option<B>,
        c: Option<C>,
    ) -> Result<(A, B, C), Problems> {
        match (a, b, c) {
            (Some(a), Some(b), Some(c)) if self.problems.is_empty() => Ok((a, b, c)),
            _ => Err(Problems(self.problems)),
        }
    }

    pub fn port(&mut self) -> u16 {
        self.parsed("PORT", "4000", "must be a number from 1 to 65535")
            .unwrap_or_default()
    }

    pub fn pool_size(&mut self) -> u32 {
        let size = self.parsed("POOL_SIZE", "10", "must be a number of connections");
        if size == Some(0) {
            self.problem("POOL_SIZE", "must be at least 1");
        }
        size.unwrap_or_default()
    }

    pub fn url(&mut self, port: u16) -> Option<Url> {
        let help = "must be where people reach you: https://shop.example.com";
        let Some(text) = self.required("APP_URL") else {
            return Url::parse(&format!("http://localhost:{port}")).ok();
        };
        let url: Url = self.parse("APP_URL", &text, help)?;
        let good = url.has_host()
            && (url.scheme() == "https" || !self.production && url.scheme() == "http");
        if !good {
            self.problem("APP_URL", help);
        }
        Some(url)
    }

    pub fn database_url(&mut self) -> SecretString {
        self.required("DATABASE_URL")
            .unwrap_or_else(|| db::DEVELOPMENT_URL.to_owned())
            .into()
    }

    pub fn secret_key(&mut self) -> SecretString {
        let Some(key) = self.required("SECRET_KEY_BASE") else {
            return DEVELOPMENT_KEY.into();
        };
        if self.production && is_weak(&key) {
            self.problem(
                "SECRET_KEY_BASE",
                "must be 64 random characters or more: `cargo sigra secret` prints some",
            );
        }
        key.into()
    }

    pub fn old_secret_key(&mut self) -> Option<SecretString> {
        self.text("SECRET_KEY_BASE_OLD").map(SecretString::from)
    }

    pub fn salt(&mut self) -> SecretString {
        self.required("SESSION_SIGNING_SALT")
            .unwrap_or_default()
            .into()
    }

    pub fn cookie_domain(&mut self, url: Option<&Url>) -> Option<String> {
        let domain = self
            .text("COOKIE_DOMAIN")?
            .trim_start_matches('.')
            .to_lowercase();
        let host = url.and_then(Url::host_str).unwrap_or_default();
        let ours = host == domain || host.ends_with(&format!(".{domain}"));
        // A lone label (`com`) would hand our cookies to everybody below it.
        if !domain.contains('.') || !ours {
            self.problem(
                "COOKIE_DOMAIN",
                &format!("must be the domain of APP_URL, or one above it: .{host}"),
            );
        }
        Some(domain)
    }

    pub fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let help = "must be `none`, or the networks of your proxies: 10.0.0.0/8,fd00::/8";
        match self.required("TRUSTED_PROXIES").as_deref() {
            None | Some("none") => Vec::new(),
            Some(list) => items(list)
                .filter_map(|item| self.network(item, help))
                .collect(),
        }
    }

    fn network(&mut self, text: &str, help: &str) -> Option<IpNet> {
        match text.parse() {
            Ok(address) => Some(IpNet::from(std::net::IpAddr::to_canonical(&address))),
            Err(_) => self.parse("TRUSTED_PROXIES", text, help),
        }
    }

    pub fn client_ip_header(&mut self) -> Option<HeaderName> {
        let name = self.text("CLIENT_IP_HEADER")?;
        let help = "must be the name of a header: fly-client-ip";
        self.parse("CLIENT_IP_HEADER", &name, help)
    }

    pub fn allowed_origins(&mut self) -> Vec<String> {
        let list = self.text("ALLOWED_ORIGINS").unwrap_or_default();
        items(&list).filter_map(|item| self.origin(item)).collect()
    }

    fn origin(&mut self, text: &str) -> Option<String> {
        let origin = self.parse::<Url>(
            "ALLOWED_ORIGINS",
            text,
            "must be origins: https://app.example.com",
        )?;
        let origin = origin.origin().ascii_serialization();
        if origin != text {
            self.problem(
                "ALLOWED_ORIGINS",
                &format!("has {text}: did you mean {origin}?"),
            );
        }
        Some(origin)
    }

    pub fn registration(&mut self) -> Registration {
        match self.text("REGISTRATION").as_deref() {
            None | Some("open") => Registration::Open,
            Some("closed") => Registration::Closed,
            Some(list) => {
                Registration::Domains(items(list).filter_map(|item| self.domain(item)).collect())
            }
        }
    }

    fn domain(&mut self, text: &str) -> Option<String> {
        match Host::parse(text) {
            Ok(Host::Domain(domain)) if domain.contains('.') => Some(domain),
            _ => {
                self.problem(
                    "REGISTRATION",
                    "must be open, closed, or domains: example.com,example.org",
                );
                None
            }
        }
    }

    pub fn pwned_passwords(&mut self) -> Option<Url> {
        let help = "must be on, off, or a mirror's address: https://pwned.example.com/range";
        let url = match self.text("PWNED_PASSWORDS").as_deref() {
            None | Some("off") => return None,
            Some("on") => self.parse("PWNED_PASSWORDS", PWNED_PASSWORDS, help),
            Some(mirror) => self.parse("PWNED_PASSWORDS", mirror, help),
        };
        let url: Url = url?;
        if !is_private(&url) {
            self.problem("PWNED_PASSWORDS", help);
        }
        Some(url)
    }

    pub fn unconfirmed(&mut self) -> Unconfirmed {
        let words = [
            ("blocked", Unconfirmed::Blocked),
            ("banner", Unconfirmed::Banner),
        ];
        self.one_of("UNCONFIRMED", words, "must be blocked or banner")
    }

    pub fn deletion(&mut self) -> Deletion {
        let words = [
            ("anonymise", Deletion::Anonymise),
            ("hard", Deletion::Hard),
            ("soft", Deletion::Soft),
        ];
        self.one_of("DELETION", words, "must be anonymise, hard or soft")
    }

    pub fn smtp_url(&mut self) -> Option<SecretString> {
        self.required("SMTP_URL").map(SecretString::from)
    }

    pub fn mail_from(&mut self, name: &str, url: Option<&Url>) -> Option<Mailbox> {
        let host = url.and_then(Url::host_str).unwrap_or("localhost");
        let default = format!("\"{name}\" <hello@{host}>");
        self.parsed(
            "MAIL_FROM",
            &default,
            "must be an address: Shop <hello@example.com>",
        )
    }

    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }

    /// A setting's text, or nothing where it is not set or empty.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = (self.setting)(name)?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The same for a setting that production cannot do without.
    pub fn required(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_none() && self.production {
            self.problem(name, "is not set");
        }
        text
    }

    /// What a word stands for; the first of them where nothing is set.
    pub fn one_of<T: Copy, const N: usize>(
        &mut self,
        name: &str,
        words: [(&str, T); N],
        help: &str,
    ) -> T {
        let text = self.text(name).unwrap_or_else(|| words[0].0.to_owned());
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.problem(name, help);
        }
        found.unwrap_or(&words[0]).1
    }

    fn parsed<T: FromStr>(&mut self, name: &str, default: &str, help: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        self.parse(name, &text, help)
    }

    fn parse<T: FromStr>(&mut self, name: &str, text: &str, help: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.problem(name, help);
        }
        parsed
    }
}

pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Whether nobody on the way can read or change what is asked there.
fn is_private(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.has_host() && (url.scheme() == "https" || is_here && url.scheme() == "http")
}

/// Too short, the key of a developer's machine, or typed rather than drawn.
pub fn is_weak(key: &str) -> bool {
    key.len() < 64 || key == DEVELOPMENT_KEY || is_typed(key)
}

/// Random text of the length of a key has many characters.
pub fn is_typed(key: &str) -> bool {
    let different: HashSet<char> = key.chars().collect();
    different.len() < 20
}
