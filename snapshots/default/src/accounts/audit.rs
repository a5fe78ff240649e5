//! Who did what, when and from where. A row is written in the transaction of what it tells, so there is never one without the other.

use uuid::Uuid;

use super::client::Client;
use crate::{app::App, db::Tx};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Register,
    Confirm,
    ConfirmationRequest,
    LogIn,
    LogOut,
    Sudo,
    ResetRequest,
    Reset,
    SessionEnd,
    SessionReuse,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "auth.register",
            Self::Confirm => "auth.confirmation",
            Self::ConfirmationRequest => "auth.confirmation_request",
            Self::LogIn => "auth.login",
            Self::LogOut => "auth.logout",
            Self::Sudo => "auth.sudo",
            Self::ResetRequest => "auth.password_reset_request",
            Self::Reset => "auth.password_reset",
            Self::SessionEnd => "session.end",
            Self::SessionReuse => "session.reuse",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Success,
    Failure,
}

impl From<bool> for Outcome {
    fn from(success: bool) -> Self {
        match success {
            true => Self::Success,
            false => Self::Failure,
        }
    }
}

/// Writes a row. Without a user it concerns somebody we do not know.
///
/// It needs a transaction on purpose: it cannot be written beside the thing it tells.
pub async fn record(
    app: &App,
    tx: &mut Tx,
    action: Action,
    outcome: Outcome,
    user_id: Option<Uuid>,
    client: &Client,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into audit_events (id, action, outcome, user_id, address, agent, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(Uuid::now_v7())
    .bind(action.name())
    .bind(match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
    })
    .bind(user_id)
    .bind(client.address.to_string())
    .bind(&client.agent)
    .bind(app.now())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
