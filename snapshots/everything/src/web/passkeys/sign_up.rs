//! Registering with a passkey in place of a password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Json, browser, challenge, count, located, problem};
use crate::{
    accounts::{
        client::Client,
        email::Email,
        passkey::{sign_up, webauthn::RegisterPublicKeyCredential},
        registration::{self, FirstMethod},
    },
    app::App,
    texts,
    web::{cookies::Cookies, error::Error, form, form::Errors},
};

#[derive(Deserialize)]
pub struct Begin {
    email: String,
}

/// The same for an email that has an account.
pub async fn options(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    Json(form): Json<Begin>,
) -> Result<Response, Error> {
    count(&app, &client, None).await?;
    let email = may_register(&app, &form.email)?;
    let (browser, cookies) = browser(&client, cookies)?;
    let options = sign_up::start(&app, &email, &browser).await?;
    Ok((cookies, super::options(options)).into_response())
}

/// The email, if the settings let it register.
fn may_register(app: &App, typed: &str) -> Result<Email, Error> {
    let not_allowed = || Errors::email(texts::fields::EMAIL_NOT_ALLOWED);
    let email = form::email(typed).and_then(|email| {
        let is_allowed = app.config.registration.allows(&email);
        is_allowed.then_some(email).ok_or_else(not_allowed)
    });
    email.map_err(|errors| {
        let detail = errors.email.unwrap_or(texts::fields::EMAIL_INVALID);
        super::unprocessable(detail)
    })
}

#[derive(Deserialize)]
pub struct Register {
    challenge_id: String,
    credential: RegisterPublicKeyCredential,
}

/// Registers, and leads to where the code of the email is typed. The user is not logged in before that.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    Json(form): Json<Register>,
) -> Result<Response, Error> {
    let (browser, cookies) = browser(&client, cookies)?;
    let answer = (&challenge(&form.challenge_id)?, &form.credential);
    let made = sign_up::finish(&app, &browser, answer).await?;
    let made = made.map_err(problem)?;
    // The settings may have changed since the options.
    may_register(&app, made.email.as_str())?;
    let method = FirstMethod::Passkey(&made.passkey);
    let confirming = registration::register(&app, &made.email, method, &client).await?;
    let redirect = (
        cookies.confirm_here(&confirming),
        Redirect::to("/users/confirm"),
    );
    Ok(located(&redirect.into_response()))
}
