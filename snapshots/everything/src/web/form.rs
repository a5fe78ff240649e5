//! What is common to forms: how they are read, which message belongs to which field, and what happened to a password.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::{
    accounts::{
        client::Client,
        email::Email,
        password::{Lane, Password, Weakness, breached},
    },
    app::App,
    texts::fields as texts,
};

/// axum's `Form`, whose errors look like our other pages.
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form = axum::Form::from_request(request, state).await?;
        Ok(Self(form.0))
    }
}

/// What is wrong, by field.
#[derive(Default)]
pub struct Errors {
    pub email: Option<&'static str>,
    pub password: Option<&'static str>,
    pub code: Option<&'static str>,
    pub current_password: Option<&'static str>,
}

impl Errors {
    pub fn email(text: &'static str) -> Self {
        Self {
            email: Some(text),
            ..Self::default()
        }
    }

    pub fn password(text: &'static str) -> Self {
        Self {
            password: Some(text),
            ..Self::default()
        }
    }

    pub fn current_password(text: &'static str) -> Self {
        Self {
            current_password: Some(text),
            ..Self::default()
        }
    }

    pub fn code(text: &'static str) -> Self {
        Self {
            code: Some(text),
            ..Self::default()
        }
    }
}

pub fn email(typed: &str) -> Result<Email, Errors> {
    Email::parse(typed).ok_or_else(|| Errors::email(texts::EMAIL_INVALID))
}

/// A new password that is good enough, or why it is not. It is assessed in this lane of the hashing queue.
pub async fn new_password(
    app: &App,
    lane: Lane,
    typed: &str,
    email: &Email,
    client: &Client,
) -> anyhow::Result<Result<Password, Errors>> {
    let hasher = app.hasher.in_lane(lane);
    let text = match hasher.assess(typed, email).await? {
        Ok(password) if breached::is_breached(app, &password, client).await? => {
            texts::PASSWORD_BREACHED
        }
        Ok(password) => return Ok(Ok(password)),
        Err(Weakness::TooShort) => texts::PASSWORD_TOO_SHORT,
        Err(Weakness::TooLong) => texts::PASSWORD_TOO_LONG,
        Err(Weakness::Guessable) => texts::PASSWORD_GUESSABLE,
    };
    Ok(Err(Errors::password(text)))
}
