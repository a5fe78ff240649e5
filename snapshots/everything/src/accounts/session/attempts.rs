//! Passwords and codes that are typed in a session, counted before they are looked at: many at once are no more than as many
//! one after the other. They are counted by session, so that other users' requests cannot use them up.

use std::future::Future;

use time::Duration;

use crate::{
    accounts::{password::Busy, visit::Visit},
    app::App,
    id::Id,
};

/// So many wrong passwords and codes in a row end the session in which they were typed: that is guessing, not mistyping.
pub const MAX_FAILURES: i32 = 5;

/// No password or code is looked at for longer: no request runs so long (`web/to_the_end.rs`).
const LOOKED_AT_WITHIN: Duration = Duration::seconds(90);

/// What looking at an attempt has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// It is wrong, and used up.
    Wrong,
    /// It is right, or was not looked at, and is taken back. What is enough for sudo forgets the wrong ones: see
    /// [`elevate`](super::standing::elevate).
    NotWrong,
    /// It is right, and a transaction that is still open goes on with the session, which forgets all attempts.
    GoesOn,
}

/// Why nothing more is looked at in this session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// The last attempt is used up: the session has to be ended now.
    Spent,
    /// It has ended, or has gone on with its log-in meanwhile.
    Ended,
}

/// Counts an attempt, looks at it, and counts it as what it was.
///
/// # Errors
/// [`Busy`] when every attempt that is left is being looked at.
pub async fn counted<T>(
    app: &App,
    visit: &Visit,
    look: impl Future<Output = anyhow::Result<T>>,
    shown: impl FnOnce(&T) -> Shown,
) -> anyhow::Result<Result<T, Over>> {
    if let Err(over) = reserve(app, visit).await? {
        return Ok(Err(over));
    }
    let looked = look.await;
    match looked.as_ref().map_or(Shown::NotWrong, shown) {
        Shown::Wrong => {
            if let Err(over) = fail(app, visit.session.id).await? {
                return Ok(Err(over));
            }
        }
        Shown::NotWrong => give_back(app, visit.session.id).await?,
        Shown::GoesOn => {}
    }
    looked.map(Ok)
}

/// Attempts that are being looked at may be right, so a session without one left does not end yet. What came of an attempt is not
/// known if the database or the program failed meanwhile: such attempts are forgotten once none was begun for
/// [`LOOKED_AT_WITHIN`]. The secret that a session had before its last login step counts nothing any more.
async fn reserve(app: &App, visit: &Visit) -> anyhow::Result<Result<(), Over>> {
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
        return Ok(Ok(()));
    }
    let failures: Option<i32> = sqlx::query_scalar(
        "select failures from sessions where id = $1 and login_step is not distinct from $2",
    )
    .bind(visit.session.id)
    .bind(visit.session.login_step)
    .fetch_optional(&app.db)
    .await?;
    match failures {
        Some(MAX_FAILURES..) => Ok(Err(Over::Spent)),
        Some(_) => Err(Busy.into()),
        None => Ok(Err(Over::Ended)),
    }
}

async fn give_back(app: &App, session_id: Id) -> sqlx::Result<()> {
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

async fn fail(app: &App, session_id: Id) -> sqlx::Result<Result<(), Over>> {
    let failures: Option<i32> = sqlx::query_scalar(
        "update sessions set failures = failures + 1 where id = $1 returning failures",
    )
    .bind(session_id)
    .fetch_optional(&app.db)
    .await?;
    Ok(match failures {
        Some(MAX_FAILURES..) => Err(Over::Spent),
        Some(_) => Ok(()),
        None => Err(Over::Ended),
    })
}
