//! The files of `static/`, inside the program: there is nothing to deploy beside it.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{error::Error, path::Path};
use crate::app::App;

/// Name, type and content. Images go the same way: `include_bytes!` takes any file.
const FILES: &[(&str, &str, &[u8])] = &[
    (
        "app.css",
        "text/css",
        include_bytes!("../../static/app.css"),
    ),
    (
        "app.js",
        "text/javascript",
        include_bytes!("../../static/app.js"),
    ),
    (
        "colours.css",
        "text/css",
        include_bytes!("../../static/colours.css"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_bytes!("../../static/favicon.svg"),
    ),
    //% if passkeys
    (
        "passkeys.js",
        "text/javascript",
        include_bytes!("../../static/passkeys.js"),
    ),
    //% endif
    (
        "sizes.css",
        "text/css",
        include_bytes!("../../static/sizes.css"),
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

async fn show(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let file = FILES.iter().find(|(file, ..)| *file == name);
    let (_, kind, content) = file.ok_or(Error::NotFound)?;
    Ok(serve(kind, content, &headers))
}

/// Browsers keep a copy and ask each time whether it is still good.
pub fn serve(kind: &'static str, content: &'static [u8], headers: &HeaderMap) -> Response {
    let tag = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..12]);
    let tag = format!("\"{tag}\"");
    let is_known = is_known(headers, tag.as_bytes());
    let about = [
        (header::CACHE_CONTROL, "public, no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(header::CONTENT_TYPE, kind)], content).into_response()
}

/// Whether `If-None-Match` has this tag: a list, perhaps on several lines, of tags that may be weak, or `*` (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &[u8]) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    tags.any(|known| {
        let known = known.trim_ascii();
        known == b"*" || known.strip_prefix(b"W/").unwrap_or(known) == tag
    })
}
