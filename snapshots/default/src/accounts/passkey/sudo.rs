//! Proving again who one is with a passkey, in place of the password and the second factor.

use super::{
    Refused,
    authentication::{Answer, verify},
    challenge::{Asker, Purpose},
    counter::accept,
};
use crate::{
    accounts::{
        client::Client,
        proof::{Proof, Proofs},
        secret::Secret,
        sudo,
        visit::Visit,
    },
    app::App,
};

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
        Ok(()) => Proofs::of(Proof::Passkey),
        Err(_) => Proofs::default(),
    };
    let secret = sudo::grant(app, &mut held, &proofs, client).await?;
    held.commit().await?;
    Ok(accepted.and(secret.ok_or(Refused::NotAllowed)))
}
