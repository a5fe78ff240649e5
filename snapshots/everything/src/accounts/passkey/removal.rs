//! Removing a passkey or a security key.

use super::{Kind, Passkey, Refused, list, tell};
use crate::{
    accounts::{
        audit::{Action, NewEvent, Target},
        client::Client,
        credentials::{self, Scope},
        held::HeldSession,
        login_methods::LoginMethods,
        proof::Proof,
        second_factor,
    },
    app::App,
    id::Id,
    jobs::send_letter::News,
};

/// Removes one of the held user's and returns it, unless it is the last way to log in. When the last security key goes and there is
/// no authenticator app, the second factor is off.
pub async fn remove(
    app: &App,
    held: &mut HeldSession,
    id: Id,
    client: &Client,
) -> anyhow::Result<Result<Passkey, Refused>> {
    let user = held.user().clone();
    let all = list(held.connection(), user.id).await?;
    let (removed, left): (Vec<Passkey>, Vec<Passkey>) =
        all.into_iter().partition(|passkey| passkey.id == id);
    let Some(removed) = removed.into_iter().next() else {
        return Ok(Err(Refused::Unknown));
    };
    let methods = LoginMethods::of(&user, &left);
    if removed.kind == Kind::Login && methods.is_empty() {
        return Ok(Err(Refused::LastMethod));
    }
    sqlx::query("delete from passkeys where id = $1 and user_id = $2")
        .bind(id)
        .bind(user.id)
        .execute(held.connection())
        .await?;
    let event = NewEvent::new(Action::PasskeyDelete, client).on(Target::Passkey(id));
    held.record(app, event).await?;
    match removed.kind {
        // It may have been in the wrong hands, and logged in with both factors at once.
        Kind::Login => {
            credentials::revoke_others(held, Scope::SecondFactorChange, client).await?;
            tell(app, held, News::PasskeyRemoved).await?;
        }
        Kind::SecondFactor => {
            second_factor::removed(app, held, Proof::SecurityKey, client).await?;
        }
    }
    Ok(Ok(removed))
}
