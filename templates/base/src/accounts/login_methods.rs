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
    //% if passkeys
    /// Returns what this user can log in with. `own` are the user's passkeys.
    pub fn of(user: &User, own: &[Passkey]) -> Self {
        Self {
            has_password: user.has_password,
            has_passkey: own.iter().any(|one| one.kind == Kind::Login),
        }
    }
    //% else
    /// Returns what this user can log in with.
    pub fn of(user: &User) -> Self {
        Self {
            has_password: user.has_password,
        }
    }
    //% endif
    //% if passkeys

    /// Whether there is none: then the user proves who they are by an emailed link.
    pub fn is_empty(self) -> bool {
        !self.has_password && !self.has_passkey
    }
    //% endif
}
