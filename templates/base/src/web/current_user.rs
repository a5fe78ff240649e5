//! For your own handlers: `user: CurrentUser` lets only people in who are logged in.

use std::ops::Deref;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, OriginalUri},
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    accept,
    cookies::Cookies,
    error::Error,
    return_to::ReturnTo,
    visitor::{self, Visitor},
};
use crate::{
    accounts::{held::HeldSession, user::User, visit::Visit},
    app::App,
};

/// The person who is logged in. Others are sent to log in, and back; a program is told 401.
#[derive(Clone)]
pub struct CurrentUser {
    app: App,
    visit: Visit,
}

/// The same, but only in the 15 minutes after they have proved who they are. Others are asked for their password first.
#[derive(Clone)]
pub struct RecentUser(CurrentUser);

impl CurrentUser {
    /// Begins a transaction that writes on behalf of the user: it has locked their row and found that the session still is
    /// what the request was let in with. Nothing is written before `commit`.
    ///
    /// # Errors
    /// [`Error::SessionEnded`], which sends them to log in.
    pub async fn hold(&self) -> Result<HeldSession, Error> {
        visitor::hold(&self.app, &self.visit).await
    }
}

impl RecentUser {
    /// The same as [`CurrentUser::hold`], and they are still in the 15 minutes.
    ///
    /// # Errors
    /// [`Error::SessionEnded`], which sends them to prove it, or to log in.
    pub async fn hold(&self) -> Result<HeldSession, Error> {
        self.0.hold().await
    }
}

impl Deref for CurrentUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.visit.user
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
        match visitor.visit.clone() {
            Some(visit) => Ok(Self {
                app: visitor.app,
                visit,
            }),
            None => Err(Refusal::Stranger.answer(&visitor, parts).await),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Response> {
        let Visitor { app, visit, .. } = Visitor::of(parts)?;
        Ok(visit.map(|visit| Self { app, visit }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RecentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visitor = Visitor::of(parts)?;
        if !visitor.is_recent() {
            return Err(Refusal::NotRecent.answer(&visitor, parts).await);
        }
        visitor::need_sudo(parts);
        let user = <CurrentUser as FromRequestParts<S>>::from_request_parts(parts, state);
        user.await.map(Self)
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
    pub async fn answer(self, visitor: &Visitor, parts: &Parts) -> Response {
        if !accept::wants_page(&parts.headers) {
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
        // In a router that is nested in another one, the path of the latter has been cut off.
        let uri = parts.extensions.get::<OriginalUri>();
        let uri = uri.map_or(&parts.uri, |OriginalUri(uri)| uri);
        let wanted = wanted(&parts.method, uri, &parts.headers);
        let cookies = visitor.return_to(cookies, wanted).await;
        (cookies, Redirect::to(help)).into_response()
    }
}

/// The page they wanted, or the page whose form they sent: a form cannot be sent again by a redirect.
pub fn wanted(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<ReturnTo> {
    if method.is_safe() {
        return ReturnTo::parse(uri.path_and_query()?.as_str());
    }
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, path) = referer.split_once("://")?.1.split_once('/')?;
    ReturnTo::parse(&format!("/{path}"))
}
