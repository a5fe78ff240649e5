//! The cookies we set. Their names start with `__Host-` where people come by https, so that no other host can set them.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use time::{Duration, OffsetDateTime};

use super::{
    notice::Notice,
    return_to::{Kept, ReturnTo},
    visitor::Visitor,
};
use crate::{
    accounts::{
        device, log_in::Entry, repeat, secret::Secret, token::Purpose, trusted_browser::Trusted,
    },
    app::App,
    config::Config,
    id::Id,
};

pub const SESSION: &str = concat!(env!("CARGO_PKG_NAME"), "_session");
const DEVICE: &str = concat!(env!("CARGO_PKG_NAME"), "_device");
const TRUSTED: &str = concat!(env!("CARGO_PKG_NAME"), "_trusted");
const BROWSER: &str = concat!(env!("CARGO_PKG_NAME"), "_browser");
const CONFIRMING: &str = concat!(env!("CARGO_PKG_NAME"), "_confirming");
const RETURN_TO: &str = concat!(env!("CARGO_PKG_NAME"), "_return_to");
const PASSKEY_OFFER: &str = concat!(env!("CARGO_PKG_NAME"), "_passkey_offer");
const NOTICE: &str = concat!(env!("CARGO_PKG_NAME"), "_notice");

#[derive(Clone)]
pub struct Cookies {
    /// Names and values, as they came. A name may come twice: from a path of ours, and from a domain above it.
    sent: Arc<[(String, String)]>,
    jar: CookieJar,
    config: Arc<Config>,
}

impl Cookies {
    pub fn read(headers: &HeaderMap, config: &Arc<Config>) -> Self {
        let cookies = readable(headers);
        let parse =
            |cookie: &HeaderValue| Cookie::parse_encoded(cookie.to_str().ok()?.to_owned()).ok();
        let sent = cookies.get_all(header::COOKIE).iter().filter_map(parse);
        Self {
            sent: sent
                .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
                .collect(),
            jar: CookieJar::from_headers(&cookies),
            config: config.clone(),
        }
    }

    pub fn session(&self) -> Option<Secret> {
        self.get(SESSION, Secret::parse)
    }

    /// `lasts` is none for a session that ends with the browser.
    pub fn session_is(self, secret: &Secret, lasts: Option<Duration>) -> Self {
        self.with(SESSION, secret.reveal(), lasts)
    }

    /// For a browser that comes in, or as far as a login step.
    pub fn come_in(self, entry: &Entry, now: OffsetDateTime) -> Self {
        let cookies = match &entry.device {
            Some(device) => self.with(DEVICE, device.reveal(), Some(device::KNOWN_FOR)),
            None => self,
        };
        let cookies = match &entry.trusted {
            Some(trusted) => cookies.trusted_is(trusted, now),
            None => cookies,
        };
        let Some(session) = &entry.session else {
            return cookies;
        };
        match entry.login_step {
            None => cookies.session_is(session, entry.kind.cookie_lasts()),
            Some(_) => cookies.session_is(session, None),
        }
    }

    /// What this browser is known by, whoever logs in with it.
    pub fn device(&self) -> Option<Secret> {
        self.get(DEVICE, Secret::parse)
    }

    /// What this browser is trusted by: then a log-in asks for no second factor.
    pub fn trusted(&self) -> Option<Secret> {
        self.get(TRUSTED, Secret::parse)
    }

    fn trusted_is(self, trusted: &Trusted, now: OffsetDateTime) -> Self {
        let lasts = trusted.expires_at - now;
        self.with(TRUSTED, trusted.secret.reveal(), Some(lasts))
    }

    /// What tells this browser from others while it is open.
    pub fn browser(&self) -> Option<Secret> {
        self.get(BROWSER, Secret::parse)
    }

    /// The same, or another secret that only this browser has.
    pub fn any_of_browser(&self) -> Option<Secret> {
        let others = || self.confirming().or_else(|| self.device());
        self.browser().or_else(others).or_else(|| self.session())
    }

    pub fn browser_is(self, browser: &Secret) -> Self {
        self.with(BROWSER, browser.reveal(), None)
    }

    /// For a response that has just ended this browser's session. Any other leaves the cookie: the browser may have a newer one
    /// by the time it arrives.
    ///
    /// The next user may be another one: where this one wanted to go is forgotten.
    pub fn logged_out(self) -> Self {
        self.without(SESSION).without(RETURN_TO)
    }

    /// For a response that has ended the sessions of a user, which this browser's may have been.
    pub fn session_ended(self, visitor: &Visitor, user_id: Option<Id>) -> Self {
        let ended = visitor.visit.as_ref().or(visitor.pending.as_ref());
        if ended.is_some_and(|visit| Some(visit.user.id) == user_id) {
            return self.logged_out();
        }
        self
    }

    /// Whether an answer already says something of the session.
    pub fn session_is_in(&self, answer: &HeaderMap) -> bool {
        let start = format!("{}=", self.full_name(SESSION));
        let mut cookies = answer.get_all(header::SET_COOKIE).iter();
        cookies.any(|cookie| cookie.as_bytes().starts_with(start.as_bytes()))
    }

    /// What this browser got when it registered: with it, a code is enough.
    pub fn confirming(&self) -> Option<Secret> {
        self.get(CONFIRMING, Secret::parse)
    }

