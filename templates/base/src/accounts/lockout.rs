//! Stopping somebody who guesses a password, without shutting its owner out.
//!
//! Only browsers in which this person has never logged in are locked out: the owner's own still get in, and a letter brings
//! a link that ends it at once. The answer is the one for a wrong password, and the work is the same for nobody's address.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    device,
    email::Email,
    secret::Secret,
    token::{self, Purpose},
};
use crate::{
    app::App,
    db::{self, Tx},
    id::Id,
    jobs::send_letter::SendLetter,
};

/// So many wrong passwords from unknown browsers lock them out; so many from a known one, and it is known no longer.
pub const MOST_FAILURES: i32 = 5;
pub const LOCKED_FOR: Duration = Duration::minutes(15);
/// Wrong passwords are forgotten when none has come for this long.
const FORGOTTEN_AFTER: Duration = Duration::hours(1);

/// Counts a wrong password. `known` is whose it was, if it came from a browser of theirs.
pub async fn count_failure(
    app: &App,
    tx: &mut Tx,
    email: Option<&Email>,
    known: Option<Id>,
    client: &Client,
) -> anyhow::Result<()> {
    if let Some((user_id, device)) = known.zip(client.device.as_ref()) {
        return Ok(device::count_failure(tx, user_id, device).await?);
    }
    let now = app.now();
    count(tx, email, now).await?;
    let locked = lock(tx, email, now).await?;
    // For everybody whom this does not lock out, the same statements run and the job finds nothing to send.
    let email = email.filter(|_| locked);
    let token_id = token::ask(tx, Purpose::Unlock, email, None, now).await?;
    app.jobs
        .enqueue(tx, SendLetter::for_token(token_id))
        .await?;
    if locked {
        tracing::warn!("an account is locked for unknown browsers");
    }
    Ok(())
}

async fn count(tx: &mut Tx, email: Option<&Email>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "insert into lockouts (user_id, failures, failed_at)
         select id, 1, $2 from {= users =} where email = $1 and deleted_at is null
         on conflict (user_id) do update set failed_at = $2, failures = case
           when lockouts.locked_until > $2 then lockouts.failures
           when lockouts.failures >= $4 or lockouts.failed_at <= $3 then 1
           else lockouts.failures + 1 end",
    )
    .bind(email)
    .bind(now)
    .bind(now - FORGOTTEN_AFTER)
    .bind(MOST_FAILURES)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks, if that was one too many. Whether it did: of many at once, one.
async fn lock(tx: &mut Tx, email: Option<&Email>, now: OffsetDateTime) -> sqlx::Result<bool> {
    let locked = sqlx::query(
        "update lockouts set locked_until = $3
         where failures >= $4 and (locked_until is null or locked_until <= $2)
           and user_id = (select id from {= users =} where email = $1 and deleted_at is null)",
    )
    .bind(email)
    .bind(now)
    .bind(now + LOCKED_FOR)
    .bind(MOST_FAILURES)
    .execute(&mut **tx)
    .await?;
    Ok(locked.rows_affected() == 1)
}

/// Lets unknown browsers try again.
pub async fn end(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query("delete from lockouts where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Unlocks with the link from the letter. False: the link is spent, or the lock is over.
pub async fn unlock(app: &App, link: &Secret, client: &Client) -> anyhow::Result<bool> {
    let mut tx = db::begin(&app.db).await?;
    let Some(token) = token::spend(&mut tx, Purpose::Unlock, link, app.now()).await? else {
        return Ok(false);
    };
    end(&mut tx, token.user_id).await?;
    let event = NewEvent::new(Action::Unlock, client).by_user(token.user_id);
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}
