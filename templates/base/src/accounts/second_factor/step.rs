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
            attempts::{self, Over, Shown},
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
    let act = Act::typed(client, "second factor", &[&session, typed.trim()]);
    if let Some(entry) = again::entry(app, act.as_ref(), client).await? {
        return Ok(Ok(entry));
    }
    let (mut held, proof) = match verify(app, pending, typed, act.as_ref(), client).await? {
        Verified::Right(held, proof) => (held, proof),
        Verified::Again(entry) => return Ok(Ok(*entry)),
        Verified::Wrong(wrong) => return Ok(Err(wrong)),
    };
    let entry = take(app, &mut held, proof, trust, client, act.as_ref()).await?;
    held.commit().await?;
    Ok(entry.ok_or(Wrong::SessionEnded))
}

/// Takes the step with what was proved, and trusts the browser if its user says so. `None`: there is no such step any more.
pub async fn take(
    app: &App,
    held: &mut HeldSession,
    proof: Proof,
    trust: Trust,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Option<Entry>> {
    let trusted = match trust {
        Trust::ThisBrowser => Some(trusted_browser::trust(app, held, client, act).await?),
        Trust::Never => None,
    };
    let entry = log_in::advance(app, held, Some(proof), client, act).await?;
    Ok(entry.map(|entry| Entry { trusted, ..entry }))
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
    let judge = judge(app, pending, typed, act, client);
    let counted = attempts::counted(app, pending, judge, |judged| match judged {
        Verified::Right(..) => Shown::GoesOn,
        Verified::Wrong(Wrong::Code) => Shown::Wrong,
        Verified::Wrong(Wrong::SessionEnded) | Verified::Again(_) => Shown::NotWrong,
    });
    let over = match counted.await? {
        Ok(judged) => return Ok(judged),
        Err(over) => over,
    };
    end_if_spent(app, pending, over, client).await?;
    // A session that has gone on meanwhile: then this may be the second of two clicks.
    let again = again::entry(app, act, client).await?;
    Ok(again.map_or(Verified::Wrong(Wrong::SessionEnded), |entry| {
        Verified::Again(Box::new(entry))
    }))
}

/// Looks at a code, once it is counted.
async fn judge(
    app: &App,
    pending: &Visit,
    typed: &str,
    act: Option<&Act>,
    client: &Client,
) -> anyhow::Result<Verified> {
    let code = match pending.is_replaced {
        true => None,
        false => Some(TypedCode::read(app, pending.user.id, typed).await?),
    };
    let Some(mut held) = pending.hold(app).await? else {
        return Ok(Verified::Wrong(Wrong::SessionEnded));
    };
    let Some(code) = code.filter(|_| held.has_newest_secret()) else {
        let again = again::finished(app, &mut held, act, client).await?;
        return Ok(match again {
            Some(entry) => Verified::Again(Box::new(entry)),
            None => Verified::Wrong(Wrong::SessionEnded),
        });
    };
    match code::consume(app, &mut held, &code, client).await? {
        Ok(proof) => Ok(Verified::Right(Box::new(held), proof)),
        Err(wrong) => {
            code::warn(app, &mut held, &wrong).await?;
            held.commit().await?;
            Ok(Verified::Wrong(Wrong::Code))
        }
    }
}

/// Ends a pending session whose last attempt is used up. The user is told, at most once an hour: an attacker who guesses codes
/// there knows the first proof.
pub async fn end_if_spent(
    app: &App,
    pending: &Visit,
    over: Over,
    client: &Client,
) -> anyhow::Result<()> {
    if over == Over::Ended {
        return Ok(());
    }
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
