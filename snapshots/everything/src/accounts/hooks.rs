//! Yours to fill: each runs inside the transaction of what has happened, and an error undoes it.

use crate::{db::Tx, id::Id};

/// A new account. Where unconfirmed users are blocked, it comes to be together with the proof of its address, and `confirmed`
/// follows at once; an invited one, or one with `UNCONFIRMED=banner`, still waits for it.
pub async fn registered(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

/// The address was shown to be theirs, for the first time. The place for a welcome letter or a first project.
pub async fn confirmed(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

pub async fn logged_in(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

pub async fn password_changed(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

/// They have another address, or their old one back.
pub async fn email_changed(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

/// The account is deleted. The row of the person is still there for an hour, for what you do with yours.
pub async fn deleted(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {
    Ok(())
}

/// Where an address is, for the list of sessions: "Lisbon, Portugal". Ask a database of your own; to ask somebody else is to
/// tell them who logs in to you.
pub fn place(_address: &str) -> Option<String> {
    None
}
