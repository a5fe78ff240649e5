//! Every sentence that people read, in one place: change the tone here, or the language.

//% if api
pub mod api_tokens;
//% if jwt
pub mod jwt;
//% endif

//% endif
//% if passkeys
pub mod passkeys;
//% endif
pub mod second_factor;

use time::{OffsetDateTime, error::Format, macros::format_description};

/// A moment, as people read it.
pub fn time(at: OffsetDateTime) -> Result<String, Format> {
    at.format(format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute] UTC"
    ))
}

/// A day, as people read it.
pub fn day(at: OffsetDateTime) -> Result<String, Format> {
    at.format(format_description!(
        "[day padding:none] [month repr:long] [year]"
    ))
}

pub mod layout {
    pub const ACCOUNT: &str = "Account";
    pub const SKIP: &str = "Skip to content";
    pub const LOG_IN: &str = "Log in";
    pub const REGISTER: &str = "Register";
    pub const LOG_OUT: &str = "Log out";
    pub const SETTINGS: &str = "Account";
    pub const DEVELOPMENT: &str = "Development";
    pub const MAILBOX: &str = "Mailbox";
}

pub mod fields {
    pub const EMAIL: &str = "E-mail address";
    pub const PASSWORD: &str = "Password";
    pub const CURRENT_PASSWORD: &str = "Current password";
    pub const NEW_PASSWORD: &str = "New password";
    pub const NEW_EMAIL: &str = "New e-mail address";
    pub const CODE: &str = "Code";
    pub const SHOW: &str = "Show";
    pub const HIDE: &str = "Hide";
    pub const PASSWORD_HINT: &str =
        "12 characters or more. A few words that only you would put together are best.";

    pub const EMAIL_INVALID: &str = "This does not look like an e-mail address.";
    pub const EMAIL_NOT_ALLOWED: &str = "Addresses of this domain cannot register here.";
    pub const PASSWORD_TOO_SHORT: &str = "Too short: it needs at least 12 characters.";
    pub const PASSWORD_TOO_LONG: &str = "Too long: 256 characters are the most.";
    pub const PASSWORD_GUESSABLE: &str =
        "Too easy to guess: it is common, a pattern, or made of your address or our name.";
    pub const PASSWORD_BREACHED: &str = "This password was stolen from somewhere, and is on lists that thieves try. Choose another.";
    pub const PASSWORD_WRONG: &str = "That is not the password.";
    pub const CODE_WRONG: &str =
        "That code is wrong, or too old. After five wrong ones, use the button in the e-mail.";
}

pub mod register {
    pub const TITLE: &str = "Create your account";
    pub const BUTTON: &str = "Register";
    pub const HAVE_ACCOUNT: &str = "Already have an account?";
    pub const CLOSED: &str = "Registration is closed at the moment.";
}

pub mod confirm {
    pub const TITLE: &str = "Check your e-mail";
    pub const SENT: &str =
        "We have sent you a code of eight characters. It works for ten minutes, in this browser.";
    pub const BUTTON: &str = "Confirm";
    pub const NO_LETTER: &str = "Nothing came?";
    pub const RESEND: &str = "Send another e-mail";
    pub const RESEND_TITLE: &str = "Confirm your address";
    pub const RESEND_HELP: &str =
        "We send you a link, if this address still waits to be confirmed.";

    pub const LINK_TITLE: &str = "Confirm your address";
    pub const LINK_FOR: &str = "This confirms the address";
    pub const OTHER_BROWSER: &str =
        "You did not register in this browser. Which password did you choose?";
    pub const OR_NEW: &str = "Forgotten, or it was not you who registered?";
    pub const OR_NEW_HELP: &str =
        "Choose a new password. Whatever was set up before is thrown away.";
    pub const NEW_BUTTON: &str = "Set password and confirm";
}

pub mod link_expired {
    pub const TITLE: &str = "This link no longer works";
    pub const HELP: &str = "It was used already, or it is too old.";
    pub const CONFIRM: &str = "Ask for another e-mail";
    pub const RESET: &str = "Ask for another link";
    pub const LOG_IN: &str = "Ask for another link";
    pub const SETTINGS: &str = "To your account";
}

