//! What people read about passkeys.

pub const TITLE: &str = "Passkeys";
pub const HELP: &str = "Log in with your fingerprint, face or screen lock instead of a password. A passkey cannot be guessed or phished.";
pub const OPEN: &str = "Manage passkeys";
pub const NONE: &str = "You have no passkeys yet.";
pub const ADD: &str = "Add a passkey";
pub const ADD_SECURITY_KEY: &str = "Add a security key";
pub const SECURITY_KEY_HELP: &str = "A security key is asked for after your password, as the second factor. Adding one logs you out everywhere else.";
/// The name of one whose authenticator does not tell what it is.
pub const UNKNOWN_PASSKEY: &str = "Passkey";
pub const SECURITY_KEY: &str = "Security key";
pub const SECURITY_KEYS: &str = "Security keys";
pub const SECURITY_KEYS_HELP: &str = "A key to touch, instead of a code.";
pub const SECURITY_KEYS_OPEN: &str = "Manage security keys";
pub const BACKED_UP: &str = "Synced";
pub const SINCE: &str = "Added";
pub const LAST_USED: &str = "Last used";
pub const NEVER_USED: &str = "Never used";
pub const NAME: &str = "Name";
pub const RENAME: &str = "Rename";
pub const SAVE: &str = "Save";
pub const DELETE: &str = "Remove";
pub const NAME_INVALID: &str = "A name has 1 to 64 characters.";
pub const FULL: &str = "You have 10, which is the most. Remove one to add another.";

pub const LOG_IN: &str = "Log in with a passkey";
pub const REGISTER: &str = "Create account with a passkey";
pub const CHANGE_PASSWORD: &str = "Set the new password with a passkey";
/// Where the link of the email is opened in another browser than the one with the passkey.
pub const CONFIRM_ELSEWHERE: &str = "You signed up with a passkey in another browser. Enter the code from the email there, or choose a password here.";
/// For users without a password.
pub const SUDO_HELP: &str = "What comes next is sensitive. Use your passkey, or have a link emailed to you and open it in this browser.";
pub const SUDO: &str = "Use a passkey";
pub const SUDO_KEY: &str = "Use your security key";
pub const SECOND_FACTOR: &str = "Use a passkey or security key";
pub const NOT_HERE_LOG_IN: &str =
    "Passkeys do not work in this browser. Use your password, or have a login link emailed to you.";
pub const NOT_HERE_REGISTER: &str =
    "Passkeys do not work in this browser. Choose a password; you can add a passkey later.";
pub const NOT_HERE_SUDO: &str = "Passkeys do not work in this browser. Use your password.";
pub const NOT_HERE_SUDO_EMAIL: &str =
    "Passkeys do not work in this browser. Have a login link emailed to you.";
pub const NOT_HERE_SUDO_KEY: &str =
    "Security keys do not work in this browser. Use your password and a code.";
/// For users without any other way to log in.
pub const NOT_HERE_KEY: &str = "Security keys do not work in this browser. Use another browser.";
/// Without JavaScript.
pub const NEEDS_SCRIPT: &str = "Passkeys and security keys need JavaScript in this browser.";
pub const NOT_HERE_SECOND_FACTOR: &str =
    "Passkeys do not work in this browser. Type a code, or one of your backup codes.";
pub const NOT_HERE_ADD: &str =
    "Passkeys do not work in this browser. Add one with another browser.";
/// After a cancel, or where the browser found none.
pub const CANCELLED: &str = "No passkey was used. Try again, or continue another way.";
pub const NOT_ADDED: &str = "No passkey was added. You can try again.";
pub const NO_ANSWER: &str = "That did not work. Check your connection and try again.";

pub const OFFER: &str = "Log in faster next time:";
pub const OFFER_BUTTON: &str = "Add a passkey";
pub const OFFER_DISMISS: &str = "Not now";

pub const ADDED_NOTICE: &str = "The passkey is added.";
pub const ANOTHER_KEY_ADDED_NOTICE: &str = "The security key is added.";
pub const SECURITY_KEY_ADDED_NOTICE: &str = "The security key is added, and two-factor authentication is on. Make backup codes for the day you do not have it.";
pub const RENAMED_NOTICE: &str = "The passkey is renamed.";
pub const DELETED_NOTICE: &str = "The passkey is removed.";

pub const ADDED_SUBJECT: &str = "A passkey was added to your account";
pub const ADDED: &str = "From now on it logs in to your account. If it was not you, remove it and change your password:";
pub const REMOVED_SUBJECT: &str = "A passkey was removed from your account";
pub const REMOVED: &str = "It does not log in to your account any more. If it was not you, change your password and look at your passkeys:";
pub const SETTINGS_BUTTON: &str = "Your passkeys";
pub const THAT_STAY: &str =
    "These passkeys still log in to your account; remove those that you do not know:";

/// What the page shows when a passkey is not accepted.
pub mod problems {
    pub const TITLE: &str = "Passkey not accepted";
    pub const EXPIRED: &str = "That took too long. Try again.";
    pub const INVALID: &str = "That passkey was not accepted. Try again, or use another way.";
    pub const UNCONFIRMED: &str =
        "Confirm your email first: enter the code from the email we sent you.";
    pub const UNKNOWN: &str = "That passkey is not known here any more. Use another way.";
    pub const TAKEN: &str = "This device has a passkey for this account already.";
    pub const TOO_MANY: &str = "You have 10 passkeys, which is the most. Remove one first.";
    pub const LAST_METHOD: &str =
        "That is your only way to log in. Set a password or add another passkey first.";
}
