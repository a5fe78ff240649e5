//! Verifying what a passkey or a security key has signed: to log in, as the second factor, and for sudo.

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{
    Kind, Passkey, Refused, by_credential_id,
    challenge::{self, Asker, Purpose},
    list, sign_up,
    webauthn::{
        AllowCredentials, AuthenticationResult, Credential, DiscoverableAuthentication,
        PublicKeyCredential, RequestChallengeResponse, SecurityKey, SecurityKeyAuthentication,
        UserVerificationPolicy, WebauthnPasskey, WebauthnResult,
    },
};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        proof::Proof,
        secret::Secret,
        visit::Visit,
    },
    app::App,
    db,
};

/// In bytes: 37, and unsolicited extensions.
const MAX_AUTHENTICATOR_DATA_LENGTH: usize = 1024;

/// A ceremony that has begun.
#[derive(Serialize, Deserialize)]
enum State {
    /// With user verification: both factors at once.
    Verified(DiscoverableAuthentication),
    /// As the second factor, for which a touch may be enough.
    SecondFactor(SecurityKeyAuthentication),
}

/// What a page sends to authenticate.
pub struct Answer<'a> {
    pub challenge: &'a Secret,
    pub response: &'a PublicKeyCredential,
}

/// A passkey that has signed. It counts once [`accept`](super::counter::accept) has found it still there, in a transaction.
pub struct Signed {
    pub(super) passkey: Passkey,
    pub(super) result: AuthenticationResult,
}

impl Signed {
    /// Returns whose passkey it is.
    pub fn passkey(&self) -> &Passkey {
        &self.passkey
    }

    /// What it proves. Only a passkey whose authenticator has verified its user, by a fingerprint or a PIN, is both factors.
    pub fn proof(&self) -> Proof {
        if self.passkey.kind == Kind::Login && self.result.user_verified() {
            Proof::Passkey
        } else {
            Proof::SecurityKey
        }
    }
}

/// Begins a log-in with any passkey that the authenticator finds. It names no user, so it is the same for everybody.
pub async fn start_log_in(
    app: &App,
    browser: &Secret,
) -> anyhow::Result<(Secret, RequestChallengeResponse)> {
    let (options, state) = app
        .passkeys
        .webauthn()?
        .start_discoverable_authentication()?;
    let (asker, state) = (Asker::Browser(browser), State::Verified(state));
    let secret = challenge::issue(app, Purpose::LogIn, asker, &state).await?;
    let secret = secret.context("a browser does not end")?;
    Ok((secret, without_mediation(options)))
}

/// Begins what a user proves in a session, with one of their own passkeys: a login step, sudo, the right to a new password.
pub async fn start(
    app: &App,
    visit: &Visit,
    purpose: Purpose,
) -> anyhow::Result<Result<(Secret, RequestChallengeResponse), Refused>> {
    let own = list(&app.db, visit.user.id).await?;
    let own: Vec<Passkey> = own.into_iter().filter(|one| purpose.takes(one)).collect();
    if own.is_empty() {
        return Ok(Err(Refused::Unknown));
    }
    let (options, state) = if purpose.is_beside_another_factor() {
        to_touch(app, &own)?
    } else {
        to_verify(app, &own)?
    };
    let secret = challenge::issue(app, purpose, Asker::Session(visit), &state).await?;
    Ok(secret
        .map(|secret| (secret, options))
        .ok_or(Refused::SessionEnded))
}

fn to_verify(app: &App, own: &[Passkey]) -> anyhow::Result<(RequestChallengeResponse, State)> {
    let (mut options, state) = app
        .passkeys
        .webauthn()?
        .start_discoverable_authentication()?;
    for passkey in own {
        let credential = passkey.credential(app)?;
        options.public_key.allow_credentials.push(allow(credential));
    }
    Ok((without_mediation(options), State::Verified(state)))
}

fn to_touch(app: &App, own: &[Passkey]) -> anyhow::Result<(RequestChallengeResponse, State)> {
    let keys = own.iter().map(|passkey| to_be_touched(app, passkey));
    let keys = keys.collect::<anyhow::Result<Vec<_>>>()?;
    let webauthn = app.passkeys.webauthn()?;
    let (mut options, state) = webauthn.start_securitykey_authentication(&keys)?;
    if own.iter().any(|one| one.kind == Kind::Login) {
        // The library says that only a security key will do.
        options.public_key.hints = None;
    }
    Ok((options, State::SecondFactor(state)))
}

