//! Who a program speaks for, and what it may do: what a bearer token (RFC 6750) turns into.

use super::{api_token, gate, scope::Scopes, user::User};
use crate::app::App;

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
pub async fn find(app: &App, token: &str) -> anyhow::Result<Option<Caller>> {
    let caller = api_token::caller(app, token).await?;
    //% if jwt
    let caller = caller.or(super::jwt::access::caller(app, token).await?);
    //% endif
    Ok(caller)
}
