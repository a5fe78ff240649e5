//! Being logged in with an app: a short access token that says who one is, and a refresh token for the next pair.
//!
//! A *family* is one app in which somebody has logged in: a row, and all refresh tokens that came out of it. Access tokens
//! name their family and are good for nothing without it. So there is one thing to end when trust ends, and it ends both kinds:
//! `session` does that wherever it ends sessions. Start with [`log_in`].

pub mod access;
pub mod families;
pub mod keys;
pub mod log_in;
pub mod refresh;

use time::{Duration, OffsetDateTime};

use self::families::Family;
use super::{held::Held, secret::Secret};
use crate::{app::App, config::Config, id::Id};

/// An access token lives this long. Shorter asks for more refreshing; longer trusts whoever has copied it longer.
pub const ACCESS: Duration = Duration::minutes(15);
/// After this long an app has to ask for the password again, however busy it is.
pub const REFRESH: Duration = Duration::days(30);
/// A refresh token that was exchanged a moment ago comes again when a response was lost, or two requests ran at once. So long it
/// brings the same successor again.
pub const GRACE: Duration = Duration::seconds(60);

/// What access tokens need to be signed and checked.
pub struct Jwt {
    keys: keys::Keys,
    seen: access::Seen,
}

impl Jwt {
    pub fn new(config: &Config) -> Self {
        Self {
            keys: keys::Keys::new(config.jwt_secret_key.as_ref()),
            seen: access::Seen::default(),
        }
    }
}

/// Locks what an access token stands on. Returns false once the token has expired or its family has ended.
pub async fn lock(
    held: &mut Held,
    family: Id,
    end: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    Ok(now < end && families::lock(held, family, now).await?)
}

/// What an app gets.
pub struct Tokens {
    pub access: String,
    pub refresh: Secret,
    pub family: Family,
    /// What the app is known by at its next log-in, if it was not.
    pub client: Option<Secret>,
}

impl Tokens {
    /// Signs the access token. It is done before anything is committed: an error here must not cost the app its refresh token.
    fn sign(app: &App, key: &keys::Key, family: Family, refresh: Secret) -> anyhow::Result<Self> {
        Ok(Self {
            access: access::sign(app, key, &family)?,
            refresh,
            family,
            client: None,
        })
    }
}

/// The moment as JWTs write it: seconds since 1970 (RFC 7519, section 2).
fn numeric_date(at: OffsetDateTime) -> i64 {
    at.unix_timestamp()
}
