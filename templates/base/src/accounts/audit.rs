//! The audit log: who did what to which account, when and from where. A row is written in the transaction of the change it
//! describes, so there is never one without the other.
//!
//! Every kind of event is one line in [`action`]. A request without credentials that changes nothing, such as a link that was
//! used before, writes no row: anybody could fill the table with them.

mod action;
mod actor;
mod metadata;

use serde_json::Value;
use sqlx::types::Json;
use time::{Duration, OffsetDateTime};

use self::metadata::Metadata;
pub use self::{
    action::Action,
    actor::{Actor, Target},
};
use super::{client::Client, email::Email, user};
use crate::{
    app::App,
    db::{self, Pool, Tx},
    id::{self, Id},
};

/// Long enough to look into what happened; not for ever, because it is about people.
pub const KEPT_FOR: Duration = Duration::days(365);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Success,
    Failure,
}

impl From<bool> for Outcome {
    fn from(success: bool) -> Self {
        if success {
            Self::Success
        } else {
            Self::Failure
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

/// An event that [`record`] writes. It begins as a success of whoever sent the request.
#[must_use = "an event is written by `record`"]
pub struct NewEvent<'a> {
    action: Action,
    outcome: Outcome,
    actor: Actor,
    target: Option<Target>,
    user_id: Option<Id>,
    metadata: Metadata,
    client: &'a Client,
}

impl<'a> NewEvent<'a> {
    pub fn new(action: Action, client: &'a Client) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            actor: client.actor,
            target: None,
            user_id: None,
            metadata: Metadata::default(),
            client,
        }
    }

    /// Another action of the same client.
    pub fn as_well(&self, action: Action) -> Self {
        Self::new(action, self.client)
    }

    /// The user does this to their own account: they are logged in, or have just proved who they are. API clients, commands
    /// and jobs that act for the user stay the actor.
    pub fn by_user(mut self, user_id: Id) -> Self {
        if self.actor == Actor::Anonymous {
            self.actor = Actor::User(user_id);
        }
        self.about(Some(user_id))
    }

    /// The account this is about, if there is one. It is also the target, unless [`on`](Self::on) names another.
    pub fn about(mut self, user_id: Option<Id>) -> Self {
        self.user_id = user_id;
        self.target = self.target.or(user_id.map(Target::User));
        self
    }

    /// What was acted on, if it is not the account itself.
    pub fn on(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    pub fn outcome(mut self, outcome: impl Into<Outcome>) -> Self {
        self.outcome = outcome.into();
        self
    }

    /// Adds a detail. [`record`] refuses names of secrets, and more than 8 KiB in all.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(name, value.into());
        self
    }
}

/// An event of a user's account, for the user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    pub action: String,
    pub outcome: String,
    pub address: String,
    pub agent: String,
    pub inserted_at: OffsetDateTime,
}

/// Writes an event and returns its id. It takes a transaction so that it cannot be written apart from the change.
///
/// # Errors
/// Fails when the metadata is too long or names a secret; then the change must not happen either.
pub async fn record(app: &App, tx: &mut Tx, event: NewEvent<'_>) -> anyhow::Result<Id> {
    write(app, tx, event, Rows::One).await
}

/// The same for an event that there is only if it is about an account. The work is the same if not.
pub async fn record_if_any(app: &App, tx: &mut Tx, event: NewEvent<'_>) -> anyhow::Result<Id> {
    let rows = match event.user_id {
        Some(_) => Rows::One,
        None => Rows::None,
    };
    write(app, tx, event, rows).await
}

/// How many rows an event has.
#[derive(Clone, Copy)]
enum Rows {
    None,
    One,
}

async fn write(app: &App, tx: &mut Tx, event: NewEvent<'_>, rows: Rows) -> anyhow::Result<Id> {
    let metadata = event.metadata.checked()?;
    let id = id::next(tx).await?;
    sqlx::query(
        "insert into audit_events (id, action, outcome, actor_kind, actor_id, target_kind, target_id,
           user_id, metadata, request_id, address, agent, inserted_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 where $14",
    )
    .bind(id)
    .bind(event.action.name())
    .bind(event.outcome.name())
    .bind(event.actor.kind())
    .bind(event.actor.id())
    .bind(event.target.map(Target::kind))
    .bind(event.target.map(Target::id))
    .bind(event.user_id)
    .bind(metadata.map(Json))
    .bind(&event.client.request_id)
    .bind(&event.client.address)
    .bind(&event.client.agent)
    .bind(app.now())
    .bind(matches!(rows, Rows::One))
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Writes what an anonymous caller asks for about the user with this email, if there is one. The work is the same if not.
pub async fn record_about(
    app: &App,
    tx: &mut Tx,
    event: NewEvent<'_>,
    email: &Email,
) -> anyhow::Result<Id> {
    let user = user::by_email(&mut **tx, Some(email)).await?;
    record(app, tx, event.about(user.map(|user| user.id))).await
}

/// Returns one event.
pub async fn by_id(db: &Pool, id: Id) -> sqlx::Result<Option<Event>> {
    sqlx::query_as(
        "select action, outcome, address, agent, inserted_at from audit_events where id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// Returns the last events of a user's account, the newest first.
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

/// Counts the failures of an action on a user's account after a moment.
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

/// Makes the events of all registrations of an email that have made no account events of the account that has proved it.
pub async fn give(tx: &mut Tx, email: &Email, user_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "update audit_events set user_id = $2
         where user_id in (select id from registrations where email = $1 and user_id is null)",
    )
    .bind(email)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes IP, browser and details out of every event of a user's account, and of what the user did to other accounts. What
/// happened stays, under an id that no longer leads to a person.
pub async fn forget_where(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "update audit_events set address = '', agent = '', metadata = null
         where user_id = $1 or (actor_kind = $2 and actor_id = $1)",
    )
    .bind(user_id)
    .bind(Actor::User(user_id).kind())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes what is older than [`KEPT_FOR`].
pub async fn delete_old(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from audit_events where id in (",
        db::locking_free!("select id from audit_events where inserted_at <= $1"),
        ")"
    ))
    .bind(now - KEPT_FOR)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
