//! Logging in and out.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{Errors, Form},
    notice::Notice,
    page::{self, Page},
    return_to::Wanted,
    throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{
        client::Client,
        email::Email,
        log_in::{Entry, by_password},
        log_out,
        login_step::LoginStep,
        password::Password,
        session::Kind,
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
        kind(self.remember_me.as_deref())
    }
}

/// What a box "remember me" asks for, ticked or not there.
pub fn kind(remember_me: Option<&str>) -> Kind {
    match remember_me {
        Some(_) => Kind::Remembered,
        None => Kind::Ordinary,
    }
}

/// The form again, for a letter that could not be asked for.
pub fn again(page: Page, email: String, errors: Errors) -> Result<Response, Error> {
    page::again(New {
        page,
        email,
        remember_me: false,
        errors,
    })
}

/// Comes back to `return_to` afterwards, if it is a page of ours: for links such as "Log in to book".
pub async fn new(
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Error> {
    let wanted = wanted?.page();
    let page = page::show(New {
        page,
        email: String::new(),
        remember_me: false,
        errors: Errors::default(),
    })?;
    Ok((visitor.return_to(cookies, wanted).await, page).into_response())
}

/// Logs somebody in, or says no without saying why. Also where somebody is logged in already: who has opened the form in two tabs,
/// or somebody else.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(form): Form<LogIn>,
) -> Result<Response, Error> {
    let (email, password) = (Email::parse(&form.email), Password::typed(&form.password));
    throttle::login(&app, email.as_ref(), &client).await?;
    let kind = form.kind();
    let entry = by_password::log_in(&app, email.as_ref(), &password, kind, &client).await?;
    let cookies = super::passkeys::offer::after_log_in(&app, cookies, entry.as_ref()).await?;
    match entry {
        Some(entry) => enter(&client, cookies, &visitor, &entry, Notice::LoggedIn).await,
        None => page::again(New {
            page,
            email: form.email,
            remember_me: kind == Kind::Remembered,
            errors: Errors::password(texts::log_in::WRONG),
        }),
    }
}

/// Lets somebody in, back to where they wanted to go, or leads them to the login step that is left.
pub async fn enter(
    client: &Client,
    cookies: Cookies,
    visitor: &Visitor,
    entry: &Entry,
    notice: Notice,
) -> Result<Response, Error> {
    // Another user who was logged in here makes room.
    let other = visitor.visit.as_ref();
    if let Some(other) = other.filter(|visit| visit.user.id != entry.user_id) {
        leave(&visitor.app, other, client).await?;
    }
    let cookies = cookies.come_in(entry, visitor.app.now());
    if let Some(page) = entry.login_step.map(LoginStep::page) {
        return Ok((cookies, Redirect::to(page)).into_response());
    }
    let (cookies, path) = cookies.back(entry.user_id, visitor.app.now());
    Ok((cookies.notify(notice), Redirect::to(&path)).into_response())
}

/// Ends the session of this browser. False: it has ended already.
pub async fn leave(app: &App, visit: &Visit, client: &Client) -> anyhow::Result<bool> {
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(false);
    };
    let is_ended = log_out::here(app, &mut held, client).await?;
    held.commit().await?;
    Ok(is_ended)
}

/// Also for a pending session. A second click, which comes when the session has ended, is answered like the first, but leaves
/// the cookie alone: the browser may have a newer one by then.
pub async fn delete(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
) -> Result<Response, Error> {
    let is_ended = match visitor.visit.or(visitor.pending) {
        Some(visit) => leave(&app, &visit, &client).await?,
        None => false,
    };
    let cookies = if is_ended {
        cookies.logged_out()
    } else {
        cookies
    };
    let gone = cookies.notify(Notice::LoggedOut);
    // Only the cache: cookies and storage may belong to other parts of the site.
    let forget = [("clear-site-data", "\"cache\"")];
    Ok((gone, forget, Redirect::to("/users/log-in")).into_response())
}
