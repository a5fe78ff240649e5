//! Deleting an account: two weeks to think, and then it is gone.
//!
//! [`schedule`] ends every session; whoever logs in before the day comes finds the page to take it back ([`reactivate`]). On
//! the day, [`close`] makes it a deleted account, and an hour later, when the last letter has left, [`erase`] removes what
//! is known of the person.

use std::future::Future;

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    hooks, lockout,
    log_in::{self, Entry},
    ownership, session, token, user,
    visit::Visit,
};
use crate::{
    app::App,
    config::Deletion,
    db::{self, Pool, Tx},
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

/// How long somebody may change their mind.
pub const GRACE: Duration = Duration::days(14);
/// The last letter has this long to leave.
const LAST_LETTER: Duration = Duration::hours(1);

/// Schedules the deletion and ends every session. A letter says how to come back.
pub async fn schedule(app: &App, visit: &Visit, client: &Client) -> anyhow::Result<()> {
    let user_id = visit.user.id;
    let mut tx = db::begin(&app.db).await?;
    set_date(&mut tx, user_id, Some(app.now() + GRACE)).await?;
    session::end_all(&mut tx, user_id).await?;
    app.jobs
        .enqueue(&mut tx, SendLetter::about(News::DeletionScheduled, user_id))
        .await?;
    let event = NewEvent::new(Action::DeletionSchedule, client).by_user(user_id);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}

/// Takes it back, for a user who has just logged in as far as this step, and lets them in.
pub async fn reactivate(
    app: &App,
    pending: &Visit,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let user_id = pending.user.id;
    let mut tx = db::begin(&app.db).await?;
    session::end(&mut tx, user_id, pending.session.id).await?;
    let taken_back = set_date(&mut tx, user_id, None).await?;
    if taken_back {
        app.jobs
            .enqueue(&mut tx, SendLetter::about(News::DeletionCancelled, user_id))
            .await?;
    }
    let event = NewEvent::new(Action::DeletionCancel, client).by_user(user_id);
    audit::record(app, &mut tx, event.outcome(taken_back)).await?;
    let entry = match user::by_id(&mut *tx, user_id).await? {
        Some(user) => log_in::admit(app, &mut tx, &user, pending.session.kind(), client).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(entry)
}

/// Deletes the accounts whose day has come, each in a transaction of its own: one that fails does not keep the others.
/// How many.
pub async fn close_due(app: &App) -> anyhow::Result<usize> {
    let due: Vec<Id> = sqlx::query_scalar(
        "select id
         from {= users =} where deletion_at <= $1 and deleted_at is null",
    )
    .bind(app.now())
    .fetch_all(&app.db)
    .await?;
    each(due, |id| close(app, id)).await
}

/// Makes it a deleted account: nobody can log in, and the address is free.
pub async fn close(app: &App, user_id: Id) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let closed = sqlx::query(
        "update {= users =} set deleted_at = $2
         where id = $1 and deletion_at <= $2 and deleted_at is null",
    )
    .bind(user_id)
    .bind(app.now())
    .execute(&mut *tx)
    .await?;
    if closed.rows_affected() == 1 {
        ownership::forget_everything(&mut tx, user_id).await?;
        hooks::deleted(&mut tx, user_id).await?;
        app.jobs
            .enqueue(&mut tx, SendLetter::about(News::Deleted, user_id))
            .await?;
        let client = Client::schedule();
        let event = NewEvent::new(Action::Delete, &client).about(Some(user_id));
        audit::record(app, &mut tx, event).await?;
    }
    Ok(tx.commit().await?)
}

/// Where the last letter goes.
pub async fn last_address(db: &Pool, user_id: Id) -> sqlx::Result<Option<Email>> {
    sqlx::query_scalar(
        "select email
         from {= users =} where id = $1 and deleted_at is not null and erased_at is null",
    )
    .bind(user_id)
    .fetch_optional(db)
    .await
}

/// Removes what is known of those whose account was deleted an hour ago. How many.
pub async fn erase_closed(app: &App) -> anyhow::Result<usize> {
    if app.config.deletion == Deletion::Soft {
        return Ok(0);
    }
    let closed: Vec<Id> = sqlx::query_scalar(
        "select id
         from {= users =} where deleted_at <= $1 and erased_at is null",
    )
    .bind(app.now() - LAST_LETTER)
    .fetch_all(&app.db)
    .await?;
    each(closed, |id| erase(app, id)).await
}

/// Removes what is known of a person whose account is deleted. Rows of yours that point to them are safe: see
/// `DELETION` in `config.rs`.
async fn erase(app: &App, user_id: Id) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    audit::forget_where(&mut tx, user_id).await?;
    match app.config.deletion {
        Deletion::Soft => (),
        Deletion::Anonymise => anonymise(&mut tx, user_id, app.now()).await?,
        Deletion::Hard => delete(&mut tx, user_id).await?,
    }
    Ok(tx.commit().await?)
}

/// Leaves a row that tells nothing but that there was somebody. Add your own columns about people here.
async fn anonymise(tx: &mut Tx, user_id: Id, now: OffsetDateTime) -> sqlx::Result<()> {
    lockout::end(tx, user_id).await?;
    token::delete_all(tx, user_id).await?;
    sqlx::query(
        "update {= users =} set email = $2, password_hash = null, erased_at = $3
         where id = $1 and deleted_at is not null",
    )
    .bind(user_id)
    .bind(format!("deleted-{user_id}@invalid"))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn delete(tx: &mut Tx, user_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "delete from {= users =}
         where id = $1 and deleted_at is not null",
    )
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Sets the day, or takes it away. Whether that was new.
async fn set_date(tx: &mut Tx, user_id: Id, at: Option<OffsetDateTime>) -> sqlx::Result<bool> {
    let set = sqlx::query(
        "update {= users =} set deletion_at = $2
         where id = $1 and deleted_at is null and (deletion_at is null) <> ($2 is null)",
    )
    .bind(user_id)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Goes through all of them, and fails afterwards if any has.
async fn each<F: Future<Output = anyhow::Result<()>>>(
    ids: Vec<Id>,
    work: impl Fn(Id) -> F,
) -> anyhow::Result<usize> {
    let all = ids.len();
    let mut failed = None;
    for id in ids {
        if let Err(error) = work(id).await {
            tracing::error!(%id, "cannot delete an account: {error:#}");
            failed = Some(error);
        }
    }
    failed.map_or(Ok(all), Err)
}
