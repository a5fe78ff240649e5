//! Who a program speaks for, and what it may do: what a bearer token (RFC 6750) turns into.

use super::{scope::Scopes, token};
use crate::{
    accounts::{gate, user::User},
    app::App,
};

/// The person whose token it is, and what the token is good for.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: User,
    pub scopes: Scopes,
}

impl Caller {
    /// Nobody can do more with a token than they could themselves now: a gate that has shut stops their programs too.
    pub fn new(app: &App, user: User, scopes: Scopes) -> Option<Self> {
        let is_in = gate::next(&app.config, &user).is_none();
        is_in.then_some(Self { user, scopes })
    }
}

/// Whose token this is. None: it is malformed, unknown, expired or revoked, or its owner may not come in.
pub async fn find(app: &App, text: &str) -> anyhow::Result<Option<Caller>> {
    let caller = token::caller(app, text).await?;
    let caller = caller.or(crate::accounts::jwt::access::caller(app, text).await?);
    Ok(caller)
}
