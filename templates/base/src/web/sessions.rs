//! Logging in and out.

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
    notice::Notice,
    page::{self, Page},
};
use crate::{
    accounts::{
        client::Client, email::Email, log_in, log_out, password::Password, session::Kind,
        visit::Visit,
    },
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "sessions/new.html")]
struct New {
    page: Page,
    email: String,
    remember_me: bool,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct LogIn {
    email: String,
    password: String,
    /// A ticked box, or nothing.
    remember_me: Option<String>,
}

impl LogIn {
    fn kind(&self) -> Kind {
        match self.remember_me {
            Some(_) => Kind::Remembered,
            None => Kind::Ordinary,
        }
    }
}

pub async fn new(page: Page) -> Result<Response, Error> {
    let (email, errors) = (String::new(), Errors::default());
    page::show(New {
        page,
        email,
        remember_me: false,
        errors,
    })
}

/// Logs somebody in, or says no without saying why.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Form(form): Form<LogIn>,
) -> Result<Response, Error> {
    let (email, password) = (Email::parse(&form.email), Password::typed(&form.password));
    app.limits.login.count(&client.network())?;
    if let Some(email) = &email {
        app.limits.login_account.count(email.as_str())?;
    }
    let kind = form.kind();
    match log_in::with_password(&app, email.as_ref(), &password, kind, &client).await? {
        Some(session) => {
            let (cookies, path) = cookies.back();
            let cookies = cookies.logged_in(&session, kind.cookie_lasts());
            Ok((cookies.notify(Notice::LoggedIn), Redirect::to(&path)).into_response())
        }
        None => page::again(New {
            page,
            email: form.email,
            remember_me: kind == Kind::Remembered,
            errors: Errors::password(texts::log_in::WRONG),
        }),
    }
}

pub async fn delete(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visit: Visit,
) -> Result<Response, Error> {
    log_out::here(&app, &visit.session, &client).await?;
    let gone = cookies.logged_out().notify(Notice::LoggedOut);
    // Only the cache: cookies and storage may belong to other parts of the site.
    let forget = [("clear-site-data", "\"cache\"")];
    Ok((gone, forget, Redirect::to("/users/log-in")).into_response())
}
