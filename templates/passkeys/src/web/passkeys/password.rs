//! Changing the password with a passkey in place of the current one.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Json, challenge, count, located, problem, unprocessable};
use crate::{
    accounts::{
        client::Client,
        passkey::{
            authentication::{self, Answer},
            challenge::Purpose,
            password,
            webauthn::PublicKeyCredential,
        },
        password::Lane,
        visit::Visit,
    },
    app::App,
    texts,
    web::{cookies::Cookies, error::Error, form, notice::Notice, throttle, visitor},
};

pub async fn options(
    State(app): State<App>,
    client: Client,
    visit: Visit,
) -> Result<Response, Error> {
    count(&app, &client, Some(&visit)).await?;
    let options = authentication::start(&app, &visit, Purpose::Password).await?;
    Ok(super::options(options.map_err(problem)?))
}

#[derive(Deserialize)]
pub struct Change {
    challenge_id: String,
    credential: PublicKeyCredential,
    new_password: String,
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visit: Visit,
    Json(form): Json<Change>,
) -> Result<Response, Error> {
    throttle::session_password(&app, &visit)?;
    let email = &visit.user.email;
    let lane = Lane::of_account(&app, visit.user.id);
    let new = form::new_password(&app, lane, &form.new_password, email, &client).await?;
    let new = new.map_err(|errors| {
        unprocessable(errors.password.unwrap_or(texts::fields::PASSWORD_GUESSABLE))
    })?;
    let answer = Answer {
        challenge: &challenge(&form.challenge_id)?,
        response: &form.credential,
    };
    let secret = password::change(&app, &visit, &answer, &new, &client).await?;
    let secret = secret.map_err(problem)?;
    let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
    let cookies = cookies.notify(Notice::PasswordSet);
    Ok(located(
        &(cookies, Redirect::to("/users/settings")).into_response(),
    ))
}
