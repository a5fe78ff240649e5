//! Everything that grants access to an account, in one list, and what ends it.
//!
//! [`revoke`] is the only way trust ends. A feature that lets a user in by something new adds it here: a [`Credential`], its
//! line in the table [`ends_with`](Credential::ends_with), and its statement in [`end`].

use Scope::{
    Closure, EmailChange, EndAll, EndOthers, FirstProof, PasswordChange, Reset, SecondFactorChange,
    Suspension, Veto,
};

use super::{
    client::Client,
    device,
    held::{Held, HeldSession},
    registration::pending,
    repeat, second_factor,
    secret::Secret,
    session,
    token::{self, Purpose},
    totp, trusted_browser, user,
};
use crate::{db::Tx, id::Id};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Credential {
    Password,
    Sessions,
    /// Emailed links that were requested so far.
    Links,
    /// A change of the email that was requested.
    PendingEmail,
    /// Links that take a change of the email back. They are for the user who has lost the account to somebody else.
    VetoLinks,
    KnownBrowsers,
    /// What lets a browser log in without the second factor.
    TrustedBrowsers,
    /// Authenticator app and backup codes. To end them is to ask for less at the next log-in.
    SecondFactor,
    /// An authenticator app that is being set up: its key may be in other hands.
    Enrolments,
    /// What is still to be confirmed of the registration that made the account.
    Registration,
    /// What browsers have just done, and may send again.
    Repeats,
    Passkeys,
}

/// Why trust ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The user logs out everywhere.
    EndAll,
    /// The user logs out everywhere else.
    EndOthers,
    PasswordChange,
    EmailChange,
    /// A second factor was added, replaced or removed.
    SecondFactorChange,
    DeletionSchedule,
    /// The first proof that the email is the user's: whatever was set up before may be somebody else's.
    FirstProof,
    Reset,
    /// A change of the email was taken back.
    Veto,
    Suspension,
    /// The account is deleted.
    Closure,
}

impl Credential {
    const ALL: &[Self] = &[
        Self::Password,
        Self::Sessions,
        Self::Links,
        Self::PendingEmail,
        Self::VetoLinks,
        Self::KnownBrowsers,
        Self::TrustedBrowsers,
        Self::SecondFactor,
        Self::Enrolments,
        Self::Registration,
        Self::Repeats,
        Self::Passkeys,
    ];

    /// The table: whether this scope ends it.
    fn ends_with(self, scope: Scope) -> bool {
        match self {
            // A reset sets a new one in the same transaction.
            Self::Password => matches!(scope, FirstProof | Reset | Veto | Closure),
            Self::Sessions | Self::Repeats | Self::TrustedBrowsers | Self::Enrolments => true,
            // An attacker in one of the ended sessions may have asked for it.
            Self::PendingEmail => true,
            Self::Links => !matches!(scope, EndAll | EndOthers | SecondFactorChange),
            Self::VetoLinks => scope == Closure,
            // Who knew the old password may have logged in with a browser of theirs. One that has not given the second factor
            // has no budget of its own to guess it with.
            Self::KnownBrowsers => matches!(
                scope,
                PasswordChange
                    | SecondFactorChange
                    | FirstProof
                    | Reset
                    | Veto
                    | Suspension
                    | Closure
            ),
            // An emailed link never ends it: the mailbox alone must not be enough to log in. Except before the first proof,
            // when another user of the address may have set it up.
            Self::SecondFactor => matches!(scope, FirstProof | Closure),
            // It is for the email that the account had.
            Self::Registration => matches!(
                scope,
                EmailChange | FirstProof | Reset | Veto | Suspension | Closure
            ),
            // A reset by email leaves them: they are a second way in for an owner whose mailbox is in other hands. The email
            // that tells of it names those that stay.
            Self::Passkeys => matches!(scope, FirstProof | Veto | Closure),
        }
    }

    async fn end(self, held: &mut Held, but: Kept<'_>) -> sqlx::Result<()> {
        match self {
            Self::Password => user::set_password(held, None).await,
            Self::Sessions => session::end_all(held, but.session).await,
            Self::Links => token::end_all(held).await,
            Self::PendingEmail => token::end_for(held, Purpose::ChangeEmail).await.map(|_| ()),
            Self::VetoLinks => token::end_vetoes(held).await,
            Self::KnownBrowsers => device::forget_all(held, but.browser).await,
            Self::TrustedBrowsers => trusted_browser::end_all(held).await,
            Self::SecondFactor => second_factor::end_all(held).await,
            Self::Enrolments => totp::end_enrolments(held).await,
            Self::Registration => pending::end_of_user(held).await,
            Self::Repeats => repeat::forget_all(held).await,
            Self::Passkeys => super::passkey::end_all(held).await,
        }
    }
}

/// What stays, because it is where the user is.
#[derive(Clone, Copy, Default)]
struct Kept<'a> {
    session: Option<Id>,
    /// The name of the browser, if it has one.
    browser: Option<&'a Secret>,
}

/// Ends whatever this scope ends.
pub async fn revoke(held: &mut Held, scope: Scope) -> sqlx::Result<()> {
    end(held, scope, Kept::default()).await
}

/// The same, but the browser that asks stays known, if it was: it has proved the email, and its limits stay its own.
pub async fn revoke_from(held: &mut Held, scope: Scope, client: &Client) -> sqlx::Result<()> {
    let kept = Kept {
        session: None,
        browser: client.device.as_ref(),
    };
    end(held, scope, kept).await
}

/// The same, but the session that asks stays, and its browser stays known.
pub async fn revoke_others(
    held: &mut HeldSession,
    scope: Scope,
    client: &Client,
) -> sqlx::Result<()> {
    let kept = Kept {
        session: Some(held.session().id),
        browser: client.device.as_ref(),
    };
    end(held, scope, kept).await
}

async fn end(held: &mut Held, scope: Scope, but: Kept<'_>) -> sqlx::Result<()> {
    for credential in Credential::ALL {
        if credential.ends_with(scope) {
            credential.end(held, but).await?;
        }
    }
    Ok(())
}

/// Ends what every user is logged in with. Returns how many sessions that were.
pub async fn revoke_everyones(tx: &mut Tx) -> sqlx::Result<u64> {
    user::lock_all(tx).await?;
    let ended = session::end_everyones(tx).await?;
    Ok(ended)
}
