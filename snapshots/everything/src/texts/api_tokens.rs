//! What people read about API tokens. What a scope allows is in `accounts/api/scope.rs`.

pub const TITLE: &str = "API tokens";
pub const HELP: &str = "A program that has one of these acts in your name, as far as you allow it. Give each program its own.";
pub const OPEN: &str = "Show";
pub const STAY: &str = "Programs go on with their API tokens.";
pub const STAY_LINK: &str = "Revoke them there.";

pub const MADE: &str = "Your new token";
pub const MADE_HELP: &str = "Copy it now: it is shown this once, and nobody can show it again.";
pub const NONE: &str = "You have none.";
pub const USED: &str = "Last used";
pub const NEVER_USED: &str = "Never used";
pub const MADE_ON: &str = "Made";
pub const EXPIRES: &str = "Works until";
pub const NEVER_EXPIRES: &str = "Works until you revoke it";
pub const REVOKE: &str = "Revoke";
pub const REVOKE_ALL: &str = "Revoke all of them";

pub const NEW: &str = "New token";
pub const PROVE: &str = "To make or revoke tokens, show first that it is you.";
pub const PROVE_BUTTON: &str = "Continue";
pub const NAME: &str = "What it is for";
pub const SCOPES: &str = "What it may do";
pub const LASTS: &str = "How long it works";
/// How long a token can be made to work: days, and in words. None: until it is revoked.
pub const LIFETIMES: [(Option<i64>, &str); 4] = [
    (Some(30), "30 days"),
    (Some(90), "90 days"),
    (Some(365), "A year"),
    (None, "Until I revoke it"),
];
pub const BUTTON: &str = "Make the token";

pub const NAME_MISSING: &str = "Give it a name, of 64 characters at most.";
pub const SCOPE_MISSING: &str = "Choose at least one.";
pub const SCOPE_UNKNOWN: &str = "There is no such scope.";
pub const LIFETIME_WRONG: &str = "Choose one of these.";
pub const TOO_MANY: &str = "You have 25 tokens. Revoke one that you do not need any more.";

pub const REVOKED_NOTICE: &str = "That token no longer works.";
pub const ALL_REVOKED_NOTICE: &str = "None of your tokens works any more.";

pub const CREATED_SUBJECT: &str = "New API token";
pub const CREATED: &str = "Somebody, probably you, has made a token with which a program can act in your name. If it was not you, revoke it and choose a new password at once.";
pub const CREATED_BUTTON: &str = "Look at my tokens";

/// What programs are told: a title and a sentence.
pub mod problems {
    pub const STRANGER: (&str, &str) = (
        "Not authenticated",
        "Send a token: Authorization: Bearer TOKEN.",
    );
    pub const INVALID_TOKEN: (&str, &str) = (
        "Token refused",
        "The token is malformed, unknown, expired or revoked.",
    );
    pub const SCOPE_MISSING: &str = "Scope missing";
    pub const NEEDS_SCOPE: &str = "The token is not good for this. It would need the scope";
    pub const INVALID: (&str, &str) = (
        "Not valid",
        "The body has the right form, but something in it cannot be: see errors.",
    );
    pub const BODY: &str = "The body cannot be read";
    pub const QUERY: &str = "The query cannot be read";
    pub const CURSOR: &str = "This is no cursor of ours: take the one that was in next.";
    pub const NOT_FOUND: (&str, &str) = ("Not found", "There is none, or it is not yours.");
    pub const CODE_WRONG: &str = "Wrong, too old, or tried too often.";
    pub const TOKEN_SPENT: &str = "It was used already, or it is too old.";
}

/// The page about the API.
pub mod docs {
    pub const TITLE: &str = "API";
    pub const HELP: &str = "Programs send a token with each request, as Authorization: Bearer TOKEN. What goes wrong is told as application/problem+json (RFC 9457).";
    pub const DOCUMENT: &str = "As an OpenAPI document";
    pub const PUBLIC: &str = "no token";
    pub const SESSION: &str = "browser session, proved within 15 minutes";
    pub const PARAMETERS: &str = "Parameters";
    pub const BODY: &str = "Body";
    pub const ANSWERS: &str = "Answers";
    pub const REQUIRED: &str = "required";
}
