//! Whether an account may be used: what the user's row and the settings say, and nothing else.

use super::user::User;
use crate::config::{Config, Unconfirmed};

/// Asked on every request and again before every write, so that a change of it stops what there is: sessions, API tokens
/// and refresh tokens are worth nothing unless it is [`Active`](Self::Active).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccountStatus {
    Active,
    /// An operator has suspended it.
    Suspended,
    /// The email was never confirmed, and `UNCONFIRMED` asks for it.
    Unconfirmed,
    /// Its deletion is scheduled. The user can only take that back.
    PendingDeletion,
}

impl AccountStatus {
    pub fn of(config: &Config, user: &User) -> Self {
        if user.suspended_at.is_some() {
            return Self::Suspended;
        }
        if user.confirmed_at.is_none() && config.unconfirmed == Unconfirmed::Blocked {
            return Self::Unconfirmed;
        }
        if user.deletion_at.is_some() {
            return Self::PendingDeletion;
        }
        Self::Active
    }
}
