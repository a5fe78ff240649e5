//! Sentences about the second factor that code chooses. The words of the pages stand in their templates.

pub const CODE_WRONG: &str = "Invalid code. A code works only once: use another one.";
pub const FIRST_CODE_WRONG: &str =
    "Invalid code. Check that your phone shows the right time, and try the next one.";
/// Beside the button for an emailed link, which is one factor.
pub const LINK_AND_CODE: &str = "After the link, you will be asked for a code.";

pub const LOGIN_ENDED: &str =
    "Log in again: that took too long, or there were too many wrong tries.";
pub const FEW_BACKUP_CODES: &str =
    "You are logged in. Few backup codes are left: make new ones in your account.";
pub const CHANGED: &str = "Your second factor is changed.";
pub const OFF: &str = "Two-factor authentication is off.";
pub const TRUST_ENDED: &str = "That browser will be asked for a code again.";

pub mod letters {
    pub const RESET: &str = "Choose a new password";
    pub const OPEN: &str = "Open your account";
    pub const NOT_YOU: &str = "If this was not you, someone else is using your account: choose a new password, which logs out every browser.";

    pub const ON_SUBJECT: &str = "Two-factor authentication is on";
    pub const ON: &str = "From now on, logging in to your account asks for a second factor. Every other browser was logged out.";
    pub const KEEP_CODES: &str = "Keep your backup codes where you find them without your phone.";
    pub const MAKE_CODES: &str = "Make backup codes in your account: they let you in when you do not have your security key.";

    /// A reset by email leaves it, so that the mailbox alone is not enough: `user remove-second-factor` is for the support.
    pub const STAYS: &str = "A new password does not turn two-factor authentication off. If it was not you who turned it on, ask us to turn it off.";

    pub const OFF_SUBJECT: &str = "Two-factor authentication is off";
    pub const OFF: &str = "Logging in to your account no longer asks for a second factor. Your backup codes and trusted browsers were removed.";

    pub const CHANGED_SUBJECT: &str = "Your second factor was changed";
    pub const CHANGED: &str = "A second factor of your account was added, replaced or removed. Every other browser was logged out, and no browser is trusted any more.";

    pub const FAILED_SUBJECT: &str = "Someone may know your password";
    pub const FAILED: &str = "Someone has logged in to your account as far as the second factor, and failed at it five times. They have not got in. If this was not you, they know your password or can read your email: choose a new password.";

    pub const USED_SUBJECT: &str = "A backup code was used";
    pub const USED: &str =
        "A backup code was used for your account, instead of your authenticator app.";

    pub const CODES_SUBJECT: &str = "You have new backup codes";
    pub const CODES: &str =
        "New backup codes were made for your account. The old ones no longer work.";
}

/// How many backup codes are left, as an email says it.
pub fn codes_left(count: i64) -> String {
    match count {
        0 => "None is left: make new ones in your account.".to_owned(),
        1 => "One is left: make new ones in your account.".to_owned(),
        count => format!("{count} are left."),
    }
}
