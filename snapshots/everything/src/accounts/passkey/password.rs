//! Changing the password with a passkey in place of the current one.

use super::{
    Refused,
    authentication::{Answer, verify},
    challenge::{Asker, Purpose},
    counter::accept,
};
use crate::{
    accounts::{
        audit::{Action, NewEvent},
        client::Client,
        password::{Lane, Password},
        password_change,
        proof::Proofs,
        secret::Secret,
        visit::Visit,
    },
    app::App,
};

/// Changes the password of the user of a session. Every other session ends, and this one gets a new secret.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
pub async fn change(
    app: &App,
    visit: &Visit,
    answer: &Answer<'_>,
    new: &Password,
    client: &Client,
) -> anyhow::Result<Result<Secret, Refused>> {
    let asker = Asker::Session(visit);
    let signed = match verify(app, Purpose::Password, asker, answer, client).await? {
        Ok(signed) => signed,
        Err(refused) => return Ok(Err(refused)),
    };
    let lane = Lane::of_account(app, visit.user.id);
    let hash = app.hasher.in_lane(lane).hash(new).await?;
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    let accepted = accept(app, &mut held, &signed, client).await?;
    let event = NewEvent::new(Action::PasswordChange, client);
    held.record(app, event.outcome(accepted.is_ok())).await?;
    let secret = match accepted {
        Ok(()) => {
            let proofs = Proofs::of(signed.proof());
            Ok(password_change::set(app, &mut held, &hash, &proofs, client).await?)
        }
        Err(refused) => Err(refused),
    };
    held.commit().await?;
    Ok(secret)
}
