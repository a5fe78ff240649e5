//! Verifying what an authenticator has made.

use super::{
    Refused,
    authenticator_data::AuthenticatorData,
    names, parse_name,
    registration::{Started, State},
    webauthn::{
        Credential, RegisterPublicKeyCredential, RegisteredExtensions, SecurityKey,
        WebauthnPasskey, WebauthnResult,
    },
};
use crate::{app::App, id::Id, vault::Column};

/// In bytes (WebAuthn, 7.1, step 25).
const MAX_CREDENTIAL_ID_LENGTH: usize = 1023;
/// An id is at least 16 random bytes (Web Authentication Level 3, section 4).
const MIN_CREDENTIAL_ID_LENGTH: usize = 16;
/// In bytes. Without a statement there is an id, a key and little else.
const MAX_ATTESTATION_LENGTH: usize = 4096;

/// A passkey that an authenticator has made, before it is anybody's.
pub struct NewPasskey {
    /// Without the counter, which has a column of its own, and without extensions: none of them changes anything here.
    pub credential: Credential,
    pub user_handle: [u8; 16],
    pub name: String,
    pub sign_count: i64,
}

impl NewPasskey {
    /// Seals the credential for a column.
    pub fn seal(&self, app: &App, column: Column, row: Id) -> anyhow::Result<Vec<u8>> {
        let credential = serde_json::to_vec(&self.credential)?;
        app.vault.seal(column, row, &credential)
    }
}

/// Checks what came back. None of it is kept unless all of it is right.
pub(super) fn verify(
    app: &App,
    started: &Started,
    response: &RegisterPublicKeyCredential,
) -> anyhow::Result<Result<NewPasskey, Refused>> {
    let rp = &app.passkeys;
    if response.type_ != "public-key" || !rp.is_ours(&response.response.client_data_json) {
        return Ok(Err(Refused::Invalid));
    }
    // Before the library reads it, which logs all of what it does not understand.
    let data = &response.response.attestation_object;
    let data = Some(data).filter(|data| data.len() <= MAX_ATTESTATION_LENGTH);
    let data = data.and_then(|data| AuthenticatorData::find(data));
    let Some(data) = data.filter(|data| data.is_whole()) else {
        return Ok(Err(Refused::Invalid));
    };
    let credential = match finish_ceremony(app, started, response)? {
        Ok(credential) => credential,
        Err(error) => {
            tracing::info!("a passkey was not registered: {error}");
            return Ok(Err(Refused::Invalid));
        }
    };
    let length = credential.cred_id.len();
    if !(MIN_CREDENTIAL_ID_LENGTH..=MAX_CREDENTIAL_ID_LENGTH).contains(&length) {
        return Ok(Err(Refused::Invalid));
    }
    let name = names::of(data.aaguid()).unwrap_or_else(|| started.state.name());
    Ok(Ok(NewPasskey {
        name: parse_name(name).unwrap_or_default(),
        user_handle: started.user_handle.into_bytes(),
        sign_count: credential.counter.into(),
        credential: Credential {
            counter: 0,
            transports: response.response.transports.clone(),
            extensions: RegisteredExtensions::none(),
            attestation: Default::default(),
            ..credential
        },
    }))
}

fn finish_ceremony(
    app: &App,
    started: &Started,
    response: &RegisterPublicKeyCredential,
) -> anyhow::Result<WebauthnResult<Credential>> {
    let webauthn = app.passkeys.webauthn()?;
    Ok(match &started.state {
        State::Login(state) => {
            let made: WebauthnResult<WebauthnPasskey> =
                webauthn.finish_passkey_registration(response, state);
            made.map(Credential::from)
        }
        State::SecondFactor(state) => {
            let made: WebauthnResult<SecurityKey> =
                webauthn.finish_securitykey_registration(response, state);
            made.map(Credential::from)
        }
    })
}
