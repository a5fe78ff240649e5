//! Proving again who one is with a passkey, in place of the password and the second factor, or with the password and a security
//! key.

use super::{
    Kind, Refused,
    authentication::{Answer, start, verify},
    challenge::{Asker, Purpose},
    counter::accept,
    webauthn::RequestChallengeResponse,
};
use crate::{
    accounts::{
        audit::{Action, NewEvent, Target},
        client::Client,
        password::Password,
        proof::{Proof, Proofs},
        secret::Secret,
        sudo::{self, Wrong},
        user,
        visit::Visit,
    },
    app::App,
};

/// Begins to prove again who one is: with a passkey, or with a security key beside the password.
pub async fn begin(
    app: &App,
    visit: &Visit,
    kind: Kind,
) -> anyhow::Result<Result<(Secret, RequestChallengeResponse), Refused>> {
    let purpose = match kind {
        Kind::Login => Purpose::Sudo,
        Kind::SecondFactor => Purpose::SudoWithPassword,
    };
    start(app, visit, purpose).await
}

/// Gives this session sudo, and a new secret for its cookie.
pub async fn with_passkey(
    app: &App,
    visit: &Visit,
    answer: &Answer<'_>,
    client: &Client,
) -> anyhow::Result<Result<Secret, Refused>> {
    let asker = Asker::Session(visit);
    let signed = match verify(app, Purpose::Sudo, asker, answer, client).await? {
        Ok(signed) => signed,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    let accepted = accept(app, &mut held, &signed, client).await?;
    let proofs = match accepted {
        Ok(()) => Proofs::of(signed.proof()),
        Err(_) => Proofs::default(),
    };
    let secret = sudo::grant(app, &mut held, &proofs, client).await?;
    held.commit().await?;
    Ok(accepted.and(secret.ok_or(Refused::NotAllowed)))
}

/// The same with the password and a security key. The password is looked at first, so that a wrong one does not consume the
/// challenge.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password_and_key(
    app: &App,
    visit: &Visit,
    password: &Password,
    answer: &Answer<'_>,
    client: &Client,
) -> anyhow::Result<Result<Secret, Refused>> {
    let tried = || NewEvent::new(Action::Sudo, client).on(Target::Session(visit.session.id));
    let verified = match sudo::check_password(app, visit, password, tried()).await? {
        Ok(verified) => verified,
        Err(Wrong::SessionEnded) => return Ok(Err(Refused::SessionEnded)),
        Err(Wrong::Password | Wrong::Code) => {
            record(app, visit, tried().outcome(false)).await?;
            return Ok(Err(Refused::Password));
        }
    };
    let asker = Asker::Session(visit);
    let signed = match verify(app, Purpose::SudoWithPassword, asker, answer, client).await? {
        Ok(signed) => signed,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    let accepted = accept(app, &mut held, &signed, client).await?;
    let is_right = user::keep_password(&mut held, verified.hash(), None).await?;
    let proofs = match accepted {
        Ok(()) if is_right => Proofs::of(Proof::Password).with(signed.proof()),
        _ => Proofs::default(),
    };
    let secret = sudo::grant(app, &mut held, &proofs, client).await?;
    held.commit().await?;
    Ok(accepted.and(secret.ok_or(Refused::NotAllowed)))
}

async fn record(app: &App, visit: &Visit, tried: NewEvent<'_>) -> anyhow::Result<()> {
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(());
    };
    held.record(app, tried).await?;
    Ok(held.commit().await?)
}