/// To the browser that has used a link, or has no use for it.
pub mod link_used {
    pub const TITLE: &str = "You have used this link";
    pub const CONFIRM: &str = "Your email is confirmed. There is nothing left to do.";
    pub const LOG_IN: &str = "It has logged you in, and works only once.";
    pub const LOGGED_IN: &str = "You are logged in already.";
    pub const RESET: &str = "Your password was changed. Log in with the new one.";
    pub const UNLOCK: &str = "Your account is unlocked. You can log in again.";
    pub const CHANGE_EMAIL: &str = "Your email was changed.";
    pub const VETO_EMAIL: &str =
        "The email is yours again. Choose a new password with the link that we have sent you.";
    pub const CONTINUE: &str = "Continue";
}

pub mod log_in {
    pub const TITLE: &str = "Log in";
    pub const BUTTON: &str = "Log in";
    pub const REMEMBER: &str = "Remember me for 60 days";
    pub const FORGOT: &str = "Forgot your password?";
    pub const NOT_CONFIRMED: &str = "No e-mail to confirm your address?";
    pub const NEW_HERE: &str = "New here?";
    pub const WRONG: &str = "This address and password do not fit together. If you are sure of them, check whether we have sent you an e-mail.";
    pub const BY_LETTER: &str = "E-mail me a link instead";

    pub const LINK_TITLE: &str = "Log in";
    pub const LINK_FOR: &str = "This logs you in as";
}

pub mod unlock {
    pub const TITLE: &str = "Unlock your account";
    pub const FOR: &str = "After this you can log in from any browser again, as";
    pub const BUTTON: &str = "Unlock";
}

pub mod unconfirmed {
    pub const BANNER: &str = "Please confirm your address: we have sent you an e-mail.";
    pub const AGAIN: &str = "Send another";
}

pub mod reactivate {
    pub const TITLE: &str = "Keep your account?";
    pub const ACCOUNT: &str = "The account of";
    pub const DAY: &str = "will be deleted on";
    pub const BUTTON: &str = "Keep my account";
    pub const LEAVE: &str = "No, log out";
}

pub mod settings {
    pub const TITLE: &str = "Your account";
    pub const PROVE: &str = "To change your address, download your data or delete your account, type your password again first.";
    pub const PROVE_BY_LETTER: &str = "To change your address, set a password, download your data or delete your account, show first that it is you.";
    pub const PROVE_BUTTON: &str = "Continue";

    pub const EMAIL: &str = "E-mail address";
    pub const EMAIL_HELP: &str =
        "We send a link to the new address. Until you open it, nothing changes.";
    pub const EMAIL_BUTTON: &str = "Change address";
    pub const EMAIL_PENDING: &str = "Waiting for you to open the link sent to";
    pub const EMAIL_CANCEL: &str = "Cancel";
    pub const EMAIL_TITLE: &str = "Change your address";
    pub const EMAIL_FOR: &str = "Your address will be";
    pub const EMAIL_OTHERS: &str = "You will be logged out everywhere else.";
    pub const EMAIL_CONFIRM: &str = "Change my address";

    pub const PASSWORD: &str = "Password";
    pub const NO_PASSWORD: &str = "You have none. You can set one.";
    pub const PASSWORD_HELP: &str = "A new one logs you out everywhere else.";
    pub const PASSWORD_BUTTON: &str = "Save password";

    pub const SESSIONS_HELP: &str = "Your browsers, and what has happened lately.";
    pub const SESSIONS_BUTTON: &str = "Show";

    pub const EXPORT: &str = "Your data";
    pub const EXPORT_HELP: &str = "Everything we keep about you, in one file (JSON).";
    pub const EXPORT_BUTTON: &str = "Download";

    pub const DELETE: &str = "Delete your account";
    pub const DELETE_HELP: &str = "You are logged out everywhere, and after 14 days the account is gone. Until then you can log in and keep it.";
    pub const DELETE_BUTTON: &str = "Delete my account";
}

pub mod veto {
    pub const TITLE: &str = "Keep your address?";
    pub const HELP: &str = "If it was not you who changed it, your account keeps, or gets back,";
    pub const AFTER: &str = "Everybody is logged out, and the password no longer works. We send you a link to choose a new one.";
    pub const BUTTON: &str = "Keep my address";
}

