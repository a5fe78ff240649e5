//! Passwords: what is a good one, how they are kept, and whether one is right.

mod argon2id;
pub mod breached;
mod imported;
mod queue;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use super::email::Email;
use crate::brand;
use argon2id::Argon2id;

pub use queue::{Lane, Queue};

/// NIST SP 800-63B-4 asks for 15 where the password is the only factor, 8 with a second one. Twelve is between.
pub const MIN_LENGTH: usize = 12;
/// Long enough for any sentence. The bound is there because hashing reads every byte.
pub const MAX_LENGTH: usize = 256;

/// No spelling of a password within [`MAX_LENGTH`] has more: its characters have four bytes at most, and taken apart (NFD)
/// three times as many.
const MAX_TYPED_BYTES: usize = 3 * 4 * MAX_LENGTH;

/// How many characters are searched for what is easy to guess.
const ASSESSED: usize = 32;

/// What a hash costs, and how long it is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Hashing {
    /// In KiB.
    pub memory: u32,
    pub passes: u32,
    /// How many passwords are hashed at a time.
    pub cores: usize,
    /// How long a password may wait before the response is 503: a login storm must not stop other pages.
    pub max_wait: Duration,
}

impl Default for Hashing {
    /// 19 MiB and two passes, with one lane: the first choice of OWASP's password storage sheet, about 40 ms on one core.
    fn default() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            max_wait: Duration::from_secs(5),
        }
    }
}

/// A password as somebody typed it: exactly that, in Unicode's composed form (NFC), so that every keyboard spells it alike.
#[derive(Clone)]
pub struct Password {
    text: SecretString,
    is_too_long: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weakness {
    TooShort,
    TooLong,
    /// Common, a pattern, or made of words that anybody would try first for this person.
    Guessable,
}

impl Password {
    /// One that is longer than [`MAX_LENGTH`] is nobody's, and is never hashed. Its text is not even kept.
    pub fn typed(text: &str) -> Self {
        let text = if text.len() > MAX_TYPED_BYTES {
            None
        } else {
            Some(text.nfc().collect::<String>())
        };
        let text = text.filter(|text| text.chars().count() <= MAX_LENGTH);
        Self {
            is_too_long: text.is_none(),
            text: text.unwrap_or_default().into(),
        }
    }

    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// A password for a new account, or why it is not good enough. There are no rules about kinds of characters.
    pub fn new(text: &str, email: &Email) -> Result<Self, Weakness> {
        let password = Self::typed(text);
        if password.is_too_long {
            return Err(Weakness::TooLong);
        }
        if password.text().chars().count() < MIN_LENGTH {
            return Err(Weakness::TooShort);
        }
        if password.is_guessable(email) {
            return Err(Weakness::Guessable);
        }
        Ok(password)
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
        zxcvbn(&start(self.text()), &own).score() < Score::Three
    }
}

/// The server has more passwords to check than it can. People see "503, come back".
#[derive(thiserror::Error, Debug)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// Argon2id, off the async threads: as many at a time as there are cores, for that is memory and time well bounded.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2id,
    pub queue: Queue,
    lane: Lane,
    pub nobodys_hash: Arc<str>,
    /// How many times it has worked: known and unknown users must cost the same.
    pub done: Arc<AtomicUsize>,
}

impl Hasher {
    pub fn new(hashing: Hashing) -> anyhow::Result<Self> {
        let argon2 = Argon2id::new(hashing.memory, hashing.passes)?;
        Ok(Self {
            nobodys_hash: argon2.hash(b"nobody's password")?.into(),
            queue: Queue::new(hashing.cores, hashing.max_wait),
            lane: Lane::Anonymous,
            argon2,
            done: Arc::default(),
        })
    }

    /// The same, waiting in this lane.
    pub fn in_lane(&self, lane: Lane) -> Self {
        Self {
            lane,
            ..self.clone()
        }
    }

    /// [`Password::new`], off the async threads and in turn: it can take a third of a second.
    ///
    /// # Errors
    /// [`Busy`] when there was no permit in time.
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
    /// [`Busy`] when there was no permit in time.
    pub async fn hash(&self, password: &Password) -> anyhow::Result<String> {
        anyhow::ensure!(!password.is_too_long, "a password is too long to be hashed");
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.in_turn(move || argon2.hash(password.text().as_bytes()))
            .await?
    }

    /// Whether the password is theirs. Without a hash (nobody has this address, or they have no password) it works just as
    /// long and says no: a faster answer would tell a stranger which addresses have accounts.
    ///
    /// # Errors
    /// [`Busy`] when there was no permit in time.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> anyhow::Result<bool> {
        if password.is_too_long {
            return Ok(false);
        }
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys_hash).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let fits = self
            .in_turn(move || {
                let password = password.text().as_bytes();
                argon2.verify(password, &hash) || imported::fits(password, &hash)
            })
            .await?;
        Ok(fits && known)
    }

    /// Argon2id of each text with the same salt: for codes with fewer bits than a key (OWASP ASVS 6.5.2).
    ///
    /// # Errors
    /// [`Busy`] when there was no permit in time.
    pub async fn derive(&self, texts: Vec<String>, salt: [u8; 16]) -> anyhow::Result<Vec<Vec<u8>>> {
        let argon2 = self.argon2.clone();
        let derive = move |text: String| argon2.derive(text.as_bytes(), &salt);
        self.in_turn(move || texts.into_iter().map(derive).collect())
            .await?
    }

    /// Whether a hash was made in another way than today's: then the next log-in makes it anew.
    pub fn is_outdated(&self, hash: &str) -> bool {
        self.argon2.is_outdated(hash)
    }

    /// Waits for a permit, and keeps it until the thread is done, also when nobody waits for the answer any more.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let permit = self.queue.enter(self.lane).await?;
        self.done.fetch_add(1, Ordering::Relaxed);
        let work = move || {
            let _permit = permit;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await?)
    }
}
