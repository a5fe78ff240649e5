//! What still stands between a person who has proved who they are and being logged in. Every way in asks here, and so does
//! every request: a gate that shuts later stops the sessions there are.

use super::user::User;
use crate::config::{Config, Unconfirmed};

#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Gate {
    /// You have shut them out.
    Suspension,
    /// The address was never shown to be theirs.
    Confirmation,
    /// They have asked for their account to be deleted.
    Reactivation,
}

impl Gate {
    /// The page where they open it themselves. Without one, they are refused like with a wrong password.
    pub fn page(self) -> Option<&'static str> {
        match self {
            Self::Suspension | Self::Confirmation => None,
            Self::Reactivation => Some("/users/reactivate"),
        }
    }
}

/// The next gate, or none: come in.
pub fn next(config: &Config, user: &User) -> Option<Gate> {
    if user.suspended_at.is_some() {
        return Some(Gate::Suspension);
    }
    if user.confirmed_at.is_none() && config.unconfirmed == Unconfirmed::Blocked {
        return Some(Gate::Confirmation);
    }
    if user.deletion_at.is_some() {
        return Some(Gate::Reactivation);
    }
    None
}
