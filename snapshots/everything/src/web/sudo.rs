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
        login_methods::LoginMethods,
        passkey,
        password::Password,
        sudo::{self, Typed, Wrong},
        totp,
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
    /// Whether there is a passkey, or a security key, to use.
    has_key: bool,
    /// Whether it is used together with the password.
    key_with_password: bool,
    /// Whether the form can be enough: with security keys alone as the second factor, there is no code.
    has_code: bool,
    errors: Errors,
}

impl SudoPage {
    fn new(page: Page, visit: &Visit, errors: Errors) -> Self {
        Self {
            page,
            methods: LoginMethods::of(&visit.user),
            has_second_factor: visit.user.second_factor_at.is_some(),
            has_key: false,
            key_with_password: false,
            has_code: true,
            errors,
        }
    }

    async fn with_passkeys(mut self, app: &App, visit: &Visit) -> sqlx::Result<Self> {
        let own = passkey::list(&app.db, visit.user.id).await?;
        self.has_key = !own.is_empty();
        self.key_with_password = self.has_key && passkey::sudo::needs_password(visit, &own);
        let has_app = totp::of_user(&app.db, visit.user.id).await?.is_some();
        self.has_code = has_app || !self.key_with_password;
        self.methods = self.methods.with_passkeys(&own);
        Ok(self)
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
    let sudo = SudoPage::new(page, &visit, Errors::default());
    let sudo = sudo.with_passkeys(&app, &visit).await?;
    let page = page::show(sudo)?;
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
        Err(Wrong::SessionEnded) => return Ok(Redirect::to("/users/log-in").into_response()),
        Err(Wrong::Password) => Errors::password(texts::fields::PASSWORD_WRONG),
        Err(Wrong::Code) => Errors::code(texts::second_factor::CODE_WRONG),
    };
    let again = SudoPage::new(page, &visit, errors);
    let again = again.with_passkeys(&app, &visit).await?;
    page::again(again)
}