/// A credential that need not verify its user here: after another factor a touch is enough, also of a passkey.
fn to_be_touched(app: &App, passkey: &Passkey) -> anyhow::Result<SecurityKey> {
    let credential = passkey.credential(app)?;
    Ok(match passkey.kind {
        Kind::SecondFactor => SecurityKey::from(credential),
        Kind::Login => SecurityKey::from(Credential {
            registration_policy: UserVerificationPolicy::Preferred,
            user_verified: false,
            ..credential
        }),
    })
}

fn allow(credential: Credential) -> AllowCredentials {
    AllowCredentials {
        type_: "public-key".to_owned(),
        id: credential.cred_id,
        transports: credential.transports,
    }
}

/// `webauthn-rs` says that every log-in fills in a form by itself. Ours may also come from a button: the page decides.
fn without_mediation(mut options: RequestChallengeResponse) -> RequestChallengeResponse {
    options.mediation = None;
    options
}

/// Consumes the challenge and verifies what was signed. A wrong signature by a passkey that exists is recorded.
pub async fn verify(
    app: &App,
    purpose: Purpose,
    asker: Asker<'_>,
    answer: &Answer<'_>,
    client: &Client,
) -> anyhow::Result<Result<Signed, Refused>> {
    let state = challenge::consume(app, purpose, asker, answer.challenge).await?;
    let Some(state) = state else {
        return Ok(Err(Refused::Expired));
    };
    let response = answer.response;
    // Asked first: it may be confirmed at this moment.
    let waits = sign_up::waits(app, &response.raw_id).await?;
    let Some(passkey) = by_credential_id(&app.db, &response.raw_id).await? else {
        return Ok(Err(match waits {
            true => Refused::Unconfirmed,
            false => Refused::Unknown,
        }));
    };
    if response.response.authenticator_data.len() > MAX_AUTHENTICATOR_DATA_LENGTH {
        return Ok(Err(Refused::Invalid));
    }
    let is_acceptable = is_owner(&passkey, asker, response)
        && purpose.takes(&passkey)
        && response.type_ == "public-key"
        && app.passkeys.is_ours(&response.response.client_data_json);
    let result = match finish_ceremony(app, state, &passkey, response)? {
        Ok(result) if is_acceptable => result,
        refused => {
            let error = refused.err();
            tracing::info!("a passkey was refused: {error:?}");
            record(app, &passkey, client).await?;
            return Ok(Err(Refused::Invalid));
        }
    };
    Ok(Ok(Signed { passkey, result }))
}

/// Whether the passkey belongs to the user of the session, or before a login to the user whom the authenticator names.
fn is_owner(passkey: &Passkey, asker: Asker<'_>, response: &PublicKeyCredential) -> bool {
    let named = response.get_user_unique_id();
    match asker {
        Asker::Browser(_) => named == Some(passkey.user_handle.as_slice()),
        Asker::Session(visit) => {
            passkey.user_id == visit.user.id
                && named.is_none_or(|named| named == passkey.user_handle)
        }
    }
}

fn finish_ceremony(
    app: &App,
    state: State,
    passkey: &Passkey,
    response: &PublicKeyCredential,
) -> anyhow::Result<WebauthnResult<AuthenticationResult>> {
    let webauthn = app.passkeys.webauthn()?;
    Ok(match state {
        State::Verified(state) => {
            let credential = WebauthnPasskey::from(passkey.credential(app)?);
            webauthn.finish_discoverable_authentication_v2(response, state, &credential)
        }
        State::SecondFactor(state) => webauthn.finish_securitykey_authentication(response, &state),
    })
}

async fn record(app: &App, passkey: &Passkey, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let event = NewEvent::new(Action::PasskeyAuthenticate, client);
    let event = event.about(Some(passkey.user_id)).outcome(false);
    audit::record(app, &mut tx, event.on(Target::Passkey(passkey.id))).await?;
    Ok(tx.commit().await?)
}
