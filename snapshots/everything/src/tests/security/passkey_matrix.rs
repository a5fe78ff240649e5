//! MFA-5: how far passkeys get, for every state of an account, with and without another second factor.

use axum::http::StatusCode;

use super::login_matrix::{Account, Factor, Reached, STATES, State, reached};
use crate::tests::authenticator::{Key, add, location, log_in};

/// A passkey is both factors at once. It proves no email, and a lock is for passwords only.
fn expected(state: State) -> (Reached, StatusCode) {
    match state {
        State::Suspended | State::Unconfirmed => {
            (Reached::Nothing, StatusCode::UNPROCESSABLE_ENTITY)
        }
        State::PendingDeletion => (Reached::Reactivation, StatusCode::OK),
        State::Active | State::Locked => (Reached::FullSession, StatusCode::OK),
    }
}

#[tokio::test]
async fn sec_mfa_05_a_passkey_gets_as_far_as_the_account_allows() {
    for factor in [Factor::Off, Factor::On] {
        for state in STATES {
            let mut account = Account::new(factor).await;
            let mut key = Key::new();
            location(&add(&mut account.known, &mut key).await);
            account.put(state).await;
            let mut browser = account.test.browser();
            let status = log_in(&mut browser, &mut key).await.status;
            let reached = reached(&mut browser).await;
            assert_eq!((reached, status), expected(state), "{state:?} {factor:?}");
        }
    }
}
