//! Changing one's password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::Show;
use crate::{
    accounts::{
        client::Client,
        password::{Lane, Password},
        password_change,
        secret::Secret,
        sudo::Wrong,
        visit::Visit,
    },
    app::App,
    texts,
    web::{
        cookies::Cookies,
        error::Error,
        form::{self, Errors, Form},
        notice::Notice,
        page::{self, Page},
        throttle, visitor,
    },
};

#[derive(Deserialize)]
pub struct ChangePassword {
    /// Always asked of a user who has a password, also right after they have logged in.
    #[serde(default)]
    current_password: String,
    new_password: String,
}

/// Changes the password. For a first one the session has to be in sudo.
pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Form(form): Form<ChangePassword>,
) -> Result<Response, Error> {
    if !visit.user.has_password && !visit.session.is_recent(app.now()) {
        return Ok(Redirect::to("/users/sudo?return_to=/users/settings").into_response());
    }
    let current = Password::typed(&form.current_password);
    let new = Password::typed(&form.new_password);
    let act = password_change::act(&visit, &current, &new, &client);
    if let Some(secret) = password_change::again(&app, &visit, act.as_ref()).await? {
        return Ok(changed(&app, cookies, &visit, &secret));
    }
    throttle::session_password(&app, &visit)?;
    let (lane, email) = (Lane::of_account(&app, visit.user.id), &visit.user.email);
    let new = form::new_password(&app, lane, &form.new_password, email, &client);
    let new = match new.await? {
        Ok(password) => password,
        Err(errors) => return again(&app, page, visit, errors).await,
    };
    let act = act.as_ref();
    match password_change::change(&app, &visit, &current, &new, act, &client).await? {
        Ok(secret) => Ok(changed(&app, cookies, &visit, &secret)),
        Err(Wrong::SessionEnded) => {
            let cookies = cookies.notify(Notice::LoginEnded);
            Ok((cookies, Redirect::to("/users/log-in")).into_response())
        }
        Err(Wrong::Password | Wrong::Code) => {
            let wrong = Errors::current_password(texts::fields::PASSWORD_WRONG);
            again(&app, page, visit, wrong).await
        }
    }
}

fn changed(app: &App, cookies: Cookies, visit: &Visit, secret: &Secret) -> Response {
    let cookies = cookies.session_is(secret, visitor::lasts(app, &visit.session));
    let cookies = cookies.notify(Notice::PasswordSet);
    (cookies, Redirect::to("/users/settings")).into_response()
}

async fn again(app: &App, page: Page, visit: Visit, errors: Errors) -> Result<Response, Error> {
    page::again(Show {
        password_errors: errors,
        ..Show::of(app, page, visit).await?
    })
}
