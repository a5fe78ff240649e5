//! An email that somebody is proving.

use std::collections::BTreeSet;

use super::PendingRegistration;
use crate::{
    accounts::{
        email::Email,
        user::{self, User},
    },
    app::App,
    db::{self, Tx},
    id::Id,
};

/// A transaction that has locked an email, and the account that has it if nobody has confirmed that one: of two who prove the
/// same email, one comes after the other. Without a commit nothing is consumed.
pub struct HeldEmail {
    pub(super) tx: Tx,
    pub(super) account: Option<User>,
}

impl HeldEmail {
    pub async fn begin(app: &App, email: &Email) -> sqlx::Result<Self> {
        let mut tx = db::begin(&app.db).await?;
        db::lock_email(&mut tx, email.as_str()).await?;
        let account = match user::by_email(&mut *tx, Some(email)).await? {
            Some(user) if user.confirmed_at.is_none() => user::lock(&mut tx, user.id).await?,
            found => found,
        };
        // It may have got another email while we waited for the lock.
        let account = account.filter(|user| user.email == *email);
        Ok(Self { tx, account })
    }

    /// Returns the account that has the email.
    pub fn account(&self) -> Option<&User> {
        self.account.as_ref()
    }

    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    pub async fn commit(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

/// Begins a transaction in which a user gets an email: it has locked the email, and then the user and whoever has only
/// registered it, in the order of their ids. Locks of emails always come before those of users.
pub async fn begin_taking(app: &App, email: &Email, user_id: Id) -> sqlx::Result<Tx> {
    let mut tx = db::begin(&app.db).await?;
    db::lock_email(&mut tx, email.as_str()).await?;
    let owner = user::by_email(&mut *tx, Some(email)).await?;
    let mut ids = BTreeSet::from([user_id]);
    ids.extend(owner.map(|owner| owner.id));
    for id in ids {
        user::lock(&mut tx, id).await?;
    }
    Ok(tx)
}

/// Which password a user has after a proof.
pub enum PasswordAfter {
    /// The one that was registered: it was the same browser, or somebody who knows it.
    Registered,
    /// Another one, as a hash.
    New(String),
    /// None: what was registered may be somebody else's.
    None,
}

impl PasswordAfter {
    pub(super) fn hash(self, pending: &PendingRegistration) -> Option<String> {
        match self {
            Self::Registered => pending.password_hash.clone(),
            Self::New(hash) => Some(hash),
            Self::None => None,
        }
    }
}
