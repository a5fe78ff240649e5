//! An authenticator in software, and the browser between it and the page. What either says can be changed, to see that it is
//! refused.

use std::{future::Future, pin::Pin};

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    crypto::{iana, rust_crypto::RustCryptoBackend},
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error, get_assertion, make_credential},
        webauthn,
    },
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::browser::{Answer, Browser};
use crate::id::Id;

/// Where the flags stand in authenticator data, and which of them tell of copies elsewhere.
pub const FLAGS: usize = 32;
pub const BACKUP: u8 = 0b0001_1000;

/// Who holds the authenticator.
#[derive(Clone, Copy)]
pub struct Holder {
    pub is_present: bool,
    pub is_verified: bool,
}

impl UserValidationMethod for Holder {
    type PasskeyItem = Passkey;

    fn check_user<'a, 'life0, 'async_trait>(
        &'life0 self,
        _hint: UiHint<'a, Passkey>,
        _presence: bool,
        _verification: bool,
    ) -> Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let check = UserCheck {
            presence: self.is_present,
            verification: self.is_verified,
        };
        Box::pin(async move { Ok(check) })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

type Change = Box<dyn Fn(&mut Vec<u8>) + Send>;

/// An authenticator with room for one passkey, in a browser.
pub struct Key {
    aaguid: [u8; 16],
    /// Whether it counts its signatures.
    counts: bool,
    pub passkey: Option<Passkey>,
    pub holder: Holder,
    /// What the browser writes into the client data instead of the truth.
    pub client_data: Map<String, Value>,
    /// The domain that it signs for instead of the one it was asked for.
    pub rp_id: Option<String>,
    /// What becomes of the authenticator data of a registration.
    pub change: Change,
}

impl Key {
    pub fn new() -> Self {
        Self {
            aaguid: [0; 16],
            counts: false,
            passkey: None,
            holder: Holder {
                is_present: true,
                is_verified: true,
            },
            client_data: Map::new(),
            rp_id: None,
            change: Box::new(|_| ()),
        }
    }

    pub fn made_by(aaguid: u128) -> Self {
        Self {
            aaguid: aaguid.to_be_bytes(),
            ..Self::new()
        }
    }

    pub fn that_counts() -> Self {
        Self {
            counts: true,
            ..Self::new()
        }
    }

    /// A security key without a PIN.
    pub fn to_be_touched() -> Self {
        let mut key = Self::new();
        key.holder.is_verified = false;
        key
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Holder, RustCryptoBackend> {
        let holder = self.holder;
        let store = self.passkey.clone();
        let aaguid = Aaguid::from(self.aaguid);
        let mut authenticator = Authenticator::new(aaguid, store, holder, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counts);
        authenticator
    }

    /// Does what `navigator.credentials.create` does.
    pub async fn create(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.create", options);
        let algorithms = options["pubKeyCredParams"].as_array().unwrap();
        assert!(algorithms.iter().any(|one| one["alg"] == -7));
        let user = &options["user"];
        let request = make_credential::Request {
            client_data_hash: Sha256::digest(&client_data).to_vec().into(),
            rp: make_credential::PublicKeyCredentialRpEntity {
                id: self.rp_id(&options["rp"]["id"]),
                name: None,
            },
            user: webauthn::PublicKeyCredentialUserEntity {
                id: decode(&user["id"]).into(),
                name: text(&user["name"]),
                display_name: text(&user["displayName"]),
            },
            pub_key_cred_params: vec![webauthn::PublicKeyCredentialParameters {
                ty: webauthn::PublicKeyCredentialType::PublicKey,
                alg: iana::Algorithm::ES256,
            }],
            exclude_list: None,
            extensions: None,
            options: make_credential::Options {
                rk: true,
                up: true,
                uv: self.holder.is_verified,
            },
            pin_auth: None,
            pin_protocol: None,
        };
        let mut authenticator = self.authenticator();
        let response = authenticator.make_credential(request).await.unwrap();
        self.passkey = authenticator.store().clone();
        let mut data = response.auth_data.to_vec();
        (self.change)(&mut data);
        let mut credential = self.credential();
        credential["response"] = json!({
            "clientDataJSON": encode(&client_data),
            "attestationObject": encode(&attestation(&data)),
            "transports": ["internal", "hybrid"],
        });
        credential
    }

    /// Does what `navigator.credentials.get` does.
    pub async fn sign(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let request = get_assertion::Request {
            rp_id: self.rp_id(&options["rpId"]),
            client_data_hash: Sha256::digest(&client_data).to_vec().into(),
            allow_list: None,
            extensions: None,
            options: get_assertion::Options {
                up: self.holder.is_present,
                uv: self.holder.is_verified,
            },
            pin_auth: None,
            pin_protocol: None,
        };
        let mut authenticator = self.authenticator();
        let response = authenticator.get_assertion(request).await.unwrap();
        self.passkey = authenticator.store().clone();
        let user = response.user.map(|user| encode(&user.id));
        let mut credential = self.credential();
        credential["response"] = json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&response.auth_data.to_vec()),
            "signature": encode(&response.signature),
            "userHandle": user,
        });
        credential
    }

    fn credential(&self) -> Value {
        let id = encode(&self.passkey.as_ref().unwrap().credential_id);
        json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {} })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": "http://localhost:4000",
            "crossOrigin": false,
        });
        data.as_object_mut()
            .unwrap()
            .extend(self.client_data.clone());
        data.to_string().into_bytes()
    }

    fn rp_id(&self, asked: &Value) -> String {
        self.rp_id.clone().unwrap_or_else(|| text(asked))
    }
}

