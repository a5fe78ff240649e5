//! Deleting an account: two weeks to think, and then it is gone.
//!
//! [`schedule`] ends every session; whoever logs in before the day comes finds the page to take it back ([`reactivate`]). On
//! the day, [`close`] makes it a deleted account, and an hour later, when the last letter has left, [`erase`] removes what
//! is known of the person.

use std::future::Future;

use time::{Duration, OffsetDateTime};

use super::{
    audit::{Action, Actor, NewEvent},
    client::Client,
    credentials::{self, Scope},
    email::Email,
    held::{Held, HeldSession},
    hooks, lockout,
    log_in::{self, Entry},
    registration::pending,
    repeat::Act,
    user_data,
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
pub async fn schedule(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<()> {
    let user_id = held.user().id;
    set_date(held, Some(app.now() + GRACE)).await?;
    credentials::revoke(held, Scope::DeletionSchedule).await?;
    app.jobs
        .enqueue(
            held.tx(),
            SendLetter::about(News::DeletionScheduled, user_id),
        )
        .await?;
    held.record(app, NewEvent::new(Action::DeletionSchedule, client))
        .await?;
    Ok(())
}

/// Takes it back, for a user who has just logged in as far as this step, and logs them in: the pending session becomes a full
/// one. A second click of the same browser has the same result. None: it was taken back elsewhere.
pub async fn reactivate(
    app: &App,
    pending: &mut HeldSession,
    client: &Client,
) -> anyhow::Result<Option<Entry>> {
    let act = act(pending, client);
    if pending.user().deletion_at.is_none() {
        return log_in::again::finished(app, pending, act.as_ref(), client).await;
    }
    let user_id = pending.user().id;
    set_date(pending, None).await?;
    app.jobs
        .enqueue(
            pending.tx(),
            SendLetter::about(News::DeletionCancelled, user_id),
        )
        .await?;
    pending
        .record(app, NewEvent::new(Action::DeletionCancel, client))
        .await?;
    log_in::advance(app, pending, None, client, act.as_ref()).await
}

/// What a browser does that takes it back. A copy of the pending session's secret does not tell it from another browser.
fn act(pending: &HeldSession, client: &Client) -> Option<Act> {
    let browser = client.browser.as_ref()?;
    if browser.hash() == pending.secret().hash() {
        return None;
    }
    let session = pending.session().id.to_string();
    Act::new(client, "reactivate", &[&session])
}

/// Deletes the accounts whose day has come, each in a transaction of its own: one that fails does not keep the others.
/// How many.
pub async fn close_due(app: &App) -> anyhow::Result<usize> {
    let due: Vec<Id> = sqlx::query_scalar(
        "select id
         from users where deletion_at <= $1 and deleted_at is null",
    )
    .bind(app.now())
    .fetch_all(&app.db)
    .await?;
    each(due, |id| close(app, id)).await
}

/// Makes it a deleted account: nobody can log in, and the address is free. Not if it was taken back a moment ago.
pub async fn close(app: &App, user_id: Id) -> anyhow::Result<()> {
    let Some(mut held) = Held::by_operator(app, user_id).await? else {
        return Ok(());
    };
    if held.user().deletion_at.is_none_or(|day| day > app.now()) {
        return Ok(());
    }
    app.jobs
        .enqueue(held.tx(), SendLetter::about(News::Deleted, user_id))
        .await?;
    let client = Client::schedule();
    let event = NewEvent::new(Action::Delete, &client);
    bury(app, &mut held, event).await?;
    Ok(held.commit().await?)
}

async fn bury(app: &App, held: &mut Held, event: NewEvent<'_>) -> anyhow::Result<()> {
    let (id, email) = (held.user().id, held.user().email.clone());
    credentials::revoke(held, Scope::Closure).await?;
    pending::end_all(held, &email).await?;
    lockout::end(held).await?;
    hooks::deleted(held.tx(), id).await?;
    held.record(app, event).await?;
    Ok(mark_deleted(held, app.now()).await?)
}

/// The same at once for an account whose email was never proved, because the user who is held has proved it. No letter is sent:
/// it would go to them.
pub async fn close_unproved(
    app: &App,
    held: &mut Held,
    user_id: Id,
    client: &Client,
) -> anyhow::Result<()> {
    let prover = held.user().id;
    let Some(before) = held.turn_to(user_id).await? else {
        return Ok(());
    };
    if held.user().confirmed_at.is_none() {
        let client = Client {
            actor: Actor::User(prover),
            ..client.clone()
        };
        bury(app, held, NewEvent::new(Action::Delete, &client)).await?;
    }
    held.turn_back(before);
    Ok(())
}

async fn mark_deleted(held: &mut Held, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "update users set deleted_at = $2
         where id = $1",
    )
    .bind(held.user().id)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Where the last letter goes: nowhere, if nobody has confirmed the address.
pub async fn last_address(db: &Pool, user_id: Id) -> sqlx::Result<Option<Email>> {
    sqlx::query_scalar(
        "select email
         from users where id = $1 and deleted_at is not null and erased_at is null
           and confirmed_at is not null",
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
         from users where deleted_at <= $1 and erased_at is null",
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
    user_data::erase(&mut tx, user_id).await?;
    match app.config.deletion {
        Deletion::Soft => (),
        Deletion::Anonymise => anonymise(&mut tx, user_id, app.now()).await?,
        Deletion::Hard => delete(&mut tx, user_id).await?,
    }
    Ok(tx.commit().await?)
}

/// Leaves a row that tells nothing but that there was somebody. Add your own columns about people here.
async fn anonymise(tx: &mut Tx, user_id: Id, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "update users set email = $2, password_hash = null, erased_at = $3
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
        "delete from users
         where id = $1 and deleted_at is not null",
    )
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets a deletion that an attacker may have scheduled: before the email was proved, or after it was changed.
pub async fn forget(held: &mut Held) -> sqlx::Result<()> {
    set_date(held, None).await
}

/// Sets the day, or takes it away.
async fn set_date(held: &mut Held, at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    sqlx::query(
        "update users set deletion_at = $2
         where id = $1",
    )
    .bind(held.user().id)
    .bind(at)
    .execute(held.connection())
    .await?;
    held.reload().await
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