pub mod sudo {
    pub const TITLE: &str = "Is it still you?";
    pub const HELP: &str = "What comes next is sensitive. Please type your password again.";
    pub const HELP_BY_LETTER: &str = "What comes next is sensitive. You have no password, so we send you a link: open it in this browser.";
    pub const BY_LETTER: &str = "E-mail me a link";
    pub const BUTTON: &str = "Continue";
}

pub mod forgot {
    pub const TITLE: &str = "Forgot your password?";
    pub const HELP: &str = "We send you a link to choose a new one.";
    pub const BUTTON: &str = "Send the link";
}

pub mod reset {
    pub const TITLE: &str = "Choose a new password";
    pub const HELP: &str = "You will be logged out everywhere.";
    pub const BUTTON: &str = "Set password";
}

pub mod sessions {
    pub const TITLE: &str = "Where you are logged in";
    pub const HELP: &str =
        "If you do not know one of these browsers, log it out and change your password.";
    pub const THIS: &str = "This browser";
    pub const REMEMBERED: &str = "Remembered";
    pub const ACTIVE: &str = "Last active";
    pub const SINCE: &str = "Logged in";
    pub const END: &str = "Log out";
    pub const END_OTHERS: &str = "Log out everywhere else";
    pub const END_ALL: &str = "Log out everywhere, here too";
    pub const ACTIVITY: &str = "What has happened lately";
    pub const FAILED: &str = "failed";
}

/// What an audit row is called on the page of sessions: something that can also have failed.
pub fn activity(action: &str) -> &'static str {
    match action {
        "auth.register" => "Registration",
        "auth.confirmation" => "Confirmation of the address",
        "auth.confirmation_request" => "Request for an e-mail to confirm the address",
        "auth.magic_link_request" => "Request for a link to log in",
        "auth.password_reset_request" => "Request for a link to a new password",
        "auth.login" => "Log-in",
        "auth.login_held" => "Log-in, not yet complete",
        "auth.logout" => "Log-out",
        "auth.sudo" => "Identity confirmed again",
        "auth.lock" => "Account locked for unknown browsers",
        "auth.unlock" => "Account unlocked",
        "auth.magic_link" => "Log-in with a link",
        "auth.password_reset" => "New password with a link",
        "auth.password_change" => "Change of password",
        "mfa.enroll" => "Second factor set up",
        "mfa.verify" => "Second factor",
        "mfa.disable" => "Second factor removed",
        "mfa.backup_codes_regenerate" => "New backup codes",
        "mfa.trust" => "Browser trusted",
        "mfa.trust_revoke" => "Browser not trusted any more",
        "account.email_change_request" => "Request to change the address",
        "account.email_change_cancel" => "Change of address cancelled",
        "account.email_change" => "Change of address",
        "account.email_veto" => "Change of address refused",
        "account.deletion_schedule" => "Request to delete the account",
        "account.deletion_cancel" => "Account kept",
        "account.export" => "Download of your data",
        "session.end" => "Logged out elsewhere",
        "session.reuse" => "Old key of a browser used",
        //% if passkeys
        "passkey.register" => "Passkey added",
        "passkey.authenticate" => "Passkey used",
        "passkey.rename" => "Passkey renamed",
        "passkey.delete" => "Passkey removed",
        "passkey.counter" => "Passkey that may have been copied",
        //% endif
        //% if api
        "api_token.create" => "New API token",
        "api_token.revoke" => "API token revoked",
        //% endif
        //% if jwt
        "jwt.refresh_reuse" => "Old key of an app used",
        //% endif
        _ => "Change by us",
    }
}

