//! Asking again for the password before something dangerous.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{Errors, Form},
    page::{self, Page},
    return_to::ReturnTo,
    throttle, visitor,
};
use crate::{
    accounts::{
        client::Client,
        login_methods::LoginMethods,
        password::Password,
        sudo::{self, Typed, Wrong},
        visit::Visit,
    },
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "sudo/new.html")]
struct SudoPage {
    page: Page,
    methods: LoginMethods,
    has_second_factor: bool,
    errors: Errors,
}

impl SudoPage {
    fn new(page: Page, visit: &Visit, errors: Errors) -> Self {
        Self {
            page,
            methods: LoginMethods::of(&visit.user),
            has_second_factor: visit.user.second_factor_at.is_some(),
            errors,
        }
    }
}

#[derive(Deserialize)]
pub struct Prove {
    password: String,
    /// Asked for while the user has a second factor.
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub struct Where {
    return_to: Option<String>,
}

/// Comes back to `return_to` afterwards, if it is a page of ours.
pub async fn new(
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Query(wanted): Query<Where>,
) -> Result<Response, Error> {
    let wanted = wanted.return_to.as_deref().and_then(ReturnTo::parse);
    let page = page::show(SudoPage::new(page, &visit, Errors::default()))?;
    Ok((cookies.return_to(wanted, Some(visit.user.id)), page).into_response())
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
    let typed = Typed {
        password: &Password::typed(&form.password),
        code: &form.code,
    };
    match sudo::with_password(&app, &visit, &typed, &client).await? {
        Ok(secret) => {
            let (cookies, path) = cookies.back(visit.user.id);
            let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
            Ok((cookies, Redirect::to(&path)).into_response())
        }
        Err(Wrong::SessionEnded) => Ok(Redirect::to("/users/log-in").into_response()),
        Err(Wrong::Password) => {
            let errors = Errors::password(texts::fields::PASSWORD_WRONG);
            page::again(SudoPage::new(page, &visit, errors))
        }
        Err(Wrong::Code) => {
            let errors = Errors::code(texts::second_factor::CODE_WRONG);
            page::again(SudoPage::new(page, &visit, errors))
        }
    }
}
