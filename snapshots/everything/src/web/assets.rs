//! The files of `static/`, inside the program: there is nothing to deploy beside it.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::error::Error;
use crate::app::App;

const FILES: [(&str, &str, &str); 5] = [
    ("app.css", "text/css", include_str!("../../static/app.css")),
    (
        "app.js",
        "text/javascript",
        include_str!("../../static/app.js"),
    ),
    (
        "colours.css",
        "text/css",
        include_str!("../../static/colours.css"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_str!("../../static/favicon.svg"),
    ),
    (
        "sizes.css",
        "text/css",
        include_str!("../../static/sizes.css"),
    ),
];

pub fn router() -> Router<App> {
    Router::new()
        .route("/static/{name}", get(show))
        // What browsers ask for where a page, such as a plain text, names no icon.
        .route(
            "/favicon.ico",
            get(|| async { Redirect::permanent("/static/favicon.svg") }),
        )
}

/// Browsers keep a copy and ask each time whether it is still good.
async fn show(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let file = FILES.iter().find(|(file, ..)| *file == name);
    let (_, kind, text) = file.ok_or(Error::NotFound)?;
    let tag = format!(
        "\"{}\"",
        BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..12])
    );
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [
        (header::CACHE_CONTROL, "public, no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    Ok(match is_known {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (about, [(header::CONTENT_TYPE, *kind)], *text).into_response(),
    })
}
