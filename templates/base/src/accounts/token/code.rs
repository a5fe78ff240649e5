//! Six digits that do the same as the secret of a letter, in the browser that asked for it, a few times and for a short while.

use time::OffsetDateTime;

use super::{Purpose, Token};
use crate::{accounts::secret::Secret, db::Tx, id::Id};

/// What the database keeps of a code.
pub struct Code {
    pub hash: Vec<u8>,
    pub expires_at: OffsetDateTime,
}

/// Counts a try at a code, before looking at it, so that tries that come at once are all counted. Returns the token and its
/// user, or `None` if no try is left.
pub async fn count_try(
    tx: &mut Tx,
    purpose: Purpose,
    browser: &Secret,
    most: i32,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(Id, Id)>> {
    sqlx::query_as(
        "update tokens set tries = tries + 1
         where browser_hash = $1 and purpose = $2 and tries < $3 and expires_at > $4
         returning id, user_id",
    )
    .bind(browser.hash())
    .bind(purpose)
    .bind(most)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await
}

/// Spends a token by the code of one of its letters: `hashes` are what the code may be kept as.
pub async fn spend(
    tx: &mut Tx,
    id: Id,
    hashes: &[Vec<u8>],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    sqlx::query_as(
        "delete from tokens
         where id = $1 and exists (
           select 1 from token_secrets s join {= users =} u on u.id = tokens.user_id and u.email = tokens.email
           where u.deleted_at is null and s.token_id = tokens.id and s.code_hash in ($2, $3) and s.code_expires_at > $4)
         returning id, user_id, purpose, email, browser_hash, inserted_at",
    )
    .bind(id)
    .bind(hashes.first())
    .bind(hashes.last())
    .bind(now)
    .fetch_optional(&mut **tx)
    .await
}
