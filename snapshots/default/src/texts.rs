//! Every sentence that people read, in one place: change the tone here, or the language.

pub mod layout {
    pub const ACCOUNT: &str = "Account";
    pub const SKIP: &str = "Skip to content";
    pub const LOG_IN: &str = "Log in";
    pub const REGISTER: &str = "Register";
    pub const LOG_OUT: &str = "Log out";
    pub const SESSIONS: &str = "Your sessions";
    pub const DEVELOPMENT: &str = "Development";
    pub const MAILBOX: &str = "Mailbox";
}

pub mod fields {
    pub const EMAIL: &str = "E-mail address";
    pub const PASSWORD: &str = "Password";
    pub const NEW_PASSWORD: &str = "New password";
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
    pub const PASSWORD_WRONG: &str = "That is not the password.";
    pub const CODE_WRONG: &str =
        "That code is wrong, or too old. After five wrong ones, ask for a new e-mail.";
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
        "We have sent you a code of six digits. It works for ten minutes, in this browser.";
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
    pub const HELP: &str = "It was used already, it is too old, or a newer e-mail has replaced it.";
    pub const CONFIRM: &str = "Ask for another e-mail";
    pub const RESET: &str = "Ask for another link";
}

pub mod log_in {
    pub const TITLE: &str = "Log in";
    pub const BUTTON: &str = "Log in";
    pub const REMEMBER: &str = "Remember me for 60 days";
    pub const FORGOT: &str = "Forgot your password?";
    pub const NOT_CONFIRMED: &str = "No e-mail to confirm your address?";
    pub const NEW_HERE: &str = "New here?";
    pub const WRONG: &str =
        "This address and password do not fit together, or the address is not confirmed yet.";
}

pub mod sudo {
    pub const TITLE: &str = "Is it still you?";
    pub const HELP: &str = "What comes next is sensitive. Please type your password again.";
    pub const BUTTON: &str = "Go on";
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
    pub const TITLE: &str = "Your sessions";
    pub const HELP: &str =
        "Everywhere you are logged in. End what you do not know, and change your password.";
    pub const THIS: &str = "This browser";
    pub const REMEMBERED: &str = "Remembered";
    pub const ACTIVE: &str = "Last active";
    pub const SINCE: &str = "Since";
    pub const END: &str = "End";
    pub const END_OTHERS: &str = "End all others";
    pub const END_ALL: &str = "End all, this one too";
}

/// Shown once, at the top of the next page.
pub mod notices {
    pub const WELCOME: &str = "Your address is confirmed. Welcome!";
    pub const LOGGED_IN: &str = "You are logged in.";
    pub const LOGGED_OUT: &str = "You are logged out.";
    pub const LETTER_SENT: &str = "If this address is known here, an e-mail is on its way.";
    pub const PASSWORD_CHANGED: &str = "Your password is changed. Log in with the new one.";
    pub const SESSION_ENDED: &str = "The session is ended.";
    pub const OTHERS_ENDED: &str = "All other sessions are ended.";
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

    pub const RESET_SUBJECT: &str = "Choose a new password";
    pub const RESET: &str = "Somebody, probably you, has asked to change the password of your account. The button works once, for an hour.";
    pub const RESET_BUTTON: &str = "Choose a new password";
    pub const RESET_AFTER: &str =
        "If it was not you, ignore this e-mail: your password stays as it is.";

    pub const CHANGED_SUBJECT: &str = "Your password was changed";
    pub const CHANGED: &str = "The password of your account was changed, and you were logged out everywhere. If it was not you, take your account back at once:";
    pub const CHANGED_BUTTON: &str = "Choose a new password";

    pub const STOLEN_SUBJECT: &str = "We have ended one of your sessions";
    pub const STOLEN: &str = "Somebody has used an old key to one of your remembered sessions, so it may have been copied. We have ended that session. Log in again; if you do not know why this happened, choose a new password too:";
    pub const STOLEN_BUTTON: &str = "Choose a new password";
}
