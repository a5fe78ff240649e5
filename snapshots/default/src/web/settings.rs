//! What people can change about their account.

pub mod account;
pub mod emails;
pub mod passkeys;
pub mod passwords;
pub mod second_factor;
pub mod sessions;
pub mod trusted_browsers;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    error::Error,
    form::Errors,
    page::{self, Page},
    passkeys::signals::Signals,
};
use crate::{
    accounts::{
        passkey::{self, Kind},
        token::{self, Purpose},
        user::User,
        visit::Visit,
    },
    app::App,
};

/// The page, with all its forms.
#[derive(Template)]
#[template(path = "settings/show.html")]
pub struct Show {
    page: Page,
    user: User,
    /// Whether they have proved who they are a short while ago. Otherwise some forms are not there yet.
    is_recent: bool,
    /// The address that they have asked to change to.
    pending: Option<String>,
    has_passkey: bool,
    /// What authenticators are told: the email may be another one.
    signals: Option<Signals>,
    /// What was typed for a new address, and what is wrong with it.
    pub email: String,
    pub email_errors: Errors,
    pub password_errors: Errors,
}

impl Show {
    pub async fn of(app: &App, page: Page, visit: Visit) -> Result<Self, Error> {
        let id = visit.user.id;
        let pending = token::of_user(&app.db, Purpose::ChangeEmail, id, app.now()).await?;
        let own = passkey::list(&app.db, id).await?;
        Ok(Self {
            page,
            is_recent: visit.session.is_recent(app.now()),
            user: visit.user,
            pending: pending.map(|token| token.email.to_string()),
            signals: Signals::new(app, &own),
            has_passkey: own.iter().any(|one| one.kind == Kind::Login),
            email: String::new(),
            email_errors: Errors::default(),
            password_errors: Errors::default(),
        })
    }
}

pub async fn show(State(app): State<App>, page: Page, visit: Visit) -> Result<Response, Error> {
    page::show(Show::of(&app, page, visit).await?)
}
