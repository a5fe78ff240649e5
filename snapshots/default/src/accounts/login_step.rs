//! What is left to do between the first proof of a log-in (a password, an emailed link) and a full session.
//!
//! A session keeps its step in its row. While it has one, it opens the page of that step and nothing else.

use serde::Serialize;

use super::{proof::Proofs, status::AccountStatus, user::User};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum LoginStep {
    /// Give the second factor.
    SecondFactor,
    /// Take back the deletion of the account.
    Reactivation,
}

/// How far a user gets with what they have proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// A full session.
    Full,
    /// A session that leads to this step.
    Pending(LoginStep),
    /// No session. The answer is the one for a wrong password.
    Refused,
}

impl LoginStep {
    /// Every step, in the order in which they are taken.
    const ORDER: [Self; 2] = [Self::SecondFactor, Self::Reactivation];

    /// Returns the page where the user takes the step.
    pub fn page(self) -> &'static str {
        match self {
            Self::SecondFactor => "/users/second-factor",
            Self::Reactivation => "/users/reactivate",
        }
    }

    /// Whether a user has the step to take.
    fn is_due(self, status: AccountStatus, user: &User, proofs: &Proofs) -> bool {
        match self {
            Self::SecondFactor => user.second_factor_at.is_some() && !proofs.have_second_factor(),
            Self::Reactivation => status == AccountStatus::PendingDeletion,
        }
    }
}

/// Whether the account may be logged in to at all.
pub fn is_refused(status: AccountStatus) -> bool {
    matches!(
        status,
        AccountStatus::Suspended | AccountStatus::Unconfirmed
    )
}

/// Returns how far a log-in gets with these proofs.
pub fn progress(status: AccountStatus, user: &User, proofs: &Proofs) -> Progress {
    if is_refused(status) {
        return Progress::Refused;
    }
    let next = remaining(status, user, proofs).first().copied();
    next.map_or(Progress::Full, Progress::Pending)
}

/// Returns the steps that are left, in their order.
pub fn remaining(status: AccountStatus, user: &User, proofs: &Proofs) -> Vec<LoginStep> {
    let mut steps = LoginStep::ORDER.to_vec();
    steps.retain(|step| step.is_due(status, user, proofs));
    steps
}

/// Whether a session that has this step left may still be used. A full one needs an active account, and the second factor
/// while that is on; a pending one ends when its step is no longer the next.
pub fn is_usable(
    step: Option<LoginStep>,
    status: AccountStatus,
    user: &User,
    proofs: &Proofs,
) -> bool {
    let expected = step.map_or(Progress::Full, Progress::Pending);
    progress(status, user, proofs) == expected
}
