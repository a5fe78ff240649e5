//! Asking again for the password before something dangerous.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::Errors,
    page::{self, Page},
    visitor,
};
use crate::{
    accounts::{client::Client, password::Password, sudo, visit::Visit},
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "sudo/new.html")]
struct New {
    page: Page,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct Prove {
    password: String,
}

pub async fn new(page: Page) -> Result<Response, Error> {
    let errors = Errors::default();
    page::show(New { page, errors })
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Form(form): Form<Prove>,
) -> Result<Response, Error> {
    app.limits.login.count(&client.network())?;
    app.limits.login_account.count(visit.user.email.as_str())?;
    let password = Password::typed(&form.password);
    match sudo::with_password(&app, &visit, &password, &client).await? {
        Some(secret) => {
            let (cookies, path) = cookies.back();
            let cookies = cookies.logged_in(&secret, visitor::lasts(&app, &visit.session));
            Ok((cookies, Redirect::to(&path)).into_response())
        }
        None => page::again(New {
            page,
            errors: Errors::password(texts::fields::PASSWORD_WRONG),
        }),
    }
}
