//! A passkey or a security key as the second factor of a log-in.

use axum::{extract::State, response::Response};

use serde::Deserialize;

use super::{Json, challenge, count, located, problem};
use crate::{
    accounts::{
        client::Client,
        passkey::{
            authentication::{self, Answer},
            challenge::Purpose,
            second_factor,
            webauthn::PublicKeyCredential,
        },
        second_factor::step::Trust,
    },
    app::App,
    web::{cookies::Cookies, error::Error, notice::Notice, sessions, visitor::Visitor},
};

pub async fn options(
    State(app): State<App>,
    client: Client,
    visitor: Visitor,
) -> Result<Response, Error> {
    let pending = visitor.pending.ok_or(Error::SessionEnded)?;
    count(&app, &client, Some(&pending)).await?;
    let options = authentication::start(&app, &pending, Purpose::SecondFactor).await?;
    Ok(super::options(options.map_err(problem)?))
}

#[derive(Deserialize)]
pub struct Touch {
    challenge_id: String,
    credential: PublicKeyCredential,
    #[serde(default)]
    trust_browser: bool,
}

impl Touch {
    fn trust(&self) -> Trust {
        if self.trust_browser {
            Trust::ThisBrowser
        } else {
            Trust::Never
        }
    }
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    Json(form): Json<Touch>,
) -> Result<Response, Error> {
    let pending = visitor.pending.as_ref().ok_or(Error::SessionEnded)?;
    // A signature cannot be guessed, so that only the session counts it: what others guess at must not keep the owner's key out.
    let answer = Answer {
        challenge: &challenge(&form.challenge_id)?,
        response: &form.credential,
    };
    let entry = second_factor::advance(&app, pending, &answer, form.trust(), &client).await?;
    let entry = entry.map_err(problem)?;
    let redirect = sessions::enter(&client, cookies, &visitor, &entry, Notice::LoggedIn).await?;
    Ok(located(&redirect))
}
