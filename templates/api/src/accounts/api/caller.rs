//! Who a program speaks for, and what it may do: what a bearer token (RFC 6750) turns into.

use super::{scope::Scopes, token};
use crate::{
    accounts::{audit::Actor, client::Client, status::AccountStatus, user::User},
    app::App,
};

/// The person whose token it is, and what the token is good for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token itself, for audit rows.
    pub actor: Actor,
    pub user: User,
    pub scopes: Scopes,
}

impl Caller {
    /// A token is good for nothing that its owner could not do now. None: the account is not active.
    pub fn new(app: &App, actor: Actor, user: User, scopes: Scopes) -> Option<Self> {
        let is_active = AccountStatus::of(&app.config, &user) == AccountStatus::Active;
        is_active.then_some(Self {
            actor,
            user,
            scopes,
        })
    }

    /// Where a request came from, with this token as the one who acts.
    pub fn acting(&self, client: Client) -> Client {
        Client {
            actor: self.actor,
            ..client
        }
    }
}

/// Whose token this is. None: it is malformed, unknown, expired or revoked, or its owner may not come in.
pub async fn find(app: &App, text: &str) -> anyhow::Result<Option<Caller>> {
    let caller = token::caller(app, text).await?;
    //% if jwt
    let caller = caller.or(crate::accounts::jwt::access::caller(app, text).await?);
    //% endif
    Ok(caller)
}
