//! Proving again who one is, before something dangerous.

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    log_in,
    password::Password,
    secret::Secret,
    session::{self, Session},
    visit::Visit,
};
use crate::{
    app::App,
    db,
    jobs::send_letter::{News, SendLetter},
};

/// So many wrong passwords in a row end the session in which they were typed: whoever guesses there is not its owner.
pub const MAX_FAILURES: i32 = 5;

/// What came of a password that was typed in a running session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    Password,
    /// That was one too many: the session has ended.
    SessionEnded,
}

/// Gives this session [`session::SUDO`] more, and a new secret for its cookie.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let checked = check_password(app, visit, password, client).await?;
    let mut tx = db::begin(&app.db).await?;
    let secret = match checked {
        Ok(()) => session::elevate(&mut tx, &visit.session, app.now()).await?,
        Err(_) => None,
    };
    let event = NewEvent::new(Action::Sudo, client).by_user(visit.user.id);
    let event = event.on(Target::Session(visit.session.id));
    audit::record(app, &mut tx, event.outcome(secret.is_some())).await?;
    tx.commit().await?;
    Ok(checked.and_then(|()| secret.ok_or(Wrong::SessionEnded)))
}

/// Checks the password of whoever is logged in. Tries are counted by session, so that nobody else can use them up, and before
/// the password is looked at, so that many at once are no more than as many one after the other.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn check_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    client: &Client,
) -> anyhow::Result<Result<(), Wrong>> {
    let session = &visit.session;
    let Some(tries) = reserve(app, session).await? else {
        return end(app, visit, client).await;
    };
    match log_in::is_users(app, visit.user.id, password).await {
        Ok(true) => {
            forget_failures(app, session).await?;
            Ok(Ok(()))
        }
        Ok(false) if tries < MAX_FAILURES => Ok(Err(Wrong::Password)),
        Ok(false) => end(app, visit, client).await,
        Err(error) => {
            give_back(app, session).await?;
            Err(error)
        }
    }
}

/// Counts a try. None: none is left, or the session has ended.
async fn reserve(app: &App, session: &Session) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar(
        "update sessions set password_failures = password_failures + 1
         where id = $1 and password_failures < $2 returning password_failures",
    )
    .bind(session.id)
    .bind(MAX_FAILURES)
    .fetch_optional(&app.db)
    .await
}

async fn forget_failures(app: &App, session: &Session) -> sqlx::Result<()> {
    sqlx::query("update sessions set password_failures = 0 where id = $1")
        .bind(session.id)
        .execute(&app.db)
        .await?;
    Ok(())
}

/// Takes a try back that the server was too busy to look at.
async fn give_back(app: &App, session: &Session) -> sqlx::Result<()> {
    sqlx::query(
        "update sessions set password_failures = password_failures - 1
         where id = $1 and password_failures > 0",
    )
    .bind(session.id)
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Ends a session in which somebody guesses, and tells the owner.
async fn end(app: &App, visit: &Visit, client: &Client) -> anyhow::Result<Result<(), Wrong>> {
    let user_id = visit.user.id;
    let mut tx = db::begin(&app.db).await?;
    if session::end(&mut tx, user_id, visit.session.id).await? {
        let email = SendLetter::about(News::PasswordGuessed, user_id);
        app.jobs.enqueue(&mut tx, email).await?;
        let event = NewEvent::new(Action::SessionEnd, client).about(Some(user_id));
        let event = event.on(Target::Session(visit.session.id));
        audit::record(app, &mut tx, event.with("reason", "wrong passwords")).await?;
    }
    tx.commit().await?;
    Ok(Err(Wrong::SessionEnded))
}
