//! The bodies that programs send: JSON, with just the fields that a handler knows.

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
};
use serde::de::DeserializeOwned;

use super::problem::Refused;
use crate::texts::api_tokens::problems as texts;

/// What was sent. Give the struct `#[serde(deny_unknown_fields)]`, so that a mistyped name is no silent nothing.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refuse(&rejection)),
        }
    }
}

fn refuse(rejection: &JsonRejection) -> Refused {
    Refused::new(rejection.status(), (texts::BODY, &rejection.body_text()))
}
