//! Forgetting a password and choosing a new one.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    current_user::CurrentUser,
    error::Error,
    form::{self, Errors, Form},
    link,
    notice::Notice,
    page::{self, Page},
    path::Path,
    throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{
        client::Client, email::Email, emailed_link::Addressee, password::Password, reset,
        secret::Secret, token::Purpose, visit::Visit,
    },
    app::App,
};

#[derive(Template)]
#[template(path = "passwords/new.html")]
struct New {
    page: Page,
    email: String,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "passwords/edit.html")]
struct Edit {
    page: Page,
    email: String,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct Forgot {
    email: String,
}

#[derive(Deserialize)]
pub struct Reset {
    new_password: String,
}

/// Where password managers look for the place to change a password.
pub async fn well_known(user: Option<CurrentUser>) -> Redirect {
    match user {
        Some(_) => Redirect::to("/users/settings#password"),
        None => Redirect::to("/users/reset-password"),
    }
}

pub async fn new(page: Page) -> Result<Response, Error> {
    let (email, errors) = (String::new(), Errors::default());
    page::show(New {
        page,
        email,
        errors,
    })
}

/// The answer is the same whether somebody has this address or not.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(form): Form<Forgot>,
) -> Result<Response, Error> {
    let email = match form::email(&form.email) {
        Ok(email) => email,
        Err(errors) => {
            return page::again(New {
                page,
                email: form.email,
                errors,
            });
        }
    };
    request(&app, &email, &client, visitor.visit.as_ref()).await?;
    Ok((
        cookies.notify(Notice::LetterSent),
        Redirect::to("/users/log-in"),
    )
        .into_response())
}

/// Asks for an email with a link, within the budget of the address.
pub async fn request(
    app: &App,
    email: &Email,
    client: &Client,
    visit: Option<&Visit>,
) -> Result<(), Error> {
    let own = throttle::of_session(visit, email);
    let limits = &app.limits;
    let budgets = [&limits.reset_password, &limits.reset_password_hourly];
    if throttle::may_send(app, &budgets, email, client, own).await? {
        reset::request(app, email, client).await?;
    }
    Ok(())
}

pub async fn edit(
    State(app): State<App>,
    client: Client,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match link::find(&app, Purpose::ResetPassword, &link).await? {
        Some((_, addressee)) => page::show(edit_page(page, &addressee)),
        None => link::gone(&app, &client, page, Purpose::ResetPassword, &link).await,
    }
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Path(link): Path<String>,
    Form(form): Form<Reset>,
) -> Result<Response, Error> {
    let found = link::find(&app, Purpose::ResetPassword, &link).await?;
    let Some((secret, addressee)) = found else {
        let typed = Password::typed(&form.new_password);
        return spent(&app, &client, cookies, page, &link, &typed).await;
    };
    let email = addressee.email();
    let lane = throttle::after_link(&app, email, &client).await?;
    let password = form::new_password(&app, lane, &form.new_password, email, &client);
    let password = match password.await? {
        Ok(password) => password,
        Err(errors) => {
            return page::again(Edit {
                errors,
                ..edit_page(page, &addressee)
            });
        }
    };
    if !reset::finish(&app, &secret, &password, lane, &client).await? {
        return spent(&app, &client, cookies, page, &link, &password).await;
    }
    Ok(changed(
        cookies.session_ended(&visitor, addressee.user_id()),
    ))
}

fn changed(cookies: Cookies) -> Response {
    let cookies = cookies.notify(Notice::PasswordChanged);
    (cookies, Redirect::to("/users/log-in")).into_response()
}

/// For a link that was used before: by a second click, or by somebody else.
async fn spent(
    app: &App,
    client: &Client,
    cookies: Cookies,
    page: Page,
    link: &str,
    password: &Password,
) -> Result<Response, Error> {
    let is_repeated = match Secret::parse(link) {
        Some(secret) => reset::is_repeated(app, &secret, password, client).await?,
        None => false,
    };
    if is_repeated {
        return Ok(changed(cookies));
    }
    link::gone(app, client, page, Purpose::ResetPassword, link).await
}

fn edit_page(page: Page, addressee: &Addressee) -> Edit {
    Edit {
        page,
        email: addressee.email().to_string(),
        errors: Errors::default(),
    }
}
