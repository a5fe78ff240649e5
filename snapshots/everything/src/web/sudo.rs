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
    notice::Notice,
    page::{self, Page},
    return_to::Wanted,
    throttle, visitor,
};
use crate::{
    accounts::{
        client::Client,
        login_methods::LoginMethods,
        passkey::{self, Kind},
        password::Password,
        second_factor,
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
    /// Whether a code is asked for with the password.
    asks_for_code: bool,
    /// Whether the form can be enough: a user who has security keys only types no code.
    has_code: bool,
    has_passkey: bool,
    /// Whether there is a security key to use with the password.
    has_security_key: bool,
    errors: Errors,
}

impl SudoPage {
    async fn of(app: &App, page: Page, visit: &Visit, errors: Errors) -> sqlx::Result<Self> {
        let user = &visit.user;
        let asks_for_code = user.second_factor_at.is_some();
        let own = passkey::list(&app.db, user.id).await?;
        let methods = LoginMethods::of(user, &own);
        let has = |kind| page.has_passkeys && own.iter().any(|one| one.kind == kind);
        let has_passkey = has(Kind::Login);
        let has_security_key = user.has_password && has(Kind::SecondFactor);
        Ok(Self {
            page,
            methods,
            asks_for_code,
            has_code: !asks_for_code || second_factor::has_codes(&app.db, user.id).await?,
            has_passkey,
            has_security_key,
            errors,
        })
    }
}

#[derive(Deserialize)]
pub struct Prove {
    password: String,
    /// Asked for while the user has a second factor.
    #[serde(default)]
    code: String,
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
    let page = page::show(SudoPage::of(&app, page, &visit, Errors::default()).await?)?;
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
    if visit.user.second_factor_at.is_some() && !form.code.is_empty() {
        throttle::second_factor(&app, &visit, &client).await?;
    }
    let typed = Typed {
        password: &Password::typed(&form.password),
        code: &form.code,
    };
    let errors = match sudo::with_password(&app, &visit, &typed, &client).await? {
        Ok(secret) => {
            let (cookies, path) = cookies.back(visit.user.id, app.now());
            let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
            return Ok((cookies, Redirect::to(&path)).into_response());
        }
        Err(Wrong::SessionEnded) => {
            let cookies = cookies.notify(Notice::LoginEnded);
            return Ok((cookies, Redirect::to("/users/log-in")).into_response());
        }
        Err(Wrong::Password) => Errors::password(texts::fields::PASSWORD_WRONG),
        Err(Wrong::Code) => Errors::code(texts::second_factor::CODE_WRONG),
    };
    page::again(SudoPage::of(&app, page, &visit, errors).await?)
}
