//! Adding a passkey or a security key.

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{
    Kind, MAX_PER_USER, Passkey, Refused,
    challenge::{self, Asker, Purpose},
    insert, list,
    new_passkey::{self, NewPasskey},
    tell,
    webauthn::{
        CreationChallengeResponse, CredentialID, PasskeyRegistration, RegisterPublicKeyCredential,
        ResidentKeyRequirement, SecurityKeyRegistration, Uuid,
    },
};
use crate::{
    accounts::{
        audit::{Action, NewEvent, Target},
        client::Client,
        email::Email,
        held::HeldSession,
        proof::Proof,
        second_factor,
        secret::Secret,
        visit::Visit,
    },
    app::App,
    jobs::send_letter::News,
    texts::passkeys as texts,
};

/// A ceremony that has begun.
#[derive(Serialize, Deserialize)]
pub(super) struct Started {
    pub user_handle: Uuid,
    pub state: State,
}

#[derive(Serialize, Deserialize)]
pub(super) enum State {
    Login(PasskeyRegistration),
    SecondFactor(SecurityKeyRegistration),
}

impl State {
    /// What is called so whose authenticator does not tell a name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => texts::UNKNOWN_PASSKEY,
            Self::SecondFactor(_) => texts::SECURITY_KEY,
        }
    }
}

impl Kind {
    fn purpose(self) -> Purpose {
        match self {
            Self::Login => Purpose::RegisterLogin,
            Self::SecondFactor => Purpose::RegisterSecondFactor,
        }
    }
}

/// Begins to add one to the account of a session.
pub async fn start(
    app: &App,
    visit: &Visit,
    kind: Kind,
) -> anyhow::Result<Result<(Secret, CreationChallengeResponse), Refused>> {
    let existing = list(&app.db, visit.user.id).await?;
    if existing.len() >= MAX_PER_USER {
        return Ok(Err(Refused::TooMany));
    }
    let (options, started) = options(app, kind, &visit.user.email, &existing)?;
    let asker = Asker::Session(visit);
    let secret = challenge::issue(app, kind.purpose(), asker, &started).await?;
    Ok(secret
        .map(|secret| (secret, options))
        .ok_or(Refused::SessionEnded))
}

/// Adds what the authenticator has made to the account. A security key turns the second factor on, which gives the session a new
/// secret.
pub async fn finish(
    app: &App,
    visit: &Visit,
    kind: Kind,
    (challenge, response): (&Secret, &RegisterPublicKeyCredential),
    client: &Client,
) -> anyhow::Result<Result<Option<Secret>, Refused>> {
    let asker = Asker::Session(visit);
    let started = challenge::consume(app, kind.purpose(), asker, challenge).await?;
    let Some(started) = started else {
        return Ok(Err(Refused::Expired));
    };
    let new = match new_passkey::verify(app, &started, response)? {
        Ok(new) => new,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    let added = add(app, &mut held, kind, &new, client).await?;
    if added.is_ok() {
        held.commit().await?;
    }
    Ok(added)
}

async fn add(
    app: &App,
    held: &mut HeldSession,
    kind: Kind,
    new: &NewPasskey,
    client: &Client,
) -> anyhow::Result<Result<Option<Secret>, Refused>> {
    let user_id = held.user().id;
    let existing = list(held.connection(), user_id).await?;
    if existing.len() >= MAX_PER_USER {
        return Ok(Err(Refused::TooMany));
    }
    // Two ceremonies for the first passkey at once would give the user two handles.
    let mut handles = existing.iter().map(|one| &one.user_handle);
    if handles.any(|handle| *handle != new.user_handle) {
        return Ok(Err(Refused::Expired));
    }
    let Some(id) = insert(app, held, kind, new).await? else {
        return Ok(Err(Refused::Taken));
    };
    let event = NewEvent::new(Action::PasskeyRegister, client).on(Target::Passkey(id));
    held.record(app, event).await?;
    Ok(Ok(match kind {
        Kind::Login => {
            tell(app, held, News::PasskeyAdded).await?;
            None
        }
        Kind::SecondFactor => {
            let secret = second_factor::added(app, held, Proof::SecurityKey, None, client);
            Some(secret.await?)
        }
    }))
}

/// What the authenticator is asked to make. Those it has already are named, so that it makes no second one.
pub(super) fn options(
    app: &App,
    kind: Kind,
    email: &Email,
    existing: &[Passkey],
) -> anyhow::Result<(CreationChallengeResponse, Started)> {
    let webauthn = app.passkeys.webauthn()?;
    let user_handle = match existing.first() {
        Some(first) => Uuid::from_slice(&first.user_handle)?,
        // Random, so that it tells nothing of the user: authenticators show it to everyone who holds them.
        None => Uuid::new_v4(),
    };
    let ids = existing.iter().map(|one| one.credential_id.clone());
    let ids: Option<Vec<CredentialID>> = Some(ids.collect());
    let name = email.as_str();
    let (options, state) = match kind {
        Kind::Login => {
            let started = webauthn.start_passkey_registration(user_handle, name, name, ids)?;
            (discoverable(started.0)?, State::Login(started.1))
        }
        Kind::SecondFactor => {
            let started = webauthn.start_securitykey_registration(
                user_handle,
                name,
                name,
                ids,
                None,
                None,
            )?;
            (touch(started.0), State::SecondFactor(started.1))
        }
    };
    Ok((options, Started { user_handle, state }))
}

/// `webauthn-rs` asks for passkeys that only work beside an email. Ours are found by the authenticator itself.
fn discoverable(
    mut options: CreationChallengeResponse,
) -> anyhow::Result<CreationChallengeResponse> {
    let selection = options.public_key.authenticator_selection.as_mut();
    let selection = selection.context("webauthn-rs names no kind of authenticator")?;
    selection.resident_key = Some(ResidentKeyRequirement::Required);
    selection.require_resident_key = true;
    Ok(options)
}

/// A security key without a PIN could not be used at all if it were told to sign only with one.
fn touch(mut options: CreationChallengeResponse) -> CreationChallengeResponse {
    options.public_key.extensions = None;
    options
}
