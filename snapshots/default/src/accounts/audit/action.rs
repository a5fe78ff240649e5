//! The list of all actions.

/// Declares [`Action`]: a variant and the name that is stored, a line each.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Action {
            $($(#[$doc])* $action,)*
        }

        impl Action {
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// Returns the name that is stored. It never changes.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }
        }
    };
}

// A new action also needs its words in `texts::activity`, if users see it, and its place in `tests/security/audit.rs`.
actions! {
    Register = "auth.register",
    Confirm = "auth.confirmation",
    ConfirmationRequest = "auth.confirmation_request",
    LogIn = "auth.login",
    /// The password was right, and a step is left that users can take by themselves.
    LogInHeld = "auth.login_held",
    LogOut = "auth.logout",
    Sudo = "auth.sudo",
    /// Too many wrong passwords: unknown browsers are locked out.
    Lock = "auth.lock",
    Unlock = "auth.unlock",
    MagicLinkRequest = "auth.magic_link_request",
    MagicLink = "auth.magic_link",
    ResetRequest = "auth.password_reset_request",
    Reset = "auth.password_reset",
    PasswordChange = "auth.password_change",
    /// An authenticator app or a security key was set up.
    SecondFactorEnroll = "mfa.enroll",
    /// A code was typed, or a key was used: at a log-in or for sudo.
    SecondFactorVerify = "mfa.verify",
    SecondFactorDisable = "mfa.disable",
    BackupCodesRegenerate = "mfa.backup_codes_regenerate",
    BrowserTrust = "mfa.trust",
    BrowserTrustRevoke = "mfa.trust_revoke",
    /// The list of breached passwords could not be asked.
    PasswordCheckSkipped = "auth.password_check_skipped",
    EmailChangeRequest = "account.email_change_request",
    EmailChangeCancel = "account.email_change_cancel",
    EmailChange = "account.email_change",
    EmailVeto = "account.email_veto",
    DeletionSchedule = "account.deletion_schedule",
    DeletionCancel = "account.deletion_cancel",
    Delete = "account.delete",
    Export = "account.export",
    Create = "account.create",
    Suspend = "account.suspend",
    Unsuspend = "account.unsuspend",
    SessionEnd = "session.end",
    /// A secret was used that a newer one has replaced.
    SessionReuse = "session.reuse",
    PasskeyRegister = "passkey.register",
    PasskeyAuthenticate = "passkey.authenticate",
    PasskeyRename = "passkey.rename",
    PasskeyDelete = "passkey.delete",
    /// An authenticator has counted backwards: its key may have been copied.
    PasskeyCounter = "passkey.counter",
}