/// Shown once, at the top of the next page.
pub mod notices {
    pub const WELCOME: &str = "Your address is confirmed. Welcome!";
    pub const LOGGED_IN: &str = "You are logged in.";
    pub const LOGGED_OUT: &str = "You are logged out.";
    pub const LETTER_SENT: &str = "If this address is known here, an e-mail is on its way.";
    pub const PASSWORD_CHANGED: &str = "Your password is changed. Log in with the new one.";
    pub const SESSION_ENDED: &str = "That browser is logged out.";
    pub const OTHERS_ENDED: &str = "You are logged out everywhere else.";
    pub const ON_ITS_WAY: &str = "An e-mail is on its way to you.";
    pub const LINK_SENT: &str = "If this address is known here, an e-mail with a link is on its way. It works for ten minutes.";
    pub const UNLOCKED: &str = "Your account is unlocked. You can log in again.";
    pub const EMAIL_SENT: &str = "An e-mail is on its way to the new address.";
    pub const EMAIL_CHANGED: &str = "Your address is changed.";
    pub const EMAIL_CANCELLED: &str = "Your address stays as it is.";
    pub const EMAIL_RESTORED: &str =
        "The address is yours again. An e-mail with a link to choose a new password is on its way.";
    pub const PASSWORD_SET: &str = "Your password is changed.";
    pub const DELETION_SCHEDULED: &str =
        "Your account will be deleted in 14 days. Log in before then to keep it.";
    pub const REACTIVATED: &str = "Your account stays. Welcome back!";
}

pub mod errors {
    pub const BACK: &str = "Back to the start";
    pub const NUMBER: &str = "Error number";
    pub const BAD_REQUEST: (&str, &str) = (
        "That did not make sense",
        "Something in the request was missing or broken.",
    );
    pub const UNAUTHORIZED: (&str, &str) = (
        "Not logged in",
        "This is only for people who are logged in.",
    );
    pub const FORBIDDEN: (&str, &str) = (
        "Not allowed",
        "This was not sent from one of our pages, or you have to prove again who you are.",
    );
    pub const NOT_FOUND: (&str, &str) = ("Nothing here", "There is no such page.");
    pub const TOO_SLOW: (&str, &str) = (
        "Too slow",
        "What you sent did not arrive in time. Please try again.",
    );
    pub const TOO_LARGE: (&str, &str) = ("Too large", "That was more than we take.");
    pub const TOO_MANY: (&str, &str) = ("Too many tries", "Please wait a little and try again.");
    pub const UNEXPECTED: (&str, &str) = (
        "Something went wrong",
        "It was our fault. We have noted it.",
    );
    pub const UNAVAILABLE: (&str, &str) = (
        "Too busy",
        "We cannot answer at the moment. Please try again in a few seconds.",
    );
}

pub mod mailbox {
    pub const TITLE: &str = "Mailbox";
    pub const HELP: &str =
        "E-mails are kept here instead of being sent, until the server stops. Only in development.";
    pub const EMPTY: &str = "No e-mails yet.";
    pub const TO: &str = "To";
    pub const TEXT: &str = "Plain text";
    pub const SOURCE: &str = "As it would have been sent";
}

pub mod letters {
    pub const BUTTON_HELP: &str = "If the button does nothing, open this:";

    pub const CONFIRM_SUBJECT: &str = "Confirm your address";
    pub const CONFIRM_WITH_CODE: &str = "Type this code where you have registered. It works for ten minutes. Later, or in another browser, use the button.";
    pub const CONFIRM: &str =
        "Confirm that this address is yours with the button. It works for 48 hours.";
    pub const CONFIRM_BUTTON: &str = "Confirm this address";
    pub const CONFIRM_AFTER: &str = "If it was not you who registered, ignore this e-mail: nobody can use your address without it.";

    pub const ALREADY_SUBJECT: &str = "You already have an account";
    pub const ALREADY: &str = "Somebody, probably you, has tried to register with this address. It has an account already, so nothing was changed.";
    pub const ALREADY_BUTTON: &str = "Log in";
    pub const ALREADY_AFTER: &str =
        "If you have forgotten your password, you can choose a new one from there.";

    pub const ALREADY_WANTED: &str = "Somebody, probably you, wants to use this address for another account. It has an account already, so nothing was changed.";

    pub const LINK_SUBJECT: &str = "Your link to log in";
    pub const LINK: &str = "The button logs you in. It works once, for ten minutes.";
    pub const LINK_BUTTON: &str = "Log in";
    pub const LINK_AFTER: &str =
        "If you have not asked for this, ignore this e-mail, and give the link to nobody.";

    pub const NEW_LOG_IN_SUBJECT: &str = "New log-in to your account";
    pub const NEW_LOG_IN: &str = "Somebody has logged in, from a browser that is new to us, after a long time, or after several wrong passwords:";
    pub const NEW_LOG_IN_HELP: &str = "If it was you, there is nothing to do. If it was not, choose a new password at once: that logs everybody out.";
    pub const NEW_LOG_IN_BUTTON: &str = "Choose a new password";

