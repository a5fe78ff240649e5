//! Passkeys and security keys (WebAuthn, Level 3): which a user has, and what each is good for.
//!
//! A passkey of kind [`Login`](Kind::Login) is found by the authenticator itself and is used with a fingerprint or a PIN: it
//! logs in alone, and counts as both factors. A security key ([`SecondFactor`](Kind::SecondFactor)) is only asked for after
//! another proof. `registration` adds them, `sign_up` does that for a new account, `authentication` verifies what
//! they sign, and each begins with a `challenge`. What ends them is in `credentials`.

pub mod authentication;
mod authenticator_data;
pub mod challenge;
mod counter;
pub mod log_in;
mod names;
pub mod new_passkey;
pub mod password;
pub mod registration;
pub mod relying_party;
pub mod removal;
pub mod second_factor;
pub mod sign_up;
pub mod sudo;
pub mod webauthn;

use serde::{Deserialize, Serialize};
use sqlx::Executor;
use time::OffsetDateTime;

use self::{new_passkey::NewPasskey, webauthn::Credential};
use super::{
    audit::{Action, NewEvent, Target},
    client::Client,
    held::{Held, HeldSession},
};
use crate::{
    app::App,
    db::{Db, Pool},
    id::{self, Id},
    jobs::send_letter::{News, SendLetter},
    vault::Column,
};

/// Passkeys and security keys that a user can have.
pub const MAX_PER_USER: usize = 10;
/// In characters.
pub const MAX_NAME_LENGTH: usize = 64;

/// Where credentials are sealed.
pub const SEALED_CREDENTIAL: Column = Column {
    table: "passkeys",
    name: "sealed_credential",
};

/// What a passkey is good for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// Discoverable, with user verification: logs in without anything else.
    #[default]
    Login,
    /// A security key, which may need no more than a touch: only after another proof.
    SecondFactor,
}

/// Why a passkey was not registered, or not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The challenge is unknown, used, older than five minutes, or was issued to another browser, session or purpose.
    Expired,
    /// What the authenticator sent is not what it had to sign.
    Invalid,
    /// There is no passkey of this id: the page tells the authenticator so.
    Unknown,
    /// It belongs to a registration whose email is still to be confirmed.
    Unconfirmed,
    /// The signature counter went back: there may be a copy of the key.
    Counter,
    /// The password that came with it is wrong.
    Password,
    /// The account may not be logged in to.
    NotAllowed,
    /// The session has ended, or is not what it was when the request came.
    SessionEnded,
    /// The authenticator has a passkey of this account, or of another one, under this id.
    Taken,
    /// The user has [`MAX_PER_USER`] already.
    TooMany,
    /// It is the user's last way to log in.
    LastMethod,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Passkey {
    pub id: Id,
    pub user_id: Id,
    pub credential_id: Vec<u8>,
    /// What authenticators know the user by.
    pub user_handle: Vec<u8>,
    pub kind: Kind,
    pub name: String,
    pub backed_up: bool,
    pub last_used_at: Option<OffsetDateTime>,
    pub inserted_at: OffsetDateTime,
    sealed_credential: Vec<u8>,
}

impl Passkey {
    /// Opens the public key, and what was said of it at registration.
    fn credential(&self, app: &App) -> anyhow::Result<Credential> {
        let opened = app
            .vault
            .open(SEALED_CREDENTIAL, self.id, &self.sealed_credential)?;
        Ok(serde_json::from_slice(
            secrecy::ExposeSecret::expose_secret(&opened),
        )?)
    }
}

/// Returns the passkeys and security keys of a user, the oldest first.
pub async fn list(db: impl Executor<'_, Database = Db>, user_id: Id) -> sqlx::Result<Vec<Passkey>> {
    sqlx::query_as(
        "select id, user_id, credential_id, user_handle, kind, name, backed_up, last_used_at, inserted_at,
           sealed_credential
         from passkeys where user_id = $1 order by id",
    )
    .bind(user_id)
    .fetch_all(db)
    .await
}

/// Returns the passkey of this id, of any user.
async fn by_credential_id(db: &Pool, credential_id: &[u8]) -> sqlx::Result<Option<Passkey>> {
    sqlx::query_as(
        "select id, user_id, credential_id, user_handle, kind, name, backed_up, last_used_at, inserted_at,
           sealed_credential
         from passkeys where credential_id = $1",
    )
    .bind(credential_id)
    .fetch_optional(db)
    .await
}

/// Whether anybody has a passkey of this id.
pub async fn is_registered(db: &Pool, credential_id: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select 1 from passkeys where credential_id = $1)")
        .bind(credential_id)
        .fetch_one(db)
        .await
}

/// Adds a passkey to the held user. None: the id is registered already, for whomever.
async fn insert(
    app: &App,
    held: &mut Held,
    kind: Kind,
    new: &NewPasskey,
) -> anyhow::Result<Option<Id>> {
    let id = id::next(held.tx()).await?;
    let sealed = new.seal(app, SEALED_CREDENTIAL, id)?;
    let inserted = sqlx::query(
        "insert into passkeys (id, user_id, credential_id, user_handle, sealed_credential, kind, name,
           sign_count, backed_up, inserted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (credential_id) do nothing",
    )
    .bind(id)
    .bind(held.user().id)
    .bind(&new.credential.cred_id)
    .bind(&new.user_handle[..])
    .bind(sealed)
    .bind(kind)
    .bind(&new.name)
    .bind(new.sign_count)
    .bind(new.credential.backup_state)
    .bind(app.now())
    .execute(held.connection())
    .await?;
    Ok((inserted.rows_affected() == 1).then_some(id))
}

/// Gives a passkey of the held user another name. Returns whether there was one.
pub async fn rename(
    app: &App,
    held: &mut HeldSession,
    id: Id,
    name: &str,
    client: &Client,
) -> anyhow::Result<bool> {
    let renamed = sqlx::query("update passkeys set name = $3 where id = $1 and user_id = $2")
        .bind(id)
        .bind(held.user().id)
        .bind(name)
        .execute(held.connection())
        .await?;
    let is_theirs = renamed.rows_affected() == 1;
    if is_theirs {
        let event = NewEvent::new(Action::PasskeyRename, client).on(Target::Passkey(id));
        held.record(app, event).await?;
    }
    Ok(is_theirs)
}

/// A name as it is kept: without spaces around it and control characters. None: nothing is left, or it is too long.
pub fn parse_name(typed: &str) -> Option<String> {
    let name: String = typed.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    let length = name.chars().count();
    (1..=MAX_NAME_LENGTH)
        .contains(&length)
        .then(|| name.to_owned())
}

/// Tells the owner, by email.
async fn tell(app: &App, held: &mut Held, news: News) -> anyhow::Result<()> {
    let email = SendLetter::about(news, held.user().id);
    app.jobs.enqueue(held.tx(), email).await
}

/// Whether the held user has a security key.
pub async fn has_security_key(held: &mut Held) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select 1 from passkeys where user_id = $1 and kind = $2)")
        .bind(held.user().id)
        .bind(Kind::SecondFactor)
        .fetch_one(held.connection())
        .await
}

/// Ends all that the user can log in with. Only `credentials` calls this; `second_factor` ends security keys.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from passkeys where user_id = $1 and kind = $2")
        .bind(held.user().id)
        .bind(Kind::Login)
        .execute(held.connection())
        .await?;
    Ok(())
}
