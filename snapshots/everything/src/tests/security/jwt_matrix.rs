//! MFA-5: how far apps get, for every state of an account, with and without a second factor.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::login_matrix::{Account, Factor, Reached, STATES, State};
use crate::tests::{PASSWORD, api::Program, browser::Answer, test_app::TestApp};

const ANN: &str = "ann@example.com";

/// Logs in as an app that has logged in before, or as an unknown one.
async fn send(test: &TestApp, client_token: &Value) -> Answer {
    let body = json!({ "email": ANN, "password": PASSWORD, "client_token": client_token });
    Program::new(test).post("/api/auth/token", &body).await
}

/// Logs an app in, and returns what it is known by from then on.
async fn known_app(account: &Account) -> Value {
    let mut answer = send(&account.test, &Value::Null).await.json();
    if let Some(phone) = &account.phone {
        let code = phone.code(&account.test);
        let body = json!({ "login_token": answer["login_token"], "code": code });
        let path = "/api/auth/token/second-factor";
        answer = Program::new(&account.test).post(path, &body).await.json();
    }
    assert!(answer["client_token"].is_string(), "{answer}");
    answer["client_token"].clone()
}

/// What is asked for first, where something is.
fn reached(answer: &Answer) -> Reached {
    match answer.status {
        StatusCode::OK => Reached::FullSession,
        StatusCode::FORBIDDEN => match answer.json()["login_steps"][0].as_str() {
            Some("second_factor") => Reached::SecondFactor,
            Some("reactivation") => Reached::Reactivation,
            step => panic!("{step:?}"),
        },
        StatusCode::UNAUTHORIZED => Reached::Nothing,
        _ => panic!("{} {}", answer.status, answer.body),
    }
}

fn expected(state: State, factor: Factor, is_known: bool) -> Reached {
    match (state, factor) {
        (State::Suspended | State::Unconfirmed, _) => Reached::Nothing,
        (State::Locked, _) if !is_known => Reached::Nothing,
        (_, Factor::On) => Reached::SecondFactor,
        (State::PendingDeletion, Factor::Off) => Reached::Reactivation,
        (State::Active | State::Locked, Factor::Off) => Reached::FullSession,
    }
}

#[tokio::test]
async fn sec_mfa_05_an_app_gets_as_far_as_the_account_allows() {
    for factor in [Factor::Off, Factor::On] {
        for state in STATES {
            let mut account = Account::new(factor).await;
            let known = known_app(&account).await;
            account.put(state).await;
            for (client_token, is_known) in [(&Value::Null, false), (&known, true)] {
                let answer = send(&account.test, client_token).await;
                let wanted = expected(state, factor, is_known);
                assert_eq!(
                    reached(&answer),
                    wanted,
                    "{state:?} {factor:?} {is_known}: {}",
                    answer.body
                );
            }
        }
    }
}