    pub const UNLOCK_SUBJECT: &str = "Too many wrong passwords";
    pub const UNLOCK: &str = "Somebody has typed wrong passwords for your account, in a browser that is new to us. For a quarter of an hour, new browsers cannot log in with a password; yours still can. If it was you, unlock your account:";
    pub const UNLOCK_BUTTON: &str = "Unlock my account";
    pub const UNLOCK_AFTER: &str = "If it was not you, there is nothing to do. Nobody has got in.";

    pub const CHANGE_EMAIL_SUBJECT: &str = "Confirm your new address";
    pub const CHANGE_EMAIL: &str = "The button makes this the address of your account. Press it where you are logged in; it works for 24 hours.";
    pub const CHANGE_EMAIL_BUTTON: &str = "Use this address";
    pub const CHANGE_EMAIL_AFTER: &str =
        "If you have no account here, ignore this e-mail: without you nothing happens.";
    pub const EMAIL_CHANGING_SUBJECT: &str = "Your address is about to change";
    pub const EMAIL_CHANGING: &str = "Somebody, probably you, has asked to change the address of your account. The new one has still to be confirmed.";
    pub const EMAIL_CHANGED_SUBJECT: &str = "Your address was changed";
    pub const EMAIL_CHANGED: &str = "Your account has another address now.";
    pub const VETO: &str = "If it was you, there is nothing to do. If it was not, press the button: this address stays yours, or becomes yours again, and everybody is logged out. It works for 72 hours.";
    pub const VETO_BUTTON: &str = "It was not me";

    pub const DELETION_SUBJECT: &str = "Your account will be deleted";
    pub const DELETION: &str = "As you have asked, your account will be deleted on";
    pub const DELETION_HELP: &str = "You are logged out everywhere. Log in before that day if you want to keep it, or if it was not you who asked.";
    pub const DELETION_BUTTON: &str = "Log in and keep it";
    pub const DELETION_CANCELLED_SUBJECT: &str = "Your account stays";
    pub const DELETION_CANCELLED: &str = "Somebody has logged in to your account and kept it: it will not be deleted. If it was not you, take it back at once:";
    pub const DELETED_SUBJECT: &str = "Your account is deleted";
    pub const DELETED: &str =
        "Nobody can log in to it any more, and what we knew about you is being removed. Good-bye!";

    pub const RESET_SUBJECT: &str = "Choose a new password";
    pub const RESET: &str = "Somebody, probably you, has asked to change the password of your account. The button works once, for an hour.";
    pub const RESET_BUTTON: &str = "Choose a new password";
    pub const RESET_AFTER: &str =
        "If it was not you, ignore this e-mail: your password stays as it is.";

    pub const INVITED_SUBJECT: &str = "Your new account";
    pub const INVITED: &str = "We have made an account for you. Choose a password with the button. It works once, for an hour; later, ask for another link on the page to log in.";
    pub const INVITED_BUTTON: &str = "Choose a password";
    pub const INVITED_AFTER: &str =
        "If you do not want an account, ignore this e-mail: nobody can use it without you.";

    pub const CHANGED_SUBJECT: &str = "Your password was changed";
    pub const CHANGED: &str = "The password of your account was changed, and everybody else was logged out. If it was not you, take your account back at once:";
    pub const CHANGED_BUTTON: &str = "Choose a new password";

    pub const STOLEN_SUBJECT: &str = "We have logged one of your browsers out";
    pub const STOLEN: &str = "Somebody has used an old key of a browser that remembers you, so the key may have been copied. We have logged that browser out. Log in again; if you do not know why this happened, choose a new password too:";
    pub const STOLEN_BUTTON: &str = "Choose a new password";

    pub const GUESSED_SUBJECT: &str = "We logged out a browser after five wrong passwords";
    pub const GUESSED: &str = "In a browser that was logged in to your account, a wrong password or code was typed five times where we ask for it again. We have logged that browser out. If this was not you, someone else has used your account: choose a new password, which logs out every other browser too:";
    pub const GUESSED_BUTTON: &str = "Choose a new password";
}
