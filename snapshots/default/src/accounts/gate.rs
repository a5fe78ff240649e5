//! What still stands between a person who has proved who they are and being logged in. Every way in asks here.

use super::user::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gate {
    /// The address was never shown to be theirs.
    Confirmation,
}

/// The next gate, or none: come in.
pub fn next(user: &User) -> Option<Gate> {
    if user.confirmed_at.is_none() {
        return Some(Gate::Confirmation);
    }
    None
}
