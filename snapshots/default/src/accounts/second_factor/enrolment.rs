//! Setting up an authenticator app, and the backup codes that come with it.

use super::{added, code};
use crate::{
    accounts::{
        audit::{Action, NewEvent},
        backup_code::{self, NewCodes},
        client::Client,
        credentials::{self, Scope},
        held::HeldSession,
        proof::Proof,
        repeat::{self, Act},
        secret::Secret,
        session::replaced,
        totp,
        visit::Visit,
    },
    app::App,
    jobs::send_letter::{News, SendLetter},
};

/// What came of the first code of an app.
pub enum Confirmed {
    /// The app is in use.
    Done {
        /// The new secret of the session.
        session: Secret,
        /// What the backup codes come from, for a user who had none.
        seed: Option<Secret>,
    },
    /// The code is wrong.
    Wrong,
    /// The session is not in sudo any more.
    NotInSudo,
    SessionEnded,
}

/// Takes the app into use that is being set up, if this is a code of it. The session has to be in sudo. Sending the same code
/// twice has the same result.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
pub async fn confirm(
    app: &App,
    visit: &Visit,
    typed: &str,
    client: &Client,
) -> anyhow::Result<Confirmed> {
    let Some(code) = code::digits(typed) else {
        return Ok(Confirmed::Wrong);
    };
    let act = Act::typed(
        client,
        "set up totp",
        &[&visit.session.id.to_string(), &code],
    );
    if was_done(app, act.as_ref()).await? {
        return again(app, visit, act.as_ref()).await;
    }
    if !totp::is_first_code(app, visit, &code).await? {
        // What is being set up ends with its session.
        let is_alive = visit.hold(app).await?.is_some();
        return Ok(if is_alive {
            Confirmed::Wrong
        } else {
            Confirmed::SessionEnded
        });
    }
    if !visit.session.is_recent(app.now()) {
        return again(app, visit, act.as_ref()).await;
    }
    let codes = new_codes(app, visit).await?;
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Confirmed::SessionEnded);
    };
    if let Some(done) = done(app, &mut held, act.as_ref()).await? {
        return Ok(done);
    }
    if !held.session().is_recent(app.now()) {
        return Ok(Confirmed::NotInSudo);
    }
    if !totp::confirm(app, &mut held, &code).await? {
        return Ok(Confirmed::Wrong);
    }
    let session = added(app, &mut held, Proof::Totp, codes.as_ref(), client).await?;
    let seed = codes.map(|codes| codes.seed().clone());
    repeat::remember(&mut held, act.as_ref(), seed.as_ref(), app.now()).await?;
    held.commit().await?;
    Ok(Confirmed::Done { session, seed })
}

/// Codes for a user who has none.
async fn new_codes(app: &App, visit: &Visit) -> anyhow::Result<Option<NewCodes>> {
    match backup_code::count(&app.db, visit.user.id).await? {
        0 => NewCodes::generate(app, visit.user.id).await.map(Some),
        _ => Ok(None),
    }
}

async fn was_done(app: &App, act: Option<&Act>) -> anyhow::Result<bool> {
    let mut connection = app.db.acquire().await?;
    let found = repeat::find(app, &mut connection, act).await?;
    Ok(found.is_some())
}

/// For what was done already, and for a session that is not in sudo: it may have lost that by doing this.
async fn again(app: &App, visit: &Visit, act: Option<&Act>) -> anyhow::Result<Confirmed> {
    let Some(mut held) = visit.hold(app).await? else {
        return Ok(Confirmed::SessionEnded);
    };
    let done = done(app, &mut held, act).await?;
    Ok(done.unwrap_or(Confirmed::NotInSudo))
}

/// What the browser got for the same code a moment ago.
async fn done(
    app: &App,
    held: &mut HeldSession,
    act: Option<&Act>,
) -> anyhow::Result<Option<Confirmed>> {
    let Some(found) = repeat::find(app, held.connection(), act).await? else {
        return Ok(None);
    };
    let (id, sent) = (held.session().id, held.secret().clone());
    let newest = replaced::newest(held, id, &sent).await?;
    Ok(Some(Confirmed::Done {
        session: newest,
        seed: found.secret,
    }))
}

/// Gives the held user new backup codes, and returns what they come from. Asked twice within a minute, it gives the same. `None`:
/// the second factor has been turned off meanwhile.
pub async fn regenerate(
    app: &App,
    held: &mut HeldSession,
    codes: &NewCodes,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    if held.user().second_factor_at.is_none() {
        return Ok(None);
    }
    let (user_id, now) = (held.user().id, app.now());
    let session = held.session().id.to_string();
    let act = Act::new(client, "backup codes", &[&session]);
    let found = repeat::find(app, held.connection(), act.as_ref()).await?;
    if let Some(seed) = found.and_then(|found| found.secret) {
        return Ok(Some(seed));
    }
    backup_code::replace(held, codes, now).await?;
    // Who had one of the old codes may have logged in with it.
    credentials::revoke_others(held, Scope::SecondFactorChange, client).await?;
    let event = NewEvent::new(Action::BackupCodesRegenerate, client);
    held.record(app, event).await?;
    let email = SendLetter::about(News::BackupCodesRegenerated, user_id);
    app.jobs.enqueue(held.tx(), email).await?;
    repeat::remember(held, act.as_ref(), Some(codes.seed()), now).await?;
    Ok(Some(codes.seed().clone()))
}
