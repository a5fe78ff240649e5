//! How a user can log in, other than by an emailed link: that is for users without any other method, and to recover an account.

//% if passkeys
use super::passkey::{Kind, Passkey};
//% endif
use super::user::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoginMethods {
    pub has_password: bool,
    //% if passkeys
    pub has_passkey: bool,
    //% endif
}

impl LoginMethods {
    /// Returns what this user can log in with.
    pub fn of(user: &User) -> Self {
        Self {
            has_password: user.has_password,
            //% if passkeys
            has_passkey: false,
            //% endif
        }
    }
    //% if passkeys

    /// Returns these, and the passkeys among the user's own.
    pub fn with_passkeys(mut self, own: &[Passkey]) -> Self {
        self.has_passkey = own.iter().any(|one| one.kind == Kind::Login);
        self
    }

    /// Whether there is none: then the user proves who they are by an emailed link.
    pub fn is_empty(self) -> bool {
        !self.has_password && !self.has_passkey
    }
    //% endif
}
