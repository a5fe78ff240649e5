//! Changing one's e-mail address.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::Show;
use crate::{
    accounts::{client::Client, email_change, secret::Secret, token::Purpose, visit::Visit},
    app::App,
    texts,
    web::{
        cookies::Cookies,
        current_user::CurrentUser,
        error::Error,
        form::{self, Errors, Form},
        link,
        notice::Notice,
        page::{self, Page},
        path::Path,
        throttle, visitor,
    },
};

#[derive(Template)]
#[template(path = "settings/email.html")]
struct Edit {
    page: Page,
    email: String,
}

#[derive(Deserialize)]
pub struct Change {
    email: String,
}

/// Sends the letters. The answer is the same for an address that has an account.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Form(form): Form<Change>,
) -> Result<Response, Error> {
    let email = form::email(&form.email).and_then(|email| {
        let is_allowed = email_change::is_allowed(&app, &visit.user, &email);
        is_allowed
            .then_some(email)
            .ok_or_else(|| Errors::email(texts::fields::EMAIL_NOT_ALLOWED))
    });
    let email = match email {
        Ok(email) => email,
        Err(errors) => {
            return page::again(Show {
                email: form.email,
                email_errors: errors,
                ..Show::of(&app, page, visit).await?
            });
        }
    };
    let mut held = visitor::hold(&app, &visit).await?;
    if !email_change::is_repeated(&app, &mut held, &email, &client).await? {
        throttle::email_change(&app, &visit, &email, &client)?;
        email_change::request(&app, &mut held, &email, &client).await?;
    }
    held.commit().await?;
    Ok(back(cookies, Notice::EmailSent))
}

pub async fn cancel(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: CurrentUser,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    email_change::cancel(&app, &mut held, &client).await?;
    held.commit().await?;
    Ok(back(cookies, Notice::EmailCancelled))
}

/// The page of the link. It only shows a button, because mail scanners open links.
pub async fn edit(
    State(app): State<App>,
    client: Client,
    page: Page,
    visit: Visit,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let token = match Secret::parse(&link) {
        Some(secret) => email_change::pending(&app, &visit, &secret).await?,
        None => None,
    };
    match token {
        Some(token) => page::show(Edit {
            page,
            email: token.email.to_string(),
        }),
        None => link::gone(&app, &client, page, Purpose::ChangeEmail, &link).await,
    }
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let is_changed = match Secret::parse(&link) {
        Some(secret) => email_change::finish(&app, &visit, &secret, &client).await?,
        None => Some(false),
    };
    let is_changed = is_changed.ok_or(Error::SessionEnded)?;
    let purpose = Purpose::ChangeEmail;
    if !is_changed && !link::was_just_used(&app, &client, purpose, &link).await? {
        return link::gone(&app, &client, page, purpose, &link).await;
    }
    Ok(back(cookies, Notice::EmailChanged))
}

fn back(cookies: Cookies, notice: Notice) -> Response {
    (cookies.notify(notice), Redirect::to("/users/settings")).into_response()
}
