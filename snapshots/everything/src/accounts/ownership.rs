//! Showing by an emailed link that an email is one's own.
//!
//! Before that, anybody may have registered it and set a password, and may be waiting for its owner to confirm it. So the
//! first proof throws away whatever was set up before. (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX 2022.)

use time::OffsetDateTime;

use super::{
    credentials::{self, Scope},
    deletion,
    held::Held,
    user,
};

/// The caller has consumed a link that went to the user's email.
pub async fn prove(held: &mut Held, now: OffsetDateTime) -> anyhow::Result<()> {
    if held.user().confirmed_at.is_none() {
        credentials::revoke(held, Scope::FirstProof).await?;
        deletion::forget(held).await?;
    }
    user::confirm(held, now).await?;
    Ok(())
}
