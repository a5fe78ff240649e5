//! Every setting, with its default and its unit.
//!
//! In development everything has a default, and `.env` is read. In production `.env` is not read, and everything that
//! is missing or unsafe is named in one message before anything starts.

mod allowed_origins;
mod api_docs;
mod database_tls;
pub mod dot_env;
mod encryption;
mod jwt;
mod mail;
mod network;
pub mod passkeys;
mod reader;

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use axum::http::HeaderName;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use crate::{
    accounts::{email::Email, password::Hashing},
    brand,
    keys::Keys,
};
use dot_env::DotEnv;
use reader::Reader;

pub struct Config {
    /// `APP_ENV`: `development` or `production`. A release build is production unless told otherwise.
    pub environment: Environment,
    /// `APP_URL`: where people reach you, with scheme and port. Used in every link, letter and origin check.
    pub url: Url,
    /// `PORT`, 4000. Development listens on this machine only, production on every address (`[::]`, or `0.0.0.0` where IPv6
    /// is off).
    pub listen: SocketAddr,
    /// `DATABASE_URL`.
    pub database_url: SecretString,
    /// `DATABASE_TLS`: how sure production is to speak to the right server. None: `verify-full`, unless the URL says more.
    pub database_tls: Option<sqlx::postgres::PgSslMode>,
    /// `POOL_SIZE`, 10 connections.
    pub pool_size: u32,
    /// How long a request waits for a connection to the database, or for a lock of another program, before it is answered with
    /// 503. No variable sets it: change it where its default is.
    pub database_wait: Duration,
    /// `SECRET_KEY_BASE` (64 characters or more), `SECRET_KEY_BASE_OLD`, `SESSION_SIGNING_SALT`.
    pub keys: Keys,
    /// `COOKIE_DOMAIN`: `.example.com` shares the session cookie among sub-domains; empty keeps it on one host.
    pub cookie_domain: Option<String>,
    /// `TRUSTED_PROXIES`: `none`, or the networks whose `X-Forwarded-For` is believed: `10.0.0.0/8,fd00::/8`.
    pub trusted_proxies: Vec<IpNet>,
    /// `CLIENT_IP_HEADER`: where a proxy names the client alone, such as `Fly-Client-IP`, instead of in `X-Forwarded-For`.
    pub client_ip_header: Option<HeaderName>,
    /// `ALLOWED_ORIGINS`: further origins whose scripts may use the API (CORS). Forms are taken from `APP_URL` only.
    pub allowed_origins: Vec<String>,
    /// `REGISTRATION`: `open`, `closed`, or the domains that may join: `example.com,example.org`.
    pub registration: Registration,
    /// `PWNED_PASSWORDS`: `off`, `on`, or the address of a mirror of Have I Been Pwned's list of stolen passwords. New passwords
    /// that are on it are refused.
    pub pwned_passwords: Option<Url>,
    /// What it costs to hash a password. No variable sets it: change it where its default is.
    pub hashing: Hashing,
    /// `UNCONFIRMED`: what people may do who have not shown that their address is theirs.
    pub unconfirmed: Unconfirmed,
    /// `DELETION`: what becomes of a deleted account.
    pub deletion: Deletion,
    /// `SMTP_URL`: `smtps://user:password@host`, or `smtp://user:password@host?tls=required` for STARTTLS. Without it, letters
    /// go to `/dev/mailbox` (development only).
    pub smtp_url: Option<SecretString>,
    /// `MAIL_FROM`: the sender of letters, `Shop <hello@example.com>`.
    pub mail_from: Mailbox,
    /// `ENCRYPTION_KEYS`: what the vault seals with, 32 bytes each in base64. The first is current, the others still open.
    pub encryption_keys: Vec<crate::vault::Key>,
    /// `PASSKEY_RP_ID`, `PASSKEY_ORIGINS`, `PASSKEY_COUNTERS`.
    pub passkeys: passkeys::Passkeys,
    /// `JWT_SECRET_KEY`: signs access tokens with one shared secret (HS256), in place of keys that anybody can check.
    pub jwt_secret_key: Option<SecretString>,
    /// `API_DOCS`: whether everybody may read what the API can do. `on` in development, `off` in production.
    pub api_docs: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Environment {
    Development,
    Production,
}

#[derive(PartialEq, Eq, Debug)]
pub enum Registration {
    Open,
    Closed,
    Domains(Vec<String>),
}

impl Registration {
    pub fn allows(&self, email: &Email) -> bool {
        match self {
            Self::Open => true,
            Self::Closed => false,
            Self::Domains(domains) => domains.iter().any(|domain| domain == email.domain()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unconfirmed {
    /// They cannot come in.
    Blocked,
    /// They come in, below a banner. It gives something away: whoever registers an address and can log in with the new
    /// password knows that nobody had an account there.
    Banner,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deletion {
    /// The row stays, without anything about the person: rows of yours may go on pointing to it.
    Anonymise,
    /// The row goes. Rows of yours that point to it have to say what becomes of them (`on delete`).
    Hard,
    /// Everything stays, and nobody can log in. What the law asks for is yours to do.
    Soft,
}

/// Everything that is wrong with the settings, a line each.
#[derive(thiserror::Error, Debug)]
#[error("the settings are not ready:\n  {}", .0.join("\n  "))]
pub struct Problems(pub Vec<String>);

impl Config {
    /// Reads the environment, and in development `.env` for what the environment does not say.
    pub fn from_environment() -> Result<Self, Problems> {
        let set = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        let file = match environment(&set) {
            Some(Environment::Production) => DotEnv::default(),
            _ => DotEnv::find(),
        };
        let read = Self::read(&|name| set(name).or_else(|| file.get(name)));
        if file.problems.is_empty() {
            return read;
        }
        let others = read.err().map_or(Vec::new(), |problems| problems.0);
        Err(Problems([file.problems, others].concat()))
    }

    /// Reads settings from anywhere: tests pass their own.
    pub fn read(setting: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let environment = environment(setting);
        let mut read = Reader::new(setting, environment);

        let port = read.port();
        let url = read.url(port);
        let database_url = read.database_url();
        let database_tls = read.database_tls();
        let pool_size = read.pool_size();
        let keys = Keys::new(read.secret_key(), read.old_secret_key(), read.salt());
        let cookie_domain = read.cookie_domain(url.as_ref());
        let trusted_proxies = read.trusted_proxies();
        let client_ip_header = read.client_ip_header(&trusted_proxies);
        let allowed_origins = read.allowed_origins();
        let registration = read.registration();
        let pwned_passwords = read.pwned_passwords();
        let unconfirmed = read.unconfirmed();
        let deletion = read.deletion();
        let smtp_url = read.smtp_url();
        let mail_from = read.mail_from(brand::NAME, url.as_ref());
        let encryption_keys = read.encryption_keys();
        let passkeys = read.passkeys(url.as_ref());
        let jwt_secret_key = read.jwt_secret_key();
        let api_docs = read.api_docs();

        let (environment, url, mail_from) = read.finish(environment, url, mail_from)?;
        Ok(Self {
            environment,
            url,
            listen: match environment {
                Environment::Development => (Ipv4Addr::LOCALHOST, port).into(),
                Environment::Production => (Ipv6Addr::UNSPECIFIED, port).into(),
            },
            database_url,
            database_tls,
            pool_size,
            database_wait: Duration::from_secs(5),
            keys,
            cookie_domain,
            trusted_proxies,
            client_ip_header,
            allowed_origins,
            registration,
            pwned_passwords,
            hashing: Hashing::default(),
            unconfirmed,
            deletion,
            smtp_url,
            mail_from,
            encryption_keys,
            passkeys,
            jwt_secret_key,
            api_docs,
        })
    }

    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// The origin of [`Config::url`] as a browser writes it in its `Origin` header.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether people come by https, which production demands: then cookies are `Secure` and have `__Host-` names.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// A link to a page of ours. The host comes from here and never from a request, where anybody can forge it.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

/// None where `APP_ENV` is neither of the two.
fn environment(setting: &dyn Fn(&str) -> Option<String>) -> Option<Environment> {
    match setting("APP_ENV").as_deref() {
        Some("development") => Some(Environment::Development),
        Some("production") => Some(Environment::Production),
        None | Some("") if cfg!(debug_assertions) => Some(Environment::Development),
        None | Some("") => Some(Environment::Production),
        Some(_) => None,
    }
}
