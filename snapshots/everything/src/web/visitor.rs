//! Recognises who sends a request, before any handler sees it.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    accept,
    cookies::Cookies,
    current_user::{Refusal, wanted},
    error::{Error, SessionEnded},
    return_to::ReturnTo,
};
use crate::{
    accounts::{
        client::Client,
        device,
        held::HeldSession,
        login_step::LoginStep,
        secret::Secret,
        session::{self, Session},
        visit::{self, Found, Visit},
    },
    app::App,
    id::Id,
};

/// Whoever sends the request. It rides on the request itself, so that extractors work in a router with any state.
#[derive(Clone)]
pub struct Visitor {
    pub app: App,
    /// Somebody who is logged in.
    pub visit: Option<Visit>,
    /// Somebody who has a login step left.
    pub pending: Option<Visit>,
    /// Whose session this browser has, or had: it may have ended.
    pub last_user: Option<Id>,
}

impl Visitor {
    /// # Errors
    /// When the route is not below [`recognise`].
    pub fn of(parts: &Parts) -> Result<Self, Error> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| anyhow::anyhow!("a route is not below visitor::recognise").into())
    }

    /// Whether this is the login step that is left.
    pub fn is_at(&self, step: LoginStep) -> bool {
        let pending = self.pending.as_ref();
        pending.is_some_and(|pending| pending.session.login_step == Some(step))
    }

    /// The user whose session this browser has, or had, or who was the last to log in with it.
    async fn user_of_browser(&self, cookies: &Cookies) -> Result<Option<Id>, Error> {
        if self.last_user.is_some() {
            return Ok(self.last_user);
        }
        let device = cookies.device();
        Ok(device::last_user(&self.app.db, device.as_ref()).await?)
    }

    /// Remembers where whoever sends the request wants to go. The database may be away: then that is forgotten, which fails no
    /// request.
    pub async fn return_to(&self, cookies: Cookies, path: Option<ReturnTo>) -> Cookies {
        match self.user_of_browser(&cookies).await {
            Ok(user) => cookies.return_to(path, user, self.app.now()),
            Err(error) => {
                tracing::warn!("cannot remember the way back: {error:?}");
                cookies
            }
        }
    }

    pub fn is_recent(&self) -> bool {
        let now = self.app.now();
        self.visit
            .as_ref()
            .is_some_and(|visit| visit.session.is_recent(now))
    }
}

/// The layer that makes `user: CurrentUser` work below it.
pub async fn recognise(
    State(app): State<App>,
    cookies: Cookies,
    client: Client,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let secret = cookies.session();
    let Found { visit, user_id } = match &secret {
        Some(secret) => visit::find(&app, secret, &client).await?,
        None => Found::default(),
    };
    let reissued = visit
        .as_ref()
        .and_then(|visit| Some((visit.reissued.clone()?, lasts(&app, &visit.session))));
    let (visit, pending) = match visit {
        Some(visit) if visit.is_full() => (Some(visit), None),
        other => (None, other),
    };
    let back = visit
        .as_ref()
        .or(pending.as_ref())
        .and_then(|_| wanted(request.method(), request.uri(), request.headers()));
    let is_page = accept::wants_page(request.headers());
    request.extensions_mut().insert(Visitor {
        app: app.clone(),
        visit,
        pending,
        last_user: user_id,
    });

    let mut response = next.run(request).await;
    if is_page && response.extensions().get::<SessionEnded>().is_some() {
        // The page itself asks for what is missing: a log-in, or the password again.
        let page = back.as_ref().map_or("/users/log-in", ReturnTo::as_str);
        response = Redirect::to(page).into_response();
    }
    // A session that has ended, or never was, leaves the cookie alone: by the time this response arrives, the browser may have
    // another one, which must not be removed.
    match reissued {
        // What the handler says of the session is newer, and so is a secret that another request has got meanwhile.
        Some((secret, lasts))
            if !cookies.session_is_in(response.headers()) && is_current(&app, &secret).await =>
        {
            Ok((cookies.session_is(&secret, lasts), response).into_response())
        }
        _ => Ok(response),
    }
}

async fn is_current(app: &App, secret: &Secret) -> bool {
    let session = session::with_secret(&app.db, secret).await;
    session.is_ok_and(|session| session.is_some())
}

/// Holds the user and the session that sends a request: see `accounts::held`.
///
/// # Errors
/// [`Error::SessionEnded`], if the session is not any more what the request was let in with.
pub async fn hold(app: &App, visit: &Visit) -> Result<HeldSession, Error> {
    visit.hold(app).await?.ok_or(Error::SessionEnded)
}

/// Notes that the request was let in because of sudo: whatever it writes needs that, too.
pub fn need_sudo(parts: &mut Parts) {
    let visitor = parts.extensions.get_mut::<Visitor>();
    if let Some(visit) = visitor.and_then(|visitor| visitor.visit.as_mut()) {
        visit.needs_sudo = true;
    }
}

/// How long the cookie of a session is kept. None: until the browser is closed.
pub fn lasts(app: &App, session: &Session) -> Option<time::Duration> {
    session.remembered.then(|| session.expires_at - app.now())
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        Self::of(parts)
    }
}

/// For handlers that change the session itself. Others take `CurrentUser`.
impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let visitor = Visitor::of(parts)?;
        match visitor.visit.clone() {
            Some(visit) => Ok(visit),
            None => Err(Refusal::Stranger.answer(&visitor, parts).await),
        }
    }
}
