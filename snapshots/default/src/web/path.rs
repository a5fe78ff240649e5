//! The parameters of a path, such as the `{id}` of `/orders/{id}`.

use axum::{
    extract::{self, FromRequestParts, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::error::Error;

/// axum's `Path`, but a parameter that cannot be read is 404: there is no such page.
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path: Result<_, PathRejection> =
            extract::Path::<T>::from_request_parts(parts, state).await;
        Ok(Self(path?.0))
    }
}
