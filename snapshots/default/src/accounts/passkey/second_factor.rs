//! A passkey or a security key as the second factor of a log-in.

use super::{
    Refused,
    authentication::{Answer, Signed, verify},
    challenge::{Asker, Purpose},
    counter::accept,
};
use crate::{
    accounts::{
        client::Client,
        held::HeldSession,
        log_in::{self, Entry, again},
        proof::Proof,
        repeat::Act,
        second_factor::step::{self, Trust, Wrong},
        session::attempts::{self, Reserved},
        trusted_browser,
        visit::Visit,
    },
    app::App,
};

/// Takes the step of a pending session. A browser that sends the same answer twice gets the same session.
pub async fn advance(
    app: &App,
    pending: &Visit,
    answer: &Answer<'_>,
    trust: Trust,
    client: &Client,
) -> anyhow::Result<Result<Entry, Refused>> {
    let session = pending.session.id.to_string();
    let act = Act::new(client, "passkey", &[&session, &answer.challenge.reveal()]);
    if let Some(entry) = again::entry(app, act.as_ref(), client).await? {
        return Ok(Ok(entry));
    }
    let signed = match verify_counted(app, pending, answer, client).await? {
        Ok(signed) => signed,
        // The first of two that are the same has answered the challenge, and may have gone on with the session.
        Err(refused @ (Refused::Expired | Refused::SessionEnded)) => {
            let again = again::entry(app, act.as_ref(), client).await?;
            return Ok(again.ok_or(refused));
        }
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = pending.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    if !held.has_newest_secret() {
        return Ok(Err(Refused::SessionEnded));
    }
    let entry = match accept(app, &mut held, &signed, client).await? {
        Ok(()) => go_on(app, &mut held, signed.proof(), trust, client, act.as_ref()).await?,
        Err(refused) => Err(refused),
    };
    held.commit().await?;
    Ok(entry)
}

/// Verifies what was signed. What is wrong counts like a wrong code, and the last attempt ends the session.
async fn verify_counted(
    app: &App,
    pending: &Visit,
    answer: &Answer<'_>,
    client: &Client,
) -> anyhow::Result<Result<Signed, Refused>> {
    match attempts::reserve(app, pending).await? {
        Reserved::Yes => (),
        Reserved::Spent => {
            step::end(app, pending, client).await?;
            return Ok(Err(Refused::SessionEnded));
        }
        Reserved::SessionEnded => return Ok(Err(Refused::SessionEnded)),
    }
    let asker = Asker::Session(pending);
    let signed = verify(app, Purpose::SecondFactor, asker, answer, client).await;
    if !matches!(signed, Ok(Err(Refused::Invalid))) {
        attempts::give_back(app, pending.session.id).await?;
        return signed;
    }
    Ok(Err(match step::fail(app, pending, client).await? {
        Wrong::Code => Refused::Invalid,
        Wrong::SessionEnded => Refused::SessionEnded,
    }))
}

async fn go_on(
    app: &App,
    held: &mut HeldSession,
    proof: Proof,
    trust: Trust,
    client: &Client,
    act: Option<&Act>,
) -> anyhow::Result<Result<Entry, Refused>> {
    let trusted = match trust {
        Trust::ThisBrowser => Some(trusted_browser::trust(app, held, client).await?),
        Trust::Never => None,
    };
    let entry = log_in::advance(app, held, Some(proof), client, act).await?;
    let entry = entry.map(|entry| Entry { trusted, ..entry });
    Ok(entry.ok_or(Refused::NotAllowed))
}
