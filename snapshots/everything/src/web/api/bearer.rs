//! For handlers that programs use: `bearer: Bearer<OrdersRead>` lets only those in whose token is good for `orders:read`.
//!
//! A token is taken from the header `Authorization` and from nowhere else (RFC 6750): addresses end up in logs, and cookies
//! come along without being asked.

use std::{marker::PhantomData, ops::Deref};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};

use super::problem::Refused;
use crate::{
    accounts::{
        api::{
            caller::{self, Caller},
            scope::Scope,
        },
        held::Held,
    },
    app::App,
    texts::api_tokens::problems as texts,
    web::visitor::Visitor,
};

const REALM: &str = env!("CARGO_PKG_NAME");

/// Whose token it is, once it was found to be good for this scope. Others are told 401 or 403.
#[derive(Clone, Debug)]
pub struct Bearer<S> {
    caller: Caller,
    scope: PhantomData<S>,
}

impl<S> Bearer<S> {
    /// Begins a transaction that writes on behalf of the token's owner: it has locked their row and found that the token still
    /// works. Nothing is written before `commit`.
    ///
    /// # Errors
    /// 401, if the token has ended since.
    pub async fn hold(&self, app: &App) -> Result<Held, Refused> {
        self.caller.hold(app).await?.ok_or_else(invalid_token)
    }
}

impl<S> Deref for Bearer<S> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: Scope, T: Send + Sync> FromRequestParts<T> for Bearer<S> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _state: &T) -> Result<Self, Refused> {
        // The API's table has looked already.
        let caller = match parts.extensions.get::<Caller>() {
            Some(caller) => caller.clone(),
            None => authenticate(&visitor(parts)?.app, &parts.headers).await?,
        };
        demand(&caller, S::NAME)?;
        Ok(Self {
            caller,
            scope: PhantomData,
        })
    }
}

fn visitor(parts: &Parts) -> anyhow::Result<Visitor> {
    let visitor = parts.extensions.get::<Visitor>().cloned();
    visitor.ok_or_else(|| anyhow::anyhow!("a route with Bearer is not below visitor::recognise"))
}

/// Who sends this.
///
/// # Errors
/// 401, if there is no token, or one that is not good any more. Why it is not, nobody is told.
pub async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Caller, Refused> {
    let Some(token) = token(headers) else {
        let refused = Refused::new(StatusCode::UNAUTHORIZED, texts::STRANGER);
        return Err(refused.challenge(&format!("Bearer realm=\"{REALM}\"")));
    };
    let caller = caller::find(app, token).await?;
    caller.ok_or_else(invalid_token)
}

fn invalid_token() -> Refused {
    let refused = Refused::new(StatusCode::UNAUTHORIZED, texts::INVALID_TOKEN);
    refused.challenge(&format!(
        "Bearer realm=\"{REALM}\", error=\"invalid_token\""
    ))
}

/// # Errors
/// 403, if the token is not good for this.
pub fn demand(caller: &Caller, scope: &str) -> Result<(), Refused> {
    if caller.scopes.allow(scope) {
        return Ok(());
    }
    let detail = format!("{} {scope}.", texts::NEEDS_SCOPE);
    let refused = Refused::new(StatusCode::FORBIDDEN, (texts::SCOPE_MISSING, &detail));
    Err(refused.challenge(&format!(
        "Bearer realm=\"{REALM}\", error=\"insufficient_scope\", scope=\"{scope}\""
    )))
}

/// The token, if the header comes once and is in the form of RFC 6750, section 2.1.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.trim().split_once([' ', '\t'])?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
