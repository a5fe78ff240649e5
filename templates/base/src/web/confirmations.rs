//! Showing that an address is one's own: by the code, or by the link.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{self, Errors},
    headers::NO_REFERRER,
    notice::Notice,
    page::{self, Page},
};
use crate::{
    accounts::{
        client::Client,
        confirmation::{self, Proof},
        password::Password,
        secret::Secret,
        token::{self, Purpose, Token},
    },
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

#[derive(Template)]
#[template(path = "confirmations/show.html")]
struct Show {
    page: Page,
    email: String,
    same_browser: bool,
    errors: Errors,
    new_errors: Errors,
}

/// Where the code is typed. A browser that has not registered is asked for an address instead.
pub async fn new(cookies: Cookies, page: Page) -> Result<Response, Error> {
    match cookies.confirming() {
        Some(_) => Ok(Html(
            New {
                page,
                errors: Errors::default(),
            }
            .render()?,
        )
        .into_response()),
        None => Ok(Redirect::to("/users/confirm/resend").into_response()),
    }
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let Some(browser) = cookies.confirming() else {
        return Ok(Redirect::to("/users/confirm/resend").into_response());
    };
    match confirmation::with_code(&app, &browser, &form.code, &client).await? {
        Some(session) => Ok(welcome(cookies, &session)),
        None => {
            let again = New {
                page,
                errors: Errors::code(texts::fields::CODE_WRONG),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(again.render()?)).into_response())
        }
    }
}

pub async fn resend_form(page: Page) -> Result<Html<String>, Error> {
    let form = ResendForm {
        page,
        email: String::new(),
        errors: Errors::default(),
    };
    Ok(Html(form.render()?))
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
    page: Page,
    Form(form): Form<Resend>,
) -> Result<Response, Error> {
    let browser = cookies.confirming().filter(|_| form.email.is_empty());
    let email = match &browser {
        Some(browser) => confirmation::address_of(&app, browser)
            .await?
            .ok_or(Errors::default()),
        None => form::email(&form.email),
    };
    let email = match email {
        Ok(email) => email,
        Err(errors) => {
            let again = ResendForm {
                page,
                email: form.email,
                errors,
            };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(again.render()?)).into_response());
        }
    };
    app.limits.letters.count(&client.network())?;
    app.limits.resend.count(email.as_str())?;
    confirmation::resend(&app, &email, browser.as_ref(), &client).await?;
    let next = if browser.is_some() {
        "/users/confirm"
    } else {
        "/users/log-in"
    };
    Ok((cookies.notify(Notice::LetterSent), Redirect::to(next)).into_response())
}

/// The page of the link. It only shows a button, so that mail scanners, which open links, confirm nothing.
pub async fn show(
    State(app): State<App>,
    cookies: Cookies,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match find(&app, &link).await? {
        Some((_, token)) => ask(page, &cookies, token, Errors::default(), Errors::default()),
        None => expired(page),
    }
}

#[derive(Deserialize)]
pub struct Confirm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Path(link): Path<String>,
    Form(form): Form<Confirm>,
) -> Result<Response, Error> {
    let Some((secret, token)) = find(&app, &link).await? else {
        return expired(page);
    };
    let browser = cookies
        .confirming()
        .filter(|browser| token.is_from(Some(browser)));
    let (old, new) = (
        Password::typed(&form.password),
        form::new_password(&form.new_password, &token.email),
    );
    let proof = match (&browser, new) {
        (Some(browser), _) => Proof::Browser(browser),
        (None, Ok(new)) => Proof::NewPassword(new),
        (None, Err(wrong)) if !form.new_password.is_empty() => {
            return ask(page, &cookies, token, Errors::default(), wrong);
        }
        (None, Err(_)) => Proof::Password(old),
    };
    app.limits.login.count(&client.network())?;
    match confirmation::with_link(&app, &secret, &proof, &client).await? {
        Some(session) => Ok(welcome(cookies, &session)),
        None => ask(
            page,
            &cookies,
            token,
            Errors::password(texts::fields::PASSWORD_WRONG),
            Errors::default(),
        ),
    }
}

async fn find(app: &App, link: &str) -> Result<Option<(Secret, Token)>, Error> {
    let Some(secret) = Secret::parse(link) else {
        return Ok(None);
    };
    let token = token::look(&app.db, Purpose::Confirm, &secret, app.now()).await?;
    Ok(token.map(|token| (secret, token)))
}

fn ask(
    page: Page,
    cookies: &Cookies,
    token: Token,
    errors: Errors,
    new_errors: Errors,
) -> Result<Response, Error> {
    let is_wrong = errors.password.or(new_errors.password).is_some();
    let show = Show {
        page,
        same_browser: token.is_from(cookies.confirming().as_ref()),
        email: token.email.as_str().to_owned(),
        errors,
        new_errors,
    };
    let status = if is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, NO_REFERRER, Html(show.render()?)).into_response())
}

fn expired(page: Page) -> Result<Response, Error> {
    page::link_expired(page, "/users/confirm/resend", texts::link_expired::CONFIRM)
}

fn welcome(cookies: Cookies, session: &Secret) -> Response {
    let (cookies, path) = cookies.back();
    (
        cookies.logged_in(session, None).notify(Notice::Welcome),
        Redirect::to(&path),
    )
        .into_response()
}
