//! Asking again for the password before something dangerous.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{cookies::Cookies, error::Error, form::Errors, page::Page, visitor};
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

pub async fn new(page: Page) -> Result<Html<String>, Error> {
    Ok(Html(
        New {
            page,
            errors: Errors::default(),
        }
        .render()?,
    ))
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
        None => {
            let again = New {
                page,
                errors: Errors::password(texts::fields::PASSWORD_WRONG),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(again.render()?)).into_response())
        }
    }
}
