//! One sentence that the next page shows, once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::cookies::Cookies;
use crate::{
    app::App,
    texts::{notices as texts, second_factor},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    Welcome,
    LoggedIn,
    LoggedOut,
    LetterSent,
    PasswordChanged,
    SessionEnded,
    OthersEnded,
    OnItsWay,
    LinkSent,
    Unlocked,
    EmailSent,
    EmailChanged,
    EmailCancelled,
    EmailRestored,
    PasswordSet,
    DeletionScheduled,
    Reactivated,
    LoginEnded,
    FewBackupCodes,
    SecondFactorChanged,
    SecondFactorOff,
    TrustEnded,
    //% if passkeys
    PasskeyAdded,
    SecurityKeyAdded,
    AnotherKeyAdded,
    PasskeyRenamed,
    PasskeyDeleted,
    //% endif
    //% if api
    ApiTokenRevoked,
    ApiTokensRevoked,
    //% endif
    //% if jwt
    JwtEnded,
    //% endif
}

impl Notice {
    const ALL: &[Self] = &[
        Self::Welcome,
        Self::LoggedIn,
        Self::LoggedOut,
        Self::LetterSent,
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::OnItsWay,
        Self::LinkSent,
        Self::Unlocked,
        Self::EmailSent,
        Self::EmailChanged,
        Self::EmailCancelled,
        Self::EmailRestored,
        Self::PasswordSet,
        Self::DeletionScheduled,
        Self::Reactivated,
        Self::LoginEnded,
        Self::FewBackupCodes,
        Self::SecondFactorChanged,
        Self::SecondFactorOff,
        Self::TrustEnded,
        //% if passkeys
        Self::PasskeyAdded,
        Self::SecurityKeyAdded,
        Self::AnotherKeyAdded,
        Self::PasskeyRenamed,
        Self::PasskeyDeleted,
        //% endif
        //% if api
        Self::ApiTokenRevoked,
        Self::ApiTokensRevoked,
        //% endif
        //% if jwt
        Self::JwtEnded,
        //% endif
    ];

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.key() == key)
    }

    /// The cookie holds this and not the sentence, so that nobody can put words into our mouth.
    pub fn key(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::LoggedIn => "logged-in",
            Self::LoggedOut => "logged-out",
            Self::LetterSent => "letter-sent",
            Self::PasswordChanged => "password-changed",
            Self::SessionEnded => "session-ended",
            Self::OthersEnded => "others-ended",
            Self::OnItsWay => "on-its-way",
            Self::LinkSent => "link-sent",
            Self::Unlocked => "unlocked",
            Self::EmailSent => "email-sent",
            Self::EmailChanged => "email-changed",
            Self::EmailCancelled => "email-cancelled",
            Self::EmailRestored => "email-restored",
            Self::PasswordSet => "password-set",
            Self::DeletionScheduled => "deletion-scheduled",
            Self::Reactivated => "reactivated",
            Self::LoginEnded => "login-ended",
            Self::FewBackupCodes => "few-backup-codes",
            Self::SecondFactorChanged => "second-factor-changed",
            Self::SecondFactorOff => "second-factor-off",
            Self::TrustEnded => "trust-ended",
            //% if passkeys
            Self::PasskeyAdded => "passkey-added",
            Self::SecurityKeyAdded => "security-key-added",
            Self::AnotherKeyAdded => "another-key-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyDeleted => "passkey-deleted",
            //% endif
            //% if api
            Self::ApiTokenRevoked => "api-token-revoked",
            Self::ApiTokensRevoked => "api-tokens-revoked",
            //% endif
            //% if jwt
            Self::JwtEnded => "jwt-ended",
            //% endif
        }
    }

    /// Whether it tells of something that went wrong.
    pub fn is_failure(self) -> bool {
        self == Self::LoginEnded
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::Welcome => texts::WELCOME,
            Self::LoggedIn => texts::LOGGED_IN,
            Self::LoggedOut => texts::LOGGED_OUT,
            Self::LetterSent => texts::LETTER_SENT,
            Self::PasswordChanged => texts::PASSWORD_CHANGED,
            Self::SessionEnded => texts::SESSION_ENDED,
            Self::OthersEnded => texts::OTHERS_ENDED,
            Self::OnItsWay => texts::ON_ITS_WAY,
            Self::LinkSent => texts::LINK_SENT,
            Self::Unlocked => texts::UNLOCKED,
            Self::EmailSent => texts::EMAIL_SENT,
            Self::EmailChanged => texts::EMAIL_CHANGED,
            Self::EmailCancelled => texts::EMAIL_CANCELLED,
            Self::EmailRestored => texts::EMAIL_RESTORED,
            Self::PasswordSet => texts::PASSWORD_SET,
            Self::DeletionScheduled => texts::DELETION_SCHEDULED,
            Self::Reactivated => texts::REACTIVATED,
            Self::LoginEnded => second_factor::LOGIN_ENDED,
            Self::FewBackupCodes => second_factor::FEW_BACKUP_CODES,
            Self::SecondFactorChanged => second_factor::CHANGED,
            Self::SecondFactorOff => second_factor::OFF,
            Self::TrustEnded => second_factor::TRUST_ENDED,
            //% if passkeys
            Self::PasskeyAdded => crate::texts::passkeys::ADDED_NOTICE,
            Self::SecurityKeyAdded => crate::texts::passkeys::SECURITY_KEY_ADDED_NOTICE,
            Self::AnotherKeyAdded => crate::texts::passkeys::ANOTHER_KEY_ADDED_NOTICE,
            Self::PasskeyRenamed => crate::texts::passkeys::RENAMED_NOTICE,
            Self::PasskeyDeleted => crate::texts::passkeys::DELETED_NOTICE,
            //% endif
            //% if api
            Self::ApiTokenRevoked => crate::texts::api_tokens::REVOKED_NOTICE,
            Self::ApiTokensRevoked => crate::texts::api_tokens::ALL_REVOKED_NOTICE,
            //% endif
            //% if jwt
            Self::JwtEnded => crate::texts::jwt::ENDED_NOTICE,
            //% endif
        }
    }
}

/// Whether the page that answers a request shows the notice.
#[derive(Clone, Default)]
pub struct Shown(Arc<AtomicBool>);

impl Shown {
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A layer that forgets the notice once a page has shown it. Redirects, files and answers to scripts leave it to the next page.
pub async fn forget_shown(
    State(_app): State<App>,
    cookies: Cookies,
    mut request: Request,
    next: Next,
) -> Response {
    let shown = Shown::default();
    request.extensions_mut().insert(shown.clone());
    let has_body = request.method() != Method::HEAD;
    let response = next.run(request).await;
    if shown.get() && has_body {
        return (cookies.notified(), response).into_response();
    }
    response
}
