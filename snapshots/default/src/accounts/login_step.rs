//! What is left to do between the first proof of a log-in (a password, an emailed link) and a full session.
//!
//! A session keeps its step in its row. While it has one, it opens the page of that step and nothing else.

use super::status::AccountStatus;

#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum LoginStep {
    /// Take back the deletion of the account.
    Reactivation,
}

/// How far a user gets with a first proof.
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
    const ORDER: [Self; 1] = [Self::Reactivation];

    /// Returns the page where the user takes the step.
    pub fn page(self) -> &'static str {
        match self {
            Self::Reactivation => "/users/reactivate",
        }
    }

    /// Whether an account with this status has the step to take.
    fn is_due(self, status: AccountStatus) -> bool {
        match self {
            Self::Reactivation => status == AccountStatus::PendingDeletion,
        }
    }
}

/// Returns how far a log-in gets when the account has this status.
pub fn progress(status: AccountStatus) -> Progress {
    if matches!(
        status,
        AccountStatus::Suspended | AccountStatus::Unconfirmed
    ) {
        return Progress::Refused;
    }
    let next = LoginStep::ORDER
        .into_iter()
        .find(|step| step.is_due(status));
    next.map_or(Progress::Full, Progress::Pending)
}

/// Whether a session that has this step left may still be used when the account has this status. A full session needs an
/// active account; a pending one ends when its step is no longer asked for.
pub fn is_usable(step: Option<LoginStep>, status: AccountStatus) -> bool {
    match step {
        None => status == AccountStatus::Active,
        Some(step) => step.is_due(status),
    }
}
