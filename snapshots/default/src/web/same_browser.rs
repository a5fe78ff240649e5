//! Knows a browser again while it is open, so that what it does twice has one result: see
//! `accounts/repeat.rs`. The pages with forms set a cookie for that; pages of yours do not.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{cookies::Cookies, error::Error};
use crate::{accounts::secret::Secret, app::App};

/// What the browser of a request is known by, for the extractor of `Client`.
#[derive(Clone)]
pub struct SameBrowser(pub Secret);

/// A layer that tells browsers apart, and gives them a cookie with a page if they have none.
pub async fn recognise(
    State(_app): State<App>,
    cookies: Cookies,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    if let Some(known) = cookies.any_of_browser() {
        request.extensions_mut().insert(SameBrowser(known));
    }
    let is_new = cookies.browser().is_none() && request.method() == Method::GET;
    let response = next.run(request).await;
    if is_new && is_page(response.headers()) {
        let browser = Secret::random().map_err(anyhow::Error::from)?;
        return Ok((cookies.browser_is(&browser), response).into_response());
    }
    Ok(response)
}

fn is_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
