//! Asking again for the password before something dangerous.

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
    page::{self, Page},
    return_to::Wanted,
    throttle, visitor,
};
use crate::{
    accounts::{
        client::Client,
        password::Password,
        sudo::{self, Wrong},
        visit::Visit,
    },
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "sudo/new.html")]
struct New {
    page: Page,
    has_password: bool,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct Prove {
    password: String,
}

/// Comes back to `return_to` afterwards, if it is a page of ours.
pub async fn new(
    State(app): State<App>,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Error> {
    let wanted = wanted?.page();
    let page = page::show(New {
        page,
        has_password: visit.user.has_password,
        errors: Errors::default(),
    })?;
    let cookies = cookies.return_to(wanted, Some(visit.user.id), app.now());
    Ok((cookies, page).into_response())
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Form(form): Form<Prove>,
) -> Result<Response, Error> {
    throttle::session_password(&app, &visit)?;
    let password = Password::typed(&form.password);
    match sudo::with_password(&app, &visit, &password, &client).await? {
        Ok(secret) => {
            let (cookies, path) = cookies.back(visit.user.id, app.now());
            let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
            Ok((cookies, Redirect::to(&path)).into_response())
        }
        Err(Wrong::SessionEnded) => Ok(Redirect::to("/users/log-in").into_response()),
        Err(Wrong::Password) => page::again(New {
            page,
            has_password: visit.user.has_password,
            errors: Errors::password(texts::fields::PASSWORD_WRONG),
        }),
    }
}
