//! Joining.

use time::OffsetDateTime;

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    hooks,
    password::Password,
    secret::Secret,
    token::{self, Purpose},
};
use crate::{
    app::App,
    config::Unconfirmed,
    db::{self, Tx},
    id::{self, Id},
    jobs::send_letter::SendLetter,
};

/// Registers somebody and sends a letter to their address. The secret is for their browser: with it, the code in the
/// letter is enough.
///
/// A known address gets the same answer after the same work, and another letter: the job decides which one, when nobody
/// is waiting for it. Nobody is logged in here.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn register(
    app: &App,
    email: &Email,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Secret> {
    let hash = app.hasher.hash(password).await?;
    let browser = Secret::random()?;
    let now = app.now();

    let mut tx = db::begin(&app.db).await?;
    forget_unconfirmed(app, &mut tx, email, None).await?;
    let new = insert(&mut tx, email, Some(hash), now).await?;
    if let Some(id) = new {
        hooks::registered(&mut tx, id).await?;
    }

    // The code in the letter is for this browser, unless somebody else may have set up what it would confirm.
    let is_ours = new.is_some() || app.config.unconfirmed == Unconfirmed::Blocked;
    let confirms = is_ours.then_some(&browser);
    let token_id = token::ask(&mut tx, Purpose::Confirm, Some(email), confirms, now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::Register, client).outcome(new.is_some());
    audit::record_about(app, &mut tx, event, email).await?;
    tx.commit().await?;
    Ok(browser)
}

/// Makes an account without a password for somebody else. A letter brings a link to set one, which shows at the same time that
/// the address is theirs. False: it has an account.
pub async fn invite(app: &App, email: &Email, client: &Client) -> anyhow::Result<bool> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    forget_unconfirmed(app, &mut tx, email, None).await?;
    let Some(id) = insert(&mut tx, email, None, now).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    hooks::registered(&mut tx, id).await?;
    let token_id = token::ask(&mut tx, Purpose::ResetPassword, Some(email), None, now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let event = NewEvent::new(Action::Create, client).about(Some(id));
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Deletes an account with this address that nobody has confirmed: it belongs to nobody yet, and whoever comes next starts
/// from nothing. So a password that a stranger set can never be confirmed by the owner of the address.
///
/// Where unconfirmed people may come in, what they have made is not ours to delete.
pub async fn forget_unconfirmed(
    app: &App,
    tx: &mut Tx,
    email: &Email,
    but: Option<Id>,
) -> sqlx::Result<()> {
    if app.config.unconfirmed == Unconfirmed::Banner {
        return Ok(());
    }
    sqlx::query(
        "delete from {= users =}
         where email = $1 and confirmed_at is null and deleted_at is null and ($2 is null or id <> $2)",
    )
    .bind(email)
    .bind(but)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A new account, unless the address has one.
pub async fn insert(
    tx: &mut Tx,
    email: &Email,
    password_hash: Option<String>,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Id>> {
    let id = id::next(tx).await?;
    let inserted = sqlx::query(
        "insert into {= users =} (id, email, password_hash, inserted_at)
         values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(id)
    .bind(email)
    .bind(password_hash)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok((inserted.rows_affected() == 1).then_some(id))
}
