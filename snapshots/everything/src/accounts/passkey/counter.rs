//! How often a passkey has signed, as its authenticator counts.

use super::{Refused, authentication::Signed};
use crate::{
    accounts::{
        audit::{Action, NewEvent, Target},
        client::Client,
        held::Held,
        second_factor::code,
    },
    app::App,
    config::passkeys::Counters,
    db,
};

/// Notes in the transaction of the held user that a passkey has signed. Its row is locked while the counter is compared and
/// stored, so of two signatures with the same number one is refused.
///
/// Refused, the caller commits all the same: the event has to stay.
pub async fn accept(
    app: &App,
    held: &mut Held,
    signed: &Signed,
    client: &Client,
) -> anyhow::Result<Result<(), Refused>> {
    let Signed { passkey, result } = signed;
    let count = i64::from(result.counter());
    let may_go_back = app.config.passkeys.counters == Counters::Record;
    let previous: Option<i64> = sqlx::query_scalar(db::locking!(
        "select sign_count from passkeys where id = $1 and user_id = $2"
    ))
    .bind(passkey.id)
    .bind(held.user().id)
    .fetch_optional(held.connection())
    .await?;
    let Some(previous) = previous else {
        return Ok(Err(Refused::Unknown));
    };
    // Authenticators that count nothing say 0 each time.
    let has_gone_back = count <= previous && (count, previous) != (0, 0);
    if has_gone_back {
        let event = NewEvent::new(Action::PasskeyCounter, client);
        let event = event.on(Target::Passkey(passkey.id)).outcome(false);
        held.record(app, event).await?;
    }
    if has_gone_back && !may_go_back {
        return Ok(Err(Refused::Counter));
    }
    store(app, held, signed, count).await?;
    code::forgive(held).await?;
    let event = NewEvent::new(Action::PasskeyAuthenticate, client);
    held.record(app, event.on(Target::Passkey(passkey.id)))
        .await?;
    Ok(Ok(()))
}

async fn store(app: &App, held: &mut Held, signed: &Signed, count: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update passkeys set sign_count = $3, backed_up = $4, last_used_at = $5
         where id = $1 and user_id = $2",
    )
    .bind(signed.passkey.id)
    .bind(held.user().id)
    .bind(count)
    .bind(signed.result.backup_state())
    .bind(app.now())
    .execute(held.connection())
    .await?;
    Ok(())
}
