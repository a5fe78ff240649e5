//! Logging in with a letter instead of a password.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{self, Form},
    link,
    notice::Notice,
    page::{self, Page},
    path::Path,
    sessions::{self, enter},
    throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{client::Client, magic_link, token::Purpose},
    app::App,
};

#[derive(Template)]
#[template(path = "log_in_links/show.html")]
struct Show {
    page: Page,
    email: String,
}

#[derive(Deserialize)]
pub struct Ask {
    email: String,
}

#[derive(Deserialize)]
pub struct LogIn {
    remember_me: Option<String>,
}

/// The answer is the same whether somebody has this address or not.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(ask): Form<Ask>,
) -> Result<Response, Error> {
    let email = match form::email(&ask.email) {
        Ok(email) => email,
        Err(errors) => return sessions::again(page, ask.email, errors),
    };
    let own = throttle::of_session(visitor.visit.as_ref(), &email);
    let budget = &app.limits.log_in_link;
    if throttle::may_send(&app, &[budget], &email, &client, own).await? {
        magic_link::request(&app, &email, &client).await?;
    }
    // Somebody who is logged in asks for it to prove who they are.
    let (notice, next) = match visitor.visit {
        Some(_) => (Notice::OnItsWay, "/users/settings"),
        None => (Notice::LinkSent, "/users/log-in"),
    };
    Ok((cookies.notify(notice), Redirect::to(next)).into_response())
}

/// The page of the link. It only shows a button: mail scanners, which open links, log nobody in.
pub async fn show(
    State(app): State<App>,
    client: Client,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match link::find(&app, Purpose::LogIn, &link).await? {
        Some((_, addressee)) => page::show(Show {
            page,
            email: addressee.email().to_string(),
        }),
        None => link::gone(&app, &client, page, Purpose::LogIn, &link).await,
    }
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Path(link): Path<String>,
    Form(form): Form<LogIn>,
) -> Result<Response, Error> {
    let entry = match link::find(&app, Purpose::LogIn, &link).await? {
        Some((secret, addressee)) => {
            let kind = match &visitor.visit {
                Some(visit) if addressee.user_id() == Some(visit.user.id) => visit.session.kind(),
                _ => sessions::kind(form.remember_me.as_deref()),
            };
            magic_link::log_in(&app, &secret, kind, &client).await?
        }
        None => None,
    };
    let entry = match entry {
        Some(entry) => Some(entry),
        None => link::log_in_again(&app, &client, Purpose::LogIn, &link).await?,
    };
    match entry {
        Some(entry) => enter(&client, cookies, &visitor, &entry, Notice::LoggedIn).await,
        None => link::gone(&app, &client, page, Purpose::LogIn, &link).await,
    }
}