    pub fn confirm_here(self, browser: &Secret) -> Self {
        self.with(
            CONFIRMING,
            browser.reveal(),
            Some(Purpose::Confirm.lifetime()),
        )
    }

    /// Remembers where a user wants to go, for a quarter of an hour. `user_id` is the user of this browser; in one that nobody
    /// has logged in with, it is for the next who does.
    pub fn return_to(
        self,
        path: Option<ReturnTo>,
        user_id: Option<Id>,
        now: OffsetDateTime,
    ) -> Self {
        let Some(path) = path else {
            return self;
        };
        self.with(RETURN_TO, path.for_cookie(user_id, now), None)
    }

    /// Where this user wanted to go, or the start. Leads there once: what is kept for [`repeat::WITHIN`] is for the second of two
    /// clicks, which is sent when the first response has come.
    pub fn back(self, user_id: Id, now: OffsetDateTime) -> (Self, String) {
        let kept = self.get(RETURN_TO, |kept| Kept::of_cookie(kept, user_id, now));
        let Some(Kept { path, since }) = kept else {
            return (self.without(RETURN_TO), "/".to_owned());
        };
        let kept = path.for_repeat(user_id, since, now);
        let cookies = self.with(RETURN_TO, kept, Some(repeat::WITHIN));
        (cookies, path.as_str().to_owned())
    }

    /// Whether a passkey is offered in this browser: `yes` or `no`, or not decided.
    pub fn passkey_offer(&self) -> Option<String> {
        self.get(PASSKEY_OFFER, |value| Some(value.to_owned()))
    }

    /// Offers a passkey until the browser is closed.
    pub fn offer_passkey(self) -> Self {
        self.with(PASSKEY_OFFER, "yes".to_owned(), None)
    }

    /// Takes an offer back, for a user who has a passkey.
    pub fn withdraw_passkey_offer(self) -> Self {
        if self.passkey_offer().as_deref() == Some("yes") {
            return self.without(PASSKEY_OFFER);
        }
        self
    }

    /// Offers none for a month.
    pub fn dismiss_passkey_offer(self) -> Self {
        self.with(PASSKEY_OFFER, "no".to_owned(), Some(Duration::days(30)))
    }

    pub fn notice(&self) -> Option<Notice> {
        self.get(NOTICE, Notice::parse)
    }

    pub fn notify(self, notice: Notice) -> Self {
        self.with(NOTICE, notice.key().to_owned(), None)
    }

    pub fn notified(self) -> Self {
        self.without(NOTICE)
    }

    /// The first of this name that can be read.
    fn get<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let name = self.full_name(name);
        let mut values = self.sent.iter().filter(|(sent, _)| *sent == name);
        values.find_map(|(_, value)| parse(value))
    }

    fn with(self, name: &'static str, value: String, lasts: Option<Duration>) -> Self {
        let mut cookie = self.bare(name);
        cookie.set_value(value);
        cookie.set_max_age(lasts);
        Self {
            jar: self.jar.add(cookie),
            ..self
        }
    }

    fn without(self, name: &'static str) -> Self {
        match self.jar.get(&self.full_name(name)) {
            Some(_) => Self {
                jar: self.jar.clone().remove(self.bare(name)),
                ..self
            },
            None => self,
        }
    }

    fn bare(&self, name: &'static str) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.full_name(name), "");
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.config.is_https());
        if let Some(domain) = self.domain(name) {
            cookie.set_domain(domain.clone());
        }
        cookie
    }

    /// Only the session is shared with the other hosts of `COOKIE_DOMAIN`. They could set what they share: a browser that is to
    /// confirm an email must not get what belongs to somebody else's registration.
    fn domain(&self, name: &str) -> Option<&String> {
        let domain = self.config.cookie_domain.as_ref();
        domain.filter(|_| name == SESSION)
    }

    /// `__Host-` forbids a domain; `__Secure-` is the next best.
    fn full_name(&self, name: &str) -> String {
        match self.domain(name) {
            _ if !self.config.is_https() => name.to_owned(),
            None => format!("__Host-{name}"),
            Some(_) => format!("__Secure-{name}"),
        }
    }
}

/// The cookies of all lines, a line each. One with a byte that is no ASCII does not take the others of its line along, and one
/// with an encoded name is none of ours: browsers let other hosts set `%5F_Host-`, and it would be read as `__Host-`.
fn readable(headers: &HeaderMap) -> HeaderMap {
    let lines = headers.get_all(header::COOKIE).iter();
    let cookies = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let cookies = cookies
        .map(<[u8]>::trim_ascii)
        .filter(|cookie| cookie.is_ascii() && !has_encoded_name(cookie));
    let values = cookies.filter_map(|cookie| HeaderValue::from_bytes(cookie).ok());
    values.map(|value| (header::COOKIE, value)).collect()
}

fn has_encoded_name(cookie: &[u8]) -> bool {
    let mut name = cookie.iter().take_while(|byte| **byte != b'=');
    name.any(|byte| *byte == b'%')
}

impl FromRequestParts<App> for Cookies {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.headers, &app.config))
    }
}

impl IntoResponseParts for Cookies {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        self.jar.into_response_parts(response)
    }
}
