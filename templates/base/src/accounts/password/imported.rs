//! Hashes that another program has made. Put them into `password_hash` as they are: each is made anew with Argon2id when its
//! owner next types the right password.
//!
//! | it begins with | it is |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2y$` | bcrypt |
//! | `$scrypt$ln=16,r=8,p=1$` | scrypt, in PHC form |
//! | `$pbkdf2-sha256$i=600000,l=32$` | PBKDF2 with SHA-256, in PHC form |
//!
//! Two things are weaker until then. Such a hash costs what it costs, which is not what a stranger's address costs: who has a
//! stopwatch can tell that there is an account. And bcrypt reads 72 bytes of a password, so what comes after them is not looked
//! at; the new hash is of everything that was typed.

use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use pbkdf2::Pbkdf2;
use scrypt::Scrypt;

// More than these no import asks for, and a row that does would keep a core, or all memory, to itself.
const MOST_BCRYPT_COST: u32 = 16;
const MOST_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;
/// Lanes are computed one after the other: each costs what one costs.
const MOST_SCRYPT_LANES: u32 = 16;
const MOST_PBKDF2_ROUNDS: u32 = 10_000_000;

/// Whether this is a password's hash in one of the forms above. Anything else is not.
pub fn fits(password: &[u8], hash: &str) -> bool {
    match hash.split('$').nth(1) {
        Some("2a" | "2b" | "2y") => fits_bcrypt(password, hash),
        Some("scrypt") => fits_scrypt(password, hash),
        Some("pbkdf2-sha256") => fits_pbkdf2(password, hash),
        _ => false,
    }
}

fn fits_bcrypt(password: &[u8], hash: &str) -> bool {
    let parts: Option<bcrypt::HashParts> = hash.parse().ok();
    parts.is_some_and(|parts| parts.get_cost() <= MOST_BCRYPT_COST)
        && bcrypt::verify(password, hash).unwrap_or(false)
}

fn fits_scrypt(password: &[u8], hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    scrypt::Params::try_from(&hash).is_ok_and(|params| is_affordable(&params))
        && Scrypt::new().verify_password(password, &hash).is_ok()
}

fn is_affordable(params: &scrypt::Params) -> bool {
    bytes(params) <= MOST_SCRYPT_BYTES && params.p() <= MOST_SCRYPT_LANES
}

/// The memory that scrypt takes.
fn bytes(params: &scrypt::Params) -> u64 {
    let blocks = params.n().saturating_add(params.p().into());
    blocks.saturating_mul(128 * u64::from(params.r()))
}

fn fits_pbkdf2(password: &[u8], hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    pbkdf2::Params::try_from(&hash).is_ok_and(|params| params.rounds() <= MOST_PBKDF2_ROUNDS)
        && Pbkdf2::default().verify_password(password, &hash).is_ok()
}
