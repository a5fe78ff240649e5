//! For your own handlers: `user: CurrentUser` lets only people in who are logged in.

use std::ops::Deref;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{cookies::Cookies, error, return_to::ReturnTo, visitor::Visitor};
use crate::accounts::user::User;

/// The person who is logged in. Others are sent to log in, and back; a program is told 401.
#[derive(Clone, Debug)]
pub struct CurrentUser(User);

/// The same, but only in the 15 minutes after they have proved who they are. Others are asked for their password first.
#[derive(Clone, Debug)]
pub struct RecentUser(User);

impl Deref for CurrentUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl Deref for RecentUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let visitor = Visitor::of(parts)?;
        match &visitor.visit {
            Some(visit) => Ok(Self(visit.user.clone())),
            None => Err(Refusal::Stranger.answer(&visitor, parts)),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Response> {
        let visitor = Visitor::of(parts)?;
        Ok(visitor.visit.map(|visit| Self(visit.user)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RecentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let visitor = Visitor::of(parts)?;
        match &visitor.visit {
            Some(visit) if visitor.is_recent() => Ok(Self(visit.user.clone())),
            _ => Err(Refusal::NotRecent.answer(&visitor, parts)),
        }
    }
}

/// Why somebody may not come in yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    Stranger,
    NotRecent,
}

impl Refusal {
    /// Sends a browser to the page that helps, and keeps where it wanted to go. Tells a program the status.
    pub fn answer(self, visitor: &Visitor, parts: &Parts) -> Response {
        if !error::wants_page(&parts.headers) {
            return match (self, &visitor.visit) {
                (Self::NotRecent, Some(_)) => StatusCode::FORBIDDEN.into_response(),
                _ => StatusCode::UNAUTHORIZED.into_response(),
            };
        }
        let help = match (self, &visitor.visit) {
            (Self::NotRecent, Some(_)) => "/users/sudo",
            _ => "/users/log-in",
        };
        let cookies = Cookies::read(&parts.headers, &visitor.app.config);
        (cookies.return_to(wanted(parts)), Redirect::to(help)).into_response()
    }
}

/// The page they wanted, or the page whose form they sent: a form cannot be sent again by a redirect.
fn wanted(parts: &Parts) -> Option<ReturnTo> {
    if parts.method == Method::GET {
        return ReturnTo::parse(parts.uri.path_and_query()?.as_str());
    }
    let referer = parts.headers.get(header::REFERER)?.to_str().ok()?;
    let (_, path) = referer.split_once("://")?.1.split_once('/')?;
    ReturnTo::parse(&format!("/{path}"))
}
