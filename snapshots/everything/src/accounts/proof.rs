//! What a user shows to log in, or again before something dangerous: one type for log-in, sudo and changes.

use std::fmt;

use super::user::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    Password,
    /// The link or the code of an email.
    Email,
    /// A code of an authenticator app (RFC 6238).
    Totp,
    BackupCode,
    /// A browser that was trusted after an earlier second factor. It is good for a log-in, never for sudo.
    TrustedBrowser,
    /// A passkey that has verified its user, by a PIN or a fingerprint: both factors at once.
    Passkey,
    /// A passkey or a security key that was only touched: a second factor.
    SecurityKey,
}

impl Proof {
    const ALL: &[Self] = &[
        Self::Password,
        Self::Email,
        Self::Totp,
        Self::BackupCode,
        Self::TrustedBrowser,
        Self::Passkey,
        Self::SecurityKey,
    ];

    /// Returns the name that is stored with sessions and in the audit log. It never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Email => "email",
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
            Self::TrustedBrowser => "trusted_browser",
            Self::Passkey => "passkey",
            Self::SecurityKey => "security_key",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|proof| proof.name() == name)
    }

    /// Whether a log-in may begin with it.
    fn is_first_factor(self) -> bool {
        match self {
            Self::Password | Self::Email => true,
            Self::Totp | Self::BackupCode | Self::TrustedBrowser => false,
            Self::Passkey => true,
            Self::SecurityKey => false,
        }
    }

    /// Whether it is given after a first factor, or stands for both. A trusted browser is not given: it only spares the step.
    fn is_second_factor(self) -> bool {
        match self {
            Self::Totp | Self::BackupCode => true,
            Self::Password | Self::Email | Self::TrustedBrowser => false,
            Self::Passkey | Self::SecurityKey => true,
        }
    }

    /// Returns its authentication method reference (RFC 8176). There is none for an email, nor for a browser.
    fn method(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            Self::Totp | Self::BackupCode => Some("otp"),
            Self::Email | Self::TrustedBrowser => None,
            // In hardware or in software: without an attestation, the server cannot know.
            Self::Passkey | Self::SecurityKey => Some("pop"),
        }
    }
}

/// The proofs that a session has been given, in their order. Stored as their names, with spaces between.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    pub fn of(proof: Proof) -> Self {
        Self(vec![proof])
    }

    /// Returns these and another one.
    #[must_use]
    pub fn with(mut self, proof: Proof) -> Self {
        if !self.0.contains(&proof) {
            self.0.push(proof);
        }
        self
    }

    /// Returns these and others.
    #[must_use]
    pub fn and(self, others: &Self) -> Self {
        others.0.iter().copied().fold(self, Self::with)
    }

    fn any(&self, is_it: impl Fn(Proof) -> bool) -> bool {
        self.0.iter().copied().any(is_it)
    }

    /// Whether they are enough for a log-in, as far as the second factor goes.
    pub fn have_second_factor(&self) -> bool {
        self.any(Proof::is_second_factor) || self.any(|proof| proof == Proof::TrustedBrowser)
    }

    /// Whether a trusted browser stood in for the second factor, which was not given since.
    pub fn rest_on_trust(&self) -> bool {
        let is_trusted = self.any(|proof| proof == Proof::TrustedBrowser);
        is_trusted && !self.any(Proof::is_second_factor)
    }

    /// Whether they are enough for sudo: a first factor and, while the user has one, the second. A trusted browser
    /// does not stand in for it.
    pub fn allow_sudo(&self, user: &User) -> bool {
        let is_second_given = user.second_factor_at.is_none() || self.any(Proof::is_second_factor);
        self.any(Proof::is_first_factor) && is_second_given
    }

    /// Returns the claim `amr` (RFC 8176): what they were, and `mfa` for two factors.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut methods = Vec::new();
        for method in self.0.iter().filter_map(|proof| proof.method()) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        if self.any(Proof::is_first_factor) && self.any(Proof::is_second_factor) {
            methods.push("mfa");
        }
        methods
    }
}

impl fmt::Display for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|proof| proof.name()).collect();
        f.write_str(&names.join(" "))
    }
}

/// Reads the column. What this program does not know proves nothing.
impl From<String> for Proofs {
    fn from(names: String) -> Self {
        Self(names.split(' ').filter_map(Proof::named).collect())
    }
}
