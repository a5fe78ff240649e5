//! Proving again who one is, before something dangerous.

use time::Duration;

use super::{
    audit::{Action, NewEvent, Target},
    client::Client,
    held::Held,
    log_in::{self, Verified},
    password::{Busy, Password},
    secret::Secret,
    session, user,
    visit::Visit,
};
use crate::{
    app::App,
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

/// So many wrong passwords in a row end the session in which they were typed: whoever guesses there is not its owner.
pub const MAX_FAILURES: i32 = 5;

/// No password is looked at for longer: no request runs so long (`web/to_the_end.rs`).
const LOOKED_AT_WITHIN: Duration = Duration::seconds(90);

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
/// [`Busy`] when too many passwords are waiting to be checked, or too many of this session.
pub async fn check_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    tried: NewEvent<'_>,
) -> anyhow::Result<Result<Verified, Wrong>> {
    let (session, user) = (visit.session.id, visit.user.id);
    match count(app, session, user, password).await? {
        Attempt::Right(verified) => Ok(Ok(verified)),
        Attempt::Wrong(MAX_FAILURES..) => end(app, visit, tried).await,
        Attempt::Wrong(_) => Ok(Err(Wrong::Password)),
        Attempt::SessionEnded => Ok(Err(Wrong::SessionEnded)),
        Attempt::NoneLeft => Err(Busy.into()),
    }
}

/// What came of an attempt at the password of a session's user.
enum Attempt {
    Right(Verified),
    /// The number of wrong ones in a row, with this one.
    Wrong(i32),
    /// As many as a session has are being looked at.
    NoneLeft,
    SessionEnded,
}

/// Counts an attempt, looks at it, and counts what came of it.
async fn count(
    app: &App,
    session_id: Id,
    user_id: Id,
    password: &Password,
) -> anyhow::Result<Attempt> {
    if !reserve(app, session_id).await? {
        return Ok(match failures(app, session_id).await? {
            // The last one should have ended it.
            Some(wrong @ MAX_FAILURES..) => Attempt::Wrong(wrong),
            Some(_) => Attempt::NoneLeft,
            None => Attempt::SessionEnded,
        });
    }
    match log_in::verify(app, user_id, password).await {
        Ok(Some(verified)) => {
            succeed(app, session_id).await?;
            Ok(Attempt::Right(verified))
        }
        Ok(None) => {
            let failures = fail(app, session_id).await?;
            Ok(failures.map_or(Attempt::SessionEnded, Attempt::Wrong))
        }
        Err(error) => {
            if let Err(why) = give_back(app, session_id).await {
                tracing::warn!("a try was not given back: {why}");
            }
            Err(error)
        }
    }
}

/// Counts a try, if the session is there and one is left. Those that are being looked at may be right, so without one left
/// the session does not end yet. What came of a try is not known if the database or the program failed meanwhile: such tries
/// are forgotten once none was begun for [`LOOKED_AT_WITHIN`].
async fn reserve(app: &App, session_id: Id) -> sqlx::Result<bool> {
    let now = app.now();
    let reserved = sqlx::query(
        "update sessions set password_tried_at = $4,
           password_tries = case when password_tried_at > $3 then password_tries
             else password_failures end + 1
         where id = $1 and password_failures < $2
           and (password_tries < $2 or password_tried_at <= $3)",
    )
    .bind(session_id)
    .bind(MAX_FAILURES)
    .bind(now - LOOKED_AT_WITHIN)
    .bind(now)
    .execute(&app.db)
    .await?;
    Ok(reserved.rows_affected() == 1)
}

/// How many wrong ones there have been in a row. None: the session has ended.
async fn failures(app: &App, session_id: Id) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar("select password_failures from sessions where id = $1")
        .bind(session_id)
        .fetch_optional(&app.db)
        .await
}

/// Takes a try back that the server was too busy to look at.
async fn give_back(app: &App, session_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "update sessions set password_tries = password_tries - 1,
           password_tried_at = case when password_tries > password_failures + 1
             then password_tried_at end
         where id = $1 and password_tries > 0",
    )
    .bind(session_id)
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Counts a wrong password, whose try is used up. Returns how many there have been in a row, or none if the session has ended.
async fn fail(app: &App, session_id: Id) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar(
        "update sessions set password_failures = password_failures + 1
         where id = $1 returning password_failures",
    )
    .bind(session_id)
    .fetch_optional(&app.db)
    .await
}

/// Forgets wrong passwords, and their tries. Others may be looked at still.
async fn succeed(app: &App, session_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "update sessions set password_failures = 0,
           password_tried_at = case when password_tries > password_failures + 1
             then password_tried_at end,
           password_tries = case when password_tries > password_failures
             then password_tries - password_failures - 1 else 0 end
         where id = $1",
    )
    .bind(session_id)
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
