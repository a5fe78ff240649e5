//! Access tokens: JWTs (RFC 7519) in the profile of RFC 9068, checked as RFC 8725 asks.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::{
    ACCESS,
    families::{self, Family},
    keys::{self, Key},
    numeric_date,
};
use crate::{
    accounts::{
        api::caller::{Caller, Credential},
        secret::Secret,
    },
    app::App,
    id::Id,
};

/// For so long nothing is asked again about a token that was good: no signature, no database. It is also how late an app
/// notices that its person was logged out, or shut out. `Duration::ZERO` asks at every request.
const TRUSTED_FOR: std::time::Duration = std::time::Duration::from_secs(1);

/// So many tokens are remembered at a time.
const MOST_SEEN: usize = 10_000;
/// Longer than any of ours: what is longer is not even read.
const MOST_BYTES: usize = 2048;
/// How far the clocks of two machines may be apart.
const SKEW: Duration = Duration::seconds(30);

const TYPE: &str = "at+jwt";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The person.
    sub: String,
    /// The family.
    sid: String,
    /// The app. There is one for all as long as none has to be told from another.
    client_id: String,
    jti: String,
    /// How the user has authenticated (RFC 8176), and when: not at the last refresh, but at the log-in.
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default)]
    auth_time: i64,
    iat: i64,
    /// Ours are good from the start. One that says otherwise is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    /// Names, with spaces between.
    scope: String,
}

/// What stands before our tokens: exactly this. A token that brings a key or the address of one (`jwk`, `jku`, `x5u`), or asks for
/// something to be understood (`crit`), is none of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    typ: String,
    alg: Algorithm,
    kid: Option<String>,
}

/// An access token for a family.
pub fn sign(app: &App, key: &Key, family: &Family) -> anyhow::Result<String> {
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: key.id.clone(),
        ..Header::new(key.algorithm)
    };
    let now = app.now();
    let claims = Claims {
        iss: app.config.origin(),
        aud: app.config.origin(),
        sub: family.user_id.to_string(),
        sid: family.id.to_string(),
        client_id: env!("CARGO_PKG_NAME").to_owned(),
        jti: Secret::random()?.reveal(),
        amr: family.proofs.amr().into_iter().map(str::to_owned).collect(),
        auth_time: numeric_date(family.authenticated_at),
        iat: numeric_date(now),
        nbf: None,
        exp: numeric_date(now + ACCESS),
        scope: family.scopes.to_string(),
    };
    let private = key.encoding.as_ref().context("this key signs nothing")?;
    Ok(jsonwebtoken::encode(&header, &claims, private)?)
}

/// Who comes with this token, if it is an access token of ours and its family still lives.
pub async fn caller(app: &App, token: &str) -> anyhow::Result<Option<Caller>> {
    if token.len() > MOST_BYTES || token.split('.').count() != 3 {
        return Ok(None);
    }
    let now = app.now();
    let moment = Moment::of(app);
    if let Some(caller) = app.jwt.seen.find(token, moment) {
        return Ok(Some(caller));
    }
    let Some((family, expires)) = verify(app, token).await? else {
        return Ok(None);
    };
    let Some((family, user)) = families::find(&app.db, family, now).await? else {
        return Ok(None);
    };
    let credential = Credential::JwtFamily(family.id, expires);
    let caller = Caller::new(app, user, family.scopes, credential);
    if let Some(caller) = &caller {
        app.jwt.seen.remember(token, caller, expires, moment);
    }
    Ok(caller)
}

/// Checks everything that can be checked without the database. The family, and when the token expires.
async fn verify(app: &App, token: &str) -> anyhow::Result<Option<(Id, OffsetDateTime)>> {
    let Some(head) = head(token).filter(|head| head.typ == TYPE) else {
        return Ok(None);
    };
    let Some(key) = keys::by_id(app, head.kid.as_deref()).await? else {
        return Ok(None);
    };
    // The key says which algorithm, and the token only whether it agrees.
    if head.alg != key.algorithm {
        return Ok(None);
    }
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[app.config.origin()]);
    validation.set_audience(&[app.config.origin()]);
    // By our clock, below.
    validation.validate_exp = false;
    let verified = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation);
    Ok(verified
        .ok()
        .and_then(|token| living(&token.claims, app.now())))
}

fn head(token: &str) -> Option<Head> {
    let (head, _) = token.split_once('.')?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(head).ok()?;
    serde_json::from_slice(&json).ok()
}

fn living(claims: &Claims, now: OffsetDateTime) -> Option<(Id, OffsetDateTime)> {
    let expires = OffsetDateTime::from_unix_timestamp(claims.exp).ok()?;
    let begins = claims.iat.max(claims.nbf.unwrap_or(claims.iat));
    let begins = OffsetDateTime::from_unix_timestamp(begins).ok()?;
    let is_living = now < expires && begins <= now + SKEW;
    Some((claims.sid.parse().ok()?, expires)).filter(|_| is_living)
}

/// The tokens that were good a moment ago, by their hash.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<[u8; 32], Good>>);

struct Good {
    caller: Caller,
    /// As uptime: a clock that is put back must not make a token good for longer.
    until: std::time::Duration,
    expires: OffsetDateTime,
}

#[derive(Clone, Copy)]
struct Moment {
    uptime: std::time::Duration,
    now: OffsetDateTime,
}

impl Moment {
    fn of(app: &App) -> Self {
        Self {
            uptime: app.clock.uptime(),
            now: app.now(),
        }
    }
}

impl Good {
    fn is_good(&self, at: Moment) -> bool {
        at.uptime < self.until && at.now < self.expires
    }
}

impl Seen {
    fn find(&self, token: &str, at: Moment) -> Option<Caller> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let good = seen.get(&hash(token)).filter(|good| good.is_good(at))?;
        Some(good.caller.clone())
    }

    fn remember(&self, token: &str, caller: &Caller, expires: OffsetDateTime, at: Moment) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_SEEN {
            seen.retain(|_, good| good.is_good(at));
        }
        if seen.len() < MOST_SEEN {
            let good = Good {
                caller: caller.clone(),
                until: at.uptime + TRUSTED_FOR,
                expires,
            };
            seen.insert(hash(token), good);
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
