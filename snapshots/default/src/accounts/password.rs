//! Passwords: what is a good one, how they are kept, and whether one is right.

pub mod breached;
mod imported;

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use super::email::Email;
use crate::brand;

/// NIST SP 800-63B-4 asks for 15 where the password is the only factor, 8 with a second one. Twelve is between.
pub const MIN_LENGTH: usize = 12;
/// Long enough for any sentence. The bound is there because hashing reads every byte.
pub const MAX_LENGTH: usize = 256;

/// How many characters are searched for what is easy to guess.
const ASSESSED: usize = 32;

/// 19 MiB and two passes, with one lane: the first choice of OWASP's password storage sheet, about 40 ms on one core.
pub const MEMORY_KIB: u32 = 19_456;
pub const PASSES: u32 = 2;

/// How long a hash may wait before people are told to come back: a log-in storm must not stop other pages.
const LONGEST_WAIT: Duration = if cfg!(test) {
    Duration::from_millis(500)
} else {
    Duration::from_secs(5)
};

/// A password as somebody typed it: exactly that, in Unicode's composed form (NFC), so that every keyboard spells it alike.
#[derive(Clone)]
pub struct Password(SecretString);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weakness {
    TooShort,
    TooLong,
    /// Common, a pattern, or made of words that anybody would try first for this person.
    Guessable,
}

impl Password {
    pub fn typed(text: &str) -> Self {
        Self(text.nfc().collect::<String>().into())
    }

    /// A password for a new account, or why it is not good enough. There are no rules about kinds of characters.
    pub fn new(text: &str, email: &Email) -> Result<Self, Weakness> {
        let password = Self::typed(text);
        let length = password.0.expose_secret().chars().count();
        match length {
            ..MIN_LENGTH => Err(Weakness::TooShort),
            MIN_LENGTH..=MAX_LENGTH if password.is_guessable(email) => Err(Weakness::Guessable),
            MIN_LENGTH..=MAX_LENGTH => Ok(password),
            _ => Err(Weakness::TooLong),
        }
    }

    /// zxcvbn tries 30,000 common passwords, words and names, with repeats, sequences, keyboard runs and "l33t". That takes
    /// longer the longer the text, up to seconds, so it looks at the start only.
    fn is_guessable(&self, email: &Email) -> bool {
        let start = |text: &str| text.chars().take(ASSESSED).collect::<String>();
        let domain = email.domain().split('.').next().unwrap_or_default();
        let own = [
            brand::NAME,
            env!("CARGO_PKG_NAME"),
            email.as_str(),
            email.local(),
            domain,
        ];
        let own = own.map(start);
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        zxcvbn(&start(self.0.expose_secret()), &own).score() < Score::Three
    }
}

/// The server has more passwords to check than it can. People see "503, come back".
#[derive(thiserror::Error, Debug)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// Argon2id, off the async threads: as many at a time as there are cores, for that is memory and time well bounded.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    pub turns: Arc<Semaphore>,
    nobodys_hash: Arc<str>,
    /// How many times it has worked: known and unknown people must cost the same.
    #[cfg(test)]
    pub done: Arc<std::sync::atomic::AtomicUsize>,
}

impl Hasher {
    pub fn new() -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params()?);
        Ok(Self {
            nobodys_hash: hash(&argon2, &Password::typed("nobody's password"))?.into(),
            turns: Arc::new(Semaphore::new(cores)),
            argon2,
            #[cfg(test)]
            done: Arc::default(),
        })
    }

    /// [`Password::new`], off the async threads and in turn: it can take a third of a second.
    ///
    /// # Errors
    /// [`Busy`] when there was no turn within five seconds.
    pub async fn assess(
        &self,
        text: &str,
        email: &Email,
    ) -> anyhow::Result<Result<Password, Weakness>> {
        let (text, email) = (text.to_owned(), email.clone());
        self.in_turn(move || Password::new(&text, &email)).await
    }

    /// A hash in PHC form, with a random salt of 16 bytes.
    ///
    /// # Errors
    /// [`Busy`] when there was no turn within five seconds.
    pub async fn hash(&self, password: &Password) -> anyhow::Result<String> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.in_turn(move || hash(&argon2, &password)).await?
    }

    /// Whether the password is theirs. Without a hash (nobody has this address, or they have no password) it works just as
    /// long and says no: a faster answer would tell a stranger which addresses have accounts.
    ///
    /// # Errors
    /// [`Busy`] when there was no turn within five seconds.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> anyhow::Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys_hash).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let fits = self
            .in_turn(move || fits(&argon2, &password, &hash))
            .await?;
        Ok(fits && known)
    }

    /// Whether a hash was made in another way than today's: then the next log-in makes it anew.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let today = self.argon2.params();
        let parsed = PasswordHash::new(hash).ok();
        parsed
            .filter(|hash| hash.algorithm == Algorithm::Argon2id.ident())
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|params| {
                params.m_cost() != today.m_cost()
                    || params.t_cost() != today.t_cost()
                    || params.p_cost() != today.p_cost()
            })
    }

    /// Waits for a turn, and keeps it until the thread is done, also when nobody waits for the answer any more.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = tokio::time::timeout(LONGEST_WAIT, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| Busy)??;
        #[cfg(test)]
        self.done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let work = move || {
            let _turn = turn;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await?)
    }
}

fn hash(argon2: &Argon2<'_>, password: &Password) -> anyhow::Result<String> {
    let hash = argon2.hash_password(password.0.expose_secret().as_bytes());
    Ok(hash
        .map_err(|error| anyhow::anyhow!("cannot hash: {error}"))?
        .to_string())
}

fn fits(argon2: &Argon2<'_>, password: &Password, hash: &str) -> bool {
    let password = password.0.expose_secret().as_bytes();
    argon2.verify_password(password, hash).is_ok() || imported::fits(password, hash)
}

fn params() -> anyhow::Result<Params> {
    let (memory, passes) = if cfg!(test) {
        (8, 1)
    } else {
        (MEMORY_KIB, PASSES)
    };
    Params::new(memory, passes, 1, None).map_err(|error| anyhow::anyhow!("argon2: {error}"))
}
