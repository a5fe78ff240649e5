//! Who a program speaks for, and what it may do: what a bearer token (RFC 6750) turns into.

use super::{scope::Scopes, token};
use crate::accounts::jwt;
use crate::{
    accounts::{audit::Actor, client::Client, held::Held, status::AccountStatus, user::User},
    app::App,
    id::Id,
};

/// The person whose token it is, and what the token is good for.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: User,
    pub scopes: Scopes,
    credential: Credential,
}

/// What the program came with.
#[derive(Clone, Copy, Debug)]
pub enum Credential {
    ApiToken(Id),
    /// The JWT of a connected app, by its family, until it expires.
    JwtFamily(Id, time::OffsetDateTime),
}

impl Credential {
    fn actor(self) -> Actor {
        match self {
            Self::ApiToken(id) => Actor::ApiToken(id),
            Self::JwtFamily(id, _) => Actor::ConnectedApp(id),
        }
    }
}

impl Caller {
    /// A token is good for nothing that its owner could not do now. None: the account is not active.
    pub fn new(app: &App, user: User, scopes: Scopes, credential: Credential) -> Option<Self> {
        is_active(app, &user).then_some(Self {
            user,
            scopes,
            credential,
        })
    }

    /// Where a request came from, with this token as the one who acts.
    pub fn acting(&self, client: Client) -> Client {
        Client {
            actor: self.credential.actor(),
            ..client
        }
    }

    /// Holds the user and the token, if both are still what the request was let in with. None: the token has ended, or the
    /// account is not active any more.
    pub async fn hold(&self, app: &App) -> sqlx::Result<Option<Held>> {
        let Some(mut held) = Held::begin(app, self.user.id).await? else {
            return Ok(None);
        };
        let is_alive = match self.credential {
            Credential::JwtFamily(id, end) => jwt::lock(&mut held, id, end, app.now()).await?,
            Credential::ApiToken(id) => token::lock(&mut held, id, app.now()).await?,
        };
        let is_active = is_active(app, held.user());
        Ok((is_alive && is_active).then_some(held))
    }
}

fn is_active(app: &App, user: &User) -> bool {
    AccountStatus::of(&app.config, user) == AccountStatus::Active
}

/// Whose token this is. None: it is malformed, unknown, expired or revoked, or its owner's account is not active.
pub async fn find(app: &App, text: &str) -> anyhow::Result<Option<Caller>> {
    let caller = token::caller(app, text).await?;
    let caller = caller.or(crate::accounts::jwt::access::caller(app, text).await?);
    Ok(caller)
}
