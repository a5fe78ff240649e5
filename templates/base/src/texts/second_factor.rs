//! Sentences about the second factor that code chooses. The words of the pages stand in their templates.

pub mod letters {
    pub const BUTTON: &str = "Choose a new password";
    pub const NOT_YOU: &str = "If this was not you, someone else is using your account: choose a new password, which logs out every browser. The second factor stays as it is; write to us if you cannot log in.";

    pub const ON_SUBJECT: &str = "Two-factor authentication is on";
    pub const ON: &str = "From now on, logging in to your account takes a code from your authenticator app, too. Every other browser was logged out. Keep your backup codes where you find them without your phone.";

    pub const OFF_SUBJECT: &str = "Two-factor authentication is off";
    pub const OFF: &str = "Logging in to your account does not take a second factor any more. Your backup codes and trusted browsers are gone.";

    pub const CHANGED_SUBJECT: &str = "Your second factor has changed";
    pub const CHANGED: &str = "A second factor of your account was added, replaced or removed. Every other browser was logged out, and no browser is trusted any more.";
}
