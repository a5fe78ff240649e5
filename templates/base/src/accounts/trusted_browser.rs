//! Browsers that a user trusts: for thirty days, a log-in there does not ask for the second factor.

use super::held::Held;

/// Ends the trust in every browser of the user. Only `credentials` calls this.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from trusted_browsers where user_id = $1")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}
