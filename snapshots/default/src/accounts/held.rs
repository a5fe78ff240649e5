//! Writing on behalf of a user.
//!
//! A request is let in before its body is read and its password is hashed, and both take time. In the meantime the password
//! may be reset, the account suspended, or the session ended. So whatever is written for a user begins here: lock the user's
//! row, then the session or token that asks, read both again, and refuse if either has ended. Functions that write for a
//! user take `&mut Held`, so forgetting this does not compile.
//!
//! Locks are always taken in this order: email, user, session, token; several users by their ids. That way no two transactions
//! wait for each other. Hash passwords before, not while holding.

use std::ops::{Deref, DerefMut};

use super::{
    audit::{self, NewEvent},
    secret::Secret,
    session::Session,
    token::{self, Purpose, Token},
    user::{self, User},
};
use crate::{
    app::App,
    db::{self, Connection, Tx},
    id::Id,
};

/// A transaction that has locked the user's row and found that the write is still allowed. Without
/// [`commit`](Self::commit) nothing is written.
pub struct Held {
    tx: Tx,
    user: User,
}

impl Held {
    /// For what an operator or a job does to an account. None: there is no such account.
    pub async fn by_operator(app: &App, user_id: Id) -> sqlx::Result<Option<Self>> {
        Self::begin(app, user_id).await
    }

    /// Consumes the secret of an emailed link and holds its user. None: the link is used, expired or revoked.
    ///
    /// If the transaction is dropped, the link stays valid.
    pub async fn for_token(
        app: &App,
        purpose: Purpose,
        link: &Secret,
    ) -> sqlx::Result<Option<(Self, Token)>> {
        let Some(found) = token::look(&app.db, purpose, link, app.now()).await? else {
            return Ok(None);
        };
        let Some(mut held) = Self::begin(app, found.user_id).await? else {
            return Ok(None);
        };
        let token = token::spend(&mut held, purpose, link, app.now()).await?;
        Ok(token.map(|token| (held, token)))
    }

    /// Locks the user's row in a new transaction. What authorizes the write is then for the caller to check.
    pub(super) async fn begin(app: &App, user_id: Id) -> sqlx::Result<Option<Self>> {
        Self::lock(db::begin(&app.db).await?, user_id).await
    }

    /// The same in a transaction that has begun, for flows that create the user in it.
    pub async fn lock(mut tx: Tx, user_id: Id) -> sqlx::Result<Option<Self>> {
        let user = user::lock(&mut tx, user_id).await?;
        Ok(user.map(|user| Self { tx, user }))
    }

    /// Returns the user as of the lock, or as of the last change made through this.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Returns the transaction, for functions that need one: jobs, audit rows, hooks.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Returns the connection, for queries.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.tx
    }

    /// Writes an audit event of the user's account. The user is who acts, unless a token, an operator or a job does.
    pub async fn record(&mut self, app: &App, event: NewEvent<'_>) -> anyhow::Result<Id> {
        let event = event.by_user(self.user.id);
        audit::record(app, &mut self.tx, event).await
    }

    /// Locks another user in the same transaction, and holds that one from now on. Returns the one before. None: there is no
    /// such account, and nothing has changed.
    pub(super) async fn turn_to(&mut self, user_id: Id) -> sqlx::Result<Option<User>> {
        let other = user::lock(&mut self.tx, user_id).await?;
        Ok(other.map(|other| std::mem::replace(&mut self.user, other)))
    }

    /// Holds the user again that was held before [`turn_to`](Self::turn_to).
    pub(super) fn turn_back(&mut self, user: User) {
        self.user = user;
    }

    /// Reads the user again, after a change of the row.
    pub(super) async fn reload(&mut self) -> sqlx::Result<()> {
        if let Some(user) = user::by_id(&mut *self.tx, self.user.id).await? {
            self.user = user;
        }
        Ok(())
    }

    pub async fn commit(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

/// A [`Held`] on behalf of a session, which is locked, too.
pub struct HeldSession {
    held: Held,
    session: Session,
    /// The secret that came with the request.
    secret: Secret,
    has_newest_secret: bool,
    is_further: bool,
}

impl HeldSession {
    pub(super) fn new(
        held: Held,
        session: Session,
        secret: Secret,
        has_newest_secret: bool,
        is_further: bool,
    ) -> Self {
        Self {
            held,
            session,
            secret,
            has_newest_secret,
            is_further,
        }
    }

    /// Returns whether no newer secret has replaced the one that came: if one has, the session may be further than it says.
    pub fn has_newest_secret(&self) -> bool {
        self.has_newest_secret
    }

    /// Returns whether the session has taken a login step since the secret that came was its newest: then it is not for this
    /// request to end.
    pub fn is_further(&self) -> bool {
        self.is_further
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    pub async fn commit(self) -> sqlx::Result<()> {
        self.held.commit().await
    }
}

impl Deref for HeldSession {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.held
    }
}

impl DerefMut for HeldSession {
    fn deref_mut(&mut self) -> &mut Held {
        &mut self.held
    }
}
