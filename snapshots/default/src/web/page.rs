//! What the frame of every page shows: who is logged in, and the notice.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{Html, IntoResponse, Response},
};

use super::{
    cookies::Cookies,
    error::Error,
    notice::{Notice, Shown},
    visitor::Visitor,
};

pub struct Page {
    /// The address of whoever is logged in.
    pub email: Option<String>,
    /// Whether they have still to show that the address is theirs.
    pub is_unconfirmed: bool,
    notice: Option<Notice>,
    shown: Shown,
    /// Whether passkeys work here: they need a domain.
    pub has_passkeys: bool,
    passkey_offer: Option<String>,
    /// Whether letters are kept in `/dev/mailbox`.
    pub has_mailbox: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        let visitor = Visitor::of(parts)?;
        let cookies = Cookies::read(&parts.headers, &visitor.app.config);
        let user = visitor.visit.as_ref().map(|visit| &visit.user);
        Ok(Self {
            email: user.map(|user| user.email.to_string()),
            is_unconfirmed: user.is_some_and(|user| user.confirmed_at.is_none()),
            notice: cookies.notice(),
            has_passkeys: visitor.app.passkeys.is_available(),
            passkey_offer: cookies.passkey_offer(),
            shown: parts.extensions.get().cloned().unwrap_or_default(),
            has_mailbox: visitor.app.mailer.mailbox().is_some(),
        })
    }
}

impl Page {
    /// The notice, for the page that shows it: the browser forgets it then.
    pub fn notice(&self) -> Option<Notice> {
        let notice = self.notice?;
        self.shown.set();
        Some(notice)
    }

    /// Whether a passkey is offered to the user, who has logged in with a password.
    pub fn offers_passkey(&self) -> bool {
        self.has_passkeys && self.email.is_some() && self.passkey_offer.as_deref() == Some("yes")
    }

    /// Whether the user is logged in, with a confirmed email.
    pub fn is_confirmed(&self) -> bool {
        self.email.is_some() && !self.is_unconfirmed
    }
}

/// A page.
pub fn show(template: impl Template) -> Result<Response, Error> {
    Ok(Html(template.render()?).into_response())
}

/// The same page again, with what was wrong in its form.
pub fn again(template: impl Template) -> Result<Response, Error> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(template)?).into_response())
}

#[derive(Template)]
#[template(path = "link_used.html")]
struct LinkUsed {
    page: Page,
    result: &'static str,
    next: &'static str,
}

/// For a link that has done what it was for.
pub fn link_used(page: Page, result: &'static str, next: &'static str) -> Result<Response, Error> {
    show(LinkUsed { page, result, next })
}

#[derive(Template)]
#[template(path = "link_expired.html")]
struct LinkExpired {
    page: Page,
    again: &'static str,
    label: &'static str,
}

/// For a link that is spent, too old, or made up: which of them, nobody is told.
pub fn link_expired(
    page: Page,
    again: &'static str,
    label: &'static str,
) -> Result<Response, Error> {
    let page = show(LinkExpired { page, again, label })?;
    Ok((StatusCode::NOT_FOUND, page).into_response())
}
