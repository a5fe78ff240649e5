//! `GET /.well-known/jwks.json`: the public keys with which anybody can check an access token (RFC 7517). The list is empty where
//! `JWT_SECRET_KEY` signs: a shared secret is not published.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Always, Refused};
use crate::{
    accounts::jwt::keys::{self, Key},
    app::App,
};

/// Shorter than a new key is published before it signs (`keys::rotation::ANNOUNCED`).
const KEPT: &str = "public, max-age=300";

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "keys": [
    { "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "0197a2f4", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
] }))]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// An Ed25519 key as RFC 8037 writes it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "0197a2f4", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}))]
pub struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: String,
    /// The key, in base64url.
    x: String,
}

/// Public keys
///
/// With which anybody can check an access token. A new key is here ten minutes before it signs.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "list_public_keys",
    tag = "Apps",
    responses((status = 200, description = "Every key that signs, has signed or will sign.", body = KeySet), Always)
)]
pub async fn show(State(app): State<App>) -> Result<Response, Refused> {
    let keys = keys::all(&app).await?;
    let keys = keys.iter().filter_map(PublicKey::of).collect();
    let kept = [(header::CACHE_CONTROL, KEPT)];
    Ok((kept, Json(KeySet { keys })).into_response())
}

impl PublicKey {
    fn of(key: &Key) -> Option<Self> {
        Some(Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: key.id.clone()?,
            x: BASE64_URL_SAFE_NO_PAD.encode(key.public.as_ref()?),
        })
    }
}
