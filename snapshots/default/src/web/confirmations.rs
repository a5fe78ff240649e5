//! Showing that an address is one's own: by the code, or by the link.

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
    notice::Notice,
    page::{self, Page},
    sessions, throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{client::Client, confirmation},
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "confirmations/new.html")]
struct New {
    page: Page,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "confirmations/resend.html")]
struct ResendForm {
    page: Page,
    email: String,
    errors: Errors,
}

/// Where the code is typed. A browser that has not registered is asked for an address instead.
pub async fn new(cookies: Cookies, page: Page) -> Result<Response, Error> {
    let errors = Errors::default();
    match cookies.confirming() {
        Some(_) if !page.is_confirmed() => page::show(New { page, errors }),
        _ => Ok(elsewhere(&page)),
    }
}

/// For a browser that has nothing to confirm.
fn elsewhere(page: &Page) -> Response {
    if page.is_confirmed() {
        return Redirect::to("/").into_response();
    }
    Redirect::to("/users/confirm/resend").into_response()
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    app.limits.confirm.count(client.network)?;
    let browser = cookies.confirming();
    let entry = match &browser {
        Some(browser) => confirmation::with_code(&app, browser, &form.code, &client).await?,
        None => None,
    };
    let entry = match entry {
        Some(entry) => Some(entry),
        None => confirmation::again(&app, &form.code, &client).await?,
    };
    match entry {
        Some(entry) => sessions::enter(&client, cookies, &visitor, &entry, Notice::Welcome).await,
        None if browser.is_none() => Ok(elsewhere(&page)),
        None => page::again(New {
            page,
            errors: Errors::code(texts::fields::CODE_WRONG),
        }),
    }
}

pub async fn resend_form(page: Page) -> Result<Response, Error> {
    let (email, errors) = (String::new(), Errors::default());
    page::show(ResendForm {
        page,
        email,
        errors,
    })
}

#[derive(Deserialize)]
pub struct Resend {
    /// Without an address it is for the one this browser has registered.
    #[serde(default)]
    email: String,
}

pub async fn resend(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(form): Form<Resend>,
) -> Result<Response, Error> {
    let browser = cookies.confirming().filter(|_| form.email.is_empty());
    let email = match &browser {
        Some(browser) => match confirmation::address_of(&app, browser).await? {
            Some(email) => Ok(email),
            // The browser that registered an address does not learn whether its owner has signed up since.
            None => return Ok(sent(cookies, Notice::LetterSent, "/users/confirm")),
        },
        None => form::email(&form.email),
    };
    let email = match email {
        Ok(email) => email,
        Err(errors) => {
            return page::again(ResendForm {
                page,
                email: form.email,
                errors,
            });
        }
    };
    let of_browser = browser.as_ref().map(throttle::of_browser);
    let own = of_browser.or_else(|| throttle::of_user(visitor.visit.as_ref(), &email));
    if throttle::may_resend(&app, &email, &client, own)? {
        confirmation::resend(&app, &email, browser.as_ref(), &client).await?;
    }
    let (notice, next) = match (browser, visitor.visit) {
        (Some(_), _) => (Notice::LetterSent, "/users/confirm"),
        (None, Some(_)) => (Notice::OnItsWay, "/"),
        (None, None) => (Notice::LetterSent, "/users/log-in"),
    };
    Ok(sent(cookies, notice, next))
}

fn sent(cookies: Cookies, notice: Notice, next: &str) -> Response {
    (cookies.notify(notice), Redirect::to(next)).into_response()
}
