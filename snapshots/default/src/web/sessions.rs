//! Logging in and out.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{cookies::Cookies, error::Error, form::Errors, notice::Notice, page::Page};
use crate::{
    accounts::{
        client::Client,
        email::Email,
        log_in, log_out,
        password::Password,
        session::{Kind, REMEMBERED},
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

pub async fn new(page: Page) -> Result<Html<String>, Error> {
    let new = New {
        page,
        email: String::new(),
        remember_me: false,
        errors: Errors::default(),
    };
    Ok(Html(new.render()?))
}

/// Logs somebody in, or says no without saying why.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Form(form): Form<LogIn>,
) -> Result<Response, Error> {
    let email = Email::parse(&form.email);
    app.limits.login.count(&client.network())?;
    if let Some(email) = &email {
        app.limits.login_account.count(email.as_str())?;
    }

    let (kind, lasts) = match form.remember_me {
        Some(_) => (Kind::Remembered, Some(REMEMBERED)),
        None => (Kind::Ordinary, None),
    };
    let password = Password::typed(&form.password);
    match log_in::with_password(&app, email.as_ref(), &password, kind, &client).await? {
        Some(session) => {
            let (cookies, path) = cookies.back();
            Ok((
                cookies.logged_in(&session, lasts).notify(Notice::LoggedIn),
                Redirect::to(&path),
            )
                .into_response())
        }
        None => {
            let remember_me = kind == Kind::Remembered;
            let errors = Errors::password(texts::log_in::WRONG);
            let again = New {
                page,
                email: form.email,
                remember_me,
                errors,
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(again.render()?)).into_response())
        }
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
    let forget = [(
        header::HeaderName::from_static("clear-site-data"),
        "\"cache\"",
    )];
    Ok((gone, forget, Redirect::to("/users/log-in")).into_response())
}
