//! The link in the letter that shows that an address is one's own.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{self, Errors, Form},
    link,
    notice::Notice,
    page::{self, Page},
    path::Path,
    sessions, throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{
        client::Client,
        confirmation::{self, Authority},
        emailed_link::Addressee,
        log_in::Entry,
        password::Password,
        secret::Secret,
        token::Purpose,
    },
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "confirmation_links/show.html")]
struct Show {
    page: Page,
    email: String,
    same_browser: bool,
    /// Whether a passkey was registered in place of a password.
    has_passkey: bool,
    errors: Errors,
    new_errors: Errors,
}

/// The page of the link. It only shows a button, so that mail scanners, which open links, confirm nothing.
pub async fn show(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match link::find(&app, Purpose::Confirm, &link).await? {
        Some((_, found)) => ask(page, &cookies, found, Errors::default(), Errors::default()),
        None => link::gone(&app, &client, page, Purpose::Confirm, &link).await,
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
    visitor: Visitor,
    page: Page,
    Path(link): Path<String>,
    Form(form): Form<Confirm>,
) -> Result<Response, Error> {
    let Some((secret, found)) = link::find(&app, Purpose::Confirm, &link).await? else {
        return match again(&app, &link, &form, &client).await? {
            Some(entry) => welcome(&client, cookies, &visitor, &entry).await,
            None => link::gone(&app, &client, page, Purpose::Confirm, &link).await,
        };
    };
    let lane = throttle::after_link(&app, found.email(), &client).await?;
    let same_browser = cookies
        .confirming()
        .filter(|browser| found.is_from(Some(browser)));
    let authority = match &same_browser {
        Some(browser) => Authority::Browser(browser),
        None if form.new_password.is_empty() => {
            Authority::Password(Password::typed(&form.password))
        }
        None => {
            let new = form::new_password(&app, lane, &form.new_password, found.email(), &client);
            match new.await? {
                Ok(password) => Authority::NewPassword(password),
                Err(errors) => return ask(page, &cookies, found, Errors::default(), errors),
            }
        }
    };
    let entry = match confirmation::with_link(&app, &secret, &authority, lane, &client).await? {
        Some(entry) => Some(entry),
        None => again(&app, &link, &form, &client).await?,
    };
    match entry {
        Some(entry) => welcome(&client, cookies, &visitor, &entry).await,
        None => {
            let wrong = Errors::password(texts::fields::PASSWORD_WRONG);
            ask(page, &cookies, found, wrong, Errors::default())
        }
    }
}

/// What this browser gets for a second click.
async fn again(
    app: &App,
    link: &str,
    form: &Confirm,
    client: &Client,
) -> Result<Option<Entry>, Error> {
    let Some(link) = Secret::parse(link) else {
        return Ok(None);
    };
    let new = Some(&form.new_password).filter(|typed| !typed.is_empty());
    let new = new.map(|typed| Password::typed(typed));
    Ok(confirmation::again_with_link(app, &link, new.as_ref(), client).await?)
}

async fn welcome(
    client: &Client,
    cookies: Cookies,
    visitor: &Visitor,
    entry: &Entry,
) -> Result<Response, Error> {
    sessions::enter(client, cookies, visitor, entry, Notice::Welcome).await
}

fn ask(
    page: Page,
    cookies: &Cookies,
    found: Addressee,
    errors: Errors,
    new_errors: Errors,
) -> Result<Response, Error> {
    let is_wrong = errors.password.or(new_errors.password).is_some();
    let ask = Show {
        page,
        same_browser: found.is_from(cookies.confirming().as_ref()),
        has_passkey: matches!(&found, Addressee::Registration(one) if one.password_hash.is_none()),
        email: found.email().to_string(),
        errors,
        new_errors,
    };
    match is_wrong {
        true => page::again(ask),
        false => page::show(ask),
    }
}
