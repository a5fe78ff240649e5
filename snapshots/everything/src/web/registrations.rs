//! Joining.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{self, Errors, Form},
    page::{self, Page},
};
use crate::{
    accounts::{
        client::Client,
        email::Email,
        password::{Lane, Password},
        registration::{self, FirstMethod},
    },
    app::App,
    config::Registration,
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

/// An address that may register and a password that is good enough, or why not.
pub async fn check(
    app: &App,
    email: &str,
    password: &str,
    client: &Client,
) -> anyhow::Result<Result<(Email, Password), Errors>> {
    let email = match form::email(email) {
        Ok(email) if app.config.registration.allows(&email) => email,
        Ok(_) => return Ok(Err(Errors::email(texts::fields::EMAIL_NOT_ALLOWED))),
        Err(errors) => return Ok(Err(errors)),
    };
    let password = form::new_password(app, Lane::Anonymous, password, &email, client).await?;
    Ok(password.map(|password| (email, password)))
}

pub async fn new(State(app): State<App>, page: Page) -> Result<Response, Error> {
    page::show(form_page(&app, page, String::new(), Errors::default()))
}

/// The answer is the same for an address that has an account.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Form(form): Form<Register>,
) -> Result<Response, Error> {
    app.limits.passwords.count(client.network)?;
    let (email, password) = match check(&app, &form.email, &form.password, &client).await? {
        Ok(checked) => checked,
        Err(errors) => return page::again(form_page(&app, page, form.email, errors)),
    };
    let method = FirstMethod::Password(&password);
    let browser = registration::register(&app, &email, method, &client).await?;
    Ok((
        cookies.confirm_here(&browser),
        Redirect::to("/users/confirm"),
    )
        .into_response())
}

fn form_page(app: &App, page: Page, email: String, errors: Errors) -> New {
    New {
        page,
        is_open: app.config.registration != Registration::Closed,
        email,
        errors,
    }
}
