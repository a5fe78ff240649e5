//! What people read about apps.

pub const TITLE: &str = "Your apps";
pub const HELP: &str = "Where you are logged in with an app. If you do not know one of them, log it out and change your password.";
pub const OPEN: &str = "Show";
pub const NONE: &str = "You are logged in with none.";
pub const ACTIVE: &str = "Last active";
pub const SINCE: &str = "Logged in";
pub const END: &str = "Log out";
pub const ENDED_NOTICE: &str = "That app is logged out.";

pub const STOLEN_SUBJECT: &str = "We have logged one of your apps out";
pub const STOLEN: &str = "Somebody has used an old key of an app, so the key may have been copied. We have logged that app out. Log in again; if you do not know why this happened, choose a new password too:";
pub const STOLEN_BUTTON: &str = "Choose a new password";

/// What programs are told: a title and a sentence.
pub mod problems {
    pub const REFUSED: (&str, &str) = (
        "Log-in refused",
        "This address and password do not fit together, or the account waits for something that is in a letter.",
    );
    pub const HELD: &str = "One step is missing";
    pub const HELD_HELP: &str =
        "The password is right. Log in with a browser, and take the step that is shown there:";
    pub const NO_CODES_HELP: &str = "The password is right, and the second factor is a security key, which apps cannot use. Add an authenticator app or backup codes in a browser:";
    pub const SECOND_FACTOR_HELP: &str =
        "Send login_token and a code to /api/auth/token/second-factor within ten minutes.";
    pub const CODE_REFUSED: (&str, &str) = (
        "Log-in refused",
        "The code is wrong or was used before, or the login token has expired. After five wrong codes, begin again.",
    );
    pub const REFRESH_REFUSED: (&str, &str) = (
        "Log in again",
        "The refresh token is unknown, expired, ended, or was used before.",
    );
}