/// The attestation object of an authenticator that does not say who has made it.
fn attestation(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59";
    [&head[..], &length, data].concat()
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &Value) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.as_str().unwrap())
        .unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Sends what the script of the page sends.
pub async fn send(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    let script = browser.clone().with_header("accept", "application/json");
    let mut script = script.with_header("content-type", "application/json");
    let answer = script
        .send(Method::POST, path, Body::from(body.to_string()))
        .await;
    browser.cookies = script.cookies;
    answer
}

/// A ceremony that a page has begun.
pub struct Begun {
    path: String,
    body: Value,
    pub options: Value,
}

impl Begun {
    pub async fn begin(browser: &mut Browser, path: &str, body: Value) -> Self {
        let answer = send(browser, &format!("{path}/options"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let mut answer: Value = serde_json::from_str(&answer.body).unwrap();
        let mut body = body;
        body["challenge_id"] = answer["challenge_id"].take();
        Self {
            path: path.to_owned(),
            body,
            options: answer["publicKey"].take(),
        }
    }

    pub async fn finish(&self, browser: &mut Browser, credential: &Value) -> Answer {
        send(browser, &self.path, &self.body(credential)).await
    }

    pub fn body(&self, credential: &Value) -> Value {
        let mut body = self.body.clone();
        body["credential"] = credential.clone();
        body
    }

    /// Sends something else along.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.body[name] = value.into();
        self
    }

    /// Sends what was signed for this ceremony to another one.
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

pub const LOG_IN: &str = "/users/log-in/passkey";
pub const SETTINGS: &str = "/users/settings/passkeys";
pub const SUDO: &str = "/users/sudo/passkey";

/// Adds a passkey to the account that is logged in.
pub async fn add(browser: &mut Browser, key: &mut Key) -> Answer {
    let begun = Begun::begin(browser, SETTINGS, json!({ "kind": "login" })).await;
    let credential = key.create(&begun.options).await;
    begun.finish(browser, &credential).await
}

/// Logs in with a passkey.
pub async fn log_in(browser: &mut Browser, key: &mut Key) -> Answer {
    let begun = Begun::begin(browser, LOG_IN, json!({})).await;
    let credential = key.sign(&begun.options).await;
    begun.finish(browser, &credential).await
}

/// Removes a passkey of the user who is logged in. The page that follows is told which one, for their authenticator.
pub async fn delete(browser: &mut Browser, id: Id) -> Answer {
    let path = format!("{SETTINGS}/{id}/delete");
    let answer = browser.post(&path, &[]).await;
    let location = answer.header("location").to_owned();
    assert!(
        location.starts_with(&format!("{SETTINGS}?deleted=")),
        "{} {location}",
        answer.body
    );
    browser.get(&location).await.expect(StatusCode::OK)
}

/// Where the page goes next.
pub fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    text(&answer["location"])
}
