//! How a user can log in, other than by an emailed link: that is for users without any other method, and to recover an account.

use super::passkey::{Kind, Passkey};
use super::user::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoginMethods {
    pub has_password: bool,
    pub has_passkey: bool,
}

impl LoginMethods {
    /// Returns what this user can log in with. `own` are the user's passkeys.
    pub fn of(user: &User, own: &[Passkey]) -> Self {
        Self {
            has_password: user.has_password,
            has_passkey: own.iter().any(|one| one.kind == Kind::Login),
        }
    }

    /// Whether there is none: then the user proves who they are by an emailed link.
    pub fn is_empty(self) -> bool {
        !self.has_password && !self.has_passkey
    }
}
