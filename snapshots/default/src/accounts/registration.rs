//! Joining.

use uuid::Uuid;

use super::{
    audit::{self, Action, Outcome},
    client::Client,
    email::Email,
    hooks,
    password::Password,
    secret::Secret,
    token::{self, Purpose},
};
use crate::{app::App, db, jobs::send_letter::SendLetter};

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
    // An account that nobody has confirmed belongs to nobody yet. Whoever registers next starts from nothing, so a
    // password that a stranger set for this address can never be confirmed by its owner.
    sqlx::query("delete from users where email = $1 and confirmed_at is null")
        .bind(email)
        .execute(&mut *tx)
        .await?;
    let id = Uuid::now_v7();
    let inserted = sqlx::query(
        "insert into users (id, email, password_hash, inserted_at) values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(id)
    .bind(email)
    .bind(hash)
    .bind(now)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if inserted == 1 {
        hooks::registered(&mut tx, id).await?;
    }

    let token_id = token::ask(&mut tx, Purpose::Confirm, email, Some(&browser), now).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::for_token(token_id))
        .await?;
    let outcome = Outcome::from(inserted == 1);
    let user_id = (inserted == 1).then_some(id);
    audit::record(app, &mut tx, Action::Register, outcome, user_id, client).await?;
    tx.commit().await?;
    Ok(browser)
}
