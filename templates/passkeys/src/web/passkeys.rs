//! What the script of passkeys asks for, in JSON. A page of ours sends it: what another site sends is refused before it comes
//! here, like a form.
//!
//! Each ceremony is two requests: for the options, and with what was signed. The second is answered by the page to go to, or
//! by a problem whose sentence the page shows.

pub mod log_in;
pub mod offer;
pub mod password;
pub mod related_origins;
pub mod second_factor;
pub mod sign_up;
pub mod signals;
pub mod sudo;

use axum::{
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    cookies::Cookies,
    error::Error,
    routes::{Route, Who, get, post},
    settings,
};
use crate::{
    accounts::{
        client::Client,
        login_step::LoginStep,
        passkey::{Refused, challenge},
        secret::Secret,
        visit::Visit,
    },
    app::App,
    texts::passkeys::problems as texts,
};

const AT_SECOND_FACTOR: Who = Who::PendingLogin(LoginStep::SecondFactor);

/// The rows of passkeys, for the table of what browsers may ask.
#[rustfmt::skip]
pub fn pages() -> Vec<Route> {
    vec![
        post("/users/register/passkey/options", Who::Stranger, sign_up::options),
        post("/users/register/passkey", Who::Stranger, sign_up::create),
        post("/users/log-in/passkey/options", Who::Anyone, log_in::options),
        post("/users/log-in/passkey", Who::Anyone, log_in::create),
        post("/users/second-factor/passkey/options", AT_SECOND_FACTOR, second_factor::options),
        post("/users/second-factor/passkey", AT_SECOND_FACTOR, second_factor::create),
        post("/users/sudo/passkey/options", Who::User, sudo::options),
        post("/users/sudo/passkey", Who::User, sudo::create),
        post("/users/settings/password/passkey/options", Who::User, password::options),
        post("/users/settings/password/passkey", Who::User, password::update),
        get("/users/settings/passkeys", Who::RecentUser, settings::passkeys::index),
        post("/users/settings/passkeys/options", Who::RecentUser, settings::passkeys::options),
        post("/users/settings/passkeys", Who::RecentUser, settings::passkeys::create),
        post("/users/settings/passkeys/{id}/rename", Who::RecentUser, settings::passkeys::rename),
        post("/users/settings/passkeys/{id}/delete", Who::RecentUser, settings::passkeys::delete),
        post("/users/passkey-offer/dismiss", Who::User, offer::dismiss),
        get("/.well-known/webauthn", Who::Anyone, related_origins::show),
    ]
}

/// axum's `Json`, whose errors look like our others.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let json = axum::Json::from_request(request, state).await?;
        Ok(Self(json.0))
    }
}

/// What the authenticator is asked for, and the secret that comes back with its answer.
#[derive(Serialize)]
struct Options<T> {
    challenge_id: String,
    #[serde(flatten)]
    options: T,
}

/// Answers with the options of a ceremony.
pub fn options<T: Serialize>((challenge, options): (Secret, T)) -> Response {
    let challenge_id = challenge.reveal();
    axum::Json(Options {
        challenge_id,
        options,
    })
    .into_response()
}

/// Reads the secret of a challenge.
///
/// # Errors
/// Answers like a challenge that has expired.
pub fn challenge(id: &str) -> Result<Secret, Error> {
    Secret::parse(id).ok_or_else(|| problem(Refused::Expired))
}

/// Says why a passkey was not accepted.
pub fn problem(refused: Refused) -> Error {
    let (status, detail) = match refused {
        Refused::SessionEnded => return Error::SessionEnded,
        Refused::Expired => (StatusCode::UNPROCESSABLE_ENTITY, texts::EXPIRED),
        // The response does not tell whether the account is suspended.
        Refused::Invalid | Refused::Counter | Refused::NotAllowed => {
            (StatusCode::UNPROCESSABLE_ENTITY, texts::INVALID)
        }
        Refused::Password => (
            StatusCode::UNPROCESSABLE_ENTITY,
            crate::texts::fields::PASSWORD_WRONG,
        ),
        Refused::Unconfirmed => (StatusCode::UNPROCESSABLE_ENTITY, texts::UNCONFIRMED),
        // The script tells the authenticator to forget it. No other response has this status.
        Refused::Unknown => (StatusCode::GONE, texts::UNKNOWN),
        Refused::Taken => (StatusCode::CONFLICT, texts::TAKEN),
        Refused::TooMany => (StatusCode::UNPROCESSABLE_ENTITY, texts::TOO_MANY),
        Refused::LastMethod => (StatusCode::UNPROCESSABLE_ENTITY, texts::LAST_METHOD),
    };
    Error::new(status, texts::TITLE, detail)
}

/// An answer that says what cannot be as it is.
fn unprocessable(detail: &str) -> Error {
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, texts::TITLE, detail)
}

#[derive(Serialize)]
struct Located<'a> {
    location: &'a str,
}

/// Makes of a redirect what the script can read: where to go, and the same cookies.
pub fn located(redirect: &Response) -> Response {
    let location = redirect.headers().get(header::LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let location = location.unwrap_or("/");
    let mut response = axum::Json(Located { location }).into_response();
    for cookie in redirect.headers().get_all(header::SET_COOKIE) {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// Returns what this browser is known by while it is open, and the cookies that say so.
fn browser(client: &Client, cookies: Cookies) -> Result<(Secret, Cookies), Error> {
    if let Some(known) = &client.browser {
        return Ok((known.clone(), cookies));
    }
    let new = Secret::random().map_err(anyhow::Error::from)?;
    let cookies = cookies.browser_is(&new);
    Ok((new, cookies))
}

/// Counts a challenge: for a session and for a browser that somebody has logged in with on their own, so that nobody else can
/// use that up.
///
/// # Errors
/// Where there is no domain, there are no passkeys: this is not found.
pub async fn count(app: &App, client: &Client, visit: Option<&Visit>) -> Result<(), Error> {
    if !app.passkeys.is_available() {
        return Err(Error::NotFound);
    }
    let limits = &app.limits;
    if let Some(visit) = visit {
        let session = format!("session {}", visit.session.id);
        return Ok(limits.passkey_challenge_browser.count(&session)?);
    }
    match &client.device {
        Some(device) if challenge::is_known_browser(&app.db, device, app.now()).await? => {
            let browser = BASE64_URL_SAFE_NO_PAD.encode(device.hash());
            Ok(limits.passkey_challenge_browser.count(&browser)?)
        }
        _ => Ok(limits.passkey_challenge.count(client.network)?),
    }
}
