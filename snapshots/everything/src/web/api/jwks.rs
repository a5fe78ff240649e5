//! `GET /.well-known/jwks.json`: the public keys with which anybody can check an access token (RFC 7517). The list is empty where
//! `JWT_SECRET_KEY` signs: a shared secret is not published.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::problem::{Always, Refused};
use crate::{
    accounts::jwt::keys::{self, Key},
    app::App,
};

/// Shorter than a new key is published before it signs (`keys::ANNOUNCED`).
const KEPT: &str = "public, max-age=300";

/// Public keys
///
/// With which anybody can check an access token. A new key is here ten minutes before it signs.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "Apps",
    responses((status = 200, description = "A JSON Web Key Set.", body = Value, example = json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "0197a2f4", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
    ] })), Always)
)]
pub async fn show(State(app): State<App>) -> Result<Response, Refused> {
    let keys = keys::all(&app).await?;
    let keys: Vec<Value> = keys.iter().filter_map(public).collect();
    let kept = [(header::CACHE_CONTROL, KEPT)];
    Ok((kept, Json(json!({ "keys": keys }))).into_response())
}

/// An Ed25519 key as RFC 8037 writes it.
fn public(key: &Key) -> Option<Value> {
    let x = BASE64_URL_SAFE_NO_PAD.encode(key.public.as_ref()?);
    Some(
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id, "x": x }),
    )
}
