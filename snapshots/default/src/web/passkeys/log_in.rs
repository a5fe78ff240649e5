//! Logging in with a passkey, from a button or from the suggestions of the email field.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{Json, browser, challenge, count, located, problem};
use crate::{
    accounts::{
        client::Client,
        passkey::{
            authentication::{self, Answer},
            log_in,
            webauthn::PublicKeyCredential,
        },
        session::Kind,
    },
    app::App,
    web::{cookies::Cookies, error::Error, notice::Notice, sessions, visitor::Visitor},
};

/// The same for everybody: no email is asked for, and no passkey is named.
pub async fn options(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
) -> Result<Response, Error> {
    count(&app, &client, None).await?;
    let (browser, cookies) = browser(&client, cookies)?;
    let options = authentication::start_log_in(&app, &browser).await?;
    Ok((cookies, super::options(options)).into_response())
}

#[derive(Deserialize)]
pub struct LogIn {
    challenge_id: String,
    credential: PublicKeyCredential,
    #[serde(default)]
    remember_me: bool,
}

impl LogIn {
    fn kind(&self) -> Kind {
        if self.remember_me {
            Kind::Remembered
        } else {
            Kind::Ordinary
        }
    }
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    Json(form): Json<LogIn>,
) -> Result<Response, Error> {
    let (browser, cookies) = browser(&client, cookies)?;
    let answer = Answer {
        challenge: &challenge(&form.challenge_id)?,
        response: &form.credential,
    };
    let entry = log_in::log_in(&app, &browser, &answer, form.kind(), &client).await?;
    let entry = entry.map_err(problem)?;
    let cookies = cookies.withdraw_passkey_offer();
    let redirect = sessions::enter(&client, cookies, &visitor, &entry, Notice::LoggedIn).await?;
    Ok(located(&redirect))
}
