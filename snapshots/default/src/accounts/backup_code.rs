//! Backup codes: ten that stand in for a second factor that is lost, each once.
//!
//! They have 50 bits, which is too few for a fast hash (OWASP ASVS 6.5.2). All of a user's have the same salt, so that one
//! Argon2id of what was typed finds the right one.

use time::OffsetDateTime;

use super::{
    crockford,
    held::{Held, HeldSession},
    password::{Hasher, Lane},
    secret::Secret,
};
use crate::{
    app::App,
    db::Pool,
    id::{self, Id},
};

const COUNT: usize = 10;
/// In characters of five bits.
const LENGTH: usize = 10;
/// With so many left, or fewer, the user is reminded to make new ones.
pub const REMIND_AT: i64 = 2;

/// New codes, not stored yet.
pub struct NewCodes {
    seed: Secret,
    salt: [u8; 16],
    hashes: Vec<Vec<u8>>,
}

impl NewCodes {
    /// Makes ten. It takes as long as ten log-ins, so before anything is held.
    ///
    /// # Errors
    /// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
    pub async fn generate(app: &App, user_id: Id) -> anyhow::Result<Self> {
        let seed = Secret::random()?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)?;
        let hashes = hasher(app, user_id).derive(plain(&seed), salt).await?;
        Ok(Self { seed, salt, hashes })
    }

    /// The seed of the codes: it is as secret as all of them together.
    pub fn seed(&self) -> &Secret {
        &self.seed
    }
}

/// Returns the codes of a seed as they are shown, `4GQ7K-0ZM5T`.
pub fn shown(seed: &Secret) -> Vec<String> {
    let codes = plain(seed);
    codes
        .iter()
        .map(|code| crockford::in_halves(code))
        .collect()
}

fn plain(seed: &Secret) -> Vec<String> {
    let code = |number: usize| {
        let bytes = seed.mac(format!("backup code {number}").as_bytes());
        crockford::encode(&bytes[..LENGTH])
    };
    (0..COUNT).map(code).collect()
}

fn hasher(app: &App, user_id: Id) -> Hasher {
    app.hasher.in_lane(Lane::of_account(app, user_id))
}

/// Gives the held user new codes. The old ones are worth nothing any more.
pub async fn replace(
    held: &mut HeldSession,
    new: &NewCodes,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query("delete from backup_codes where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    for hash in &new.hashes {
        let id = id::next(held.tx()).await?;
        sqlx::query(
            "insert into backup_codes (id, user_id, salt, code_hash, inserted_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(held.user().id)
        .bind(&new.salt[..])
        .bind(hash)
        .bind(now)
        .execute(held.connection())
        .await?;
    }
    Ok(())
}

/// Returns whether this may be a backup code, by its length.
pub fn is_one(typed: &str) -> bool {
    crockford::normalise(typed, LENGTH).len() == LENGTH
}

/// Hashes what was typed, before anything is held. `None`: the user has no codes.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn hash(app: &App, user_id: Id, typed: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let salt: Option<Vec<u8>> =
        sqlx::query_scalar("select salt from backup_codes where user_id = $1 limit 1")
            .bind(user_id)
            .fetch_optional(&app.db)
            .await?;
    let Some(salt) = salt.and_then(|salt| salt.try_into().ok()) else {
        return Ok(None);
    };
    let typed = crockford::normalise(typed, LENGTH);
    Ok(hasher(app, user_id).derive(vec![typed], salt).await?.pop())
}

/// Consumes the held user's code with this hash. Of many at once one does.
pub async fn consume(held: &mut Held, hash: &[u8]) -> sqlx::Result<bool> {
    let consumed = sqlx::query("delete from backup_codes where user_id = $1 and code_hash = $2")
        .bind(held.user().id)
        .bind(hash)
        .execute(held.connection())
        .await?;
    Ok(consumed.rows_affected() == 1)
}

/// Returns how many codes a user has left.
pub async fn count(db: &Pool, user_id: Id) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from backup_codes where user_id = $1")
        .bind(user_id)
        .fetch_one(db)
        .await
}
