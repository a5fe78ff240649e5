//! The login step: a code, after the first proof.

use super::code::{self, TypedCode};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        held::{Held, HeldSession},
        log_in::{self, Entry, again},
        proof::Proof,
        repeat::Act,
        session::{
            self,
            attempts::{self, Failure, Reserved},
        },
        trusted_browser,
        visit::Visit,
    },
    app::App,
};

/// What came of a code that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    Code,
    /// That was one too many, or the session had ended before: the first proof is asked for again.
    SessionEnded,
}

/// Whether the user trusts the browser: then its next log-ins do not ask for the second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    Never,
    ThisBrowser,
}

/// Takes the step with a code. A browser that sends the same code twice gets the same session.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
pub async fn with_code(
    app: &App,
    pending: &Visit,
    typed: &str,
    trust: Trust,
    client: &Client,
) -> anyhow::Result<Result<Entry, Wrong>> {
    let session = pending.session.id.to_string();
    let act = Act::new(client, "second factor", &[&session, typed.trim()]);
    if let Some(entry) = again::entry(app, act.as_ref(), client).await? {
        return Ok(Ok(entry));
    }
    let (mut held, proof) = match verify(app, pending, typed, act.as_ref(), client).await? {
        Verified::Right(held, proof) => (held, proof),
        Verified::Again(entry) => return Ok(Ok(*entry)),
        Verified::Wrong(wrong) => return Ok(Err(wrong)),
    };
    let trusted = match trust {
        Trust::ThisBrowser => Some(trusted_browser::trust(app, &mut held, client).await?),
        Trust::Never => None,
    };
    let entry = log_in::advance(app, &mut held, Some(proof), client, act.as_ref()).await?;
    held.commit().await?;
    let entry = entry.map(|entry| Entry { trusted, ..entry });
    Ok(entry.ok_or(Wrong::SessionEnded))
}

/// What came of a code.
pub enum Verified {
    /// It is consumed, in the transaction that goes on with the session.
    Right(Box<HeldSession>, Proof),
    /// The same browser has just sent it.
    Again(Box<Entry>),
    Wrong(Wrong),
}

/// Verifies a code for a pending session. The attempt is counted before, with those of every other kind of second factor.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
pub async fn verify(
    app: &App,
    pending: &Visit,
    typed: &str,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Verified> {
    match attempts::reserve(app, pending).await? {
        Reserved::Yes => (),
        Reserved::Spent => {
            end(app, pending, client).await?;
            return Ok(Verified::Wrong(Wrong::SessionEnded));
        }
        // Or it has gone on meanwhile: then this may be the second of two clicks.
        Reserved::SessionEnded => {
            let again = again::entry(app, act, client).await?;
            return Ok(again.map_or(Verified::Wrong(Wrong::SessionEnded), |entry| {
                Verified::Again(Box::new(entry))
            }));
        }
    }
    let judged = judge(app, pending, typed, act, client).await;
    match &judged {
        // A session that goes on forgets its attempts.
        Ok(Verified::Right(..)) => judged,
        Ok(Verified::Wrong(Wrong::Code)) => fail(app, pending, client).await.map(Verified::Wrong),
        _ => {
            attempts::give_back(app, pending.session.id).await?;
            judged
        }
    }
}

/// Counts a wrong answer, which ends the pending session if it was the last one.
pub async fn fail(app: &App, pending: &Visit, client: &Client) -> anyhow::Result<Wrong> {
    match attempts::fail(app, pending.session.id).await? {
        Failure::Counted => return Ok(Wrong::Code),
        Failure::Last => end(app, pending, client).await?,
        Failure::SessionEnded => {}
    }
    Ok(Wrong::SessionEnded)
}

/// Looks at a code, once it is counted.
async fn judge(
    app: &App,
    pending: &Visit,
    typed: &str,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Verified> {
    let code = TypedCode::read(app, pending.user.id, typed).await?;
    let Some(mut held) = pending.hold(app).await? else {
        return Ok(Verified::Wrong(Wrong::SessionEnded));
    };
    if !held.has_newest_secret() {
        let again = again::finished(app, &mut held, act, client).await?;
        return Ok(match again {
            Some(entry) => Verified::Again(Box::new(entry)),
            None => Verified::Wrong(Wrong::SessionEnded),
        });
    }
    match code::consume(app, &mut held, &code, client).await? {
        Ok(proof) => Ok(Verified::Right(Box::new(held), proof)),
        Err(wrong) => {
            code::warn(app, &mut held, &wrong).await?;
            held.commit().await?;
            Ok(Verified::Wrong(Wrong::Code))
        }
    }
}

/// Ends a pending session in which somebody guesses: they know the first proof. The owner is told, at most once an hour.
pub async fn end(app: &App, pending: &Visit, client: &Client) -> anyhow::Result<()> {
    let (user_id, session_id) = (pending.user.id, pending.session.id);
    let Some(mut held) = Held::begin(app, user_id).await? else {
        return Ok(());
    };
    if session::end_pending(&mut held, session_id).await? {
        code::tell(app, &mut held).await?;
        let event = NewEvent::new(Action::SessionEnd, client).about(Some(user_id));
        let event = event.on(Target::Session(session_id));
        audit::record(app, held.tx(), event.with("reason", "wrong codes")).await?;
    }
    Ok(held.commit().await?)
}
