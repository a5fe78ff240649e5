//! Joining.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{self, Errors},
    page::Page,
};
use crate::{
    accounts::{client::Client, email::Email, password::Password, registration},
    app::App,
    config::{Config, Registration},
    texts,
};

#[derive(Template)]
#[template(path = "registrations/new.html")]
struct New {
    page: Page,
    is_open: bool,
    email: String,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct Register {
    email: String,
    password: String,
}

impl Register {
    fn check(&self, config: &Config) -> Result<(Email, Password), Errors> {
        let email = form::email(&self.email)?;
        if !config.registration.allows(&email) {
            return Err(Errors::email(texts::fields::EMAIL_NOT_ALLOWED));
        }
        let password = form::new_password(&self.password, &email)?;
        Ok((email, password))
    }
}

pub async fn new(State(app): State<App>, page: Page) -> Result<Html<String>, Error> {
    show(&app, page, String::new(), Errors::default())
}

/// The answer is the same for an address that has an account.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Form(form): Form<Register>,
) -> Result<Response, Error> {
    let (email, password) = match form.check(&app.config) {
        Ok(checked) => checked,
        Err(errors) => {
            let page = show(&app, page, form.email, errors)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    app.limits.register.count(&client.network())?;
    let browser = registration::register(&app, &email, &password, &client).await?;
    Ok((
        cookies.confirm_here(&browser),
        Redirect::to("/users/confirm"),
    )
        .into_response())
}

fn show(app: &App, page: Page, email: String, errors: Errors) -> Result<Html<String>, Error> {
    let is_open = app.config.registration != Registration::Closed;
    let new = New {
        page,
        is_open,
        email,
        errors,
    };
    Ok(Html(new.render()?))
}
