//! The login step of the second factor: a code of the authenticator app, or a backup code.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    cookies::Cookies,
    error::Error,
    form::{Errors, Form},
    notice::Notice,
    page::{self, Page},
    sessions, throttle,
    visitor::Visitor,
};
use crate::{
    accounts::{
        backup_code,
        client::Client,
        log_in::Entry,
        passkey,
        second_factor::{
            self,
            step::{self, Trust, Wrong},
        },
        visit::Visit,
    },
    app::App,
    texts::second_factor as texts,
};

#[derive(Template)]
#[template(path = "second_factor/new.html")]
struct SecondFactorPage {
    page: Page,
    /// Whether the user has codes to type.
    has_codes: bool,
    /// Whether the user has a passkey, or a security key, to use.
    has_key: bool,
    trust_browser: bool,
    errors: Errors,
}

impl SecondFactorPage {
    async fn of(app: &App, page: Page, pending: &Visit, errors: Errors) -> sqlx::Result<Self> {
        let user_id = pending.user.id;
        let own = passkey::list(&app.db, user_id).await?;
        Ok(Self {
            has_key: page.has_passkeys && !own.is_empty(),
            page,
            has_codes: second_factor::has_codes(&app.db, user_id).await?,
            trust_browser: false,
            errors,
        })
    }
}

#[derive(Deserialize)]
pub struct TypedCode {
    code: String,
    /// A ticked box, or nothing.
    trust_browser: Option<String>,
}

impl TypedCode {
    fn trust(&self) -> Trust {
        match self.trust_browser {
            Some(_) => Trust::ThisBrowser,
            None => Trust::Never,
        }
    }
}

pub async fn new(State(app): State<App>, visitor: Visitor, page: Page) -> Result<Response, Error> {
    let Some(pending) = &visitor.pending else {
        return Ok(Redirect::to("/users/log-in").into_response());
    };
    page::show(SecondFactorPage::of(&app, page, pending, Errors::default()).await?)
}

/// Takes the step, and leads on to the next one or to where the user wanted to go.
pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
    page: Page,
    Form(form): Form<TypedCode>,
) -> Result<Response, Error> {
    let Some(pending) = &visitor.pending else {
        return Ok(Redirect::to("/users/log-in").into_response());
    };
    // With a secret from before the step, no code is looked at.
    if !pending.is_replaced {
        throttle::second_factor(&app, pending, &client).await?;
    }
    match step::with_code(&app, pending, &form.code, form.trust(), &client).await? {
        Ok(entry) => {
            let notice = notice(&app, &entry, &form.code).await?;
            sessions::enter(&client, cookies, &visitor, &entry, notice).await
        }
        Err(Wrong::SessionEnded) => {
            let cookies = cookies.notify(Notice::LoginEnded);
            Ok((cookies, Redirect::to("/users/log-in")).into_response())
        }
        Err(Wrong::Code) => {
            let errors = Errors::code(texts::CODE_WRONG);
            page::again(SecondFactorPage {
                trust_browser: form.trust() == Trust::ThisBrowser,
                ..SecondFactorPage::of(&app, page, pending, errors).await?
            })
        }
    }
}

/// Reminds a user who has used a backup code, and has few left.
async fn notice(app: &App, entry: &Entry, typed: &str) -> sqlx::Result<Notice> {
    let is_short = backup_code::is_one(typed)
        && backup_code::count(&app.db, entry.user_id).await? <= backup_code::REMIND_AT;
    Ok(match is_short {
        true => Notice::FewBackupCodes,
        false => Notice::LoggedIn,
    })
}
