//! Proving again who one is, before something dangerous.

use super::{
    audit::{Action, NewEvent, Target},
    client::Client,
    held::Held,
    log_in::{self, Verified},
    password::Password,
    secret::Secret,
    session::{self, Session},
    user,
    visit::Visit,
};
use crate::{
    app::App,
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
    let checked = check_password(app, visit, password, event(visit, client)).await?;
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    let is_right = match &checked {
        Ok(verified) => user::keep_password(&mut held, verified.hash(), None).await?,
        Err(_) => false,
    };
    held.record(app, event(visit, client).outcome(is_right))
        .await?;
    let secret = if is_right {
        Ok(session::elevate(&mut held, app.now()).await?)
    } else {
        Err(Wrong::Password)
    };
    held.commit().await?;
    Ok(secret)
}

fn event<'a>(visit: &Visit, client: &'a Client) -> NewEvent<'a> {
    NewEvent::new(Action::Sudo, client).on(Target::Session(visit.session.id))
}

/// Checks the password of whoever is logged in. Tries are counted by session, so that nobody else can use them up, and before
/// the password is looked at, so that many at once are no more than as many one after the other. `tried` is what it is typed for:
/// the one that ends the session records that here, and others leave it to the caller.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn check_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    tried: NewEvent<'_>,
) -> anyhow::Result<Result<Verified, Wrong>> {
    let session = &visit.session;
    let Some(tries) = reserve(app, session).await? else {
        return end(app, visit, tried).await;
    };
    match log_in::verify(app, visit.user.id, password).await {
        Ok(Some(verified)) => {
            forget_failures(app, session).await?;
            Ok(Ok(verified))
        }
        Ok(None) if tries < MAX_FAILURES => Ok(Err(Wrong::Password)),
        Ok(None) => end(app, visit, tried).await,
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
async fn end(
    app: &App,
    visit: &Visit,
    tried: NewEvent<'_>,
) -> anyhow::Result<Result<Verified, Wrong>> {
    let (user_id, session_id) = (visit.user.id, visit.session.id);
    let Some(mut held) = Held::begin(app, user_id).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    if session::end(&mut held, session_id).await? {
        let email = SendLetter::about(News::PasswordGuessed, user_id);
        app.jobs.enqueue(held.tx(), email).await?;
        let ended = tried.as_well(Action::SessionEnd);
        let ended = ended.on(Target::Session(session_id));
        held.record(app, tried.outcome(false)).await?;
        let ended = ended.with("reason", "wrong passwords");
        held.record(app, ended.with("attempts", MAX_FAILURES))
            .await?;
    }
    held.commit().await?;
    Ok(Err(Wrong::SessionEnded))
}
