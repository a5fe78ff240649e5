//! Lists in pages. A page says where the next one begins, so that nothing is missed or comes twice while rows come and go.

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Refused;
use crate::{id::Id, texts::api_tokens::problems as texts};

const USUAL: u16 = 50;
const MOST: u16 = 200;

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many, 1 to 200.
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Where a page begins, and how long it is at most.
pub struct Paging {
    pub before: Option<Id>,
    limit: u16,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let refuse = |why: &str| Refused::new(StatusCode::BAD_REQUEST, (texts::QUERY, why));
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| refuse(&rejection.body_text()))?;
        let limit = asked.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(refuse(&format!("limit must be 1 to {MOST}")));
        }
        let before = asked.after.map(|after| after.parse());
        let before = before.transpose().map_err(|_| refuse(texts::CURSOR))?;
        Ok(Self { before, limit })
    }
}

impl Paging {
    /// One more than is shown tells whether another page follows.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// A page of rows that were asked for with [`Paging::rows`].
    pub fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> Id,
        show: impl Fn(R) -> anyhow::Result<T>,
    ) -> anyhow::Result<Page<T>> {
        let limit = usize::from(self.limit);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| !is_last).map(id);
        Ok(Page {
            data: rows.into_iter().map(show).collect::<Result<_, _>>()?,
            next: next.map(|id| id.to_string()),
        })
    }
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    data: Vec<T>,
    /// Where the next page begins. None: this was the last.
    next: Option<String>,
}
