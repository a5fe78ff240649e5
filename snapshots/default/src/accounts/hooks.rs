//! Yours to fill: each runs inside the transaction of what has happened, and an error undoes it.

use uuid::Uuid;

use crate::db::Tx;

/// A new account, whose address nobody has confirmed yet.
pub async fn registered(_tx: &mut Tx, _user_id: Uuid) -> anyhow::Result<()> {
    Ok(())
}

/// The address was shown to be theirs, for the first time. The place for a welcome letter or a first project.
pub async fn confirmed(_tx: &mut Tx, _user_id: Uuid) -> anyhow::Result<()> {
    Ok(())
}

pub async fn logged_in(_tx: &mut Tx, _user_id: Uuid) -> anyhow::Result<()> {
    Ok(())
}

pub async fn password_changed(_tx: &mut Tx, _user_id: Uuid) -> anyhow::Result<()> {
    Ok(())
}
