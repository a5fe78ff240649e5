//! Proving again who one is with a passkey, before something dangerous.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Json, challenge, count, located, problem};
use crate::{
    accounts::{
        client::Client,
        passkey::{Kind, authentication::Answer, sudo, webauthn::PublicKeyCredential},
        password::Password,
        visit::Visit,
    },
    app::App,
    web::{cookies::Cookies, error::Error, throttle, visitor},
};

#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    kind: Kind,
}

pub async fn options(
    State(app): State<App>,
    client: Client,
    visit: Visit,
    Json(form): Json<Begin>,
) -> Result<Response, Error> {
    count(&app, &client, Some(&visit)).await?;
    let options = sudo::begin(&app, &visit, form.kind).await?;
    Ok(super::options(options.map_err(problem)?))
}

#[derive(Deserialize)]
pub struct Prove {
    challenge_id: String,
    credential: PublicKeyCredential,
    /// Sent with a security key.
    password: Option<String>,
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visit: Visit,
    Json(form): Json<Prove>,
) -> Result<Response, Error> {
    let answer = Answer {
        challenge: &challenge(&form.challenge_id)?,
        response: &form.credential,
    };
    let secret = match &form.password {
        Some(password) => {
            throttle::session_password(&app, &visit)?;
            let password = Password::typed(password);
            sudo::with_password_and_key(&app, &visit, &password, &answer, &client).await?
        }
        None => sudo::with_passkey(&app, &visit, &answer, &client).await?,
    };
    let secret = secret.map_err(problem)?;
    let (cookies, path) = cookies.back(visit.user.id, app.now());
    let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
    Ok(located(&(cookies, Redirect::to(&path)).into_response()))
}
