//! Proving again who one is, before something dangerous.

use super::{
    audit::{Action, NewEvent, Target},
    client::Client,
    held::{Held, HeldSession},
    log_in::by_password::{self, Verified},
    password::Password,
    proof::{Proof, Proofs},
    repeat::{self, Act},
    second_factor::code::{self, TypedCode},
    secret::Secret,
    session::{
        self,
        attempts::{self, MAX_FAILURES, Over, Shown},
        replaced, standing,
    },
    user,
    visit::Visit,
};
use crate::{
    app::App,
    jobs::send_letter::{News, SendLetter},
};

/// What came of a password or a code that was typed in a running session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    Password,
    /// The password is right; the code of the second factor is not.
    Code,
    /// That was one too many: the session has ended.
    SessionEnded,
}

/// What is typed for sudo.
pub struct Typed<'a> {
    pub password: &'a Password,
    /// Asked for while the user has a second factor.
    pub code: &'a str,
}

/// Gives this session [`session::SUDO`] more, and a new secret for its cookie. Sending the same twice has the same result.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    visit: &Visit,
    typed: &Typed<'_>,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let judge = judge(app, visit, typed, client);
    let counted = attempts::counted(app, visit, judge, |judged| match judged {
        Err(Wrong::Password | Wrong::Code) => Shown::Wrong,
        Ok(_) | Err(Wrong::SessionEnded) => Shown::NotWrong,
    });
    match counted.await? {
        Ok(judged) => Ok(judged),
        Err(over) => {
            let ended = NewEvent::new(Action::SessionEnd, client);
            end_if_spent(app, visit, over, ended, None).await?;
            Ok(Err(Wrong::SessionEnded))
        }
    }
}

/// Looks at what was typed, once it is counted.
async fn judge(
    app: &App,
    visit: &Visit,
    typed: &Typed<'_>,
    client: &Client,
) -> anyhow::Result<Result<Secret, Wrong>> {
    let checked = check(app, visit, typed).await?;
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Err(Wrong::SessionEnded));
    };
    let act = act(visit, typed, client);
    if let Some(newest) = again(app, &mut held, act.as_ref()).await? {
        return Ok(Ok(newest));
    }
    let proofs = prove(app, &mut held, &checked, client).await?;
    let secret = grant(app, &mut held, &proofs, client).await?;
    if secret.is_some() {
        repeat::remember(&mut held, act.as_ref(), None, app.now()).await?;
    }
    held.commit().await?;
    Ok(match secret {
        Some(secret) => Ok(secret),
        None if checked.password.is_none() => Err(Wrong::Password),
        None => Err(Wrong::Code),
    })
}

/// What is known of what was typed before anything is held.
struct Checked {
    /// None: it is wrong.
    password: Option<Verified>,
    code: Option<TypedCode>,
}

async fn check(app: &App, visit: &Visit, typed: &Typed<'_>) -> anyhow::Result<Checked> {
    let password = by_password::verify(app, visit.user.id, typed.password).await?;
    // A code is looked at only with the right password, so that a wrong one does not consume it.
    let code = match &password {
        Some(_) if visit.user.second_factor_at.is_some() => {
            Some(TypedCode::read(app, visit.user.id, typed.code).await?)
        }
        _ => None,
    };
    Ok(Checked { password, code })
}

/// A wrong code is told as after a log-in: codes that end no session may come from many.
async fn prove(
    app: &App,
    held: &mut HeldSession,
    checked: &Checked,
    client: &Client,
) -> anyhow::Result<Proofs> {
    let is_right = match &checked.password {
        Some(verified) => user::keep_password(held, verified.hash(), None).await?,
        None => false,
    };
    if !is_right {
        return Ok(Proofs::default());
    }
    let proofs = Proofs::of(Proof::Password);
    let Some(code) = &checked.code else {
        return Ok(proofs);
    };
    match code::consume(app, held, code, client).await? {
        Ok(second) => Ok(proofs.with(second)),
        Err(wrong) => {
            code::warn(app, held, &wrong).await?;
            Ok(proofs)
        }
    }
}

fn act(visit: &Visit, typed: &Typed<'_>, client: &Client) -> Option<Act> {
    let session = visit.session.id.to_string();
    Act::typed(
        client,
        "sudo",
        &[&session, typed.password.text(), typed.code],
    )
}

/// The secret that the session was given for the same a moment ago. The browser may have it already: a second click can be slow.
async fn again(
    app: &App,
    held: &mut HeldSession,
    act: Option<&Act>,
) -> anyhow::Result<Option<Secret>> {
    if repeat::find(app, held.connection(), act).await?.is_none() {
        return Ok(None);
    }
    let (id, sent) = (held.session().id, held.secret().clone());
    if held.has_newest_secret() {
        return Ok(held.session().is_recent(app.now()).then_some(sent));
    }
    let newest = replaced::newest(held, id, &sent).await?;
    Ok(Some(newest))
}

/// Puts the held session in sudo if these proofs are enough for it, and returns its new secret. Records either.
pub async fn grant(
    app: &App,
    held: &mut HeldSession,
    proofs: &Proofs,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let is_enough = proofs.allow_sudo(held.user());
    let event = NewEvent::new(Action::Sudo, client).on(Target::Session(held.session().id));
    let event = event.with("proofs", proofs.to_string());
    held.record(app, event.outcome(is_enough)).await?;
    if !is_enough {
        return Ok(None);
    }
    let secret = standing::elevate(held, proofs, app.now()).await?;
    Ok(Some(secret))
}

/// Checks the password of a user who is logged in, for a change of it. `tried` is what it is typed for: the attempt that ends the
/// session records that here, and others leave it to the caller.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked, or too many of this session.
pub async fn check_password(
    app: &App,
    visit: &Visit,
    password: &Password,
    tried: NewEvent<'_>,
) -> anyhow::Result<Result<Verified, Wrong>> {
    let verify = by_password::verify(app, visit.user.id, password);
    let counted = attempts::counted(app, visit, verify, |verified| match verified {
        Some(_) => Shown::NotWrong,
        None => Shown::Wrong,
    });
    match counted.await? {
        Ok(verified) => Ok(verified.ok_or(Wrong::Password)),
        Err(over) => {
            let ended = tried.as_well(Action::SessionEnd);
            end_if_spent(app, visit, over, ended, Some(tried)).await?;
            Ok(Err(Wrong::SessionEnded))
        }
    }
}

/// Ends a session whose last attempt is used up, and tells the user. `tried` is that attempt, if it is not recorded yet.
async fn end_if_spent(
    app: &App,
    visit: &Visit,
    over: Over,
    ended: NewEvent<'_>,
    tried: Option<NewEvent<'_>>,
) -> anyhow::Result<()> {
    if over == Over::Ended {
        return Ok(());
    }
    let (user_id, session_id) = (visit.user.id, visit.session.id);
    let Some(mut held) = Held::begin(app, user_id).await? else {
        return Ok(());
    };
    if session::end(&mut held, session_id).await? {
        if app
            .limits
            .session_guessed_email
            .allows(&user_id.to_string())
        {
            let email = SendLetter::about(News::PasswordGuessed, user_id);
            app.jobs.enqueue(held.tx(), email).await?;
        }
        if let Some(tried) = tried {
            held.record(app, tried.outcome(false)).await?;
        }
        let ended = ended.on(Target::Session(session_id));
        let ended = ended.with("reason", "wrong passwords or codes");
        held.record(app, ended.with("attempts", MAX_FAILURES))
            .await?;
    }
    Ok(held.commit().await?)
}
