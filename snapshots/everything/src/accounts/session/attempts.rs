//! Passwords and codes that are typed in a session, counted before they are looked at: many at once are no more than as many
//! one after the other. They are counted by session, so that nobody else can use them up.

use time::Duration;

use crate::{
    accounts::{password::Busy, visit::Visit},
    app::App,
    id::Id,
};

/// So many wrong passwords and codes in a row end the session in which they were typed: whoever guesses there is not its owner.
pub const MAX_FAILURES: i32 = 5;

/// No password or code is looked at for longer: no request runs so long (`web/to_the_end.rs`).
const LOOKED_AT_WITHIN: Duration = Duration::seconds(90);

/// What came of counting an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reserved {
    /// It may be looked at.
    Yes,
    /// The last wrong one should have ended the session: that has to be done now.
    Spent,
    SessionEnded,
}

/// Counts an attempt. Attempts that are being looked at may be right, so a session without one left does not end yet. What came
/// of an attempt is not known if the database or the program failed meanwhile: such attempts are forgotten once none was begun
/// for [`LOOKED_AT_WITHIN`]. The secret that a session had before its last login step counts nothing any more.
///
/// # Errors
/// [`Busy`] when none is left.
pub async fn reserve(app: &App, visit: &Visit) -> anyhow::Result<Reserved> {
    let now = app.now();
    let reserved = sqlx::query(
        "update sessions set attempted_at = $4,
           attempts = case when attempted_at > $3 then attempts else failures end + 1
         where id = $1 and login_step is not distinct from $5 and failures < $2
           and (attempts < $2 or attempted_at <= $3)",
    )
    .bind(visit.session.id)
    .bind(MAX_FAILURES)
    .bind(now - LOOKED_AT_WITHIN)
    .bind(now)
    .bind(visit.session.login_step)
    .execute(&app.db)
    .await?;
    if reserved.rows_affected() == 1 {
        return Ok(Reserved::Yes);
    }
    let failures: Option<i32> = sqlx::query_scalar(
        "select failures from sessions where id = $1 and login_step is not distinct from $2",
    )
    .bind(visit.session.id)
    .bind(visit.session.login_step)
    .fetch_optional(&app.db)
    .await?;
    match failures {
        Some(MAX_FAILURES..) => Ok(Reserved::Spent),
        Some(_) => Err(Busy.into()),
        None => Ok(Reserved::SessionEnded),
    }
}

/// Takes an attempt back that was not looked at, or that was right. What is enough for sudo forgets the wrong ones: see
/// [`elevate`](super::standing::elevate).
pub async fn give_back(app: &App, session_id: Id) -> sqlx::Result<()> {
    sqlx::query(
        "update sessions set attempts = attempts - 1,
           attempted_at = case when attempts > failures + 1 then attempted_at end
         where id = $1 and attempts > 0",
    )
    .bind(session_id)
    .execute(&app.db)
    .await?;
    Ok(())
}

/// What a wrong password or code leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Another attempt is left.
    Counted,
    /// It was the last one: the session has to end.
    Last,
    /// The session has ended.
    SessionEnded,
}

/// Counts a wrong one, whose attempt is used up.
pub async fn fail(app: &App, session_id: Id) -> sqlx::Result<Failure> {
    let failures: Option<i32> = sqlx::query_scalar(
        "update sessions set failures = failures + 1 where id = $1 returning failures",
    )
    .bind(session_id)
    .fetch_optional(&app.db)
    .await?;
    Ok(match failures {
        Some(MAX_FAILURES..) => Failure::Last,
        Some(_) => Failure::Counted,
        None => Failure::SessionEnded,
    })
}
