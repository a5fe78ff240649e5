//! How a user can log in, other than by an emailed link: that is for whoever has nothing else, and to recover an account.

use super::user::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoginMethods {
    pub has_password: bool,
}

impl LoginMethods {
    /// Returns what this user can log in with.
    pub fn of(user: &User) -> Self {
        Self {
            has_password: user.has_password,
        }
    }

    /// Whether there is none: then the user proves who they are by an emailed link.
    pub fn is_empty(self) -> bool {
        !self.has_password
    }
}
