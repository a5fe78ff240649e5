//! Passwords and codes that are typed in a session, counted before they are looked at: many at once are no more than as many
//! one after the other. They are counted by session, so that nobody else can use them up.

use super::Session;
use crate::app::App;

/// So many wrong passwords and codes end the session in which they were typed: whoever guesses there is not its owner.
pub const MAX_FAILURES: i32 = 5;

/// An attempt that was counted.
#[derive(Clone, Copy)]
pub struct Attempt {
    number: i32,
}

impl Attempt {
    /// Whether no other one follows, if this is wrong.
    pub fn is_last(self) -> bool {
        self.number >= MAX_FAILURES
    }
}

/// Counts an attempt. `None`: none is left, or the session has ended.
pub async fn reserve(app: &App, session: &Session) -> sqlx::Result<Option<Attempt>> {
    let number: Option<i32> = sqlx::query_scalar(
        "update sessions set failures = failures + 1
         where id = $1 and failures < $2 returning failures",
    )
    .bind(session.id)
    .bind(MAX_FAILURES)
    .fetch_optional(&app.db)
    .await?;
    Ok(number.map(|number| Attempt { number }))
}

/// Takes an attempt back that the server was too busy to look at, or that was right. What is enough for sudo
/// forgets the wrong ones: see [`elevate`](super::standing::elevate).
pub async fn give_back(app: &App, session: &Session) -> sqlx::Result<()> {
    sqlx::query("update sessions set failures = failures - 1 where id = $1 and failures > 0")
        .bind(session.id)
        .execute(&app.db)
        .await?;
    Ok(())
}
