//! The keys that access tokens are signed with.
//!
//! They are Ed25519 keys (EdDSA, RFC 8037) in the database: the public half is in the JWKS (`web/api/jwks.rs`), the private half
//! is sealed by the vault. The first one is made when the program starts, others by the command `rotate-jwt-key`: a new key is
//! published before it signs, and an old one until the last token that it has signed has expired.
//!
//! With `JWT_SECRET_KEY` there is instead one shared secret (HS256), and nothing to publish.

pub mod rotation;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use crate::{app::App, id::Id, vault::Column};

pub const PRIVATE_KEY: Column = Column {
    table: "jwt_keys",
    name: "sealed_private_key",
};

/// Every process looks this often which keys there are.
const READ_EVERY: Duration = Duration::from_mins(1);
/// The most often that a token with an unknown key makes us look again.
const READ_AGAIN: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Key {
    /// The `kid` of what it signs. A shared secret has none.
    pub id: Option<String>,
    pub algorithm: Algorithm,
    /// The public half, for the JWKS. A shared secret has none.
    pub public: Option<Vec<u8>>,
    /// The private half. None: the vault does not open it, here or any more. What it has signed can be verified all the same.
    pub encoding: Option<EncodingKey>,
    pub decoding: DecodingKey,
    signs_from: OffsetDateTime,
    ends_at: Option<OffsetDateTime>,
}

impl Key {
    fn is_alive(&self, now: OffsetDateTime) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// Where keys come from: the setting, or the database, as it was read last.
pub enum Keys {
    Shared(Box<Key>),
    Stored(RwLock<Arc<Read>>),
}

pub struct Read {
    /// As uptime, which never jumps. None: nothing was read yet.
    at: Option<Duration>,
    keys: Vec<Key>,
}

impl Keys {
    pub fn new(shared: Option<&SecretString>) -> Self {
        match shared {
            Some(secret) => Self::Shared(Box::new(shared_key(secret.expose_secret().as_bytes()))),
            None => Self::Stored(RwLock::new(Arc::new(Read {
                at: None,
                keys: Vec::new(),
            }))),
        }
    }
}

fn shared_key(secret: &[u8]) -> Key {
    Key {
        id: None,
        algorithm: Algorithm::HS256,
        public: None,
        encoding: Some(EncodingKey::from_secret(secret)),
        decoding: DecodingKey::from_secret(secret),
        signs_from: OffsetDateTime::UNIX_EPOCH,
        ends_at: None,
    }
}

/// The key that signs now: the newest that the vault opens. Makes the first one where there is none. Where none signs yet, one
/// does that would sign later: a clock was ahead when it was made. Returns `None` if the vault opens none; another process may
/// have the one that is missing in `ENCRYPTION_KEYS`.
pub async fn current(app: &App) -> anyhow::Result<Option<Key>> {
    let now = app.now();
    let can_sign = |key: &&Key| key.encoding.is_some() && key.is_alive(now);
    let signs = |key: &&Key| can_sign(key) && key.signs_from <= now;
    for _ in 0..2 {
        let keys = all(app).await?;
        if let Some(key) = keys.iter().rev().find(signs) {
            return Ok(Some(key.clone()));
        }
        rotation::add_first(app).await?;
        read(app).await?;
    }
    if let Some(key) = all(app).await?.iter().find(can_sign) {
        return Ok(Some(key.clone()));
    }
    tracing::error!(
        "no key for access tokens signs now: look at ENCRYPTION_KEYS and at the table jwt_keys"
    );
    Ok(None)
}

/// The key of this id, also if it was made a moment ago by another process. It is looked up among ours and nowhere else,
/// whatever a token says about where to find it.
pub async fn by_id(app: &App, id: Option<&str>) -> anyhow::Result<Option<Key>> {
    let now = app.now();
    let is_it = |key: &&Key| key.id.as_deref() == id && key.is_alive(now);
    let found = all(app).await?.iter().find(is_it).cloned();
    if found.is_some() || !is_time_to_read(app, READ_AGAIN) {
        return Ok(found);
    }
    Ok(read(app).await?.iter().find(is_it).cloned())
}

/// Every key that is published now, the oldest first.
pub async fn all(app: &App) -> anyhow::Result<Vec<Key>> {
    let now = app.now();
    let keys = match &app.jwt.keys {
        Keys::Shared(key) => return Ok(vec![(**key).clone()]),
        Keys::Stored(_) if is_time_to_read(app, READ_EVERY) => read(app).await?,
        Keys::Stored(read) => last_read(read).keys.clone(),
    };
    Ok(keys.into_iter().filter(|key| key.is_alive(now)).collect())
}

fn last_read(read: &RwLock<Arc<Read>>) -> Arc<Read> {
    read.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn is_time_to_read(app: &App, every: Duration) -> bool {
    match &app.jwt.keys {
        Keys::Shared(_) => false,
        Keys::Stored(read) => {
            let at = last_read(read).at;
            at.is_none_or(|at| app.clock.uptime() >= at + every)
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    public_key: Vec<u8>,
    sealed_private_key: Vec<u8>,
    signs_from: OffsetDateTime,
    ends_at: Option<OffsetDateTime>,
}

/// Reads them from the database.
async fn read(app: &App) -> anyhow::Result<Vec<Key>> {
    let Keys::Stored(kept) = &app.jwt.keys else {
        return all_shared(app);
    };
    let rows: Vec<Row> = sqlx::query_as(
        "select id, public_key, sealed_private_key, signs_from, ends_at from jwt_keys
         where ends_at is null or ends_at > $1 order by number",
    )
    .bind(app.now())
    .fetch_all(&app.db)
    .await?;
    let before = last_read(kept);
    let keys: Vec<Key> = rows
        .into_iter()
        .map(|row| open(app, row, &before))
        .collect();
    *kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Read {
        at: Some(app.clock.uptime()),
        keys: keys.clone(),
    });
    Ok(keys)
}

fn all_shared(app: &App) -> anyhow::Result<Vec<Key>> {
    match &app.jwt.keys {
        Keys::Shared(key) => Ok(vec![(**key).clone()]),
        Keys::Stored(_) => Ok(Vec::new()),
    }
}

fn open(app: &App, row: Row, before: &Read) -> Key {
    let id = row.id.to_string();
    let private = app
        .vault
        .open(PRIVATE_KEY, row.id, &row.sealed_private_key)
        .inspect_err(|error| warn_once(before, &id, error));
    let encoding = private.ok();
    Key {
        algorithm: Algorithm::EdDSA,
        encoding: encoding.map(|private| EncodingKey::from_ed_der(private.expose_secret())),
        decoding: DecodingKey::from_ed_der(&row.public_key),
        id: Some(id),
        public: Some(row.public_key),
        signs_from: row.signs_from,
        ends_at: row.ends_at,
    }
}

/// Says that a key signs nothing here, unless the last look has said so.
fn warn_once(before: &Read, id: &str, error: &anyhow::Error) {
    let is_it = |key: &Key| key.id.as_deref() == Some(id) && key.encoding.is_none();
    if !before.keys.iter().any(is_it) {
        tracing::error!("a key for access tokens signs nothing here: {error:#}");
    }
}
