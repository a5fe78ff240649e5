//! Showing by a letter that an address is one's own.
//!
//! Before that, anybody may have registered it and set a password, and may be waiting for its owner to confirm it. So the
//! first proof throws away whatever was set up before. (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX 2022.)

use time::OffsetDateTime;

use super::{
    device, session, token,
    user::{self, User},
};
use crate::{db::Tx, id::Id};

/// Whoever holds this transaction has read a letter to this person's address.
pub async fn prove(tx: &mut Tx, user_id: Id, now: OffsetDateTime) -> anyhow::Result<User> {
    let unproved = user::by_id(&mut **tx, user_id).await?;
    if unproved.is_some_and(|user| user.confirmed_at.is_none()) {
        forget_everything(tx, user_id).await?;
    }
    user::confirm(tx, user_id, now).await
}

/// Every way in that was set up so far: the password, the sessions, the browsers that are known, the letters under way.
pub async fn forget_everything(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    user::set_password(tx, user_id, None).await?;
    super::api::token::forget_all(tx, user_id).await?;
    session::end_all(tx, user_id).await?;
    device::forget_all(tx, user_id).await?;
    token::forget_all(tx, user_id).await
}
