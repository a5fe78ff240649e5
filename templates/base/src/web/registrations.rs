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
        password::Password,
        registration::{self, FirstMethod, Told},
        secret::Secret,
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
    let password = form::new_password(app, password, &email, client).await?;
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
    app.limits.register.count(client.network)?;
    let browser = register(&app, &email, FirstMethod::Password(&password), &client).await?;
    Ok((
        cookies.confirm_here(&browser),
        Redirect::to("/users/confirm"),
    )
        .into_response())
}

/// Registers, and tells it by email within the budget of the address. Beyond it no email is sent, and the response is the same:
/// what others have used up, the browser that has registered can ask for, by a budget of its own.
pub async fn register(
    app: &App,
    email: &Email,
    method: FirstMethod<'_>,
    client: &Client,
) -> anyhow::Result<Secret> {
    let limits = &app.limits;
    let budgets = [&limits.register_email, &limits.confirm_email_hourly];
    let told = if budgets.iter().all(|budget| budget.allows(email.as_str())) {
        Told::ByEmail
    } else {
        Told::NotNow
    };
    registration::register(app, email, method, told, client).await
}

fn form_page(app: &App, page: Page, email: String, errors: Errors) -> New {
    New {
        page,
        is_open: app.config.registration != Registration::Closed,
        email,
        errors,
    }
}
