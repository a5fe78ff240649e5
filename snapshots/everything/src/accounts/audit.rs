//! Who did what, when and from where. A row is written in the transaction of what it tells, so there is never one without the other.

use time::{Duration, OffsetDateTime};

use super::{client::Client, email::Email, user};
use crate::{
    app::App,
    db::{Pool, Tx},
    id::{self, Id},
};

/// Long enough to look into what happened; not for ever, because it is about people.
pub const KEPT_FOR: Duration = Duration::days(365);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Register,
    Confirm,
    ConfirmationRequest,
    LogIn,
    /// The password was right, and a gate is shut that they can open themselves.
    LogInHeld,
    LogOut,
    Sudo,
    Unlock,
    MagicLinkRequest,
    MagicLink,
    ResetRequest,
    Reset,
    PasswordChange,
    /// The list of breached passwords could not be asked.
    PasswordCheckSkipped,
    EmailChangeRequest,
    EmailChangeCancel,
    EmailChange,
    EmailVeto,
    DeletionSchedule,
    DeletionCancel,
    Delete,
    Export,
    Create,
    Suspend,
    Unsuspend,
    SessionEnd,
    /// A secret was used that a newer one has replaced.
    SessionReuse,
    ApiTokenCreate,
    ApiTokenRevoke,
    JwtReuse,
}

impl Action {
    /// The name that is stored, in the words that audit logs share. It stays for ever.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "auth.register",
            Self::Confirm => "auth.confirmation",
            Self::ConfirmationRequest => "auth.confirmation_request",
            Self::LogIn => "auth.login",
            Self::LogInHeld => "auth.login_held",
            Self::LogOut => "auth.logout",
            Self::Sudo => "auth.sudo",
            Self::Unlock => "auth.unlock",
            Self::MagicLinkRequest => "auth.magic_link_request",
            Self::MagicLink => "auth.magic_link",
            Self::ResetRequest => "auth.password_reset_request",
            Self::Reset => "auth.password_reset",
            Self::PasswordChange => "auth.password_change",
            Self::PasswordCheckSkipped => "auth.password_check_skipped",
            Self::EmailChangeRequest => "account.email_change_request",
            Self::EmailChangeCancel => "account.email_change_cancel",
            Self::EmailChange => "account.email_change",
            Self::EmailVeto => "account.email_veto",
            Self::DeletionSchedule => "account.deletion_schedule",
            Self::DeletionCancel => "account.deletion_cancel",
            Self::Delete => "account.delete",
            Self::Export => "account.export",
            Self::Create => "account.create",
            Self::Suspend => "account.suspend",
            Self::Unsuspend => "account.unsuspend",
            Self::SessionEnd => "session.end",
            Self::SessionReuse => "session.reuse",
            Self::ApiTokenCreate => "api_token.create",
            Self::ApiTokenRevoke => "api_token.revoke",
            Self::JwtReuse => "jwt.refresh_reuse",
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

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// What was written about somebody, for their own eyes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    pub action: String,
    pub outcome: String,
    pub address: String,
    pub agent: String,
    pub inserted_at: OffsetDateTime,
}

/// Writes a row and gives its key. Without a user it concerns somebody we do not know.
///
/// It needs a transaction on purpose: it cannot be written beside the thing it tells.
pub async fn record(
    app: &App,
    tx: &mut Tx,
    action: Action,
    outcome: Outcome,
    user_id: Option<Id>,
    client: &Client,
) -> sqlx::Result<Id> {
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into audit_events (id, action, outcome, user_id, address, agent, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(action.name())
    .bind(outcome.name())
    .bind(user_id)
    .bind(&client.address)
    .bind(&client.agent)
    .bind(app.now())
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// What somebody we know has done.
pub async fn success(
    app: &App,
    tx: &mut Tx,
    action: Action,
    user_id: Id,
    client: &Client,
) -> sqlx::Result<Id> {
    record(app, tx, action, Outcome::Success, Some(user_id), client).await
}

/// What a stranger asks for about whoever has this address, if anybody.
pub async fn record_about(
    app: &App,
    tx: &mut Tx,
    action: Action,
    outcome: Outcome,
    email: &Email,
    client: &Client,
) -> sqlx::Result<Id> {
    let user = user::by_email(&mut **tx, Some(email)).await?;
    let user_id = user.map(|user| user.id);
    record(app, tx, action, outcome, user_id, client).await
}

/// One row.
pub async fn by_id(db: &Pool, id: Id) -> sqlx::Result<Option<Event>> {
    sqlx::query_as(
        "select action, outcome, address, agent, inserted_at from audit_events where id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// The last things that happened to somebody's account, the newest first.
pub async fn latest(db: &Pool, user_id: Id, most: i64) -> sqlx::Result<Vec<Event>> {
    sqlx::query_as(
        "select action, outcome, address, agent, inserted_at from audit_events
         where user_id = $1 order by inserted_at desc, id desc limit $2",
    )
    .bind(user_id)
    .bind(most)
    .fetch_all(db)
    .await
}

/// How often somebody has failed at something after that.
pub async fn failures_since(
    tx: &mut Tx,
    user_id: Id,
    action: Action,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select count(*) from audit_events
         where user_id = $1 and action = $2 and outcome = $3 and inserted_at > $4",
    )
    .bind(user_id)
    .bind(action.name())
    .bind(Outcome::Failure.name())
    .bind(since)
    .fetch_one(&mut **tx)
    .await
}

/// Takes the address and the browser out of everything that was written about somebody. What happened stays, under a key
/// that no longer leads to a person.
pub async fn forget_where(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query("update audit_events set address = '', agent = '' where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes what is older than [`KEPT_FOR`].
pub async fn delete_old(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query("delete from audit_events where inserted_at <= $1")
        .bind(now - KEPT_FOR)
        .execute(db)
        .await?;
    Ok(deleted.rows_affected())
}
