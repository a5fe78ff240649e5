//! Reads one setting after the other and remembers everything that is wrong with them.

use std::{collections::HashSet, str::FromStr};

use secrecy::SecretString;
use url::Url;

use super::{Deletion, Environment, Problems, Registration, Unconfirmed};
use crate::{accounts::email::Email, db};

/// Signs things on a developer's machine that has no `.env`. Production refuses it.
const DEVELOPMENT_KEY: &str =
    "development-only-0123456789-abcdefghijklmnopqrstuvwxyz-not-for-production";

/// In characters.
const MIN_SALT: usize = 32;

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

    pub fn pool_size(&mut self) -> u32 {
        let help = "must be a number of connections from 1 to 1000";
        let size = self.parsed("POOL_SIZE", "10", help).unwrap_or(1);
        if !(1..=1000).contains(&size) {
            self.problem("POOL_SIZE", help);
        }
        size
    }

    pub fn database_url(&mut self) -> SecretString {
        let url = self.required("DATABASE_URL");
        if let Some(help) = url.as_deref().and_then(db::refuse_url) {
            self.problem("DATABASE_URL", help);
        }
        url.unwrap_or_else(|| db::DEVELOPMENT_URL.to_owned()).into()
    }

    pub fn secret_key(&mut self) -> SecretString {
        let Some(key) = self.required("SECRET_KEY_BASE") else {
            return DEVELOPMENT_KEY.into();
        };
        self.refuse_weak("SECRET_KEY_BASE", &key);
        key.into()
    }

    pub fn old_secret_key(&mut self) -> Option<SecretString> {
        let key = self.text("SECRET_KEY_BASE_OLD")?;
        self.refuse_weak("SECRET_KEY_BASE_OLD", &key);
        Some(key.into())
    }

    fn refuse_weak(&mut self, name: &str, key: &str) {
        if self.production && is_weak(key) {
            self.problem(
                name,
                "must be 64 random characters or more: `cargo sigra secret` prints some",
            );
        }
    }

    pub fn salt(&mut self) -> SecretString {
        let salt = self.required("SESSION_SIGNING_SALT").unwrap_or_default();
        let is_weak = salt.len() < MIN_SALT || different(&salt) < MIN_SALT / 3;
        if self.production && !salt.is_empty() && is_weak {
            self.problem(
                "SESSION_SIGNING_SALT",
                "must be 32 random characters or more: `cargo sigra secret` prints some",
            );
        }
        salt.into()
    }

    pub fn registration(&mut self) -> Registration {
        match self.text("REGISTRATION").as_deref() {
            None | Some("open") => Registration::Open,
            Some("closed") => Registration::Closed,
            Some(list) => {
                let items = self.items("REGISTRATION", list).into_iter();
                Registration::Domains(items.filter_map(|item| self.domain(item)).collect())
            }
        }
    }

    /// A domain that an email can have.
    fn domain(&mut self, text: &str) -> Option<String> {
        let email = Email::parse(&format!("somebody@{text}"));
        if email.is_none() {
            self.problem(
                "REGISTRATION",
                "must be open, closed, or domains: example.com,example.org",
            );
        }
        email.map(|email| email.domain().to_owned())
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

    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }

    /// A setting's text, or nothing where it is not set or empty.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let text = (self.setting)(name)?.trim().to_owned();
        if text.contains(char::REPLACEMENT_CHARACTER) {
            self.problem(name, "has bytes that are no UTF-8");
        }
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

    /// What stands between the commas of a setting. Nothing but commas says nothing, which is not to be taken for an answer.
    pub fn items<'t>(&mut self, name: &str, list: &'t str) -> Vec<&'t str> {
        let items = list.split(',').map(str::trim);
        let items: Vec<&str> = items.filter(|item| !item.is_empty()).collect();
        if items.is_empty() {
            self.problem(name, "has nothing between its commas");
        }
        items
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

    /// A setting of any type that can be read from text, or its default. `help` says what it must be.
    pub fn parsed<T: FromStr>(&mut self, name: &str, default: &str, help: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        self.parse(name, &text, help)
    }

    pub fn parse<T: FromStr>(&mut self, name: &str, text: &str, help: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.problem(name, help);
        }
        parsed
    }
}

/// Whether nobody on the way can read or change what is asked there.
fn is_private(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || is_here(url) && url.scheme() == "http")
}

/// Whether it leads to this machine.
pub fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<std::net::IpAddr, _> = address.parse();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Too short, the key of a developer's machine, or typed rather than drawn.
pub fn is_weak(key: &str) -> bool {
    key.len() < 64 || key == DEVELOPMENT_KEY || is_typed(key)
}

/// Random text of the length of a key has many characters, and does not repeat itself.
pub fn is_typed(key: &str) -> bool {
    let bytes = key.as_bytes();
    let repeats_after = |length: usize| bytes[length..] == bytes[..bytes.len() - length];
    different(key) < 20 || (1..=bytes.len() / 2).any(repeats_after)
}

fn different(text: &str) -> usize {
    text.chars().collect::<HashSet<char>>().len()
}
